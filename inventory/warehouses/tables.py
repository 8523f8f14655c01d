"""The list of warehouses."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, money, qty
from inventory.warehouses.models import Warehouse

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class WarehouseTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"))
    kinds = tables.Column(verbose_name=_("Items on hand"), attrs=NUM, default="0", orderable=False)
    qty = tables.Column(verbose_name=_("Quantity"), attrs=NUM, default="0", orderable=False)
    value = tables.Column(verbose_name=_("Value"), attrs=NUM, default="0.00", orderable=False)
    is_active = tables.Column(verbose_name=_("State"))
    excel = {"qty": "quantity"}

    class Meta:
        model = Warehouse
        fields = ("code", "name", "kinds", "qty", "value", "is_active")
        row_attrs = {"data-href": lambda record: f"{reverse('stock_on_hand')}?warehouse={record.pk}"}
        empty_text = _("No warehouses yet")

    def render_code(self, record: Warehouse) -> Any:
        url = f"{reverse('stock_on_hand')}?warehouse={record.pk}"
        return format_html('<a class="strong" href="{}">{}</a>', url, record.code)

    def render_qty(self, value: Any) -> Any:
        return qty(value)

    def render_value(self, value: Any) -> Any:
        return money(value)

    def render_is_active(self, value: bool) -> Any:
        return badge("active", _("Active")) if value else badge("retired", _("Disabled"))


class EditableWarehouseTable(WarehouseTable):
    """For those who may change warehouses."""

    edit = tables.TemplateColumn(
        '{% load i18n %}<a href="{% url "warehouse_edit" record.pk %}">{% trans "Change" %}</a>',
        verbose_name="",
        orderable=False,
    )
    excel = {"qty": "quantity", "edit": ""}

    class Meta(WarehouseTable.Meta):
        sequence = ("...", "edit")
