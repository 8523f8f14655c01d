"""Post what is pending: claim a batch, run the engine, write – one transaction a batch, any number of workers.

Dying at any line loses nothing: the batch rolls back and its events are pending again. An event that the
database refuses is found by halving the batch and set to failed; the others go on.
"""

import gc
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from erp.core.retries import transactional
from ledger.posting import engine, load, writer
from ledger.posting.engine import PostingEvent, Standing
from ledger.posting.models import BusinessEvent, EventState

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PostingResult:
    """How many events a call brought to each state, and the vouchers it made."""

    posted: int = 0
    settled: int = 0
    failed: int = 0
    vouchers: int = 0

    @property
    def events(self) -> int:
        return self.posted + self.settled + self.failed

    def add(self, outcome: engine.Outcome) -> None:
        self.vouchers += len(outcome.drafts)
        self.posted += sum(len(draft.event_ids) for draft in outcome.drafts)
        self.settled += len(outcome.settled) + sum(len(draft.event_ids) for draft in outcome.openings)
        self.failed += len(outcome.failed)


def post_pending(company_id: int, *, batch: int | None = None) -> PostingResult:
    """Post all pending events of a company, in batches of ``batch`` events."""
    result = PostingResult()
    size = batch or settings.POSTING_BATCH_EVENTS
    while True:
        before = result.events
        for outcome in _post_batch(company_id, size):
            result.add(outcome)
        if result.events == before:
            break
    if result.events:
        log.info("posted", company_id=company_id, events=result.events, vouchers=result.vouchers, failed=result.failed)
    return result


@transactional
def _post_batch(company_id: int, size: int) -> list[engine.Outcome]:
    with _without_collector():
        events = _claim(company_id, size)
        return _post(company_id, events) if events else []


@contextmanager
def _without_collector() -> Iterator[None]:
    """A batch makes very many objects and no cycles: searching them for cycles costs a sixth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _post(company_id: int, events: Sequence[PostingEvent]) -> list[engine.Outcome]:
    """Engine and writer for claimed events; halves the batch when the database refuses it."""
    book = load.load(company_id, also=frozenset(e.rule_id for e in events if e.rule_id is not None))
    outcome = engine.run(events, book)
    try:
        with transaction.atomic():
            writer.write(company_id, book.currency, outcome)
        return [outcome]
    except (IntegrityError, DataError) as error:
        if len(events) == 1:
            cause: Any = error.__cause__
            rule = getattr(getattr(cause, "diag", None), "constraint_name", None) or type(error).__name__
            refused = Standing(
                events[0].id, "database_refused", {"rule": f"{rule}: {str(error).splitlines()[0]}"[:300]}
            )
            writer.mark_standing(company_id, "failed", [refused])
            log.error("posting_refused", company_id=company_id, event_id=events[0].id, rule=rule)
            return [engine.Outcome(failed=[refused])]
        middle = len(events) // 2
        return [*_post(company_id, events[:middle]), *_post(company_id, events[middle:])]


def _claim(company_id: int, size: int) -> list[PostingEvent]:
    """Lock the next pending events that no other worker holds, in the order in which they were raised.

    A reversing event whose original is not posted yet is left for a later round.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.id, e.event_type, e.business_date, e.document_no, e.party, e.payload, e.reversal_of_id
                 FROM ledger_businessevent e
                WHERE e.company_id = %s AND e.state = 'pending'
                  AND (e.reversal_of_id IS NULL OR NOT EXISTS (
                       SELECT 1 FROM ledger_businessevent o WHERE o.id = e.reversal_of_id AND o.state = 'pending'))
                ORDER BY e.id LIMIT %s FOR UPDATE OF e SKIP LOCKED""",
            [company_id, size],
        )
        rows = cursor.fetchall()
    originals = _originals(company_id, [row[6] for row in rows if row[6] is not None])
    events = []
    for event_id, event_type, day, number, party, payload, reversal_of in rows:
        content = json.loads(payload) if isinstance(payload, str) else payload
        event = PostingEvent(event_id, event_type, day, number, party, content)
        if reversal_of is not None and reversal_of in originals:
            event.rule_id, event.overrides = originals[reversal_of]
        events.append(event)
    return events


def _originals(
    company_id: int, ids: Sequence[int]
) -> dict[int, tuple[int | None, dict[tuple[int, int], tuple[int, int | None]]]]:
    """Original event → its rule version, and (rule line, document line) → (account, mapping) of its voucher."""
    if not ids:
        return {}
    found: dict[int, tuple[int | None, dict[tuple[int, int], tuple[int, int | None]]]] = {}
    chosen: dict[int, dict[tuple[int, int], tuple[int, int | None]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.id, l.rule_line_id, s.source, l.account_id, l.mapping_id
                 FROM ledger_businessevent e
                 JOIN ledger_voucherline l ON l.company_id = e.company_id AND l.voucher_id = e.voucher_id
                CROSS JOIN LATERAL unnest(l.source_lines) AS s(source)
                WHERE e.company_id = %s AND e.id = ANY(%s)""",
            [company_id, list(ids)],
        )
        for event_id, rule_line, source, account, mapping in cursor.fetchall():
            chosen[event_id][rule_line, source] = (account, mapping)
    for event_id, rule_id in BusinessEvent.objects.filter(company_id=company_id, pk__in=ids).values_list(
        "id", "rule_id"
    ):
        found[event_id] = (rule_id, chosen[event_id])
    return found


def retry(company_id: int, event_ids: Sequence[int] | None = None) -> int:
    """Set failed events (all, or those named) back to pending and wake a worker. Returns how many."""
    from ledger.posting.events import wake

    with transaction.atomic():
        failed = BusinessEvent.objects.filter(company_id=company_id, state=EventState.FAILED)
        if event_ids is not None:
            failed = failed.filter(pk__in=event_ids)
        count = failed.update(state=EventState.PENDING, reason_code="", reason_facts={})
        if count:
            transaction.on_commit(lambda: wake(company_id))
    return count
