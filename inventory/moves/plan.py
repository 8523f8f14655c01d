"""What a stock document does to stock: its lines as moves, before anything is costed. Pure.

Order within a document: its lines; an assembly's components come before its fee and its products.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from erp.core.money import times
from inventory.documents.kinds import KINDS, Flow
from inventory.documents.models import DocumentKind, LineRole, Reason
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.facts import ItemFacts
from inventory.valuation.engine import Effect

MILLION = 10**6
COST_UNIT = 10**10


class Planned(NamedTuple):
    """A move to be. ``line``: index in the document; ``qty`` signed millionths; ``given`` as the engine takes it
    (cents; REPRICE: 1e-10; PRODUCE: sum of shares); ``of_line``: the document line whose move it names, or
    ``of_own``: how many moves back in this document; ``price``: what TO_SUPPLIER is worth by its purchase price."""

    line: int
    item_id: int
    warehouse_id: int
    lot_id: int
    bin_id: int | None
    effect: Effect
    qty: int
    given: int | None = None
    of_line: int | None = None
    of_own: int = 0
    share: int = 0


Warehouses = Callable[[int], Sequence[int]]


def plan(document: NewStockDocument, items: Mapping[int, ItemFacts], holding: Warehouses) -> list[Planned]:
    """The moves of a document. ``holding(item)`` gives the warehouses that have held an item (for standard costs)."""
    spec = KINDS[document.kind]
    match spec.flow:
        case Flow.IN:
            made = _in(document, items)
        case Flow.OUT:
            made = _out(document)
        case Flow.BACK_IN:
            made = _back_in(document, items)
        case Flow.BACK_OUT:
            made = _back_out(document)
        case Flow.MOVE:
            made = _move(document)
        case Flow.MAKE:
            made = _make(document)
        case Flow.VALUE:
            made = _value(document, holding)
    return list(made)


def millionths(qty: Decimal) -> int:
    return int(qty.scaleb(6))


def to_cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _line(document: NewStockDocument, index: int, effect: Effect, sign: int, **fields: Any) -> Planned:
    line = document.lines[index]
    row = Planned(
        index, line.item_id, document.warehouse_id, line.lot_id or 0, line.bin_id, effect, sign * millionths(line.qty)
    )
    return row._replace(**fields) if fields else row


def _at_cost(line: NewStockLine, item: ItemFacts) -> tuple[Effect, int | None]:
    """A receipt at the cost stated; without one at the pool's, and the reference cost if the pool knows none."""
    if line.unit_cost is not None:
        return Effect.RECEIVE, to_cents(times(line.qty, line.unit_cost))
    if item.reference_cost:
        return Effect.GAIN, to_cents(times(line.qty, item.reference_cost))
    return Effect.GAIN, None


def _in(document: NewStockDocument, items: Mapping[int, ItemFacts]) -> Iterator[Planned]:
    for index, line in enumerate(document.lines):
        effect, given = _at_cost(line, items[line.item_id])
        yield _line(document, index, effect, 1, given=given)


def _out(document: NewStockDocument) -> Iterator[Planned]:
    for index in range(len(document.lines)):
        yield _line(document, index, Effect.ISSUE, -1)


def _back_in(document: NewStockDocument, items: Mapping[int, ItemFacts]) -> Iterator[Planned]:
    for index, line in enumerate(document.lines):
        if line.of_line_id is not None:
            yield _line(document, index, Effect.BACK, 1, of_line=line.of_line_id)
        else:
            effect, given = _at_cost(line, items[line.item_id])
            yield _line(document, index, effect, 1, given=given)


def _back_out(document: NewStockDocument) -> Iterator[Planned]:
    for index, line in enumerate(document.lines):
        yield _line(document, index, Effect.TO_SUPPLIER, -1, of_line=line.of_line_id)


def _move(document: NewStockDocument) -> Iterator[Planned]:
    assert document.to_warehouse_id is not None
    for index, line in enumerate(document.lines):
        if line.reason == Reason.IN_TRANSIT:
            yield _line(document, index, Effect.ISSUE, -1)
            continue
        yield _line(document, index, Effect.OUT, -1)
        yield _line(
            document, index, Effect.INTO, 1, warehouse_id=document.to_warehouse_id, bin_id=line.to_bin_id, of_own=1
        )


def _make(document: NewStockDocument) -> Iterator[Planned]:
    consumed = [index for index, line in enumerate(document.lines) if line.role == LineRole.CONSUMED]
    produced = [index for index, line in enumerate(document.lines) if line.role == LineRole.PRODUCED]
    for index in consumed:
        yield _line(document, index, Effect.CONSUME, -1)
    if document.amount:
        fee = to_cents(document.amount)
        yield _line(document, produced[0], Effect.FEE, 0, given=fee, lot_id=0, bin_id=None)
    shares = [_share(document.lines[index]) for index in produced]
    for index, share in zip(produced, shares, strict=True):
        yield _line(document, index, Effect.PRODUCE, 1, given=sum(shares), share=share)


def _share(line: NewStockLine) -> int:
    """By the share stated, else by quantity."""
    return millionths(line.share if line.share is not None else line.qty)


def _value(document: NewStockDocument, holding: Warehouses) -> Iterator[Planned]:
    for index, line in enumerate(document.lines):
        amount = to_cents(line.amount) if line.amount is not None else 0
        match document.kind:
            case DocumentKind.LANDED_COST:
                yield _line(document, index, Effect.LANDED, 0, given=amount, of_line=line.of_line_id)
            case DocumentKind.INVOICE_VARIANCE:
                yield _line(document, index, Effect.VARIANCE, 0, given=amount, of_line=line.of_line_id)
            case DocumentKind.COST_ADJUSTMENT:
                yield _line(document, index, Effect.ADJUST, 0, given=amount)
            case _:
                assert line.unit_cost is not None
                cost = int(line.unit_cost.scaleb(10))
                for warehouse_id in holding(line.item_id) or [document.warehouse_id]:
                    yield _line(document, index, Effect.REPRICE, 0, given=cost, warehouse_id=warehouse_id)
