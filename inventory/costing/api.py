"""The API of recosting and month end: periods of stock with their checklist, steps, closing and reopening; cost runs.

Reports are served with all others (``/api/v1/reports/<name>/``).
"""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet
from erp.core.api.writes import CompanyWriteViewSet
from inventory.costing import month_end, stock_periods
from inventory.costing.checklist import checklist
from inventory.costing.models import CostChange, CostRun, StockClosingTrace
from ledger.periods.models import Period

READ = "inventory.view_cost"


class StockPeriodSerializer(serializers.ModelSerializer[Period]):
    """A period; ``stock``: open or closed, ``status``: that of the ledger."""

    stock = serializers.SerializerMethodField()

    class Meta:
        model = Period
        fields = ["id", "year", "number", "start", "end", "status", "stock"]

    def get_stock(self, period: Period) -> str:
        return "closed" if hasattr(period, "stock_closing") else "open"


class StockCheckSerializer(serializers.Serializer[Any]):
    """An item of the checklist. ``state``: done, pending (warning) or failed (blocks closing)."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the serializer's label
    state = serializers.CharField()
    count = serializers.IntegerField()
    text = serializers.CharField()
    needs_reason = serializers.BooleanField()
    step = serializers.CharField()


class StockReasonForm(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


class StockStepStarted(serializers.Serializer[Any]):
    job = serializers.IntegerField()


class StockTraceSerializer(serializers.ModelSerializer[StockClosingTrace]):
    by = serializers.CharField(source="by.username", default=None, allow_null=True)

    class Meta:
        model = StockClosingTrace
        fields = ["is_closing", "reason", "checklist", "by", "at"]


class StockPeriodViewSet(CompanyWriteViewSet):
    """Periods, oldest first, and the month end of their stock."""

    model = Period
    serializer_class = StockPeriodSerializer
    required_permission = READ
    related = ("company", "stock_closing")
    cursor_ordering = ("start", "id")
    action_permissions: ClassVar[dict[str, str]] = {
        "close": "inventory.close_stock",
        "reopen": "inventory.reopen_stock",
        "steps": READ,
    }

    @extend_schema(responses=StockCheckSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def checklist(self, request: Request, pk: str) -> Response:
        """Every question of the month end, asked now."""
        rows = [
            {
                "code": item.check.code,
                "label": str(item.check.label),
                "state": item.state,
                "count": item.finding.count,
                "text": str(item.finding.text),
                "needs_reason": item.finding.needs_reason,
                "step": item.check.step,
            }
            for item in checklist(self.company, self._period(pk))
        ]
        return Response(StockCheckSerializer(rows, many=True).data)

    @extend_schema(responses=StockTraceSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def trace(self, request: Request, pk: str) -> Response:
        """Who closed or reopened the stock of the period; the newest first."""
        rows = StockClosingTrace.objects.filter(company=self.company, period=self._period(pk)).select_related("by")
        return Response(StockTraceSerializer(rows, many=True).data)

    @extend_schema(request=StockReasonForm, responses=StockPeriodSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close the stock; what blocks is named. A reason is needed for some warnings."""
        reason = self.read(StockReasonForm)["reason"]
        stock_periods.close_stock(self.company, self._period(pk), by=request.user, reason=reason)
        return Response(StockPeriodSerializer(self._period(pk)).data)

    @extend_schema(request=StockReasonForm, responses=StockPeriodSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Reopen the stock of the last period that is closed, with a reason, while its ledger is open."""
        reason = self.read(StockReasonForm)["reason"]
        stock_periods.reopen_stock(self.company, self._period(pk), by=request.user, reason=reason)
        return Response(StockPeriodSerializer(self._period(pk)).data)

    @extend_schema(request=None, responses={202: StockStepStarted})
    @action(detail=True, methods=["post"], url_path=r"steps/(?P<step>[a-z_]+)")
    def steps(self, request: Request, pk: str, step: str) -> Response:
        """Start a step as a job: recost, monthly, post, or all."""
        for permission in sorted(month_end.permissions_of(step)):
            self.need(permission)
        job = month_end.start(self.company, self._period(pk), step, by=request.user)
        return Response({"job": job.pk}, status=202)

    def _period(self, pk: str) -> Period:
        periods = Period.objects.select_related("company", "stock_closing").filter(company=self.company)
        return get_object_or_404(periods, pk=pk)


class CostChangeSerializer(serializers.ModelSerializer[CostChange]):
    item = serializers.CharField(source="item.code")
    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = CostChange
        fields = [
            "item", "warehouse", "month", "kind", "moves", "qty", "difference", "unit_cost_before", "unit_cost_after",
        ]  # fmt: skip


class CostRunSerializer(serializers.ModelSerializer[CostRun]):
    period = serializers.CharField(default=None, allow_null=True)
    cause = serializers.CharField(default=None, allow_null=True)

    class Meta:
        model = CostRun
        fields = [
            "id", "number", "kind", "state", "period", "since", "cause", "moves_read", "moves_changed", "difference",
            "problem", "started_at", "ended_at",
        ]  # fmt: skip


class CostRunFilter(filters.FilterSet):
    class Meta:
        model = CostRun
        fields = ["kind", "state", "number"]


class CostRunViewSet(CompanyViewSet):
    """Recostings and calculations of months, the newest first."""

    model = CostRun
    serializer_class = CostRunSerializer
    filterset_class = CostRunFilter
    required_permission = READ
    related = ("period", "cause")
    cursor_ordering = ("-id",)

    @extend_schema(responses=CostChangeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def changes(self, request: Request, pk: str) -> Response:
        """What the run changed, by item, warehouse, month and kind of document."""
        run = get_object_or_404(CostRun, company=self.company, pk=pk)
        rows = CostChange.objects.filter(company=self.company, run=run).select_related("item", "warehouse")
        return Response(CostChangeSerializer(rows.order_by("id"), many=True).data)


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("stock-periods", StockPeriodViewSet)
    serve("cost-runs", CostRunViewSet)
