"""Cash flow in the API: items, what is unassigned, and assigning vouchers' lines."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from ledger.cash_flow import queries, services
from ledger.cash_flow.models import CashFlowItem
from ledger.cash_flow.services import Part
from ledger.periods.models import Period


class CashFlowItemSerializer(serializers.ModelSerializer[CashFlowItem]):
    class Meta:
        model = CashFlowItem
        fields = ["id", "code", "name", "name_en", "section", "flow", "sequence", "is_active"]


class PartSerializer(serializers.Serializer[Any]):
    item = serializers.IntegerField(allow_null=True, help_text="Id of the item; null: not cash")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)


class LinePartsSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Id of the voucher line")
    parts = PartSerializer(many=True)


class AssignSerializer(serializers.Serializer[Any]):
    voucher = serializers.IntegerField()
    lines = LinePartsSerializer(many=True)


class CashFlowItemViewSet(CompanyWriteViewSet):
    """Cash-flow items. ``unassigned?period=2025-12`` lists what lacks one, ``assign`` sets the parts of a voucher."""

    model = CashFlowItem
    serializer_class = CashFlowItemSerializer
    required_permission = "ledger.view_account"
    action_permissions = {"assign": "ledger.assign_cash_flow", "unassigned": "ledger.view_report"}
    cursor_ordering = ("sequence", "id")

    @action(detail=False, methods=["get"])
    def unassigned(self, request: Request) -> Response:
        year, _dash, month = request.query_params.get("period", "").partition("-")
        periods = Period.objects.filter(company=self.company)
        period = periods.filter(year=year, number=month).first() if year.isdigit() and month.isdigit() else None
        if period is None:
            raise NotFound(what=Period._meta.verbose_name, key=request.query_params.get("period", "–"), field="period")
        check = queries.check(self.company, period, period)
        return Response(
            {
                "rows": [
                    {
                        "account": row.account,
                        "name": row.name,
                        "direction": row.direction,
                        "lines": row.lines,
                        "amount": str(row.amount),
                    }
                    for row in queries.unassigned(self.company, period)
                ],
                "assigned": str(check.assigned),
                "net_cash": str(check.net_cash),
                "holds": check.holds,
            }
        )

    @action(detail=False, methods=["post"])
    def assign(self, request: Request) -> Response:
        given = self.read(AssignSerializer)
        parts = {row["line"]: [Part(part["item"], part["amount"]) for part in row["parts"]] for row in given["lines"]}
        services.set_voucher_items(self.company, given["voucher"], parts, by=request.user)
        lines = queries.counter_lines(self.company.pk, given["voucher"])
        return Response([{"line": line.line_id, "effect": str(line.effect), "parts": line.parts} for line in lines])


def register() -> None:
    serve("cash-flow-items", CashFlowItemViewSet)
