"""Reverse a confirmed stock document: a second document takes back what it did, at the very same value.

Nothing is deleted. The reversing document has its own date, moves and event; the event names the original's, so
that the ledger turns the original voucher round with the same rule version and accounts.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.retries import transactional
from inventory import events
from inventory.documents.confirm import DIRECTIONS, lock_costing, warehouse_facts
from inventory.documents.drafts import NewStockDocument, NewStockLine, write_documents
from inventory.documents.errors import HasReturns, NotReversible
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine
from inventory.items.queries import item_facts
from inventory.moves import writer
from inventory.moves.models import StockMove
from inventory.moves.writer import NewMove
from inventory.valuation.costing import CostingDocument, CostingLine, Direction, cost_document
from ledger.periods.services import hold_open
from ledger.posting.events import NewEvent, raise_events
from ledger.posting.models import BusinessEvent


@transactional
def reverse(company: Company, document_id: int, *, by: Any, date: dt.date | None = None) -> StockDocument:
    """Reverse a confirmed document on ``date`` (today if not given) and return the reversing document.

    Raises ``NotReversible``, ``HasReturns``, ``InsufficientStock`` or ``ValueGone`` when goods of a receipt were
    issued since, ``PeriodClosed``, ``NoPeriod``.
    """
    original = StockDocument.objects.select_for_update().filter(company=company, pk=document_id).first()
    if original is None:
        raise NotFound(what=StockDocument._meta.verbose_name, key=document_id)
    if original.status != DocumentStatus.CONFIRMED or original.reversal_of_id is not None:
        raise NotReversible(number=original.number, state=original.get_status_display())
    day = date or timezone.localdate()
    if day < original.date:
        day = original.date  # nothing is taken back before it was given
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    lines = list(StockDocumentLine.objects.filter(company=company, document=original).order_by("line_no"))
    moves = {move.document_line_id: move for move in StockMove.objects.filter(company=company, document=original)}
    originals = writer.lock_originals(company.pk, [line.pk for line in lines])
    if any(facts.returned_qty for _item, facts in originals.values()):
        raise HasReturns(number=original.number, later=_return_of(company, lines))

    document = NewStockDocument(
        kind=original.kind,
        date=day,
        warehouse_id=original.warehouse_id,
        lines=[
            NewStockLine(
                line.item_id,
                line.qty,
                line.unit_cost,
                line.market_net,
                line.output_tax,
                line.of_line_id,
                line.source_line_id,
                line.note,
            )
            for line in lines
        ],
        reason=original.reason,
        party_id=original.party_id,
        department_id=original.department_id,
        source_type=original.source_type,
        source_id=original.source_id,
        external_no=original.external_no,
        note=original.note,
    )
    came_in = DIRECTIONS[DocumentKind(original.kind)] is not Direction.OUT
    items = item_facts(company.pk, {line.item_id for line in lines})
    keys = {(line.item_id, original.warehouse_id) for line in lines}
    costing = lock_costing(
        company.pk,
        keys,
        dict.fromkeys(keys, day) if came_in else {},
        [line.of_line_id for line in lines if line.of_line_id is not None],
        items,
        warehouse_facts(company.pk, {original.warehouse_id}),
    )
    outcome = cost_document(
        costing,
        CostingDocument(
            day,
            original.warehouse_id,
            Direction.OUT_AT if came_in else Direction.IN_AT,
            [CostingLine(line.line_no, line.item_id, line.qty, value=abs(moves[line.pk].value)) for line in lines],
        ),
    )
    if isinstance(outcome, DomainError):
        raise outcome

    now = timezone.now()
    (stored,) = write_documents(company, [document], by=by, confirmed_at=now, reversal_of={0: original.pk})
    new_ids = {line.pk: new_id for line, new_id in zip(lines, stored.line_ids, strict=True)}
    writer.write_moves(
        company.pk,
        [
            NewMove(
                move.item_id,
                move.warehouse_id,
                day,
                move.kind,
                -move.qty,
                move.unit_cost,
                -move.value,
                stored.id,
                new_ids[line.pk],
                move.pk,
            )
            for line in lines
            for move in (moves[line.pk],)
        ],
        at=now,
    )
    writer.write_balances(company.pk, costing.pools)
    StockDocument.objects.filter(pk=original.pk).update(status=DocumentStatus.REVERSED)
    raise_events(company.pk, _event(company, original, stored.id, stored.number, day, new_ids))
    return StockDocument.objects.get(company=company, pk=stored.id)


def _event(
    company: Company, original: StockDocument, new_id: int, number: str, day: dt.date, new_ids: dict[int, int]
) -> list[NewEvent]:
    told = BusinessEvent.objects.filter(company=company, source_type=original.kind, source_id=original.pk)
    return [
        NewEvent(
            event_type=event.event_type,
            source_type=event.source_type,
            source_id=new_id,
            business_date=day,
            document_no=number,
            party=event.party,
            facts=event.payload["facts"],
            lines=events.reversed_lines(event.payload["lines"], new_ids),
            line_group=event.line_group,
            reversal_of_id=event.pk,
        )
        for event in told
    ]


def _return_of(company: Company, lines: Sequence[StockDocumentLine]) -> str:
    found = StockDocument.objects.filter(company=company, lines__of_line__in=lines, status=DocumentStatus.CONFIRMED)
    return ", ".join(found.filter(reversal_of=None).order_by("id").values_list("number", flat=True).distinct())
