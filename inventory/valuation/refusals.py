"""Why the valuation refuses a move: plain exceptions with a code and the facts, for the caller to say in words.

Quantities in the facts are millionths of the item's unit, money is cents.
"""

from typing import Any


class ValuationRefusal(Exception):
    """A move breaks a rule of the pools. ``facts`` name the move, what was wanted and what there is."""

    code = "refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class Insufficient(ValuationRefusal):
    """More leaves than the pool holds. Only a guard: the caller checks availability per warehouse, lot and time."""

    code = "insufficient"


class NothingInStock(ValuationRefusal):
    """The value of an empty pool cannot be adjusted."""

    code = "nothing_in_stock"


class NegativeValue(ValuationRefusal):
    """An adjustment would take more value than the pool holds."""

    code = "negative_value"


class MoreThanOriginal(ValuationRefusal):
    """More comes back than the original move still has open."""

    code = "more_than_original"


class NoOriginal(ValuationRefusal):
    """The move named is unknown, or of another item or lot."""

    code = "no_original"
