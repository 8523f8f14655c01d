"""The list of lots."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, qty
from inventory.lots.models import Lot

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class LotTable(tables.Table):
    number = tables.Column(verbose_name=_("Lot or serial no."))
    item = tables.Column(accessor="item__code", verbose_name=_("Item"))
    name = tables.Column(accessor="item__name", verbose_name=_("Name"))
    produced_on = tables.DateColumn(format="Y-m-d", verbose_name=_("Produced on"), default="–")
    expires_on = tables.DateColumn(format="Y-m-d", verbose_name=_("Expires on"), default="–")
    days = tables.Column(verbose_name=_("Days left"), attrs=NUM, empty_values=(), orderable=False)
    on_hand = tables.Column(verbose_name=_("On hand"), attrs=NUM, default="0")
    unit = tables.Column(accessor="item__unit", verbose_name=_("Unit"))
    excel = {"on_hand": "quantity"}

    class Meta:
        model = Lot
        fields = ("number", "item", "name", "produced_on", "expires_on", "days", "on_hand", "unit")
        row_attrs = {"data-href": lambda record: reverse("lot_detail", args=[record.pk])}
        empty_text = _("No lots match")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_number(self, record: Lot) -> Any:
        return format_html(
            '<a class="strong nowrap" href="{}">{}</a>', reverse("lot_detail", args=[record.pk]), record.number
        )

    def render_days(self, record: Lot) -> Any:
        left = self.value_days(record)
        if left is None:
            return "–"
        return badge("failed", _("Expired")) if left < 0 else left

    def value_days(self, record: Lot) -> int | None:
        """Days until it expires; it is good on its last day."""
        return None if record.expires_on is None else (record.expires_on - self.today).days

    def render_on_hand(self, value: Any) -> Any:
        return qty(value)
