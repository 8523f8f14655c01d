"""The list of customers."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.money import ZERO
from erp.core.web.templatetags.ui import badge, money
from sales.customers.models import Customer

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class CustomerTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"))
    group = tables.Column(verbose_name=_("Group"))
    region = tables.Column(verbose_name=_("Region"))
    receivable = tables.Column(verbose_name=_("Receivable"), attrs=NUM, empty_values=(), orderable=False)
    is_active = tables.Column(verbose_name=_("State"))

    class Meta:
        model = Customer
        fields = ("code", "name", "group", "region", "receivable", "is_active")
        row_attrs = {"data-href": lambda record: reverse("customer_detail", args=[record.pk])}
        empty_text = _("No customers match")

    def __init__(self, *args: Any, owed: dict[int, Decimal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owed = owed

    def render_code(self, record: Customer) -> Any:
        url = reverse("customer_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.code)

    def render_receivable(self, record: Customer) -> Any:
        return money(self.value_receivable(record))

    def value_receivable(self, record: Customer) -> Decimal:
        return self.owed.get(record.dimension_value_id, ZERO)

    def render_is_active(self, value: bool) -> Any:
        return badge("active", _("Active")) if value else badge("retired", _("Disabled"))
