"""What the valuation reads: moves with their effect, and how each item is valued. Plain data, whole numbers.

Quantities are millionths of the item's unit, money is cents, unit costs are 1e-10 currency units per whole unit.
"""

from collections.abc import Container
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

MOVING_AVERAGE = "moving_average"
FIFO = "fifo"
MONTHLY_AVERAGE = "monthly_average"
SPECIFIC = "specific"
STANDARD = "standard"


class Effect(IntEnum):
    """What a move does to its pool. The numbers are stored with the moves and never change."""

    RECEIVE = 1  # comes in at its own cost ``given``
    GAIN = 2  # comes in without a cost: at the pool's unit cost, else the last one, else at ``given``
    ISSUE = 3  # leaves at the method's cost
    BACK = 4  # a delivery ``of`` comes back at the delivery's cost
    TO_SUPPLIER = 5  # a receipt ``of`` goes back to the supplier
    OUT = 6  # a transfer leaves
    INTO = 7  # a transfer arrives, at the value with which ``of`` left
    ADJUST = 8  # the pool's value changes by ``given``
    LANDED = 9  # cost ``given`` that belongs to the receipt ``of``
    VARIANCE = 10  # price difference ``given`` of an invoice for the receipt ``of``
    PRODUCE = 11  # product of an assembly: its part of what the document consumed
    CONSUME = 12  # component of an assembly
    FEE = 13  # cost ``given`` of an assembly; touches no pool
    REPRICE = 14  # new standard cost ``given`` (unit cost)
    TAKE_BACK = 15  # a receipt ``of`` is reversed on a later date
    GIVE_BACK = 16  # an issue ``of`` is reversed on a later date, at its value
    FROZEN = 17  # cancelled, or the mirror of a cancelled move: no effect, the value stays


class Move(NamedTuple):
    """One line of the stock journal. ``qty`` is signed; 0 stands for "none" in ``lot``, ``of`` and ``document``.

    ``share`` and, on PRODUCE, ``given`` (the sum of the document's shares) say how products split their cost;
    ``value`` is the signed value that is booked.
    """

    id: int
    effect: int
    item: int
    warehouse: int
    lot: int
    qty: int
    given: int | None
    of: int
    document: int
    share: int
    value: int


@dataclass(slots=True)
class ItemSetting:
    """How an item is valued; ``standard`` is the standard cost before its first REPRICE (1e-10 per unit)."""

    method: str
    standard: int = 0
    allow_negative: bool = False


class Original(NamedTuple):
    """A move that later moves name. ``qty`` and ``value`` signed; ``back_…`` is what has come back, positive.

    ``of`` and ``part``: the move this one itself gives back, and the part of that move's value (positive).
    """

    item: int
    lot: int
    qty: int
    value: int
    back_qty: int = 0
    back_value: int = 0
    of: int = 0
    part: int = 0


class _Everything:
    def __contains__(self, key: object) -> bool:
        return True


ALL: Container[int] = _Everything()
