"""What the API reads and shows of stock documents; codes in requests become ids here.

A code that nobody knows is answered at its field (400); what the services refuse is answered with code and facts (409).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from rest_framework import serializers

from erp.core.api.views import WithCosts
from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import quantity
from inventory.documents.bulk import MOST
from inventory.documents.kinds import KINDS
from inventory.documents.models import AllocateBy, DocumentKind, LineRole, Reason, StockDocument, StockDocumentLine
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.documents.shapes import SHAPES
from inventory.items.models import Item, ItemUnit
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin, Warehouse
from ledger.dimensions.models import DimensionValue

COST = "inventory.view_cost"


class StockDocumentLineSerializer(WithCosts, serializers.ModelSerializer[StockDocumentLine]):
    item = serializers.CharField(source="item.code")
    unit = serializers.CharField(source="unit.name", default=None, allow_null=True)
    lot = serializers.CharField(source="lot.number", default=None, allow_null=True)
    bin = serializers.CharField(source="bin.code", default=None, allow_null=True)
    to_bin = serializers.CharField(source="to_bin.code", default=None, allow_null=True)
    cost_fields = ("unit_cost", "amount")
    cost_permission = COST

    class Meta:
        model = StockDocumentLine
        fields = [
            "id", "line_no", "item", "qty", "unit", "unit_qty", "lot", "bin", "to_bin", "role", "share", "reason",
            "unit_cost", "amount", "market_net", "output_tax", "input_tax_out", "of_line", "source_line_id", "note",
        ]  # fmt: skip


class StockDocumentSerializer(WithCosts, serializers.ModelSerializer[StockDocument]):
    warehouse = serializers.CharField(source="warehouse.code")
    to_warehouse = serializers.CharField(source="to_warehouse.code", default=None, allow_null=True)
    party = serializers.CharField(source="party.code", default=None, allow_null=True)
    department = serializers.CharField(source="department.code", default=None, allow_null=True)
    lines = StockDocumentLineSerializer(many=True)
    cost_fields = ("amount", "tax")
    cost_permission = COST

    class Meta:
        model = StockDocument
        fields = [
            "id", "kind", "number", "date", "status", "warehouse", "to_warehouse", "reason", "party", "department",
            "of_document", "amount", "tax", "allocate_by", "source_type", "source_id", "external_no", "reversal_of",
            "note", "created_at", "confirmed_at", "lines",
        ]  # fmt: skip


class StockDocumentFilter(filters.FilterSet):
    warehouse = filters.CharFilter(field_name="warehouse__code")
    party = filters.CharFilter(field_name="party__code")
    item = filters.CharFilter(method="with_item", label="Code of an item on a line")
    source_id = filters.NumberFilter()

    class Meta:
        model = StockDocument
        fields = {
            "kind": ["exact"],
            "number": ["exact"],
            "status": ["exact"],
            "reason": ["exact"],
            "external_no": ["exact"],
            "source_type": ["exact"],
            "date": ["exact", "gte", "lte"],
        }

    def with_item(self, rows: Any, _name: str, code: str) -> Any:
        lines = StockDocumentLine.objects.filter(company=self.request.company, item__code=code)
        return rows.filter(pk__in=lines.values("document_id"))


class StockLineForm(serializers.Serializer[Any]):
    item = serializers.CharField()
    qty = serializers.DecimalField(18, 6, min_value=Decimal(0), default=Decimal(0))
    unit = serializers.CharField(required=False, default="", allow_blank=True)
    unit_cost = serializers.DecimalField(24, 10, required=False, allow_null=True, default=None)
    amount = serializers.DecimalField(18, 2, required=False, allow_null=True, default=None)
    lot = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)
    bin = serializers.CharField(required=False, default="", allow_blank=True)
    to_bin = serializers.CharField(required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(LineRole.choices, required=False, default="", allow_blank=True)
    share = serializers.DecimalField(18, 6, required=False, allow_null=True, default=None)
    reason = serializers.ChoiceField(Reason.choices, required=False, default="", allow_blank=True)
    of_line = serializers.IntegerField(required=False, allow_null=True, default=None)
    market_net = serializers.DecimalField(18, 2, required=False, default=Decimal(0))
    output_tax = serializers.DecimalField(18, 2, required=False, default=Decimal(0))
    input_tax_out = serializers.DecimalField(18, 2, required=False, default=Decimal(0))
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class StockDocumentForm(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(DocumentKind.choices)
    date = serializers.DateField()
    warehouse = serializers.CharField()
    to_warehouse = serializers.CharField(required=False, default="", allow_blank=True)
    reason = serializers.ChoiceField(Reason.choices, required=False, default="", allow_blank=True)
    party = serializers.CharField(required=False, default="", allow_blank=True)
    department = serializers.CharField(required=False, default="", allow_blank=True)
    of_document = serializers.IntegerField(required=False, allow_null=True, default=None)
    amount = serializers.DecimalField(18, 2, required=False, allow_null=True, default=None)
    tax = serializers.DecimalField(18, 2, required=False, default=Decimal(0))
    allocate_by = serializers.ChoiceField(AllocateBy.choices, required=False, default="", allow_blank=True)
    external_no = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    confirm = serializers.BooleanField(required=False, default=False)
    lines = StockLineForm(many=True, required=False, default=list)

    def validate_kind(self, kind: str) -> str:
        if kind not in SHAPES:
            raise serializers.ValidationError(_("Documents of this kind are made by the product alone."))
        return kind


class StockIdsForm(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=MOST)


class StockReverseForm(serializers.Serializer[Any]):
    date = serializers.DateField(required=False, allow_null=True, default=None)


class StockRefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.DictField(child=serializers.CharField())


class StockOutcomeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    refusal = StockRefusalSerializer(allow_null=True)


class StockBulkSerializer(serializers.Serializer[Any]):
    confirmed = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = StockOutcomeSerializer(many=True)


def new_document(company: Company, given: Mapping[str, Any]) -> NewStockDocument:
    """What the services take. Lots that a receipt names for the first time are made, so call it in the transaction.

    Raises ``NotFound`` with the field for a code that nobody knows.
    """
    kind = given["kind"]
    warehouse = _warehouse(company, given["warehouse"], "warehouse")
    target = _warehouse(company, given["to_warehouse"], "to_warehouse") if given["to_warehouse"] else None
    return NewStockDocument(
        kind=kind,
        date=given["date"],
        warehouse_id=warehouse,
        lines=_lines(company, kind, given["lines"], warehouse, target or warehouse),
        reason=given["reason"],
        party_id=_value(company, KINDS[kind].has_party, given["party"], "party"),
        department_id=_value(company, "department", given["department"], "department"),
        external_no=given["external_no"],
        note=given["note"],
        to_warehouse_id=target,
        of_document_id=_original(company, given["of_document"]),
        amount=given["amount"],
        tax=given["tax"],
        allocate_by=given["allocate_by"],
    )


def _warehouse(company: Company, code: str, field: str) -> int:
    found = Warehouse.objects.filter(company=company, code__iexact=code, is_active=True).first()
    if found is None:
        raise NotFound(field=field, what=Warehouse._meta.verbose_name, key=code)
    return found.pk


def _value(company: Company, dimension: str, code: str, field: str) -> int | None:
    if not code:
        return None
    found = DimensionValue.objects.filter(company=company, dimension_type__code=dimension, code__iexact=code).first()
    if found is None:
        raise NotFound(field=field, what=DimensionValue._meta.verbose_name, key=code)
    return found.pk


def _original(company: Company, pk: int | None) -> int | None:
    if pk is not None and not StockDocument.objects.filter(company=company, pk=pk).exists():
        raise NotFound(field="of_document", what=StockDocument._meta.verbose_name, key=pk)
    return pk


def _lines(
    company: Company, kind: str, given: Sequence[Mapping[str, Any]], warehouse: int, target: int
) -> list[NewStockLine]:
    codes = {line["item"] for line in given}
    items = {item.code: item for item in Item.objects.filter(company=company, code__in=codes)}
    units = {(one.item_id, one.name): one for one in ItemUnit.objects.filter(company=company, item__code__in=codes)}
    bins = dict(
        ((one.warehouse_id, one.code), one.pk)
        for one in Bin.objects.filter(company=company, warehouse__in={warehouse, target})
    )
    own = {line["of_line"] for line in given if line["of_line"] is not None}
    originals = set(StockDocumentLine.objects.filter(company=company, pk__in=own).values_list("id", flat=True))
    lines = []
    for number, line in enumerate(given, start=1):
        place = f"lines-{number}"
        item = items.get(line["item"])
        if item is None:
            raise NotFound(field=f"{place}-item", what=Item._meta.verbose_name, key=line["item"])
        unit = units.get((item.pk, line["unit"])) if line["unit"] and line["unit"] != item.unit else None
        if line["unit"] and unit is None and line["unit"] != item.unit:
            raise NotFound(field=f"{place}-unit", what=ItemUnit._meta.verbose_name, key=line["unit"])
        if line["of_line"] is not None and line["of_line"] not in originals:
            raise NotFound(field=f"{place}-of_line", what=StockDocumentLine._meta.verbose_name, key=line["of_line"])
        lines.append(
            NewStockLine(
                item_id=item.pk,
                qty=quantity(line["qty"] * unit.factor) if unit else line["qty"],
                unit_id=unit.pk if unit else None,
                unit_qty=line["qty"] if unit else None,
                lot_id=_lot(company, kind, item, line, place),
                bin_id=_bin(bins, warehouse, line["bin"], f"{place}-bin"),
                to_bin_id=_bin(bins, target, line["to_bin"], f"{place}-to_bin"),
                of_line_id=line["of_line"],
                **{name: line[name] for name in _PLAIN},
            )
        )
    return lines


_PLAIN = (
    "unit_cost", "amount", "role", "share", "reason", "market_net", "output_tax", "input_tax_out", "note",
)  # fmt: skip


def _bin(bins: Mapping[tuple[int, str], int], warehouse: int, code: str, field: str) -> int | None:
    if not code:
        return None
    if (warehouse, code) not in bins:
        raise NotFound(field=field, what=Bin._meta.verbose_name, key=code)
    return bins[warehouse, code]


def _lot(company: Company, kind: str, item: Item, line: Mapping[str, Any], place: str) -> int | None:
    number = line["lot"].strip()
    if not number:
        return None
    found = Lot.objects.filter(company=company, item=item, number=number).first()
    if found is None and (SHAPES[kind].takes or not item.tracking):
        raise NotFound(field=f"{place}-lot", what=Lot._meta.verbose_name, key=number)
    if found is None:
        found = Lot.objects.create(company=company, item=item, number=number, expires_on=line["expires_on"])
    return found.pk
