"""What can be taken where and when: quantities on hand now, and what later moves leave of them. Pure.

A document dated back takes from what lay there then, and must leave enough for everything that left since.
"""

import datetime as dt
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

Place = tuple[int, int, int]  # (item, warehouse, lot or 0)


class Day(NamedTuple):
    """The moves of one day at a place, in millionths: their sum, and the lowest that it came to on the way."""

    date: dt.date
    total: int
    lowest: int


class Short(Exception):
    """Less is available than a move takes. Quantities in millionths."""

    def __init__(self, place: Place, available: int, needed: int) -> None:
        super().__init__(place, available, needed)
        self.place, self.available, self.needed = place, available, needed


class OnHand:
    """Quantities at places, moved on as documents are planned; ``rollback`` forgets what a refused one did.

    ``later`` has the days after the earliest document at the place. ``unlimited``: items that may go below zero.
    """

    def __init__(
        self, quantities: Mapping[Place, int], later: Mapping[Place, Sequence[Day]], unlimited: Container[int]
    ) -> None:
        self.quantities = dict(quantities)
        self.later = later
        self.unlimited = unlimited
        self._log: list[tuple[Place, int]] = []

    def mark(self) -> None:
        self._log.clear()

    def rollback(self) -> None:
        for place, qty in reversed(self._log):
            self.quantities[place] = qty
        self._log.clear()

    def add(self, place: Place, qty: int, date: dt.date, promised: int = 0) -> None:
        """``qty`` (signed) moves at ``place`` on ``date``. Raises ``Short`` for more than is available.

        ``promised`` to others stays out of reach.
        """
        held = self.quantities[place]
        if qty < 0 and place[0] not in self.unlimited:
            available = max(self.available(place, date) - promised, 0)
            if -qty > available:
                raise Short(place, available, -qty)
        self._log.append((place, held))
        self.quantities[place] = held + qty

    def available(self, place: Place, date: dt.date) -> int:
        """What can be taken at the date without any later moment holding less than it gave; never below zero."""
        days = [day for day in self.later.get(place, ()) if day.date > date]
        held = self.quantities[place] - sum(day.total for day in days)
        lowest = held
        for day in days:
            lowest = min(lowest, held + day.lowest)
            held += day.total
        return max(lowest, 0)
