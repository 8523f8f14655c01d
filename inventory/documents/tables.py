"""The list of stock documents."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge, money, qty
from inventory.documents.models import DocumentStatus, StockDocument
from ledger.posting.models import EventState

format_html_lazy = lazy(format_html, SafeString)
NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


TICK_ALL = format_html_lazy('<input type="checkbox" data-check-all="ids" aria-label="{}">', _("Tick all drafts"))


class StockDocumentTable(tables.Table):
    chosen = tables.Column(accessor="pk", verbose_name=TICK_ALL, orderable=False)
    date = tables.DateColumn(format="Y-m-d", verbose_name=_("Date"), attrs={"td": {"class": "nowrap"}})
    number = tables.Column(verbose_name=_("Document no."))
    kind = tables.Column(verbose_name=_("Kind"), orderable=False)
    warehouse = tables.Column(verbose_name=_("Warehouse"), orderable=False)
    reason = tables.Column(verbose_name=_("Reason"), orderable=False)
    party = tables.Column(accessor="party__name", verbose_name=_("Party"), orderable=False)
    qty = tables.Column(verbose_name=_("Quantity"), attrs=NUM, orderable=False)
    value = tables.Column(verbose_name=_("Cost"), attrs=NUM, orderable=False)
    status = tables.Column(verbose_name=_("State"), orderable=False)
    posting = tables.Column(accessor="event_state", verbose_name=_("Voucher"), orderable=False)
    excel = {"chosen": "", "qty": "quantity", "posting": "text"}

    class Meta:
        model = StockDocument
        fields = (
            "chosen", "date", "number", "kind", "warehouse", "reason", "party", "qty", "value", "status", "posting",
        )  # fmt: skip
        row_attrs = {"data-href": lambda record: reverse("stock_document_detail", args=[record.pk])}
        empty_text = _("No documents match")

    def render_chosen(self, record: StockDocument) -> Any:
        if record.status != DocumentStatus.DRAFT:
            return ""
        label = _("Tick %(number)s") % {"number": record.number}
        return format_html('<input type="checkbox" name="ids" value="{}" aria-label="{}">', record.pk, label)

    def render_warehouse(self, record: StockDocument) -> Any:
        return f"{record.warehouse} → {record.to_warehouse}" if record.to_warehouse else str(record.warehouse)

    def render_number(self, record: StockDocument) -> Any:
        url = reverse("stock_document_detail", args=[record.pk])
        return format_html('<a class="strong nowrap" href="{}">{}</a>', url, record.number)

    def render_reason(self, record: StockDocument) -> Any:
        return record.get_reason_display() if record.reason else "—"

    def render_qty(self, value: Any) -> Any:
        return qty(value) if value else ""

    def render_value(self, value: Any) -> Any:
        return money(value)

    def render_status(self, record: StockDocument) -> Any:
        return badge(record.status, record.get_status_display())

    def render_posting(self, record: Any) -> Any:
        if record.event_state == EventState.POSTED:
            return f"{record.voucher_word}-{record.voucher_number}"
        return badge(record.event_state, EventState(record.event_state).label)
