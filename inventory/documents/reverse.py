"""Reverse a confirmed stock document: a second document takes back what it did. Nothing is deleted.

On the document's own date it is as if it had never been entered: its moves and their mirror images stand in the
books without any effect on the pools, and what came after is costed again. On a later date (its own period is
closed) the goods go back or come back at the original cost. Either way the event names the original's, so that the
ledger turns the original voucher round with the same rule version and accounts.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from erp.core.bulk import next_ids
from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.retries import transactional
from inventory import events
from inventory.costing import recost, returned
from inventory.costing.stock_periods import hold_stock_open
from inventory.documents import errors
from inventory.documents.dependents import dependents_of
from inventory.documents.drafts import NewStockDocument, NewStockLine, StoredDocument, write_documents
from inventory.documents.errors import plain
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine
from inventory.events import Costed
from inventory.items.facts import ItemFacts
from inventory.items.queries import item_facts
from inventory.known import warehouse_facts
from inventory.moves import pools, writer
from inventory.moves.models import StockMove
from inventory.moves.onhand import Place, Short
from inventory.moves.plan import millionths, to_cents
from inventory.moves.writer import NewMove
from inventory.valuation.engine import Effect, Move
from inventory.valuation.refusals import ValuationRefusal
from ledger.posting.events import NewEvent, raise_events
from ledger.posting.models import BusinessEvent

# What undoes an effect on a later date; what is missing has no undoing but a new document.
_UNDOING = {
    Effect.RECEIVE: Effect.TAKE_BACK,
    Effect.GAIN: Effect.TAKE_BACK,
    Effect.PRODUCE: Effect.TAKE_BACK,
    Effect.BACK: Effect.TAKE_BACK,
    Effect.ISSUE: Effect.GIVE_BACK,
    Effect.CONSUME: Effect.GIVE_BACK,
    Effect.TO_SUPPLIER: Effect.GIVE_BACK,
    Effect.OUT: Effect.INTO,
    Effect.INTO: Effect.OUT,
    Effect.ADJUST: Effect.ADJUST,
    Effect.LANDED: Effect.ADJUST,
    Effect.VARIANCE: Effect.ADJUST,
    Effect.FEE: Effect.FROZEN,
}


@transactional
def reverse(company: Company, document_id: int, *, by: Any, date: dt.date | None = None) -> StockDocument:
    """Reverse a confirmed document and return the reversing one.

    ``date`` None (or the document's own): as if it had never been entered. A later date: at the original cost.
    Raises ``NotReversible``, ``HasDependents``, ``InsufficientStock`` when goods that came with it have left since,
    ``PeriodClosed``, ``NoPeriod``, ``LaterMoveRefused``.
    """
    original = StockDocument.objects.select_for_update().filter(company=company, pk=document_id).first()
    if original is None:
        raise NotFound(what=StockDocument._meta.verbose_name, key=document_id)
    if original.status != DocumentStatus.CONFIRMED or original.reversal_of_id is not None:
        raise errors.NotReversible(number=original.number, state=original.get_status_display())
    lines = list(
        StockDocumentLine.objects.select_for_update().filter(company=company, document=original).order_by("id")
    )
    if later := dependents_of(company.pk, original.pk):
        raise errors.HasDependents(number=original.number, later=", ".join(later[:5]))
    moves = list(StockMove.objects.filter(company=company, document=original).order_by("id"))
    in_place = date is None or date <= max(move.date for move in moves)
    day = original.date if in_place or date is None else date
    for wanted in sorted({day, *(move.date for move in moves)} if in_place else {day}):
        if problem := hold_stock_open(company.pk, [wanted]).get(wanted):
            raise problem
    undo = _Undo(company, original, sorted(lines, key=lambda line: line.line_no), moves, day, by)
    return undo.in_place() if in_place else undo.later()


class _Undo:
    """One reversal on its way."""

    def __init__(
        self,
        company: Company,
        original: StockDocument,
        lines: Sequence[StockDocumentLine],
        moves: Sequence[StockMove],
        day: dt.date,
        by: Any,
    ) -> None:
        self.company, self.original, self.lines, self.moves = company, original, lines, moves
        self.day, self.by = day, by
        self.items: dict[int, ItemFacts] = item_facts(company.pk, {move.item_id for move in moves})
        self.ids = next_ids("inventory_stockmove", len(moves))
        self.at_original: dict[int, Decimal] = {}  # moves of a return at standard cost, by their deliveries
        self.changes: dict[int, int] = {}  # moves that had gone short → what they cost now

    def in_place(self) -> StockDocument:
        """Freeze the moves beside their mirror images and cost again what came after."""
        places = self._places()
        stock = pools.lock(self.company, self.items, places, {})
        self._refuse_shortages()
        if self.original.kind == DocumentKind.SALES_RETURN:
            self.at_original = returned.worth(self.company.pk, self.original.pk)
        stored = self._write_document()
        new_lines = self._new_lines(stored)
        # The fee of an assembly touches no pool, and its line has a product to freeze.
        self._live_moves().update(effect=int(Effect.FROZEN))
        writer.write_moves(
            self.company.pk,
            [
                self._row(
                    move,
                    new_id,
                    stored,
                    new_lines,
                    move.date,
                    move.sequence,
                    Effect.FEE if move.effect == Effect.FEE else Effect.FROZEN,
                    -move.value,
                )
                for move, new_id in zip(self.moves, self.ids, strict=True)
            ],
            at=timezone.now(),  # after the locks: what the books say of a past moment depends on it
        )
        quantities = stock.on_hand.quantities
        for move in self.moves:
            quantities[move.item_id, move.warehouse_id, 0] -= millionths(move.qty)
            if move.lot_id:
                quantities[move.item_id, move.warehouse_id, move.lot_id] -= millionths(move.qty)
        self._tell(stored, new_lines, [-move.value for move in self.moves])
        since: dict[int, dt.date] = {}
        taken: dict[Place, int] = {}
        for move in self.moves:
            if move.effect != Effect.FEE:
                since[move.item_id] = min(move.date, since.get(move.item_id, move.date))
                place = (move.item_id, move.warehouse_id, move.lot_id or 0)
                taken[place] = taken.get(place, 0) + to_cents(move.value)
        recost.without(self.company, stock, taken, since, cause=stored.id, by=self.by)
        return self._done(stored)

    def _live_moves(self) -> QuerySet[StockMove]:
        moves = StockMove.objects.filter(company=self.company, document=self.original)
        return moves.exclude(effect=int(Effect.FEE))

    def later(self) -> StockDocument:
        """Goods go back or come back on a later day, at the original cost."""
        if any(Effect(move.effect) not in _UNDOING for move in self.moves):
            raise errors.NotReversibleLater(number=self.original.number)
        places = self._places()
        taking = {move.item_id: self.day for move in self.moves if move.qty > 0}
        stock = pools.lock(self.company, self.items, places, taking)
        originals = writer.lock_originals(self.company.pk, [line.pk for line in self.lines])
        for row in originals.values():
            row.load(stock.valuation)
        # Arrivals leave first, whenever it is costed, so that a transfer's way back ends where it began.
        order = sorted(range(len(self.moves)), key=lambda index: (self.moves[index].effect != Effect.INTO, index))
        ids = dict(zip(order, self.ids, strict=True))
        self.ids = [ids[index] for index in range(len(self.moves))]
        values: dict[int, int] = {}
        new_of: dict[int, int] = {}
        out_of: dict[int, int] = {}
        for index in order:
            move, new_id = self.moves[index], self.ids[index]
            effect = _UNDOING[Effect(move.effect)]
            of = move.pk
            if effect == Effect.OUT:
                out_of[move.of_move_id or 0] = new_id
            elif effect == Effect.INTO:
                of = out_of[move.pk]
            new_of[index] = of
            values[index] = self._apply(stock, move, new_id, effect, of)
        stored = self._write_document()
        new_lines = self._new_lines(stored)
        writer.write_moves(
            self.company.pk,
            [
                self._row(
                    self.moves[index], self.ids[index], stored, new_lines, self.day, self.ids[index],
                    _UNDOING[Effect(self.moves[index].effect)], Decimal(values[index]).scaleb(-2), of=new_of[index],
                )
                for index in sorted(order, key=lambda position: self.ids[position])
            ],
            at=timezone.now(),  # after the locks: what the books say of a past moment depends on it
        )  # fmt: skip
        pools.save(stock, places)
        settled = recost.settle(self.company, self.changes, fresh={stored.id}, by=self.by) if self.changes else {}
        first = min(self.ids)
        changed = {move.item_id: (self.day, first) for move in self.moves if move.effect != Effect.FEE}
        final = recost.after(self.company, changed, first_new_id=first, fresh={stored.id}, cause=stored.id, by=self.by)
        final = {**settled, **final}
        told = [final.get(self.ids[index], Decimal(values[index]).scaleb(-2)) for index in range(len(self.moves))]
        self._tell(stored, new_lines, told)
        return self._done(stored)

    def _apply(self, stock: pools.Stock, move: StockMove, new_id: int, effect: Effect, of: int) -> int:
        if effect == Effect.FROZEN:
            return 0
        qty = -millionths(move.qty)
        try:
            if qty:
                stock.on_hand.add((move.item_id, move.warehouse_id, 0), qty, self.day)
                if move.lot_id:
                    stock.on_hand.add((move.item_id, move.warehouse_id, move.lot_id), qty, self.day)
            given = -to_cents(move.value) if effect == Effect.ADJUST else None
            value = stock.valuation.apply(
                Move(new_id, int(effect), move.item_id, move.warehouse_id, move.lot_id or 0, qty, given, of, 0, 0, 0)
            )
        except Short as short:
            raise self._short(move, short.available, short.needed) from None
        except ValuationRefusal:
            raise errors.NotReversibleLater(number=self.original.number) from None
        self.changes |= dict(stock.valuation.changes)
        del stock.valuation.changes[:]
        if self.items[move.item_id].cost_method == "specific" and not stock.valuation.company_pool:
            pair = move.item_id, move.warehouse_id
            stock.values[pair] = stock.values.get(pair, 0) + value
        return value

    def _places(self) -> set[Place]:
        found: set[Place] = set()
        for move in self.moves:
            if move.effect != Effect.FEE:
                found.add((move.item_id, move.warehouse_id, move.lot_id or 0))
                if move.lot_id and self.items[move.item_id].cost_method != "specific":
                    found.add((move.item_id, move.warehouse_id, 0))
        return found

    def _refuse_shortages(self) -> None:
        """What came with the document must still be there at every later moment, place by place."""
        came: dict[Place, list[StockMove]] = {}
        for move in self.moves:
            if move.qty > 0 and not self.items[move.item_id].may_go_negative:
                came.setdefault((move.item_id, move.warehouse_id, move.lot_id or 0), []).append(move)
        for moves in came.values():
            self._refuse_shortage(moves)

    def _refuse_shortage(self, moves: Sequence[StockMove]) -> None:
        """``moves``: all that came to one place."""
        move = moves[0]
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT min(run) FROM (
                     SELECT sum(m.qty) OVER (ORDER BY m.date, m.sequence, m.id) AS run, m.date, m.sequence, m.id
                       FROM inventory_stockmove m
                      WHERE m.company_id = %s AND m.item_id = %s AND m.warehouse_id = %s AND m.effect <> 17
                        AND (%s::bigint IS NULL OR m.lot_id = %s) AND m.document_id <> %s) x
                    WHERE (x.date, x.sequence, x.id) >= (%s, %s, %s)""",
                [
                    self.company.pk, move.item_id, move.warehouse_id, move.lot_id, move.lot_id, self.original.pk,
                    move.date, move.sequence, move.pk,
                ],
            )  # fmt: skip
            (lowest,) = cursor.fetchone()
        if lowest is not None and lowest < 0:
            whole = sum((one.qty for one in moves), Decimal(0))
            raise self._short(move, millionths(max(whole + lowest, Decimal(0))), millionths(whole))

    def _short(self, move: StockMove, available: int, needed: int) -> errors.InsufficientStock:
        item = self.items[move.item_id]
        return errors.InsufficientStock(
            item=item.code,
            item_name=item.name,
            warehouse=warehouse_facts(self.company.pk, {move.warehouse_id})[move.warehouse_id].label,
            available=plain(Decimal(available).scaleb(-6)),
            needed=plain(Decimal(needed).scaleb(-6)),
        )

    def _write_document(self) -> StoredDocument:
        (stored,) = write_documents(
            self.company, [self._copy()], by=self.by, confirmed_at=timezone.now(), reversal_of={0: self.original.pk}
        )
        return stored

    def _copy(self) -> NewStockDocument:
        o = self.original
        return NewStockDocument(
            kind=o.kind, date=self.day, warehouse_id=o.warehouse_id, lines=[_line(line) for line in self.lines],
            reason=o.reason, party_id=o.party_id, department_id=o.department_id, source_type=o.source_type,
            source_id=o.source_id, external_no=o.external_no, note=o.note, to_warehouse_id=o.to_warehouse_id,
            of_document_id=o.of_document_id, amount=o.amount, tax=o.tax, allocate_by=o.allocate_by,
        )  # fmt: skip

    def _new_lines(self, stored: StoredDocument) -> dict[int, int]:
        return {line.pk: new_id for line, new_id in zip(self.lines, stored.line_ids, strict=True)}

    def _row(
        self,
        move: StockMove,
        new_id: int,
        stored: StoredDocument,
        new_lines: Mapping[int, int],
        date: dt.date,
        sequence: int,
        effect: Effect,
        value: Decimal,
        of: int | None = None,
    ) -> NewMove:
        given = value if effect == Effect.ADJUST else move.given
        return NewMove(
            new_id, sequence, move.item_id, move.warehouse_id, date, move.kind, int(effect), move.lot_id, move.bin_id,
            of or move.pk, given, move.share, -move.qty, move.unit_cost, value, stored.id,
            new_lines[move.document_line_id], move.pk,
        )  # fmt: skip

    def _tell(self, stored: StoredDocument, new_lines: dict[int, int], values: Sequence[Decimal]) -> None:
        """The original's event turned round, at what its moves are worth today."""
        told = BusinessEvent.objects.filter(
            company=self.company, source_type=self.original.kind, source_id=self.original.pk
        )
        first = {line.pk: index for index, line in enumerate(self.lines)}
        now = [
            events.measures(
                self.original.kind,
                Costed(
                    first[move.document_line_id], move.item_id, move.warehouse_id, Effect(move.effect), move.qty,
                    -value, _told_given(move, -value), self.at_original.get(move.pk),
                ),
            )
            for move, value in zip(self.moves, values, strict=True)
        ]  # fmt: skip
        date = max((move.date for move in self.moves), default=self.day) if self.day == self.original.date else self.day
        if (date.year, date.month) == (self.day.year, self.day.month):
            date = self.day
        raise_events(
            self.company.pk,
            [
                NewEvent(
                    event_type=event.event_type,
                    source_type=event.source_type,
                    source_id=stored.id,
                    business_date=date,
                    document_no=stored.number,
                    party=event.party,
                    facts=event.payload["facts"],
                    lines=events.reversed_lines(event.payload["lines"], new_lines, now),
                    line_group=event.line_group,
                    reversal_of_id=event.pk,
                )
                for event in told
            ],
        )

    def _done(self, stored: StoredDocument) -> StockDocument:
        StockDocument.objects.filter(pk=self.original.pk).update(status=DocumentStatus.REVERSED)
        return StockDocument.objects.get(company=self.company, pk=stored.id)


def _told_given(move: StockMove, value: Decimal) -> Decimal:
    if move.effect in (Effect.GAIN, Effect.PRODUCE, Effect.REPRICE) or move.given is None:
        return abs(value)
    return move.given


def _line(line: StockDocumentLine) -> NewStockLine:
    return NewStockLine(
        line.item_id, line.qty, line.unit_cost, line.market_net, line.output_tax, line.of_line_id,
        line.source_line_id, line.note, line.lot_id, line.bin_id, line.to_bin_id, line.unit_id, line.unit_qty,
        line.role, line.reason, line.share, line.amount, line.tax_rate, line.input_tax_out,
    )  # fmt: skip
