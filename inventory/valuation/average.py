"""Moving average (移动加权平均), also inside one lot (specific, 个别计价): an issue costs value x quantity / quantity.

One rounding per movement, half away from zero; the movement that empties the pool takes all the value left.
"""

from inventory.valuation.pool import Pool, at_cost, rounded, unit_cost
from inventory.valuation.refusals import Insufficient, NegativeValue, NothingInStock


class Average:
    """Movements of an average pool. Quantities and values passed and returned are positive unless said otherwise."""

    keeps_last = False  # ``Pool.last`` counts only while the pool is empty or short

    def receive(self, pool: Pool, move_id: int, qty: int, value: int) -> int:
        """``qty`` comes in worth ``value``; shortages are settled first. Returns the value stock takes: all of it."""
        if pool.qty < 0:
            rest_qty, rest_value = pool.settle(move_id, qty, value)
            pool.qty += rest_qty
            pool.value += rest_value
        else:
            pool.qty += qty
            pool.value += value
        return value

    def receive_exactly(self, pool: Pool, move_id: int, qty: int, value: int) -> int:
        """Like ``receive``, also where the method has a cost of its own."""
        return self.receive(pool, move_id, qty, value)

    def current(self, pool: Pool, qty: int) -> int | None:
        """``qty`` at the pool's unit cost, else at the last one; None if neither is known."""
        if pool.qty > 0:
            return rounded(pool.value * qty, pool.qty)
        return at_cost(qty, pool.last) if pool.last else None

    def moved(self, pool: Pool, qty: int) -> int:
        """What a transfer inside the pool moves: the pool's average, all its value with all its quantity."""
        if qty == pool.qty:
            return pool.value
        return self.current(pool, qty) or 0

    def issue(self, pool: Pool, move_id: int, qty: int, allow_negative: bool) -> int:
        """``qty`` leaves at the average. Returns its value; raises ``Insufficient``."""
        held, value = pool.qty, pool.value
        if qty < held:
            out = rounded(value * qty, held)
        elif qty == held:
            out = value
            pool.last = unit_cost(value, held)
        else:
            out = self.short(pool, move_id, qty, allow_negative)
        pool.qty = held - qty
        pool.value = value - out
        if pool.settled:
            pool.settled, pool.wholes = {}, {}
        return out

    def short(self, pool: Pool, move_id: int, qty: int, allow_negative: bool) -> int:
        """Value of an issue that takes more than there is: all that is held, the rest at the last unit cost."""
        held, value = pool.qty, pool.value
        if not allow_negative:
            raise Insufficient(move=move_id, available=max(held, 0), needed=qty)
        if held > 0:
            pool.last = unit_cost(value, held)
            return pool.go_short(move_id, qty - held, rounded(value * (qty - held), held), value)
        return pool.go_short(move_id, qty, at_cost(qty, pool.last), 0)

    def return_to_supplier(
        self, pool: Pool, move_id: int, qty: int, receipt_id: int, cost: int, allow_negative: bool
    ) -> int:
        """``qty`` of a receipt leaves at the receipt's ``cost``, at most what the pool holds, all if it empties."""
        if qty >= pool.qty:
            return self.issue(pool, move_id, qty, allow_negative)
        out = min(cost, pool.value)
        pool.qty -= qty
        pool.value -= out
        pool.settled, pool.wholes = {}, {}
        return out

    def adjust(self, pool: Pool, move_id: int, amount: int) -> int:
        """The pool's value changes by the signed ``amount``. Raises ``NothingInStock``, ``NegativeValue``."""
        check_adjustment(pool, move_id, amount)
        pool.value += amount
        return amount

    def landed(self, pool: Pool, receipt_id: int, amount: int) -> int:
        """Cost that belongs to a receipt directly before: into the pool, less what falls on settled shortages."""
        on_stock = pool.settle_more(receipt_id, amount)
        if on_stock is not None:
            pool.value += on_stock
            return amount
        if pool.qty <= 0:
            return 0
        pool.value += amount
        return amount

    def variance(self, pool: Pool, receipt_id: int, received: int, amount: int) -> int:
        """The part of a price difference for the share of the receipt on hand: min(on hand, received) / received."""
        if pool.qty <= 0:
            return 0
        on_stock = max(rounded(amount * min(pool.qty, received), received), -pool.value)
        pool.value += on_stock
        return on_stock

    def reprice(self, pool: Pool, cost: int) -> int:
        """A standard cost means nothing to an average."""
        return 0


def check_adjustment(pool: Pool, move_id: int, amount: int) -> None:
    """Raises ``NothingInStock`` for an empty pool and ``NegativeValue`` below zero."""
    if pool.qty <= 0:
        raise NothingInStock(move=move_id)
    if pool.value + amount < 0:
        raise NegativeValue(move=move_id, value=pool.value, amount=amount)
