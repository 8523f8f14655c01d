"""Statements in the API: their rows and columns, a statement worked out, designing, reclassifying, what was issued.

The statutory statements are reports too (``/reports/balance_sheet/`` and so on).
"""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from ledger.accounts.models import Account
from ledger.books.ranges import latest_used_period, period_range
from ledger.statements import services
from ledger.statements.evaluation import evaluate
from ledger.statements.models import (
    Statement,
    StatementAdjustment,
    StatementColumn,
    StatementRow,
    StatementSnapshot,
)
from ledger.statements.snapshots import payload_of


class StatementRowSerializer(serializers.ModelSerializer[StatementRow]):
    class Meta:
        model = StatementRow
        fields = [
            "id", "statement", "sequence", "line_no", "label", "label_en", "export_label", "formula", "side", "indent",
            "is_bold", "number_format",
        ]  # fmt: skip
        read_only_fields = ["statement", "sequence"]
        validators: ClassVar[list[Any]] = []


class StatementColumnSerializer(serializers.ModelSerializer[StatementColumn]):
    class Meta:
        model = StatementColumn
        fields = ["sequence", "label", "label_en", "basis"]


class StatementSerializer(serializers.ModelSerializer[Statement]):
    rows = StatementRowSerializer(many=True, read_only=True)
    columns = StatementColumnSerializer(many=True, read_only=True)

    class Meta:
        model = Statement
        fields = [
            "id", "code", "name", "name_en", "kind", "form_no", "valid_from", "valid_to", "is_builtin", "is_active",
            "columns", "rows",
        ]  # fmt: skip


class CopySerializer(serializers.Serializer[Any]):
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=80)


class MoveSerializer(serializers.Serializer[Any]):
    up = serializers.BooleanField()


class AddRowSerializer(StatementRowSerializer):
    after = serializers.IntegerField(required=False, help_text="Id of the row above it; without it: at the end")

    class Meta(StatementRowSerializer.Meta):
        fields = [*StatementRowSerializer.Meta.fields, "after"]


class StatementViewSet(CompanyWriteViewSet):
    """Statements with rows and columns. ``sheet?period=2025-12&unposted=1`` works one out; ``rows`` (POST) adds a row;
    ``copy`` makes an own report; ``restore`` brings the shipped rows back; DELETE takes an own report away."""

    model = Statement
    serializer_class = StatementSerializer
    required_permission = "ledger.view_statement"
    action_permissions: ClassVar[dict[str, str]] = {
        "sheet": "ledger.view_statement",
        "rows": "ledger.manage_statement",
        "copy": "ledger.manage_statement",
        "restore": "ledger.manage_statement",
        "destroy": "ledger.manage_statement",
    }
    prefetched = ("rows", "columns")
    cursor_ordering = ("sequence", "id")

    @action(detail=True, methods=["get"])
    def sheet(self, request: Request, pk: str) -> Response:
        text = request.query_params.get("period") or latest_used_period(self.company)
        period = period_range(self.company, text).last
        unposted = request.query_params.get("unposted") in ("1", "true")
        sheet = evaluate(self.company, self.get_object(), period, unposted)
        return Response({**payload_of(sheet), "include_unposted": unposted})

    @action(detail=True, methods=["post"])
    def rows(self, request: Request, pk: str) -> Response:
        given = dict(self.read(AddRowSerializer))
        statement = self.get_object()
        after = None
        if place := given.pop("after", None):
            after = StatementRow.objects.filter(company=self.company, statement=statement, pk=place).first()
            if after is None:
                raise NotFound(what=StatementRow._meta.verbose_name, key=place, field="after")
        return Response(
            StatementRowSerializer(services.save_row(statement, None, after=after, **given)).data, status=201
        )

    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        made = services.copy(self.get_object(), **self.read(CopySerializer))
        return Response(StatementSerializer(made).data, status=201)

    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        services.restore(self.get_object())
        return Response(StatementSerializer(self.get_object()).data)

    def destroy(self, request: Request, pk: str) -> Response:
        services.delete(self.get_object())
        return Response(status=204)


class StatementRowViewSet(CompanyWriteViewSet):
    """Rows: PATCH changes one (its formula is checked), DELETE takes it away, ``move`` changes places."""

    model = StatementRow
    serializer_class = StatementRowSerializer
    required_permission = "ledger.view_statement"
    action_permissions: ClassVar[dict[str, str]] = {
        "partial_update": "ledger.manage_statement",
        "destroy": "ledger.manage_statement",
        "move": "ledger.manage_statement",
    }
    related = ("statement__company",)
    cursor_ordering = ("statement_id", "sequence", "id")

    def partial_update(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        given = self.read(StatementRowSerializer, partial=True)
        return Response(StatementRowSerializer(services.save_row(row.statement, row, **given)).data)

    def destroy(self, request: Request, pk: str) -> Response:
        services.delete_row(self.get_object())
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        services.move_row(self.get_object(), up=self.read(MoveSerializer)["up"])
        return Response(StatementRowSerializer(self.get_object()).data)


class AdjustmentSerializer(serializers.ModelSerializer[StatementAdjustment]):
    period = serializers.StringRelatedField[Any]()
    account = serializers.CharField(source="account.code", default=None, allow_null=True)
    made_by = serializers.StringRelatedField[Any]()

    class Meta:
        model = StatementAdjustment
        fields = ["id", "statement", "period", "line_no", "amount", "account", "reason", "made_by", "made_at"]


class AdjustSerializer(serializers.Serializer[Any]):
    statement = serializers.IntegerField()
    period = serializers.CharField(help_text="2025-12")
    line_no = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    reason = serializers.CharField(max_length=200)
    account = serializers.CharField(required=False, help_text="Code of the account")


class StatementAdjustmentViewSet(CompanyWriteViewSet):
    """Manual reclassifications: list, POST, DELETE."""

    model = StatementAdjustment
    serializer_class = AdjustmentSerializer
    required_permission = "ledger.view_statement"
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "ledger.adjust_statement",
        "destroy": "ledger.adjust_statement",
    }
    related = ("period", "account", "made_by")

    def create(self, request: Request) -> Response:
        given = dict(self.read(AdjustSerializer))
        number, text = given.pop("statement"), given.pop("account", "")
        statement = Statement.objects.filter(company=self.company, pk=number).first()
        if statement is None:
            raise NotFound(what=Statement._meta.verbose_name, key=number, field="statement")
        period = period_range(self.company, given.pop("period")).last
        account = Account.objects.filter(company=self.company, code=text).first()
        if text and account is None:
            raise NotFound(what=Account._meta.verbose_name, key=text, field="account")
        made = services.adjust(statement, period, account=account, by=request.user, **given)
        return Response(AdjustmentSerializer(made).data, status=201)

    def destroy(self, request: Request, pk: str) -> Response:
        services.remove_adjustment(self.get_object())
        return Response(status=204)


class SnapshotSerializer(serializers.ModelSerializer[StatementSnapshot]):
    period = serializers.StringRelatedField[Any]()
    made_by = serializers.StringRelatedField[Any]()

    class Meta:
        model = StatementSnapshot
        fields = ["id", "statement", "period", "payload", "made_by", "made_at", "superseded_at"]


class StatementSnapshotViewSet(CompanyViewSet):
    """Statements as they were issued."""

    model = StatementSnapshot
    serializer_class = SnapshotSerializer
    required_permission = "ledger.view_statement"
    related = ("period", "made_by")


def register() -> None:
    """Hang the statements below /api/v1/."""
    serve("statements", StatementViewSet)
    serve("statement-rows", StatementRowViewSet)
    serve("statement-adjustments", StatementAdjustmentViewSet)
    serve("statement-snapshots", StatementSnapshotViewSet)
