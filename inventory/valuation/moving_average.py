"""Moving average (移动加权平均): what a pool of one item in one warehouse holds, and what each movement is worth.

An issue costs value ÷ quantity of its pool at that point, rounded half up to the cent; the one that empties the
pool takes all that is left. Unit costs are never rounded on the way. Pure: no database, no clock.
"""

from decimal import Decimal
from typing import NamedTuple

from erp.core.money import WIDE, ZERO, cents, times, unit_cost


class Pool(NamedTuple):
    """Quantity (item's unit), value (company currency) and the unit cost last seen, for when the pool is empty."""

    qty: Decimal = Decimal(0)
    value: Decimal = ZERO
    last_cost: Decimal = Decimal(0)


class Movement(NamedTuple):
    """The pool after a movement, and the value that went in or out (positive)."""

    pool: Pool
    value: Decimal


class LeftoverValue(ValueError):
    """A withdrawal at a given value would leave value without quantity, or less value than nothing."""


def receive(pool: Pool, qty: Decimal, value: Decimal) -> Movement:
    """``qty`` comes in worth ``value``. A receipt worth nothing does not become the last known cost."""
    last = unit_cost(value, qty) if value else pool.last_cost
    return Movement(Pool(pool.qty + qty, pool.value + value, last), value)


def issue(pool: Pool, qty: Decimal) -> Movement:
    """``qty`` goes out at the average. The pool must hold it: availability is checked by the caller, per warehouse.

    Raises ``ValueError`` if it does not.
    """
    if qty > pool.qty:
        raise ValueError(f"pool holds {pool.qty}, not {qty}")
    left = pool.qty - qty
    value = pool.value if not left else average_value(pool, qty)
    last = unit_cost(pool.value, pool.qty) if pool.value else pool.last_cost
    return Movement(Pool(left, pool.value - value, last), value)


def withdraw(pool: Pool, qty: Decimal, value: Decimal) -> Movement:
    """``qty`` goes out at a given ``value`` (a receipt is taken back). Raises ``LeftoverValue``."""
    left, rest = pool.qty - qty, pool.value - value
    if left < 0 or rest < 0 or (not left and rest):
        raise LeftoverValue(f"{left} would be left, worth {rest}")
    return Movement(Pool(left, rest, pool.last_cost), value)


def average_value(pool: Pool, qty: Decimal) -> Decimal:
    """``qty`` at the pool's average, in cents."""
    return cents(WIDE.divide(WIDE.multiply(qty, pool.value), pool.qty))


class Original(NamedTuple):
    """A line that was delivered: its quantity and value, and how much of both has come back already."""

    qty: Decimal
    value: Decimal
    returned_qty: Decimal = Decimal(0)
    returned_value: Decimal = ZERO

    @property
    def open_qty(self) -> Decimal:
        return self.qty - self.returned_qty


def returned(original: Original, qty: Decimal) -> Decimal:
    """Value at which ``qty`` of a delivered line comes back; the part that completes the line takes the rest.

    Raises ``ValueError`` for more than is still out.
    """
    if qty > original.open_qty:
        raise ValueError(f"{original.open_qty} is still out, not {qty}")
    if qty == original.open_qty:
        return original.value - original.returned_value
    return cents(WIDE.divide(WIDE.multiply(original.value, qty), original.qty))


def estimated(pool: Pool, qty: Decimal, *, given: Decimal | None = None, reference: Decimal | None = None) -> Decimal:
    """Value of ``qty`` that comes in without an original: at the cost given, else at the pool's average, else at
    the last cost, else at the item's reference cost, else nothing."""
    if given is not None:
        return times(qty, given)
    if pool.qty and pool.value:
        return average_value(pool, qty)
    return times(qty, pool.last_cost or reference or Decimal(0))
