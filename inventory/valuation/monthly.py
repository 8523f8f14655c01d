"""Monthly weighted average (月末一次加权平均): one unit cost per item, company and month.

Within the month moves are valued provisionally like a moving average over the company; ``calculate`` settles it.
"""

from inventory.valuation.average import Average
from inventory.valuation.pool import Pool


class Monthly(Average):
    """The provisional values of an open month."""

    def variance(self, pool: Pool, receipt_id: int, received: int, amount: int) -> int:
        """All of a price difference goes into the month's receipts, as long as there is stock to carry it."""
        if pool.qty <= 0:
            return 0
        on_stock = max(amount, -pool.value)
        pool.value += on_stock
        return on_stock
