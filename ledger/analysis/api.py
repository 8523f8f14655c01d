"""The analysis in the API: the pivot with its parameters, and saved views."""

from typing import Any

from django.db.models import Q
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from erp.core.access.permissions import PERMISSION_LABELS
from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyScoped, CompanyViewSet
from erp.core.errors import NotPermitted
from ledger.analysis import budgets, definitions, shapes
from ledger.analysis.models import Budget, BudgetLine, PivotView
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


class BudgetLineSerializer(serializers.ModelSerializer[BudgetLine]):
    account = serializers.CharField(source="account.code")
    value = serializers.CharField(source="value.code", default=None, allow_null=True)

    class Meta:
        model = BudgetLine
        fields = ["account", "value", "number", "amount"]


class BudgetSerializer(serializers.ModelSerializer[Budget]):
    lines = BudgetLineSerializer(many=True)

    class Meta:
        model = Budget
        fields = ["id", "year", "name", "control", "is_cumulative", "is_active", "lines"]


class BudgetFilter(filters.FilterSet):
    class Meta:
        model = Budget
        fields = ["year", "is_active"]


class BudgetRowSerializer(serializers.Serializer[Any]):
    """``value`` is ``type:code`` or empty; twelve ``months`` on the account's own side."""

    account = serializers.CharField()
    value = serializers.CharField(required=False, allow_blank=True, default="")
    months = serializers.ListField(child=serializers.DecimalField(18, 2), min_length=12, max_length=12)


class ComparisonSerializer(serializers.Serializer[Any]):
    account = serializers.CharField(source="row.account.code")
    value = serializers.CharField(source="row.value_code")
    planned = serializers.DecimalField(18, 2)
    actual = serializers.DecimalField(18, 2)
    left = serializers.DecimalField(18, 2)


class BudgetViewSet(CompanyViewSet):
    """Budgets with their cells; ``rows`` sets one, ``compare`` stands them beside what was booked."""

    model = Budget
    serializer_class = BudgetSerializer
    filterset_class = BudgetFilter
    required_permission = "ledger.view_analysis"
    prefetched = ("lines__account", "lines__value")

    @extend_schema(request=BudgetRowSerializer, responses={200: BudgetSerializer})
    @action(detail=True, methods=["post"])
    def rows(self, request: Request, pk: Any = None) -> Response:
        if not self.access.may("ledger.manage_budget"):
            raise NotPermitted(permission=PERMISSION_LABELS["ledger.manage_budget"], company=self.company)
        given = BudgetRowSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = given.validated_data
        budget = self.get_object()
        account, value = budgets.find_cell(self.company, row["account"], row["value"])
        budgets.set_months(budget, account, value, row["months"])
        return Response(BudgetSerializer(self.get_object()).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("first", int, OpenApiParameter.QUERY, description="First month (1)"),
            OpenApiParameter("last", int, OpenApiParameter.QUERY, description="Last month (12)"),
        ],
        responses={200: ComparisonSerializer(many=True)},
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def compare(self, request: Request, pk: Any = None) -> Response:
        asked = [request.query_params.get(name, str(default)) for name, default in (("first", 1), ("last", 12))]
        months = [min(max(int(text), 1), 12) if text.isdigit() else 1 for text in asked]
        rows = budgets.compare(self.get_object(), months[0], months[1])
        return Response(ComparisonSerializer(rows, many=True).data)


def register() -> None:
    """Hang the analysis below /api/v1/."""
    serve("budgets", BudgetViewSet)
    serve("pivot", PivotAnalysisViewSet)
    serve("pivot-views", PivotViewViewSet)
