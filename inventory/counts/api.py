"""Stock counts in the API: start, enter what was counted, see the differences, confirm, reverse; and decisions."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from erp.core.money import ZERO
from inventory.counts import disposals, services
from inventory.counts.differences import as_json, count_lines, differences, progress_of
from inventory.counts.entry import NOW, CountedRow, enter
from inventory.counts.models import CountDisposal, StockCount
from inventory.counts.pending import pending
from inventory.items.models import Item, ItemCategory
from inventory.warehouses.models import Warehouse

READ, COST = "inventory.view_stock", "inventory.view_cost"


class CountSerializer(serializers.ModelSerializer[StockCount]):
    status = serializers.CharField(read_only=True)
    warehouse = serializers.CharField(source="warehouse.code")
    category = serializers.CharField(source="category.code", default=None, allow_null=True)
    gain = serializers.CharField(source="gain.number", default=None, allow_null=True)
    loss = serializers.CharField(source="loss.number", default=None, allow_null=True)

    class Meta:
        model = StockCount
        fields = [
            "id", "number", "date", "status", "warehouse", "category", "is_blind", "snapshot_at", "note", "gain",
            "loss", "created_at", "confirmed_at",
        ]  # fmt: skip


class CountFilter(filters.FilterSet):
    warehouse = filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = StockCount
        fields = {"number": ["exact"], "status": ["exact"], "date": ["exact", "gte", "lte"]}


class StartSerializer(serializers.Serializer[Any]):
    warehouse = serializers.CharField()
    date = serializers.DateField(required=False, allow_null=True, default=None)
    category = serializers.CharField(required=False, allow_blank=True, default="")
    items = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True, default=None)
    blind = serializers.BooleanField(default=False)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class CountedSerializer(serializers.Serializer[Any]):
    """``at``: "now", or a moment since the snapshot; left out, the quantity counts against the snapshot."""

    line_no = serializers.IntegerField(required=False, allow_null=True, default=None)
    item = serializers.CharField(required=False, allow_blank=True, default="")
    lot = serializers.CharField(required=False, allow_blank=True, default="")
    bin = serializers.CharField(required=False, allow_blank=True, default="")
    counted = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    unit_cost = serializers.DecimalField(
        max_digits=24, decimal_places=10, required=False, allow_null=True, default=None
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    at = serializers.CharField(required=False, allow_blank=True, default="")
    adds = serializers.BooleanField(default=False)

    def validate_at(self, value: str) -> Any:
        if not value:
            return None
        return NOW if value == NOW else serializers.DateTimeField().to_internal_value(value)


class EnterSerializer(serializers.Serializer[Any]):
    rows = CountedSerializer(many=True, allow_empty=False)
    skip_refused = serializers.BooleanField(default=False)


class ConfirmSerializer(serializers.Serializer[Any]):
    zero_uncounted = serializers.BooleanField(default=False)


class DateSerializer(serializers.Serializer[Any]):
    date = serializers.DateField(required=False, allow_null=True, default=None)


class StockCountViewSet(CompanyWriteViewSet):
    """Counts, newest first. ``lines`` and ``differences`` show lines; book quantities of blind counts stay hidden."""

    model = StockCount
    serializer_class = CountSerializer
    filterset_class = CountFilter
    required_permission = READ
    related = ("warehouse", "category", "gain", "loss")
    cursor_ordering = ("-date", "-id")
    action_permissions = {
        "create": "inventory.count_stock",
        "enter": "inventory.count_stock",
        "confirm": "inventory.confirm_count",
        "cancel": "inventory.confirm_count",
        "reverse": "inventory.confirm_count",
        "differences": "inventory.confirm_count",
    }

    def create(self, request: Request) -> Response:
        given = self.read(StartSerializer)
        warehouse = _by_code(self.company, Warehouse, given["warehouse"])
        category = _by_code(self.company, ItemCategory, given["category"]) if given["category"] else None
        items = None
        if given["items"] is not None:
            items = [_by_code(self.company, Item, code).pk for code in given["items"]]
        made = services.start_count(
            self.company,
            warehouse.pk,
            date=given["date"],
            category=category.pk if category else None,
            items=items,
            blind=given["blind"],
            note=given["note"],
            by=request.user,
        )
        return Response(self._shown(made.pk), status=201)

    @action(detail=True, methods=["get"])
    def lines(self, request: Request, pk: str) -> Response:
        count = self.get_object()
        which = request.query_params.get("which", "")
        if which not in ("", "counted", "uncounted"):
            which = ""
        rows = count_lines(count, which=which, text=request.query_params.get("q", ""))  # type: ignore[arg-type]
        return Response({"lines": [self._line(row, count) for row in rows], **_progress(count)})

    @action(detail=True, methods=["get"])
    def differences(self, request: Request, pk: str) -> Response:
        count = self.get_object()
        sees = self.access.may(COST)
        rows = [as_json(row, blind=False, sees_cost=sees) for row in differences(self.company, count.pk)]
        return Response({"lines": rows, **_progress(count)})

    @action(detail=True, methods=["post"])
    def enter(self, request: Request, pk: str) -> Response:
        given = self.read(EnterSerializer)
        rows = [CountedRow(**row, row=number) for number, row in enumerate(given["rows"], start=1)]
        done = enter(
            self.company, _id(pk), rows, by=request.user, on_refusal="skip" if given["skip_refused"] else "raise"
        )
        return Response(
            {
                "changed": done.changed,
                "added": done.added,
                "replaced": [
                    {"row": one.row, "line_no": one.line_no, "item": one.item, "before": str(one.before), "by": one.by}
                    for one in done.replaced
                ],
                "refused": [refusal.as_dict() for refusal in done.refused],
            }
        )

    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        given = self.read(ConfirmSerializer)
        services.confirm_count(self.company, _id(pk), by=request.user, zero_uncounted=given["zero_uncounted"])
        return Response(self._shown(_id(pk)))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        services.cancel_count(self.company, _id(pk), by=request.user)
        return Response(self._shown(_id(pk)))

    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        given = self.read(DateSerializer)
        services.reverse_count(self.company, _id(pk), by=request.user, date=given["date"])
        return Response(self._shown(_id(pk)))

    def _shown(self, pk: int) -> Any:
        row = self.get_queryset().get(pk=pk)
        return {**CountSerializer(row, context={"view": self}).data, **_progress(row)}

    def _line(self, row: Any, count: StockCount) -> dict[str, Any]:
        return as_json(row, blind=count.is_blind and count.status == "counting", sees_cost=self.access.may(COST))


def _progress(count: StockCount) -> dict[str, int]:
    found = progress_of([count])[count.pk]
    hidden = count.is_blind and count.status == "counting"
    shown = {"line_count": found.lines, "counted": found.counted}
    return shown if hidden else shown | {"different": found.different}


def _id(pk: str) -> int:
    return int(pk) if str(pk).isdigit() else 0


def _by_code(company: Any, model: Any, code: str) -> Any:
    row = model.objects.filter(company=company, code=code).first()
    if row is None:
        raise NotFound(what=model._meta.verbose_name, key=code)
    return row


class DisposalSerializer(serializers.ModelSerializer[CountDisposal]):
    kind = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    document = serializers.CharField(source="document.number")
    employee = serializers.CharField(source="employee.code", default=None, allow_null=True)
    department = serializers.CharField(source="department.code", default=None, allow_null=True)

    class Meta:
        model = CountDisposal
        fields = [
            "id", "number", "date", "kind", "document", "reason", "amount", "claim", "employee", "department",
            "reversal_of", "note",
        ]  # fmt: skip


class NewDisposalSerializer(serializers.Serializer[Any]):
    document_id = serializers.IntegerField()
    reason = serializers.CharField(required=False, allow_blank=True, default="")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, required=False, allow_null=True, default=None)
    claim = serializers.DecimalField(max_digits=18, decimal_places=2, default=ZERO)
    employee_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    department_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    date = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class CountDisposalViewSet(CompanyWriteViewSet):
    """Decisions about differences; ``pending`` lists what waits for one."""

    model = CountDisposal
    serializer_class = DisposalSerializer
    required_permission = COST
    related = ("document", "employee", "department")
    action_permissions = {"create": "inventory.dispose_difference", "reverse": "inventory.dispose_difference"}

    def create(self, request: Request) -> Response:
        made = disposals.dispose(
            self.company, disposals.NewDisposal(**self.read(NewDisposalSerializer)), by=request.user
        )
        return Response(DisposalSerializer(made).data, status=201)

    @action(detail=False, methods=["get"])
    def pending(self, request: Request) -> Response:
        return Response(
            [
                {
                    "document_id": row.document_id,
                    "document": row.number,
                    "date": row.date.isoformat(),
                    "kind": row.kind,
                    "reason": row.reason,
                    "amount": str(row.amount),
                    "open": str(row.open),
                }
                for row in pending(self.company)
            ]
        )

    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        given = self.read(DateSerializer)
        made = disposals.reverse_disposal(self.company, _id(pk), by=request.user, date=given["date"])
        return Response(DisposalSerializer(made).data, status=201)


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("stock-counts", StockCountViewSet)
    serve("count-disposals", CountDisposalViewSet)
