"""The list of invoices."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, money
from ledger.posting.models import EventState
from sales.invoices.models import SalesInvoice

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class SalesInvoiceTable(tables.Table):
    date = tables.DateColumn(format="Y-m-d", verbose_name=_("Date"))
    number = tables.Column(verbose_name=_("Document no."))
    kind = tables.Column(verbose_name=_("Kind"), orderable=False)
    customer = tables.Column(verbose_name=_("Customer"), orderable=False)
    order = tables.Column(verbose_name=_("Order"), orderable=False, default="—")
    net = tables.Column(verbose_name=_("Net"), attrs=NUM)
    tax = tables.Column(verbose_name=_("Tax"), attrs=NUM)
    gross = tables.Column(verbose_name=_("Gross"), attrs=NUM)
    posting = tables.Column(accessor="event_state", verbose_name=_("Voucher"), orderable=False)

    class Meta:
        model = SalesInvoice
        fields = ("date", "number", "kind", "customer", "order", "net", "tax", "gross", "posting")
        row_attrs = {"data-href": lambda record: reverse("sales_invoice_detail", args=[record.pk])}
        empty_text = _("No invoices match")

    def render_number(self, record: SalesInvoice) -> Any:
        url = reverse("sales_invoice_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.number)

    def render_order(self, record: SalesInvoice) -> Any:
        url = reverse("sales_order_detail", args=[record.order_id])
        return format_html('<a class="nowrap" href="{}">{}</a>', url, record.order)

    def render_net(self, value: Any) -> Any:
        return money(value)

    render_tax = render_gross = render_net

    def render_posting(self, record: Any) -> Any:
        if record.event_state == EventState.POSTED:
            return self.value_posting(record)
        return badge(record.event_state, EventState(record.event_state).label)

    def value_posting(self, record: Any) -> str:
        if record.event_state == EventState.POSTED:
            return f"{record.voucher_word}-{record.voucher_number}"
        return str(EventState(record.event_state).label) if record.event_state else ""
