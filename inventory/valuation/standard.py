"""Standard cost (标准成本 / 计划成本): stock is carried at standard, differences are price variance of the caller.

``Pool.last`` is the standard in force. Each movement is quantity x standard, rounded; the one that empties the pool
takes all that is left, and none takes more than there is.
"""

from inventory.valuation.average import Average, check_adjustment
from inventory.valuation.pool import Pool, at_cost
from inventory.valuation.refusals import Insufficient


class Standard(Average):
    """Movements of a pool at standard. A shortage stands at standard too, so nothing has to be settled."""

    keeps_last = True

    def receive(self, pool: Pool, move_id: int, qty: int, value: int) -> int:
        """``qty`` comes in at standard, whatever it cost. Returns the value stock takes."""
        return self.receive_exactly(pool, move_id, qty, at_cost(qty, pool.last))

    def receive_exactly(self, pool: Pool, move_id: int, qty: int, value: int) -> int:
        """``qty`` comes in at a value of its own: a transfer, or the reversal of an issue."""
        if pool.qty + qty == 0 or (pool.qty + qty > 0 and pool.value + value < 0):
            value = -pool.value  # what had gone short is worth more than what comes in
        pool.qty += qty
        pool.value += value
        return value

    def current(self, pool: Pool, qty: int) -> int | None:
        """``qty`` at standard."""
        return at_cost(qty, pool.last)

    def issue(self, pool: Pool, move_id: int, qty: int, allow_negative: bool) -> int:
        """``qty`` leaves at standard. Returns its value; raises ``Insufficient``."""
        if qty > pool.qty and not allow_negative:
            raise Insufficient(move=move_id, available=max(pool.qty, 0), needed=qty)
        out = at_cost(qty, pool.last)
        if qty == pool.qty:
            out = pool.value
        elif qty < pool.qty:
            out = min(out, pool.value)
        pool.qty -= qty
        pool.value -= out
        return out

    def return_to_supplier(
        self, pool: Pool, move_id: int, qty: int, receipt_id: int, cost: int, allow_negative: bool
    ) -> int:
        """``qty`` of a receipt leaves at standard."""
        return self.issue(pool, move_id, qty, allow_negative)

    def adjust(self, pool: Pool, move_id: int, amount: int) -> int:
        """Stock stays at standard: all of the amount is variance. Raises like the other methods."""
        check_adjustment(pool, move_id, amount)
        return 0

    def landed(self, pool: Pool, receipt_id: int, amount: int) -> int:
        """Stock stays at standard: all of the amount is variance."""
        return 0

    def variance(self, pool: Pool, receipt_id: int, received: int, amount: int) -> int:
        """Stock stays at standard: all of the amount is variance."""
        return 0

    def reprice(self, pool: Pool, cost: int) -> int:
        """From here on the standard is ``cost``; what the pool holds is revalued. Returns the signed change."""
        change = at_cost(pool.qty, cost) - pool.value
        pool.value += change
        pool.last = cost
        return change
