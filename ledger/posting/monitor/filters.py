"""Filter and table of business events."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from erp.core.web.templatetags.ui import badge
from ledger.posting.events import EVENT_TYPES
from ledger.posting.links import document_label, document_url
from ledger.posting.models import BusinessEvent, EventState
from ledger.posting.reasons import explain


def event_type_choices() -> list[tuple[str, Any]]:
    return [(known.code, known.name) for known in EVENT_TYPES.values()]


class EventFilter(django_filters.FilterSet):
    document_no = django_filters.CharFilter(label=_("Document no."), lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label=_("State"), choices=EventState.choices, empty_label=_("All"))
    event_type = django_filters.ChoiceFilter(label=_("Event"), choices=event_type_choices, empty_label=_("All"))
    first = django_filters.DateFilter(
        label=_("From date"),
        field_name="business_date",
        lookup_expr="gte",
        widget=django_filters.widgets.forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = django_filters.DateFilter(
        label=_("To date"),
        field_name="business_date",
        lookup_expr="lte",
        widget=django_filters.widgets.forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = BusinessEvent
        fields: list[str] = []


ONE_LINE = {"td": {"class": "nowrap"}}


class EventTable(tables.Table):
    pick = tables.CheckBoxColumn(
        accessor="pk",
        attrs={
            "input": {"name": "event", "aria-label": _("Select")},
            "th__input": {"name": "", "data-check-all": "event", "aria-label": _("Select all")},
        },
        orderable=False,
    )
    business_date = tables.DateColumn(format="Y-m-d", verbose_name=_("Business date"))
    event_type = tables.Column(verbose_name=_("Event"), attrs=ONE_LINE)
    document_no = tables.Column(verbose_name=_("Document"), attrs=ONE_LINE)
    party = tables.Column(verbose_name=_("Party"), attrs=ONE_LINE)
    state = tables.Column(verbose_name=_("State"))
    reason_code = tables.Column(
        verbose_name=_("Reason"), empty_values=(), orderable=False, attrs={"td": {"class": "reason"}}
    )
    voucher = tables.Column(verbose_name=_("Voucher"), orderable=False)
    detail = tables.Column(accessor="pk", verbose_name="", orderable=False)

    class Meta:
        model = BusinessEvent
        fields = (
            "pick",
            "business_date",
            "event_type",
            "document_no",
            "party",
            "state",
            "reason_code",
            "voucher",
            "detail",
        )
        empty_text = _("No events match")

    def render_event_type(self, value: str) -> str:
        known = EVENT_TYPES.get(value)
        return str(known.name) if known else value

    def render_document_no(self, record: BusinessEvent) -> Any:
        text = f"{document_label(record.source_type)} {record.document_no}"
        url = document_url(record.source_type, record.source_id)
        return format_html('<a href="{}">{}</a>', url, text) if url else text

    def render_state(self, record: BusinessEvent) -> Any:
        return badge(record.state, record.get_state_display())

    def render_reason_code(self, record: BusinessEvent) -> str:
        return explain(record.reason_code, record.reason_facts).sentence if record.reason_code else ""

    def render_voucher(self, record: BusinessEvent) -> Any:
        voucher = record.voucher
        if voucher is None:
            return ""
        url = reverse("voucher_detail", args=[voucher.pk])
        return format_html('<a class="nowrap" href="{}">{} {}</a>', url, voucher.period, voucher)

    def render_detail(self, record: BusinessEvent) -> Any:
        url = reverse("event_detail", args=[record.pk])
        return format_html('<a class="btn ghost small" href="{}" data-drawer>{}</a>', url, _("Details"))
