"""Business events: what upper apps tell the ledger, and the outbox that keeps it until it is posted.

A service that confirms a document calls ``raise_events`` inside its transaction. The Django signal carries them
to the receiver here, which writes ``BusinessEvent`` rows: they commit with the document or not at all. After the
commit a Celery message wakes a worker; if that message is lost, the sweep finds the rows.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.dispatch import Signal, receiver
from django.utils import timezone
from kombu.exceptions import OperationalError

from erp.core.bulk import copy_rows

log = structlog.get_logger(__name__)

_COLUMNS = (
    "company_id", "event_type", "source_type", "source_id", "line_group", "generation", "business_date", "document_no",
    "party", "payload", "state", "reason_code", "reason_facts", "attempts", "reversal_of_id", "created_at",
)  # fmt: skip

business_events_raised = Signal()
"""Sent with ``company_id`` and ``events`` (a sequence of ``NewEvent``) inside the transaction of the document."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event: its measures (decimal, what amounts are computed from) and facts (what rules may test).

    ``name_zh`` is printed in voucher summaries, which are kept in the language of the books.
    """

    code: str
    name: Any
    name_zh: str
    measures: tuple[str, ...]
    facts: tuple[str, ...] = ()


@dataclass(slots=True)
class NewEvent:
    """An event to be recorded. ``facts`` hold for every line; ``lines`` are
    ``{"id": document line, "facts": {...}, "measures": {name: decimal}}`` (quantities in the item's unit,
    amounts in company currency)."""

    event_type: str
    source_type: str
    source_id: int
    business_date: dt.date
    document_no: str
    party: str = ""
    facts: dict[str, int | str] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    line_group: str = ""
    generation: int = 1
    reversal_of_id: int | None = None


EVENT_TYPES: dict[str, EventType] = {}


def register_event_type(event_type: EventType) -> None:
    """Make a kind of event known; its code is unique in the program."""
    if EVENT_TYPES.setdefault(event_type.code, event_type) != event_type:
        raise ValueError(f"event type {event_type.code} is registered twice")


def raise_events(company_id: int, events: Sequence[NewEvent]) -> None:
    """Tell the ledger. Must run in the transaction that makes the events true."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Events are raised inside the transaction of their document.")
    if unknown := {event.event_type for event in events} - EVENT_TYPES.keys():
        raise ValueError(f"unregistered event types: {sorted(unknown)}")
    if events:
        business_events_raised.send(sender=NewEvent, company_id=company_id, events=events)


@receiver(business_events_raised, dispatch_uid="ledger.posting.record")
def record(company_id: int, events: Sequence[NewEvent], **_: Any) -> None:
    """Write the outbox rows with one COPY, and wake a worker once they are committed."""
    now = timezone.now()
    copy_rows(
        "ledger_businessevent",
        _COLUMNS,
        (
            (
                company_id,
                event.event_type,
                event.source_type,
                event.source_id,
                event.line_group,
                event.generation,
                event.business_date,
                event.document_no[:60],
                event.party[:200],
                _ENCODE({"facts": event.facts, "lines": event.lines}),
                "pending",
                "",
                "{}",
                0,
                event.reversal_of_id,
                now,
            )
            for event in events
        ),
    )
    transaction.on_commit(partial(wake, company_id))


def wake(company_id: int) -> None:
    """Ask for a worker. A broker that is away costs promptness, not facts: the sweep comes."""
    from ledger.posting.tasks import post_pending

    try:
        post_pending.apply_async(args=[company_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("posting_wake_lost", company_id=company_id, error=str(error))


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an event")


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
