"""Confirm, reverse and cancel stock counts; count a few goods at once.

A count books differences, never quantities: what was sold since the snapshot is not touched, so deliveries go on
while people count and none is lost or counted twice.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from erp.core.companies.models import Company, Taxpayer
from erp.core.errors import DomainError, SeveralRefusals
from erp.core.money import ZERO, tax_of
from erp.core.retries import transactional
from inventory.availability.balances import lock_places
from inventory.counts.differences import CountLine, count_lines
from inventory.counts.errors import CostNeeded, CountNotConfirmed, HasDisposals, LossExceedsStock
from inventory.counts.models import CountDisposal, CountStatus, StockCount, StockCountLine
from inventory.counts.opening import (
    cancel_count,
    lock_count,
    lock_counting,
    lock_open,
    new_count,
    refuse_counted_twice,
    start_count,
)
from inventory.counts.snapshot import Spot, at_date
from inventory.documents.confirm import create_confirmed
from inventory.documents.errors import plain
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument, StockDocumentLine
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.documents.reverse import reverse
from inventory.items.queries import item_facts
from inventory.moves.models import StockMove

SOURCE = "stock_count"

__all__ = ["SOURCE", "cancel_count", "confirm_count", "count_now", "reverse_count", "start_count"]


@transactional
def confirm_count(
    company: Company, count_id: int, *, by: Any, zero_uncounted: bool = False, department_id: int | None = None
) -> StockCount:
    """Book the differences as a count gain and a count loss, confirmed at the count's date.

    Lines that nobody counted make no difference, unless ``zero_uncounted`` says that they are gone. Raises
    ``CountNotOpen``, ``CostNeeded``, ``LossExceedsStock`` (all lines together) and what confirming refuses.
    """
    count = lock_open(company, count_id)
    if zero_uncounted:
        StockCountLine.objects.filter(company=company, count=count, counted=None).update(
            counted=0, counted_at=timezone.now(), counted_by=by
        )
    _book(company, count, by=by, department_id=department_id)
    return count


def _book(company: Company, count: StockCount, *, by: Any, department_id: int | None = None) -> None:
    """Documents of the lines that differ, and the count confirmed."""
    lines = count_lines(count, which="different")
    gains = [line for line in lines if line.counted is not None and line.counted > line.book_qty]
    losses = [line for line in lines if line.counted is not None and line.counted < line.book_qty]
    _refuse_impossible(company, count, gains, losses)
    documents = []
    for kind, found in ((DocumentKind.COUNT_GAIN, gains), (DocumentKind.COUNT_LOSS, losses)):
        if found:
            documents.append(_document(company, count, kind, found, department_id))
    try:
        _transfer_input_tax(company, documents, by=by)
        made = create_confirmed(company, documents, by=by) if documents else []
    except DomainError as refusal:
        raise _named(refusal, count, losses) from refusal
    ids = {document.kind: pk for document, pk in zip(documents, made, strict=True)}
    count.gain_id, count.loss_id = ids.get(DocumentKind.COUNT_GAIN), ids.get(DocumentKind.COUNT_LOSS)  # type: ignore[assignment]
    count.status, count.confirmed_by, count.confirmed_at = CountStatus.CONFIRMED, by, timezone.now()
    count.save(update_fields=["gain", "loss", "status", "confirmed_by", "confirmed_at"])


def _refuse_impossible(
    company: Company, count: StockCount, gains: Sequence[CountLine], losses: Sequence[CountLine]
) -> None:
    """Raise all that stands against the lines at once, each with its line."""
    refused: list[DomainError] = []
    for line in gains:
        given = line.unit_cost if line.unit_cost is not None else line.known_cost
        if given is None or (not given and not line.reason and line.unit_cost is not None):
            assert line.difference is not None
            refused.append(
                CostNeeded(
                    line=line.line_no,
                    item=line.code,
                    gain=plain(line.difference),
                    field=f"lines-{line.line_no}-unit_cost",
                )
            )
    touched = [(line.item_id, count.warehouse_id) for line in (*gains, *losses)]
    left = {place[0]: row for place, row in lock_places(company.pk, touched).items()}
    gained: dict[int, Decimal] = {}
    for line in gains:
        gained[line.item_id] = gained.get(line.item_id, Decimal(0)) + (line.difference or 0)
    for line in losses:
        loss = -(line.difference or Decimal(0))
        row = left[line.item_id]
        available = row.qty + gained.get(line.item_id, Decimal(0))
        if loss > available and not row.may_go_negative:
            refused.append(_exceeds(count, line, plain(loss), plain(available)))
        left[line.item_id] = row._replace(qty=row.qty - loss)
    if refused:
        raise SeveralRefusals(refused)


def _exceeds(count: StockCount, line: CountLine, loss: str, available: str) -> LossExceedsStock:
    return LossExceedsStock(
        line=line.line_no,
        item=line.code,
        item_name=line.name,
        loss=loss,
        available=available,
        warehouse=count.warehouse.name,
        field=f"lines-{line.line_no}-counted",
    )


def _named(refusal: DomainError, count: StockCount, losses: Sequence[CountLine]) -> DomainError:
    """A lack of stock says which line of the count it is about; anything else says itself what it means."""
    if refusal.code != "insufficient_stock":
        return refusal
    code = str(refusal.facts.get("item", ""))
    line = next((line for line in losses if line.code == code), None)
    if line is None:
        return refusal
    return _exceeds(count, line, plain(-(line.difference or Decimal(0))), str(refusal.facts.get("available", "")))


def _document(
    company: Company, count: StockCount, kind: DocumentKind, lines: Sequence[CountLine], department_id: int | None
) -> NewStockDocument:
    allowed = KINDS[kind].reasons
    is_gain = kind == DocumentKind.COUNT_GAIN
    rates = (
        {} if is_gain else {pk: row.tax_rate for pk, row in item_facts(company.pk, [x.item_id for x in lines]).items()}
    )
    return NewStockDocument(
        kind=kind,
        date=count.date,
        warehouse_id=count.warehouse_id,
        department_id=department_id,
        source_type=SOURCE,
        source_id=count.pk,
        external_no=count.number,
        note=count.note,
        lines=[
            NewStockLine(
                item_id=line.item_id,
                qty=abs(line.difference or Decimal(0)),
                unit_cost=line.unit_cost if is_gain else None,
                source_line_id=line.id,
                lot_id=line.lot_id,
                bin_id=line.bin_id,
                reason=line.reason if line.reason in allowed else "",
                tax_rate=rates.get(line.item_id),
                note=line.note,
            )
            for line in lines
        ],
    )


def _transfer_input_tax(company: Company, documents: Sequence[NewStockDocument], *, by: Any) -> None:
    """State the input VAT that leaves with goods lost by mismanagement: cost × the item's rate (R-VAT).

    What a loss costs is known only once it is confirmed. So it is confirmed on trial, and taken back: locks stay,
    so the second time everything costs the same.
    """
    lossy = [
        (position, index)
        for position, document in enumerate(documents)
        for index, line in enumerate(document.lines)
        if line.reason == Reason.MISMANAGEMENT and line.tax_rate
    ]
    if not lossy or company.taxpayer != Taxpayer.GENERAL:
        return
    with transaction.atomic():
        made = [pk for pk in create_confirmed(company, documents, by=by) if isinstance(pk, int)]
        costs = dict(
            StockMove.objects.filter(company=company, document__in=made)
            .order_by()
            .values("document_line")
            .annotate(cost=Sum("value"))
            .values_list("document_line", "cost")
        )
        numbers = StockDocumentLine.objects.filter(company=company, document__in=made).values_list(
            "document_id", "line_no", "id"
        )
        cost_of = {(document, line_no): -costs.get(pk, ZERO) for document, line_no, pk in numbers}
        transaction.set_rollback(True)
    for position, index in lossy:
        line = documents[position].lines[index]
        line.input_tax_out = tax_of(cost_of[made[position], index + 1], line.tax_rate or ZERO)


@transactional
def count_now(
    company: Company,
    warehouse_id: int,
    date: dt.date,
    rows: Iterable[tuple[int, Decimal, int | None, Decimal | None]],
    *,
    by: Any,
    note: str = "",
    reason: str = "",
) -> StockCount:
    """A count of a few goods in one go: (item id, counted, lot id or None, unit cost or None).

    The difference is to what the books have at the end of ``date``, read when it is confirmed. Gains take the unit
    cost given, else what the pool costs. Raises as ``start_count`` and ``confirm_count``.
    """
    wanted = list(rows)
    lock_counting(company, warehouse_id)
    refuse_counted_twice(company, warehouse_id, {row[0] for row in wanted})
    item_facts(company.pk, {row[0] for row in wanted})  # none of another company
    lock_places(company.pk, [(row[0], warehouse_id) for row in wanted])
    spots = [Spot(item, lot) for item, _counted, lot, _cost in wanted]
    books = at_date(company.pk, warehouse_id, spots, date)
    count = new_count(company, warehouse_id, date, note=note, by=by)
    StockCountLine.objects.bulk_create(
        [
            StockCountLine(
                company=company,
                count=count,
                line_no=line_no,
                item_id=item,
                lot_id=lot,
                book_qty=books[Spot(item, lot)],
                counted=counted,
                counted_at=count.snapshot_at,
                counted_by=by,
                unit_cost=cost,
                reason=reason,
            )
            for line_no, (item, counted, lot, cost) in enumerate(wanted, start=1)
        ]
    )
    count = lock_open(company, count.pk)
    _book(company, count, by=by)
    return count


@transactional
def reverse_count(company: Company, count_id: int, *, by: Any, date: dt.date | None = None) -> StockCount:
    """Take the gain and the loss of a confirmed count back; the count is then cancelled.

    Raises ``CountNotConfirmed``, ``HasDisposals``, and what reversing the documents refuses.
    """
    count = lock_count(company, count_id)
    if count.status != CountStatus.CONFIRMED:
        raise CountNotConfirmed(number=count.number, state=count.get_status_display())
    refuse_disposed(company, [pk for pk in (count.gain_id, count.loss_id) if pk is not None])
    # The loss first: what comes back may be needed for the gain to leave.
    for document_id in (count.loss_id, count.gain_id):
        if document_id is None:
            continue
        document = StockDocument.objects.get(company=company, pk=document_id)
        if document.status == DocumentStatus.CONFIRMED:
            reverse(company, document_id, by=by, date=date)
    count.status = CountStatus.CANCELLED
    count.save(update_fields=["status"])
    return count


def refuse_disposed(company: Company, document_ids: Sequence[int]) -> None:
    """Raise ``HasDisposals`` if the pending difference of one of the documents was settled."""
    live = (
        CountDisposal.objects.filter(company=company, document_id__in=document_ids, reversal_of=None)
        .filter(Q(reversal=None))
        .select_related("document")
        .order_by("id")
        .first()
    )
    if live is not None:
        raise HasDisposals(number=live.document.number, later=live.number)
