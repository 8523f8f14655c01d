"""Bank reconciliation in the API: statement lines, what is open, matching by rule and by hand."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from ledger.bank import services
from ledger.bank.models import BankLine, BankMatch, BankMatchItem
from ledger.bank.queries import OpenLine, open_lines
from ledger.bank.reports import day_of


class BankLineSerializer(serializers.ModelSerializer[BankLine]):
    account = serializers.CharField(source="account.code")

    class Meta:
        model = BankLine
        fields = [
            "id", "account", "side", "statement", "line_no", "date", "summary", "counterparty", "reference", "receipt",
            "payment", "balance",
        ]  # fmt: skip


class BankLineViewSet(CompanyWriteViewSet):
    """Lines of imported statements. ``open?account=KEY`` lists both sides (KEY as in the addresses of the pages)."""

    model = BankLine
    serializer_class = BankLineSerializer
    required_permission = "ledger.view_report"
    related = ("account",)

    @action(detail=False, methods=["get"])
    def open(self, request: Request) -> Response:
        bank = services.find_account(self.company, request.query_params.get("account", ""))
        as_of = day_of(request.query_params.get("as_of") or "9999-12-31", "as_of")
        theirs, ours = open_lines(self.company, bank, as_of)
        return Response({"bank": [_shown(line) for line in theirs], "book": [_shown(line) for line in ours]})


def _shown(line: OpenLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind,
        "date": line.date.isoformat(),
        "summary": line.summary,
        "reference": line.reference,
        "amount": str(line.amount),
        "voucher": line.voucher_id,
    }


class MatchItemSerializer(serializers.ModelSerializer[BankMatchItem]):
    class Meta:
        model = BankMatchItem
        fields = ["bank_line", "voucher_line"]


class BankMatchSerializer(serializers.ModelSerializer[BankMatch]):
    items = MatchItemSerializer(many=True)

    class Meta:
        model = BankMatch
        fields = ["id", "rule", "made_by_name", "made_at", "items"]


class MatchSerializer(serializers.Serializer[Any]):
    account = serializers.CharField()
    bank_lines = serializers.ListField(child=serializers.IntegerField(), default=list)
    voucher_lines = serializers.ListField(child=serializers.IntegerField(), default=list)


class AutoSerializer(serializers.Serializer[Any]):
    account = serializers.CharField()
    days = serializers.IntegerField(min_value=0, max_value=60, default=3)


class BankMatchViewSet(CompanyWriteViewSet):
    """Matches: list, make by hand (POST), ``automatic``, and take apart (``undo``)."""

    model = BankMatch
    serializer_class = BankMatchSerializer
    required_permission = "ledger.view_report"
    action_permissions = {
        "create": "ledger.reconcile_bank",
        "automatic": "ledger.reconcile_bank",
        "undo": "ledger.reconcile_bank",
    }
    prefetched = ("items",)

    def create(self, request: Request) -> Response:
        given = self.read(MatchSerializer)
        bank = services.find_account(self.company, given["account"])
        made = services.match(self.company, bank, given["bank_lines"], given["voucher_lines"], by=request.user)
        return Response(BankMatchSerializer(made).data, status=201)

    @action(detail=False, methods=["post"])
    def automatic(self, request: Request) -> Response:
        given = self.read(AutoSerializer)
        bank = services.find_account(self.company, given["account"])
        return Response(services.auto_match(self.company, bank, by=request.user, days=given["days"]))

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        services.unmatch(self.company, int(pk) if pk.isdigit() else 0, by=request.user)
        return Response(status=204)


def register() -> None:
    serve("bank-lines", BankLineViewSet)
    serve("bank-matches", BankMatchViewSet)
