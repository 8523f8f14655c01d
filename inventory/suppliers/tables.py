"""The lists of suppliers and of their groups."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, rate
from inventory.suppliers.models import Supplier

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class SupplierTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"))
    group = tables.Column(accessor="group__name", verbose_name=_("Group"), default="–")
    tax_id = tables.Column(verbose_name=_("Tax number"), default="–")
    contact = tables.Column(verbose_name=_("Contact"), default="–")
    phone = tables.Column(verbose_name=_("Phone"), default="–")
    payment_days = tables.Column(verbose_name=_("Days to pay"), attrs=NUM)
    tax_rate = tables.Column(verbose_name=_("Tax rate"), attrs=NUM)
    is_active = tables.Column(verbose_name=_("State"))
    excel = {"tax_rate": "percent"}

    class Meta:
        model = Supplier
        fields = ("code", "name", "group", "tax_id", "contact", "phone", "payment_days", "tax_rate", "is_active")
        row_attrs = {"data-href": lambda record: reverse("supplier_detail", args=[record.pk])}
        empty_text = _("No suppliers match")

    def render_code(self, record: Supplier) -> Any:
        url = reverse("supplier_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.code)

    def render_tax_rate(self, value: Any) -> str:
        return rate(value)

    def render_is_active(self, value: bool) -> Any:
        return badge("active", _("Active")) if value else badge("retired", _("Disabled"))
