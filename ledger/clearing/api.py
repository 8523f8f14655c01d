"""Clearing in the API: clearings, by hand (POST), ``automatic`` and ``undo``. Open items and ages are reports."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from ledger.clearing import services
from ledger.clearing.models import Clearing, ClearingItem
from ledger.clearing.reports import party_of


class ClearingItemSerializer(serializers.ModelSerializer[ClearingItem]):
    class Meta:
        model = ClearingItem
        fields = ["voucher_line", "amount"]


class ClearingSerializer(serializers.ModelSerializer[Clearing]):
    account = serializers.CharField(source="account.code")
    party = serializers.CharField(source="party.code", default=None, allow_null=True)
    items = ClearingItemSerializer(many=True)

    class Meta:
        model = Clearing
        fields = ["id", "account", "party", "date", "is_automatic", "made_by_name", "made_at", "items"]


class AmountSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=0, help_text="Id of the voucher line; 0: the opening balance")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="Debit less credit")


class ClearSerializer(serializers.Serializer[Any]):
    account = serializers.CharField()
    party = serializers.CharField(allow_null=True, default=None)
    date = serializers.DateField(allow_null=True, default=None)
    items = AmountSerializer(many=True)


class AutomaticSerializer(serializers.Serializer[Any]):
    account = serializers.CharField()


class ClearingViewSet(CompanyWriteViewSet):
    """Clearings of open items, newest first."""

    model = Clearing
    serializer_class = ClearingSerializer
    required_permission = "ledger.view_report"
    action_permissions = {
        "create": "ledger.clear_item",
        "automatic": "ledger.clear_item",
        "undo": "ledger.clear_item",
    }
    related = ("account", "party")
    prefetched = ("items",)

    def create(self, request: Request) -> Response:
        given = self.read(ClearSerializer)
        account = services.find_account(self.company, given["account"])
        party = party_of(self.company, given["party"])
        amounts = {row["line"]: row["amount"] for row in given["items"]}
        made = services.clear(
            self.company, account, party.pk if party else None, amounts, by=request.user, date=given["date"]
        )
        return Response(ClearingSerializer(made).data, status=201)

    @action(detail=False, methods=["post"])
    def automatic(self, request: Request) -> Response:
        account = services.find_account(self.company, self.read(AutomaticSerializer)["account"])
        return Response({"made": services.auto_clear(self.company, account, by=request.user)})

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        services.undo(self.company, int(pk) if pk.isdigit() else 0, by=request.user)
        return Response(status=204)


def register() -> None:
    serve("clearings", ClearingViewSet)
