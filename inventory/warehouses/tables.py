"""The lists of warehouses and of the bins in one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.money import ZERO
from erp.core.web.templatetags.ui import badge, money, qty
from inventory.warehouses.models import Bin, Warehouse
from inventory.warehouses.queries import Holding

NOTHING = Holding(0, Decimal(0), ZERO)
NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


def _stock_in(record: Warehouse) -> str:
    return f"{reverse('stock_on_hand')}?{urlencode({'warehouse': record.code})}"


class WarehouseTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"))
    kind = tables.Column(verbose_name=_("Kind"))
    bins = tables.Column(accessor="bin_count", verbose_name=_("Bins"), attrs=NUM, default="–", orderable=False)
    kinds = tables.Column(verbose_name=_("Items on hand"), attrs=NUM, empty_values=(), orderable=False)
    qty = tables.Column(verbose_name=_("Quantity"), attrs=NUM, empty_values=(), orderable=False)
    value = tables.Column(verbose_name=_("Value"), attrs=NUM, empty_values=(), orderable=False)
    is_active = tables.Column(verbose_name=_("State"))
    excel = {"qty": "quantity"}

    class Meta:
        model = Warehouse
        fields = ("code", "name", "kind", "bins", "kinds", "qty", "value", "is_active")
        row_attrs = {"data-href": _stock_in}
        empty_text = _("No warehouses yet")

    def __init__(self, *args: Any, there: Mapping[int, Holding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.there = there

    def render_code(self, record: Warehouse) -> Any:
        return format_html('<a class="strong" href="{}">{}</a>', _stock_in(record), record.code)

    def render_kind(self, record: Warehouse) -> str:
        return record.get_kind_display()

    def render_bins(self, record: Warehouse, value: Any) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("bin_list", args=[record.pk]), value)

    def value_bins(self, value: Any) -> Any:
        return value

    def value_kinds(self, record: Warehouse) -> int:
        return self.there.get(record.pk, NOTHING).items

    def value_qty(self, record: Warehouse) -> Decimal:
        return self.there.get(record.pk, NOTHING).qty

    def value_value(self, record: Warehouse) -> Decimal:
        return self.there.get(record.pk, NOTHING).value

    def render_kinds(self, record: Warehouse) -> int:
        return self.value_kinds(record)

    def render_qty(self, record: Warehouse) -> Any:
        return qty(self.value_qty(record))

    def render_value(self, record: Warehouse) -> Any:
        return money(self.value_value(record))

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


class BinTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"), default="–")
    is_active = tables.Column(verbose_name=_("State"))

    class Meta:
        model = Bin
        fields = ("code", "name", "is_active")
        empty_text = _("No bins yet")

    def render_is_active(self, value: bool) -> Any:
        return badge("active", _("Active")) if value else badge("retired", _("Disabled"))


class EditableBinTable(BinTable):
    """For those who may change bins."""

    edit = tables.TemplateColumn(
        '{% load i18n %}<a href="{% url "bin_edit" record.warehouse_id record.pk %}">{% trans "Change" %}</a>',
        verbose_name="",
        orderable=False,
    )
    excel = {"edit": ""}

    class Meta(BinTable.Meta):
        sequence = ("...", "edit")
