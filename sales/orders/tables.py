"""The list of sales documents."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, money
from sales.orders.models import OrderStatus, SalesOrder
from sales.orders.queries import OrderState

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


def badge_of(state: OrderState) -> str:
    """The colour of how far an order is."""
    if state.status != OrderStatus.CONFIRMED:
        return state.status
    if state.failed:
        return "failed"
    return "done" if state.is_complete else "pending" if state.waiting else "partial" if state.delivered else "open"


class SalesOrderTable(tables.Table):
    date = tables.DateColumn(format="Y-m-d", verbose_name=_("Date"))
    number = tables.Column(verbose_name=_("Document no."))
    kind = tables.Column(verbose_name=_("Kind"), orderable=False)
    customer = tables.Column(verbose_name=_("Customer"), orderable=False)
    external_no = tables.Column(verbose_name=_("External no."), orderable=False, default="—")
    net = tables.Column(verbose_name=_("Net"), attrs=NUM)
    tax = tables.Column(verbose_name=_("Tax"), attrs=NUM)
    gross = tables.Column(verbose_name=_("Gross"), attrs=NUM)
    status = tables.Column(verbose_name=_("State"), orderable=False)

    class Meta:
        model = SalesOrder
        fields = ("date", "number", "kind", "customer", "external_no", "net", "tax", "gross", "status")
        row_attrs = {"data-href": lambda record: reverse("sales_order_detail", args=[record.pk])}
        empty_text = _("No sales documents match")

    states: dict[int, OrderState] = {}

    def render_number(self, record: SalesOrder) -> Any:
        url = reverse("sales_order_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.number)

    def render_net(self, value: Any) -> Any:
        return money(value)

    render_tax = render_gross = render_net

    def render_status(self, record: SalesOrder) -> Any:
        state = self.states.get(record.pk)
        if state is None:
            return badge(record.status, record.get_status_display())
        return badge(badge_of(state), state.label)
