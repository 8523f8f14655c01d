"""The list of items."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, qty, rate
from inventory.items.models import Item

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class ItemTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"))
    category = tables.Column(accessor="category__name", verbose_name=_("Category"))
    kind = tables.Column(verbose_name=_("Kind"))
    unit = tables.Column(verbose_name=_("Unit"))
    spec = tables.Column(verbose_name=_("Specification"), default="–")
    barcode = tables.Column(verbose_name=_("Barcode"), default="–")
    cost_method = tables.Column(verbose_name=_("Cost method"))
    tax_rate = tables.Column(verbose_name=_("Tax rate"), attrs=NUM)
    on_hand = tables.Column(verbose_name=_("On hand"), attrs=NUM, default="—")
    is_active = tables.Column(verbose_name=_("State"))

    excel = {"on_hand": "quantity", "tax_rate": "percent"}

    class Meta:
        model = Item
        fields = (
            "code", "name", "spec", "category", "kind", "unit", "barcode", "cost_method", "tax_rate", "on_hand",
            "is_active",
        )  # fmt: skip
        row_attrs = {"data-href": lambda record: reverse("item_detail", args=[record.pk])}
        empty_text = _("No items match")

    def render_code(self, record: Item) -> Any:
        return format_html(
            '<a class="strong nowrap" href="{}">{}</a>', reverse("item_detail", args=[record.pk]), record.code
        )

    def render_kind(self, record: Item) -> str:
        return record.get_kind_display()

    def render_cost_method(self, record: Item) -> str:
        return record.get_cost_method_display() if record.is_stock else "–"

    def render_tax_rate(self, value: Any) -> str:
        return rate(value)

    def render_on_hand(self, record: Item, value: Any) -> Any:
        return qty(value) if record.is_stock else "—"

    def render_is_active(self, value: bool) -> Any:
        return badge("active", _("Active")) if value else badge("retired", _("Disabled"))
