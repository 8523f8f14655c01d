"""The list of vouchers."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, money
from ledger.vouchers.models import Voucher

NUMBERS = {"td": {"class": "num"}, "th": {"class": "num"}}


class VoucherTable(tables.Table):
    pick = tables.CheckBoxColumn(
        accessor="pk",
        attrs={
            "input": {"name": "voucher", "aria-label": _("Select")},
            "th__input": {"name": "", "data-check-all": "voucher", "aria-label": _("Select all")},
        },
        orderable=False,
    )
    date = tables.DateColumn(format="Y-m-d", verbose_name=_("Date"))
    voucher = tables.Column(accessor="number", verbose_name=_("Voucher"), order_by=("period", "word", "number"))
    summary = tables.Column(verbose_name=_("Summary"), orderable=False)
    total = tables.Column(verbose_name=_("Amount"), attrs=NUMBERS)
    kind = tables.Column(verbose_name=_("Kind"))
    status = tables.Column(verbose_name=_("Status"))
    preparer_name = tables.Column(verbose_name=_("Prepared by"))
    reviewer_name = tables.Column(verbose_name=_("Reviewed by"))

    class Meta:
        model = Voucher
        fields = ("pick", "date", "voucher", "summary", "total", "kind", "status", "preparer_name", "reviewer_name")
        row_attrs = {"data-href": lambda record: reverse("voucher_detail", args=[record.pk])}
        empty_text = _("No vouchers match")

    def render_voucher(self, record: Voucher) -> Any:
        url = reverse("voucher_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}-{}</a>', url, record.word, record.number)

    def render_total(self, value: Any) -> Any:
        return money(value)

    def render_kind(self, record: Voucher) -> str:
        return record.get_kind_display()

    def render_status(self, record: Voucher) -> Any:
        return badge(record.status, record.get_status_display())
