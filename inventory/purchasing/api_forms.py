"""What the API reads and shows of purchasing. Lines name items, suppliers and warehouses by code."""

from decimal import Decimal
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from inventory.purchasing.models import (
    InvoiceKind,
    InvoiceMatch,
    PayableAllocation,
    PaymentKind,
    PurchaseOrder,
    PurchaseOrderLine,
    SupplierInvoice,
    SupplierInvoiceLine,
    SupplierPayment,
)

SEES_PRICES = ("inventory.view_cost", "purchasing.enter_order", "purchasing.enter_invoice", "purchasing.enter_payment")
_AMOUNT: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}
_FIGURE: dict[str, Any] = {"max_digits": 18, "decimal_places": 6}
_RATE: dict[str, Any] = {"max_digits": 6, "decimal_places": 4}


class WithPrices(serializers.Serializer[Any]):
    """Prices are null for users who neither see costs nor enter purchasing documents."""

    price_fields: tuple[str, ...] = ()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        view = self.context.get("view")
        if view is None or not any(view.access.may(permission) for permission in SEES_PRICES):
            shown.update(dict.fromkeys(self.price_fields))
        return shown


class OrderLineSerializer(WithPrices, serializers.ModelSerializer[PurchaseOrderLine]):
    item = serializers.CharField(source="item.code")
    unit = serializers.CharField(source="unit.name", default=None, allow_null=True)
    price_fields = ("unit_price", "net", "tax")

    class Meta:
        model = PurchaseOrderLine
        fields = [
            "id", "line_no", "item", "unit", "unit_qty", "qty", "unit_price", "tax_rate", "net", "tax", "note",
        ]  # fmt: skip


class OrderSerializer(serializers.ModelSerializer[PurchaseOrder]):
    supplier = serializers.CharField(source="supplier.code")
    warehouse = serializers.CharField(source="warehouse.code")
    lines = OrderLineSerializer(many=True)

    class Meta:
        model = PurchaseOrder
        fields = [
            "id", "number", "date", "status", "supplier", "warehouse", "expected_on", "external_no", "note",
            "created_at", "confirmed_at", "lines",
        ]  # fmt: skip


class MatchSerializer(WithPrices, serializers.ModelSerializer[InvoiceMatch]):
    document = serializers.IntegerField(source="stock_line.document_id")
    price_fields = ("estimate", "variance")

    class Meta:
        model = InvoiceMatch
        fields = ["stock_line", "document", "qty", "estimate", "variance", "is_live"]


class InvoiceLineSerializer(WithPrices, serializers.ModelSerializer[SupplierInvoiceLine]):
    item = serializers.CharField(source="item.code", default=None, allow_null=True)
    matches = MatchSerializer(many=True)
    price_fields = ("unit_price", "net", "tax", "estimate")

    class Meta:
        model = SupplierInvoiceLine
        fields = [
            "id", "line_no", "item", "description", "qty", "unit_price", "tax_rate", "net", "tax", "estimate",
            "matches",
        ]  # fmt: skip


class InvoiceSerializer(WithPrices, serializers.ModelSerializer[SupplierInvoice]):
    supplier = serializers.CharField(source="supplier.code")
    lines = InvoiceLineSerializer(many=True)
    price_fields = ("net", "tax", "gross", "estimate")

    class Meta:
        model = SupplierInvoice
        fields = [
            "id", "kind", "number", "invoice_no", "date", "due_on", "status", "supplier", "of_invoice",
            "is_deductible", "is_certified", "net", "tax", "gross", "estimate", "variance_document", "reversal_of",
            "note", "created_at", "confirmed_at", "lines",
        ]  # fmt: skip


class AllocationSerializer(serializers.ModelSerializer[PayableAllocation]):
    supplier = serializers.CharField(source="supplier.code")

    class Meta:
        model = PayableAllocation
        fields = [
            "id", "number", "date", "supplier", "payment", "credit", "invoice", "amount", "at_entry", "undoes",
            "created_at",
        ]  # fmt: skip


class PaymentSerializer(serializers.ModelSerializer[SupplierPayment]):
    supplier = serializers.CharField(source="supplier.code")
    bank_account = serializers.CharField(source="bank_account.code", default=None, allow_null=True)
    allocations = AllocationSerializer(many=True)

    class Meta:
        model = SupplierPayment
        fields = [
            "id", "kind", "number", "date", "status", "supplier", "bank_account", "settlement_no", "amount",
            "discount", "reversal_of", "note", "created_at", "confirmed_at", "allocations",
        ]  # fmt: skip


class _BySupplier(filters.FilterSet):
    supplier = filters.CharFilter(field_name="supplier__code")


class OrderFilter(_BySupplier):
    class Meta:
        model = PurchaseOrder
        fields = {"number": ["exact"], "status": ["exact"], "date": ["exact", "gte", "lte"], "external_no": ["exact"]}


class InvoiceFilter(_BySupplier):
    class Meta:
        model = SupplierInvoice
        fields = {
            "number": ["exact"],
            "invoice_no": ["exact"],
            "kind": ["exact"],
            "status": ["exact"],
            "date": ["exact", "gte", "lte"],
            "due_on": ["gte", "lte"],
        }


class PaymentFilter(_BySupplier):
    class Meta:
        model = SupplierPayment
        fields = {"number": ["exact"], "kind": ["exact"], "status": ["exact"], "date": ["exact", "gte", "lte"]}


class AllocationFilter(_BySupplier):
    class Meta:
        model = PayableAllocation
        fields = {"number": ["exact"], "payment": ["exact"], "invoice": ["exact"], "date": ["gte", "lte"]}


# What is read


class OrderLineForm(serializers.Serializer[Any]):
    """``qty`` in the item's unit; or ``unit`` and ``unit_qty`` in another one. ``unit_price`` net, per item's unit."""

    item = serializers.CharField()
    qty = serializers.DecimalField(**_FIGURE, required=False, allow_null=True, default=None)
    unit = serializers.CharField(required=False, allow_blank=True, default="")
    unit_qty = serializers.DecimalField(**_FIGURE, required=False, allow_null=True, default=None)
    unit_price = serializers.DecimalField(**_FIGURE)
    tax_rate = serializers.DecimalField(**_RATE, required=False, allow_null=True, default=None)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class OrderForm(serializers.Serializer[Any]):
    supplier = serializers.CharField()
    date = serializers.DateField()
    warehouse = serializers.CharField(required=False, allow_blank=True, default="")
    expected_on = serializers.DateField(required=False, allow_null=True, default=None)
    external_no = serializers.CharField(required=False, allow_blank=True, default="", max_length=80)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    lines = OrderLineForm(many=True)


class ReceiveLineForm(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    qty = serializers.DecimalField(**_FIGURE)
    lot = serializers.IntegerField(required=False, allow_null=True, default=None)


class ReceiveForm(serializers.Serializer[Any]):
    """Without ``lines`` all that is open comes."""

    date = serializers.DateField(required=False, allow_null=True, default=None)
    warehouse = serializers.CharField(required=False, allow_blank=True, default="")
    external_no = serializers.CharField(required=False, allow_blank=True, default="", max_length=80)
    confirm = serializers.BooleanField(default=True)
    lines = ReceiveLineForm(many=True, required=False, allow_null=True, default=None)


class MatchForm(serializers.Serializer[Any]):
    stock_line = serializers.IntegerField()
    qty = serializers.DecimalField(**_FIGURE)


class InvoiceLineForm(serializers.Serializer[Any]):
    """Goods: item, ``qty``, net ``unit_price``; a charge or allowance: ``net``. Figures without sign."""

    item = serializers.CharField(required=False, allow_blank=True, default="")
    description = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    qty = serializers.DecimalField(**_FIGURE, default=Decimal(0))
    unit_price = serializers.DecimalField(**_FIGURE, default=Decimal(0))
    tax_rate = serializers.DecimalField(**_RATE, required=False, allow_null=True, default=None)
    net = serializers.DecimalField(**_AMOUNT, required=False, allow_null=True, default=None)
    tax = serializers.DecimalField(**_AMOUNT, required=False, allow_null=True, default=None)
    matches = MatchForm(many=True, required=False, default=list)


class InvoiceForm(serializers.Serializer[Any]):
    supplier = serializers.CharField()
    date = serializers.DateField()
    kind = serializers.ChoiceField(choices=InvoiceKind.choices, default=InvoiceKind.BLUE)
    invoice_no = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    of_invoice = serializers.IntegerField(required=False, allow_null=True, default=None)
    is_deductible = serializers.BooleanField(default=True)
    is_certified = serializers.BooleanField(default=True)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    lines = InvoiceLineForm(many=True)


class OfReceiptsForm(serializers.Serializer[Any]):
    """Receipts (or returns) of one supplier. Without ``lines`` all that is open, at the receipts' prices."""

    receipts = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)
    date = serializers.DateField(required=False, allow_null=True, default=None)
    invoice_no = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)
    is_deductible = serializers.BooleanField(default=True)
    is_certified = serializers.BooleanField(default=True)
    confirm = serializers.BooleanField(default=True)
    lines = InvoiceLineForm(many=True, required=False, allow_null=True, default=None)


class ShareForm(serializers.Serializer[Any]):
    invoice = serializers.IntegerField()
    amount = serializers.DecimalField(**_AMOUNT, required=False, allow_null=True, default=None)


class PaymentForm(serializers.Serializer[Any]):
    """``shares`` null: what is due first is settled first; left out or empty: a prepayment."""

    supplier = serializers.CharField()
    date = serializers.DateField()
    amount = serializers.DecimalField(**_AMOUNT)
    kind = serializers.ChoiceField(choices=PaymentKind.choices, default=PaymentKind.PAYMENT)
    discount = serializers.DecimalField(**_AMOUNT, default=Decimal(0))
    bank_account = serializers.CharField(required=False, allow_blank=True, default="")
    settlement_no = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    shares = ShareForm(many=True, required=False, allow_null=True, default=list)


class PairForm(serializers.Serializer[Any]):
    """One of ``payment`` and ``credit`` (a red invoice) settles ``invoice``; without ``amount`` as much as it can."""

    invoice = serializers.IntegerField()
    payment = serializers.IntegerField(required=False, allow_null=True, default=None)
    credit = serializers.IntegerField(required=False, allow_null=True, default=None)
    amount = serializers.DecimalField(**_AMOUNT, required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["payment"] is None) == (attrs["credit"] is None):
            raise serializers.ValidationError({"payment": "Give either payment or credit."})
        return attrs


class AllocateForm(serializers.Serializer[Any]):
    date = serializers.DateField(required=False, allow_null=True, default=None)
    pairs = PairForm(many=True, allow_empty=False)


class AutomaticForm(serializers.Serializer[Any]):
    supplier = serializers.CharField()
    date = serializers.DateField(required=False, allow_null=True, default=None)
    payments = serializers.ListField(child=serializers.IntegerField(), required=False, allow_null=True, default=None)
    invoices = serializers.ListField(child=serializers.IntegerField(), required=False, allow_null=True, default=None)


class WriteOffForm(serializers.Serializer[Any]):
    invoice = serializers.IntegerField()
    amount = serializers.DecimalField(**_AMOUNT, required=False, allow_null=True, default=None)
    date = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.ChoiceField(choices=["unpayable", "rounding"], default="unpayable")


class DayForm(serializers.Serializer[Any]):
    """``date`` left out: the document's own, as if it had never been entered."""

    date = serializers.DateField(required=False, allow_null=True, default=None)


class IdsForm(serializers.Serializer[Any]):
    """``partial``: those that are refused do not keep the others from being done."""

    ids = serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=10_000)
    partial = serializers.BooleanField(default=False)  # type: ignore[assignment]
    date = serializers.DateField(required=False, allow_null=True, default=None)


@extend_schema_serializer(component_name="ConfirmedMany")
class OutcomeSerializer(serializers.Serializer[Any]):
    done = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.ListField(child=serializers.DictField())
