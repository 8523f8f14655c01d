"""Every report at ``/api/v1/reports/<name>/``: the query, parameters and columns of its page and its command."""

import json
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.company import PARAMETER
from erp.core.api.views import CompanyScoped
from erp.core.reports import Parameter, Report, find, names
from erp.core.reports.render import as_json

_TYPES = {"int": OpenApiTypes.INT, "bool": OpenApiTypes.BOOL}
_NOT_OURS = {PARAMETER, "format"}


class ReportColumnSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """A report as a table. Amounts and quantities are decimal strings; ``rows`` have the columns' keys."""

    report = serializers.CharField()
    company = serializers.CharField()
    parameters = serializers.DictField()
    columns = ReportColumnSerializer(many=True)
    rows = serializers.ListField(child=serializers.DictField())
    totals = serializers.DictField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())


class ReportView(CompanyScoped):
    """Runs one report."""

    report: Report

    def get(self, request: Request) -> Response:
        given = {name: value for name, value in request.query_params.items() if name not in _NOT_OURS}
        params = self.report.clean(given)
        result = self.report.query(self.company, params)
        columns = self.report.columns_for(params)
        return Response(json.loads(as_json(self.report, self.company, params, result, columns)))


def urls() -> list[URLPattern]:
    """An address for each report that is registered now."""
    return [path(f"reports/{name}/", _view(find(name)), name=f"api_report_{name}") for name in names()]


def _view(report: Report) -> Any:
    """The report's own view class, so that the schema shows its parameters."""
    view: Any = type(f"{report.name}_view", (ReportView,), {"report": report, "required_permission": report.permission})
    operation = extend_schema(
        operation_id=f"reports_{report.name}",
        description=str(report.title),
        parameters=[_parameter(parameter) for parameter in report.parameters],
        responses={200: ReportSerializer},
    )
    return extend_schema_view(get=operation)(view).as_view()


def _parameter(parameter: Parameter) -> OpenApiParameter:
    described = str(parameter.label) + (" (YYYY-MM)" if parameter.kind == "period" else "")
    kind = _TYPES.get(parameter.kind, OpenApiTypes.STR)
    return OpenApiParameter(parameter.name, kind, OpenApiParameter.QUERY, description=described)
