"""Cost a batch of documents: run their lines over the pools in order, refuse those that would oversell.

Pure: pools, originals and later moves go in; the value of each line or a refusal per document comes out, and the
pools as they are afterwards. A refused document leaves no trace in the pools; those after it go on.
"""

import datetime as dt
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from erp.core.errors import DomainError
from inventory.documents.errors import (
    InsufficientStock,
    NotReturnable,
    ReturnExceedsDelivery,
    ValueGone,
    plain,
)
from inventory.items.facts import ItemFacts
from inventory.valuation import moving_average
from inventory.valuation.moving_average import LeftoverValue, Original, Pool

PoolKey = tuple[int, int]  # (item id, warehouse id)


class Direction(Enum):
    """What a line does to its pool."""

    IN = "in"  # receipt at its own cost
    BACK = "back"  # return of a delivered line, or without one
    OUT = "out"  # issue at the average
    IN_AT = "in_at"  # reversal of an issue, at the original value
    OUT_AT = "out_at"  # reversal of a receipt, at the original value


@dataclass(slots=True)
class CostingLine:
    """``unit_cost`` per unit if given; ``of_line`` the delivered line it returns; ``value`` for reversals."""

    line_no: int
    item_id: int
    qty: Decimal
    unit_cost: Decimal | None = None
    of_line: int | None = None
    value: Decimal | None = None


@dataclass(slots=True)
class CostingDocument:
    date: dt.date
    warehouse_id: int
    direction: Direction
    lines: Sequence[CostingLine]


class LaterMove(NamedTuple):
    """A move that is in the books already and dated after a document of the batch."""

    date: dt.date
    qty: Decimal


@dataclass(slots=True)
class Costing:
    """Everything the run reads. ``originals`` by delivered line: (item id, facts). ``later`` in costing order."""

    pools: MutableMapping[PoolKey, Pool]
    items: Mapping[int, ItemFacts]
    warehouses: Mapping[int, str]
    originals: MutableMapping[int, tuple[int, Original]] = field(default_factory=dict)
    later: Mapping[PoolKey, Sequence[LaterMove]] = field(default_factory=dict)


def cost_document(costing: Costing, document: CostingDocument) -> list[Decimal] | DomainError:
    """The value of each line (positive), the pools moved on; or why it is refused, the pools as they were."""
    pools, originals = costing.pools, costing.originals
    before: dict[PoolKey, Pool] = {}
    originals_before: dict[int, tuple[int, Original]] = {}
    step = _STEPS[document.direction]
    values: list[Decimal] = []
    warehouse_id = document.warehouse_id
    try:
        for line in document.lines:
            key = (line.item_id, warehouse_id)
            pool = pools[key]
            before.setdefault(key, pool)
            if line.of_line is not None and line.of_line in originals:
                originals_before.setdefault(line.of_line, originals[line.of_line])
            pools[key], value = step(costing, document, line, pool)
            values.append(value)
    except DomainError as refusal:
        pools.update(before)
        originals.update(originals_before)
        return refusal
    return values


def available(pool: Pool, later: Sequence[LaterMove], date: dt.date) -> Decimal:
    """What can be taken at the date without any later moment holding less than it gave."""
    after = [move.qty for move in later if move.date > date]
    held = pool.qty - sum(after, Decimal(0))
    lowest = held
    for qty in after:
        held += qty
        lowest = min(lowest, held)
    return max(lowest, Decimal(0))


def _take(costing: Costing, document: CostingDocument, line: CostingLine, pool: Pool) -> None:
    """Refuse what the warehouse does not hold at the document's date and ever after."""
    later = costing.later.get((line.item_id, document.warehouse_id))
    held = available(pool, later, document.date) if later else pool.qty
    if line.qty > held:
        item = costing.items[line.item_id]
        raise InsufficientStock(
            field=f"lines-{line.line_no}-qty",
            item=item.code,
            item_name=item.name,
            warehouse=costing.warehouses[document.warehouse_id],
            available=plain(held),
            needed=plain(line.qty),
            line=line.line_no,
        )


def _out(costing: Costing, document: CostingDocument, line: CostingLine, pool: Pool) -> moving_average.Movement:
    _take(costing, document, line, pool)
    return moving_average.issue(pool, line.qty)


def _in(costing: Costing, document: CostingDocument, line: CostingLine, pool: Pool) -> moving_average.Movement:
    reference = costing.items[line.item_id].reference_cost
    value = moving_average.estimated(pool, line.qty, given=line.unit_cost, reference=reference)
    return moving_average.receive(pool, line.qty, value)


def _back(costing: Costing, document: CostingDocument, line: CostingLine, pool: Pool) -> moving_average.Movement:
    if line.of_line is None:
        return _in(costing, document, line, pool)
    item_code = costing.items[line.item_id].code
    item_id, original = costing.originals.get(line.of_line, (None, None))
    if original is None or item_id != line.item_id:
        raise NotReturnable(field=f"lines-{line.line_no}-item", line=line.line_no, item=item_code)
    if line.qty > original.open_qty:
        raise ReturnExceedsDelivery(
            field=f"lines-{line.line_no}-qty",
            line=line.line_no,
            item=item_code,
            open=plain(original.open_qty),
            needed=plain(line.qty),
        )
    value = moving_average.returned(original, line.qty)
    costing.originals[line.of_line] = (
        line.item_id,
        original._replace(
            returned_qty=original.returned_qty + line.qty, returned_value=original.returned_value + value
        ),
    )
    return moving_average.receive(pool, line.qty, value)


def _in_at(costing: Costing, document: CostingDocument, line: CostingLine, pool: Pool) -> moving_average.Movement:
    assert line.value is not None
    return moving_average.receive(pool, line.qty, line.value)


def _out_at(costing: Costing, document: CostingDocument, line: CostingLine, pool: Pool) -> moving_average.Movement:
    assert line.value is not None
    _take(costing, document, line, pool)
    try:
        return moving_average.withdraw(pool, line.qty, line.value)
    except LeftoverValue:
        item = costing.items[line.item_id]
        raise ValueGone(
            field=f"lines-{line.line_no}-qty",
            item=item.code,
            item_name=item.name,
            warehouse=costing.warehouses[document.warehouse_id],
            value=line.value,
            line=line.line_no,
        ) from None


_Step = Callable[[Costing, CostingDocument, CostingLine, Pool], moving_average.Movement]
_STEPS: dict[Direction, _Step] = {
    Direction.IN: _in,
    Direction.BACK: _back,
    Direction.OUT: _out,
    Direction.IN_AT: _in_at,
    Direction.OUT_AT: _out_at,
}
