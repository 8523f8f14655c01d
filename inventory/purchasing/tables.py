"""Lists of purchasing documents."""

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, money, percent
from inventory.purchasing.listing import Progress
from inventory.purchasing.models import OrderStatus, PurchaseOrder, SupplierInvoice, SupplierPayment

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}
NOWRAP = {"td": {"class": "nowrap"}}


def order_state(status: str, received: Any) -> tuple[str, Any]:
    """Colour and words of how far an order is; ``received``: the share of its goods that came, None without any."""
    if status != OrderStatus.CONFIRMED:
        return status, OrderStatus(status).label
    if received is None or received <= 0:
        return "open", _("To be received")
    return ("done", _("Taken in")) if received >= 1 else ("partial", _("Partly taken in"))


class PurchaseOrderTable(tables.Table):
    date = tables.DateColumn(format="Y-m-d", attrs=NOWRAP, verbose_name=_("Date"))
    number = tables.Column(verbose_name=_("Document no."))
    supplier = tables.Column(verbose_name=_("Supplier"), orderable=False)
    warehouse = tables.Column(verbose_name=_("Warehouse"), orderable=False, attrs=NOWRAP)
    expected_on = tables.DateColumn(format="Y-m-d", attrs=NOWRAP, verbose_name=_("Expected"), default="—")
    external_no = tables.Column(verbose_name=_("External no."), orderable=False, default="—")
    net = tables.Column(verbose_name=_("Net"), attrs=NUM)
    gross = tables.Column(verbose_name=_("Gross"), attrs=NUM)
    received = tables.Column(accessor="pk", verbose_name=_("Taken in"), attrs=NUM, orderable=False)
    invoiced = tables.Column(accessor="pk", verbose_name=_("Invoiced"), attrs=NUM, orderable=False)
    status = tables.Column(verbose_name=_("State"), orderable=False)
    excel = {"received": "percent", "invoiced": "percent"}

    class Meta:
        model = PurchaseOrder
        fields = (
            "date", "number", "supplier", "warehouse", "expected_on", "external_no", "net", "gross", "received",
            "invoiced", "status",
        )  # fmt: skip
        row_attrs = {"data-href": lambda record: reverse("purchase_order_detail", args=[record.pk])}
        empty_text = _("No purchase orders match")

    def render_number(self, record: PurchaseOrder) -> Any:
        url = reverse("purchase_order_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.number)

    progress: Mapping[int, Progress] = {}

    def render_net(self, value: Any) -> Any:
        return money(value)

    render_gross = render_net

    def value_received(self, record: PurchaseOrder) -> Any:
        return self.progress[record.pk].received_share

    def value_invoiced(self, record: PurchaseOrder) -> Any:
        return self.progress[record.pk].invoiced_share

    def render_received(self, record: PurchaseOrder) -> Any:
        return percent(self.value_received(record))

    def render_invoiced(self, record: PurchaseOrder) -> Any:
        return percent(self.value_invoiced(record))

    def render_status(self, record: PurchaseOrder) -> Any:
        return badge(*order_state(record.status, self.value_received(record)))

    def value_status(self, record: PurchaseOrder) -> str:
        return str(order_state(record.status, self.value_received(record))[1])


class SupplierInvoiceTable(tables.Table):
    date = tables.DateColumn(format="Y-m-d", attrs=NOWRAP, verbose_name=_("Date"))
    number = tables.Column(verbose_name=_("Document no."))
    invoice_no = tables.Column(verbose_name=_("Invoice no."), default="—")
    kind = tables.Column(verbose_name=_("Kind"), orderable=False, attrs=NOWRAP)
    supplier = tables.Column(verbose_name=_("Supplier"), orderable=False)
    net = tables.Column(verbose_name=_("Net"), attrs=NUM)
    tax = tables.Column(verbose_name=_("Tax"), attrs=NUM)
    gross = tables.Column(verbose_name=_("Gross"), attrs=NUM)
    variance = tables.Column(verbose_name=_("Variance"), attrs=NUM, orderable=False)
    open = tables.Column(verbose_name=_("Unpaid"), attrs=NUM, orderable=False)
    due_on = tables.DateColumn(format="Y-m-d", attrs=NOWRAP, verbose_name=_("Due"), default="—")
    status = tables.Column(verbose_name=_("State"), orderable=False)

    class Meta:
        model = SupplierInvoice
        fields = (
            "date", "number", "invoice_no", "kind", "supplier", "net", "tax", "gross", "variance", "open", "due_on",
            "status",
        )  # fmt: skip
        row_attrs = {"data-href": lambda record: reverse("supplier_invoice_detail", args=[record.pk])}
        empty_text = _("No supplier invoices match")

    def render_number(self, record: SupplierInvoice) -> Any:
        url = reverse("supplier_invoice_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.number)

    def render_net(self, value: Any) -> Any:
        return money(value)

    render_tax = render_gross = render_net

    def render_variance(self, value: Any) -> Any:
        return money(value) if value else ""

    render_open = render_variance

    def render_status(self, record: SupplierInvoice) -> Any:
        return badge(record.status, record.get_status_display())


class SupplierPaymentTable(tables.Table):
    date = tables.DateColumn(format="Y-m-d", attrs=NOWRAP, verbose_name=_("Date"))
    number = tables.Column(verbose_name=_("Document no."))
    kind = tables.Column(verbose_name=_("Kind"), orderable=False, attrs=NOWRAP)
    supplier = tables.Column(verbose_name=_("Supplier"), orderable=False)
    bank_account = tables.Column(
        accessor="bank_account__name", verbose_name=_("Bank account"), orderable=False, default="—"
    )
    settlement_no = tables.Column(verbose_name=_("Settlement no."), orderable=False, default="—")
    amount = tables.Column(verbose_name=_("Amount"), attrs=NUM)
    discount = tables.Column(verbose_name=_("Discount"), attrs=NUM, orderable=False)
    open = tables.Column(verbose_name=_("Not allocated"), attrs=NUM, orderable=False)
    status = tables.Column(verbose_name=_("State"), orderable=False)

    class Meta:
        model = SupplierPayment
        fields = (
            "date", "number", "kind", "supplier", "bank_account", "settlement_no", "amount", "discount", "open",
            "status",
        )  # fmt: skip
        row_attrs = {"data-href": lambda record: reverse("supplier_payment_detail", args=[record.pk])}
        empty_text = _("No supplier payments match")

    def render_number(self, record: SupplierPayment) -> Any:
        url = reverse("supplier_payment_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.number)

    def render_amount(self, value: Any) -> Any:
        return money(value)

    def render_discount(self, value: Any) -> Any:
        return money(value) if value else ""

    render_open = render_discount

    def render_status(self, record: SupplierPayment) -> Any:
        return badge(record.status, record.get_status_display())
