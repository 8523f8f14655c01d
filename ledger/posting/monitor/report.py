"""Business events as a report."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.reports import Column, Parameter, Report, ReportResult
from ledger.posting.events import EVENT_TYPES
from ledger.posting.links import document_label
from ledger.posting.monitor import queries
from ledger.posting.monitor.filters import EventFilter
from ledger.posting.reasons import explain

EVENTS_PARAMETERS = ("document_no", "state", "event_type", "first", "last")


def _events(company: Any, params: Any) -> ReportResult:
    chosen = EventFilter({name: value for name, value in params.items() if value}, queryset=queries.events(company))
    rows = [
        {
            "date": event.business_date,
            "event": EVENT_TYPES[event.event_type].name if event.event_type in EVENT_TYPES else event.event_type,
            "document": f"{document_label(event.source_type)} {event.document_no}",
            "party": event.party,
            "state": event.get_state_display(),
            "reason": explain(event.reason_code, event.reason_facts).sentence if event.reason_code else "",
            "voucher": f"{event.voucher.period} {event.voucher}" if event.voucher else "",
            "attempts": event.attempts,
        }
        for event in chosen.qs
    ]
    return ReportResult(rows=rows)


EVENTS = Report(
    name="business_events",
    title=_("Business events"),
    permission="ledger.view_posting",
    query=_events,
    columns=(
        Column("date", _("Business date"), "date"),
        Column("event", _("Event"), width=22),
        Column("document", _("Document"), width=24),
        Column("party", _("Party"), width=24),
        Column("state", _("State"), width=12),
        Column("reason", _("Reason"), width=50),
        Column("voucher", _("Voucher"), width=14),
        Column("attempts", _("Tries"), "int"),
    ),
    parameters=tuple(Parameter(name, name) for name in EVENTS_PARAMETERS),
)
