"""A batch of documents of one company on its way into stock: read, plan, lock, cost, write.

Costing values every document as if it came last. Where it does not, ``costing.recost`` puts it in its place.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from erp.core.bulk import next_ids
from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO, unit_cost
from inventory.costing import recost
from inventory.costing.stock_periods import hold_stock_open
from inventory.documents import errors
from inventory.documents.arrivals import Arrivals
from inventory.documents.checks import refusal
from inventory.documents.errors import plain
from inventory.documents.kinds import KINDS, RETURNS_OF, Flow
from inventory.documents.models import DocumentKind, Reason
from inventory.documents.new import NewStockDocument, StoredDocument
from inventory.documents.promises import Promises
from inventory.events import Costed, WarehouseFacts, build_events
from inventory.items.facts import ItemFacts
from inventory.items.models import Tracking
from inventory.items.queries import item_facts
from inventory.known import known_of, warehouse_facts
from inventory.moves import pools, writer
from inventory.moves.models import OPENING
from inventory.moves.onhand import Place, Short
from inventory.moves.plan import Planned, plan
from inventory.moves.queries import holding_warehouses
from inventory.moves.writer import NewMove, OriginalMove
from inventory.valuation.engine import Effect, Move
from inventory.valuation.refusals import ValuationRefusal
from ledger.posting.events import raise_events

_OF_RECEIPT = (Effect.LANDED, Effect.VARIANCE)


@dataclass(slots=True)
class Valued:
    """A planned move with its value, before it is written."""

    planned: Planned
    id: int
    sequence: int
    date: dt.date
    of_move: int | None
    value: int
    given: int | None
    at_original: int | None


@dataclass(slots=True)
class Batch:
    """Documents about to be confirmed, with everything that takes a statement read for all of them."""

    company: Company
    documents: Sequence[NewStockDocument]
    items: dict[int, ItemFacts]
    warehouses: dict[int, WarehouseFacts]
    order: list[int]
    plans: dict[int, list[Planned]] = field(default_factory=dict)
    originals: Mapping[int, OriginalMove] = field(default_factory=dict)
    valued: dict[int, list[Valued]] = field(default_factory=dict)
    changes: dict[int, int] = field(default_factory=dict)
    stock: pools.Stock | None = None
    arrivals: Arrivals | None = None
    first_id: int = 0
    closed: dict[dt.date, DomainError] = field(default_factory=dict)
    promises: Promises | None = None

    @classmethod
    def read(cls, company: Company, documents: Sequence[NewStockDocument]) -> "Batch":
        warehouse_ids = {document.warehouse_id for document in documents}
        warehouse_ids |= {d.to_warehouse_id for d in documents if d.to_warehouse_id is not None}
        return cls(
            company,
            documents,
            {},
            warehouse_facts(company.pk, warehouse_ids),
            sorted(range(len(documents)), key=lambda position: (documents[position].date, position)),
        )

    def cost(self) -> list[DomainError | None]:
        """Lock what the documents touch and value them; by position None, or why a document is refused."""
        outcome: list[DomainError | None] = [None] * len(self.documents)
        self.closed = hold_stock_open(self.company.pk, {document.date for document in self.documents})
        # Under the periods' locks: how an item is costed changes only while nobody holds them.
        self.items = item_facts(self.company.pk, {line.item_id for d in self.documents for line in d.lines})
        for position in self.order:
            document = self.documents[position]
            outcome[position] = self.closed.get(document.date) or refusal(self.company, document, self.items)
        going = [position for position in self.order if outcome[position] is None]
        named = [line.of_line_id for p in going for line in self.documents[p].lines if line.of_line_id is not None]
        self.originals = writer.lock_originals(self.company.pk, named)
        self._hold_receipts()
        holding = holding_warehouses(self.company.pk, [
            line.item_id
            for position in going if self.documents[position].kind == DocumentKind.PRICE_CHANGE
            for line in self.documents[position].lines
        ])  # fmt: skip
        for position in going:
            try:
                self.plans[position] = [
                    self._resolve(position, row)
                    for row in plan(self.documents[position], self.items, lambda item: holding.get(item, ()))
                ]
            except DomainError as problem:
                outcome[position] = problem
        going = [position for position in going if outcome[position] is None]
        # A standard cost changes everywhere, a landed cost lies where its receipt does.
        elsewhere = {row.warehouse_id for position in going for row in self.plans[position]} - self.warehouses.keys()
        if elsewhere:
            self.warehouses |= warehouse_facts(self.company.pk, elsewhere)
        self._lock(going)
        for position in going:
            outcome[position] = self._value(position)
        assert self.stock is not None
        self.stock.valuation.keep()
        return outcome

    def _hold_receipts(self) -> None:
        """A landed cost counts with its receipt: that period has to stay open too."""
        dates = {original.date for original in self.originals.values()} - self.closed.keys()
        self.closed |= hold_stock_open(self.company.pk, dates)

    def _resolve(self, position: int, row: Planned) -> Planned:
        """A move that follows a receipt lies where the receipt lies. Refuses lines that name no live original."""
        if row.of_line is None:
            return row
        document = self.documents[position]
        original = self.originals.get(row.of_line)
        item = self.items[row.item_id]
        if not self._fits(document, original, row.item_id):
            raise errors.NoOriginal(field=f"lines-{row.line + 1}-item", line=row.line + 1, item=item.code)
        assert original is not None
        if row.effect not in _OF_RECEIPT:
            return row
        if row.effect == Effect.LANDED and original.date in self.closed:
            row = row._replace(effect=Effect.VARIANCE)  # its period is closed: only what is still here can bear it
        return row._replace(warehouse_id=original.warehouse_id, lot_id=original.lot_id)

    def _fits(self, document: NewStockDocument, original: OriginalMove | None, item_id: int) -> bool:
        """Whether a line may name the original: nothing comes back, or arrives, before it was given."""
        if original is None or original.item_id != item_id or original.kind not in RETURNS_OF.get(document.kind, ()):
            return False
        return KINDS[document.kind].flow is Flow.VALUE or document.date >= original.date

    def _arrive(self, document: NewStockDocument) -> None:
        """Count what arrives. Refuses what was not shipped, or more than that."""
        assert self.arrivals is not None
        if document.kind != DocumentKind.TRANSFER_IN:
            return
        place = self.warehouses[document.warehouse_id].label
        for number, line in enumerate(document.lines, start=1):
            item, line_id = self.items[line.item_id], line.of_line_id or 0
            shipped = self.originals.get(line_id)
            if shipped is None or not self._fits(document, shipped, line.item_id):
                raise errors.NoOriginal(field=f"lines-{number}-item", line=number, item=item.code)
            self.arrivals.take(line_id, number, line.qty, shipped, item, place)

    def _lock(self, going: Sequence[int]) -> None:
        places: set[Place] = set()
        since: dict[int, dt.date] = {}
        for position in going:
            date = self.documents[position].date
            for row in self.plans[position]:
                if row.effect == Effect.FEE:
                    continue
                places.add((row.item_id, row.warehouse_id, 0))
                if row.lot_id:
                    places.add((row.item_id, row.warehouse_id, row.lot_id))
                since[row.item_id] = min(date, since.get(row.item_id, date))
        self.stock = pools.lock(self.company, self.items, places, since)
        self.arrivals = Arrivals(self.company.pk, [self.documents[p] for p in going])
        self.promises = Promises(self.company, self.stock.reserved, [self.documents[p] for p in going])
        for original in self.originals.values():
            original.load(self.stock.valuation)
        count = sum(len(self.plans[position]) for position in going)
        ids = iter(next_ids("inventory_stockmove", count)) if count else iter(())
        for position in going:
            self.valued[position] = [
                Valued(row, next(ids), 0, self.documents[position].date, None, 0, row.given, None)
                for row in self.plans[position]
            ]
        self.first_id = min((row.id for rows in self.valued.values() for row in rows), default=0)

    def _value(self, position: int) -> DomainError | None:
        """Apply one document; what it did is undone if it is refused."""
        assert self.stock is not None and self.promises is not None and self.arrivals is not None
        stock, document, rows = self.stock, self.documents[position], self.valued[position]
        mark = stock.valuation.mark()
        stock.on_hand.mark()
        self.promises.mark()
        self.arrivals.mark()
        originals = self.originals
        changes: dict[int, int] = {}
        row: Valued | None = None
        try:
            self._arrive(document)
            for index, row in enumerate(rows):
                self._apply(position, index, row)
                changes |= dict(stock.valuation.changes)
                del stock.valuation.changes[:]
        except (Short, ValuationRefusal, DomainError) as refused:
            stock.valuation.rollback(mark)
            stock.on_hand.rollback()
            self.promises.rollback()
            self.arrivals.rollback()
            self.originals = originals
            del self.valued[position]
            if isinstance(refused, DomainError):
                return refused
            assert row is not None
            return self._in_words(document, row.planned, refused)
        self.changes |= changes
        for row in rows:
            if self.items[row.planned.item_id].cost_method == "specific" and not stock.valuation.company_pool:
                pair = (row.planned.item_id, row.planned.warehouse_id)
                stock.values[pair] = stock.values.get(pair, 0) + row.value
        return None

    def _apply(self, position: int, index: int, row: Valued) -> None:
        assert self.stock is not None and self.promises is not None
        stock, planned, document_no = self.stock, row.planned, position + 1
        valuation = stock.valuation
        row.sequence = row.id
        if planned.of_own:
            row.of_move = self.valued[position][index - planned.of_own].id
        elif planned.of_line is not None:
            original = self.originals[planned.of_line]
            row.of_move = original.move_id
            if planned.effect == Effect.LANDED:
                row.sequence, row.date = original.sequence, original.date
            if planned.effect == Effect.TO_SUPPLIER:
                row.given = original.price_of(-planned.qty)
        if planned.effect == Effect.FEE:
            valuation.apply(self._move(row, document_no))
            return
        if planned.qty:
            document = self.documents[position]
            kept = self.promises.kept_from(document, planned) if planned.qty < 0 else 0
            stock.on_hand.add((planned.item_id, planned.warehouse_id, 0), planned.qty, row.date, kept)
            if planned.qty < 0:
                self.promises.use(document, planned)
            if planned.lot_id:
                place = (planned.item_id, planned.warehouse_id, planned.lot_id)
                if planned.qty > 0 and self.items[planned.item_id].tracking == Tracking.SERIAL:
                    self._refuse_serial(place, planned)
                stock.on_hand.add(place, planned.qty, row.date)
        row.value = valuation.apply(self._move(row, document_no))
        if planned.effect == Effect.GAIN and self.documents[position].kind == DocumentKind.PURCHASE_RECEIPT:
            # What the goods are estimated at is owed from now on, whatever is recosted before them.
            row.planned, row.given = planned._replace(effect=Effect.RECEIVE), row.value
        if planned.effect in (Effect.BACK, Effect.TO_SUPPLIER):
            row.at_original = valuation.at_original
            if planned.of_line is not None:
                known = valuation.original(row.of_move or 0)
                if known is not None:
                    self._count_back(planned, row, known.back_qty, known.back_value)

    def _count_back(self, planned: Planned, row: Valued, back_qty: int, back_value: int) -> None:
        """Later returns of the same line in this batch see what this one took of the price."""
        assert planned.of_line is not None
        original = self.originals[planned.of_line]
        price_back = original.price_back + (row.given or 0)
        counted = original._replace(back_qty=back_qty, back_value=back_value, price_back=price_back)
        self.originals = {**self.originals, planned.of_line: counted}

    def _refuse_serial(self, place: Place, planned: Planned) -> None:
        assert self.stock is not None
        if self.stock.on_hand.quantities[place] > 0:
            item = self.items[planned.item_id]
            raise errors.SerialInStock(
                field=f"lines-{planned.line + 1}-lot", line=planned.line + 1, item=item.code, lot=planned.lot_id
            )

    def _move(self, row: Valued, document_no: int) -> Move:
        planned = row.planned
        return Move(
            row.id, int(planned.effect), planned.item_id, planned.warehouse_id, planned.lot_id, planned.qty,
            row.given, row.of_move or 0, document_no, planned.share, 0,
        )  # fmt: skip

    def _in_words(self, document: NewStockDocument, planned: Planned, refused: Exception) -> DomainError:
        item = self.items[planned.item_id]
        line = planned.line + 1
        facts: dict[str, Any] = {
            "item": item.code,
            "item_name": item.name,
            "line": line,
            "warehouse": self.warehouses[planned.warehouse_id].label,
        }
        if isinstance(refused, Short):
            return errors.InsufficientStock(
                field=f"lines-{line}-qty",
                available=plain(Decimal(refused.available).scaleb(-6)),
                needed=plain(Decimal(refused.needed).scaleb(-6)),
                **facts,
            )
        assert isinstance(refused, ValuationRefusal)
        match refused.code:
            case "more_than_original":
                return errors.MoreThanOriginal(
                    field=f"lines-{line}-qty",
                    open=plain(Decimal(refused.facts["open"]).scaleb(-6)),
                    needed=plain(Decimal(refused.facts["needed"]).scaleb(-6)),
                    **facts,
                )
            case "no_original":
                return errors.NoOriginal(field=f"lines-{line}-item", **facts)
            case "nothing_in_stock":
                return errors.NothingInStock(field=f"lines-{line}-amount", date=document.date, **facts)
            case "negative_value":
                return errors.NegativeValue(
                    field=f"lines-{line}-amount", left=Decimal(refused.facts.get("left", 0)).scaleb(-2), **facts
                )
        return errors.InsufficientStock(field=f"lines-{line}-qty", available="?", needed="?", **facts)

    # Writing

    def write(
        self,
        accepted: Sequence[tuple[int, StoredDocument]],
        at: dt.datetime,
        *,
        by: Any,
        before_telling: Callable[[], None] = lambda: None,
    ) -> None:
        """Moves, balances and events of costed documents, and the recosting of what comes after them.

        ``before_telling`` runs last but for the events: what locks others out for long belongs there.
        """
        if not accepted:
            return
        assert self.stock is not None and self.promises is not None
        company_id = self.company.pk
        self.promises.give_up(by=by)
        writer.write_moves(company_id, self._rows(accepted), at=at)
        pools.save(self.stock, self._places(accepted))
        fresh = {row.id for _position, row in accepted}
        known = known_of(self.company, [row.document for _position, row in accepted], self.items, self.warehouses)
        values: dict[int, Decimal] = {}
        if self.changes:
            values |= recost.settle(self.company, self.changes, fresh=fresh, by=by)
        changed = self._disturbing(accepted)
        if changed:
            values |= recost.after(
                self.company, changed, first_new_id=self.first_id, fresh=fresh, cause=accepted[0][1].id, by=by
            )
        before_telling()
        raise_events(company_id, build_events(self._told(accepted, values), known))

    def _rows(self, accepted: Sequence[tuple[int, StoredDocument]]) -> Iterable[NewMove]:
        for position, stored in accepted:
            document = stored.document
            kind = OPENING if document.reason == Reason.OPENING else str(document.kind)
            for row in self.valued[position]:
                planned = row.planned
                qty, value = Decimal(planned.qty).scaleb(-6), Decimal(row.value).scaleb(-2)
                yield NewMove(
                    row.id, row.sequence, planned.item_id, planned.warehouse_id, row.date, kind, int(planned.effect),
                    planned.lot_id or None, planned.bin_id, row.of_move,
                    writer.stored_given(planned.effect, row.given),
                    Decimal(planned.share).scaleb(-6) if planned.share else None,
                    qty, unit_cost(value, qty), value, stored.id, stored.line_ids[planned.line], None,
                )  # fmt: skip

    def _places(self, accepted: Sequence[tuple[int, StoredDocument]]) -> set[Place]:
        found: set[Place] = set()
        for position, _stored in accepted:
            for row in self.valued[position]:
                if row.planned.effect != Effect.FEE:
                    item, warehouse, lot = row.planned.item_id, row.planned.warehouse_id, row.planned.lot_id
                    found.add((item, warehouse, lot))
                    if lot and self.items[item].cost_method != "specific":
                        found.add((item, warehouse, 0))
        return found

    def _disturbing(self, accepted: Sequence[tuple[int, StoredDocument]]) -> dict[int, tuple[dt.date, int]]:
        """The items of ``_changed`` that may have moves after it: those with a later day, or a landed cost."""
        assert self.stock is not None
        later = {item for item, _warehouse, _lot in self.stock.on_hand.later}
        landed = {
            row.planned.item_id
            for position, _stored in accepted
            for row in self.valued[position]
            if row.planned.effect == Effect.LANDED
        }
        return {item: place for item, place in self._changed(accepted).items() if item in later or item in landed}

    def _changed(self, accepted: Sequence[tuple[int, StoredDocument]]) -> dict[int, tuple[dt.date, int]]:
        """Item → the place (date, sequence) from which later moves would have to be costed again."""
        found: dict[int, tuple[dt.date, int]] = {}
        for position, _stored in accepted:
            for row in self.valued[position]:
                if row.planned.effect != Effect.FEE:
                    place = (row.date, row.sequence)
                    found[row.planned.item_id] = min(place, found.get(row.planned.item_id, place))
        return found

    def _told(
        self, accepted: Sequence[tuple[int, StoredDocument]], values: Mapping[int, Decimal]
    ) -> list[tuple[StoredDocument, list[Costed], dt.date]]:
        told = []
        for position, stored in accepted:
            rows = self.valued[position]
            moves = []
            for row in rows:
                planned = row.planned
                value = values.get(row.id, Decimal(row.value).scaleb(-2))
                given = writer.stored_given(Effect.RECEIVE, row.given) or ZERO
                if planned.effect in (Effect.GAIN, Effect.REPRICE, Effect.PRODUCE):
                    given = abs(value)
                at_original = None
                if row.at_original is not None and self.items[planned.item_id].cost_method == "standard":
                    at_original = Decimal(row.at_original).scaleb(-2)
                moves.append(
                    Costed(
                        planned.line, planned.item_id, planned.warehouse_id, planned.effect,
                        Decimal(planned.qty).scaleb(-6), value, given, at_original,
                    )
                )  # fmt: skip
            date = stored.document.date
            counted = max(row.date for row in rows)
            if (counted.year, counted.month) != (date.year, date.month):
                date = counted
            told.append((stored, moves, date))
        return told
