"""The analysis in the API: the pivot with its parameters, and saved views."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyScoped, CompanyViewSet
from ledger.analysis import definitions, shapes
from ledger.analysis.models import PivotView
from ledger.analysis.pivot import pivot
from ledger.books.ranges import period_range


class PivotRowSerializer(serializers.Serializer[Any]):
    """Fewer keys than fields make a subtotal. Cells hold the measures in order, null where there is nothing."""

    keys = serializers.ListField(child=serializers.CharField())
    is_subtotal = serializers.BooleanField()
    cells = serializers.ListField(child=serializers.ListField(child=serializers.CharField(), allow_null=True))
    total = serializers.ListField(child=serializers.CharField())


class PivotSerializer(serializers.Serializer[Any]):
    periods = serializers.ListField(child=serializers.CharField())
    rows_by = serializers.ListField(child=serializers.CharField())
    columns_by = serializers.ListField(child=serializers.CharField())
    measures = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    rows = PivotRowSerializer(many=True)
    total = PivotRowSerializer()


def _many(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.QUERY, many=True, description=text)


class PivotAnalysisViewSet(CompanyScoped, GenericViewSet[Any]):
    """Posted lines by any fields down and across."""

    required_permission = "ledger.view_analysis"
    serializer_class = PivotSerializer
    queryset = PivotView.objects.none()
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        parameters=[
            OpenApiParameter("from", str, OpenApiParameter.QUERY, description="First period (YYYY-MM)"),
            OpenApiParameter("to", str, OpenApiParameter.QUERY, description="Last period (YYYY-MM)"),
            _many("rows", "Fields down: account, account:1, class, year, quarter, period, dimension:customer …"),
            _many("columns", "Fields across"),
            _many("measures", "debit, credit, net, quantity, count"),
            OpenApiParameter("account", str, OpenApiParameter.QUERY, description="Code that accounts begin with"),
            _many("values", "Dimension values, type:code"),
            OpenApiParameter("closing", str, OpenApiParameter.QUERY, description="1: with period-end transfers"),
        ],
        responses={200: PivotSerializer},
        operation_id="pivot",
    )
    def list(self, request: Request) -> Response:
        definition = definitions.from_query(request.query_params)
        periods = period_range(self.company, definition["from"], definition["to"])
        return Response(shapes.as_json(pivot(self.company, periods, definitions.spec_of(definition)), periods))


class PivotViewSerializer(serializers.ModelSerializer[PivotView]):
    class Meta:
        model = PivotView
        fields = ["id", "name", "is_shared", "definition", "changed_at"]


class PivotViewViewSet(CompanyViewSet):
    """Saved views: one's own and those for everybody."""

    model = PivotView
    serializer_class = PivotViewSerializer
    required_permission = "ledger.view_analysis"
    cursor_ordering = ("name", "id")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(Q(owner=self.request.user.pk) | Q(is_shared=True))


def register() -> None:
    """Hang the analysis below /api/v1/."""
    serve("pivot", PivotAnalysisViewSet)
    serve("pivot-views", PivotViewViewSet)
