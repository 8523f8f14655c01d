"""A pool: stock that shares one cost. Its quantity and value, FIFO layers, and shortages where stock may go negative.

A shortage is quantity that left before it was there, at an estimate. The next quantity that comes in settles the
oldest shortage first at its own cost; the move that went short then costs what was really paid, and is reported in
``changes``. Layers and shortages are immutable tuples, so a refused document is undone by putting the old ones back.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from inventory.valuation.moves import Original

UNIT = 10**14  # cents x UNIT / millionths = unit cost in 1e-10 currency units per whole unit


def rounded(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to a whole number, half away from zero. ``denominator`` > 0."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


def unit_cost(value: int, qty: int) -> int:
    """Cost per whole unit in 1e-10 currency units; 0 for no quantity."""
    if qty < 0:
        value, qty = -value, -qty
    return rounded(value * UNIT, qty) if qty else 0


def at_cost(qty: int, cost: int) -> int:
    """Value in cents of ``qty`` at a unit cost."""
    return rounded(qty * cost, UNIT)


Layer = tuple[int, int, int]  # (move id, qty, value); a plain tuple, for there are very many


class Shortage(NamedTuple):
    """Move ``id`` took ``qty`` more than there was, estimated at ``value`` (both positive); ``whole`` is the signed
    value of that move as it stands."""

    id: int
    qty: int
    value: int
    whole: int


class Settlement(NamedTuple):
    """What a move that came in settled: its quantity and value, and (move id, qty, value) of each part."""

    qty: int
    value: int
    parts: tuple[tuple[int, int, int], ...]


class State(NamedTuple):
    """A pool as plain data. A layer is (move id, qty, value); a shortage has negative qty and value and, as fourth
    number, the signed value of its move. ``last`` is the unit cost that counts while the pool is empty."""

    qty: int = 0
    value: int = 0
    last: int = 0
    layers: tuple[tuple[int, ...], ...] = ()


class Book:
    """What the pools of one valuation share: moves changed, originals, and the log that undoes a document."""

    __slots__ = ("changes", "log", "logging", "originals")

    def __init__(self) -> None:
        self.changes: list[tuple[int, int]] = []
        self.originals: dict[int, Original] = {}
        self.log: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.logging = False

    def put(self, mapping: dict[Any, Any], key: Any, new: Any) -> None:
        """Set an entry so that it can be undone."""
        if self.logging:
            if key in mapping:
                self.log.append((mapping.__setitem__, (key, mapping[key])))
            else:
                self.log.append((mapping.pop, (key, None)))
        mapping[key] = new

    def drop(self, mapping: dict[Any, Any], key: Any) -> None:
        """Remove an entry so that it can be undone."""
        if self.logging:
            self.log.append((mapping.__setitem__, (key, mapping[key])))
        del mapping[key]

    def undo(self, length: int) -> None:
        """Undo the log, newest first, down to ``length`` entries."""
        log = self.log
        while len(log) > length:
            undo, arguments = log.pop()
            undo(*arguments)


class Pool:
    """Stock at one cost. ``last``: unit cost of what was there last, kept up only when the pool is empty or short
    (with standard cost: the standard). ``settled``: settlements by receipts after which nothing has left yet;
    ``wholes``: the signed values of the moves they settled."""

    __slots__ = ("book", "last", "layers", "qty", "settled", "shortages", "value", "wholes")

    def __init__(self, book: Book, last: int = 0) -> None:
        self.book = book
        self.qty = 0
        self.value = 0
        self.last = last
        self.layers: deque[Layer] = deque()
        self.shortages: tuple[Shortage, ...] = ()
        self.settled: dict[int, Settlement] = {}
        self.wholes: dict[int, int] = {}

    def restore(
        self,
        qty: int,
        value: int,
        last: int,
        shortages: tuple[Shortage, ...],
        settled: dict[int, Settlement],
        wholes: dict[int, int],
    ) -> None:
        """Put back everything but the layers."""
        self.qty, self.value, self.last = qty, value, last
        self.shortages, self.settled, self.wholes = shortages, settled, wholes

    def remember(self) -> None:
        """Log how the pool stands, before a move changes it."""
        before = (self.qty, self.value, self.last, self.shortages, self.settled, self.wholes)
        self.book.log.append((self.restore, before))

    def load(self, state: Sequence[Any]) -> None:
        """Take over a state (or the lists that JSON made of it)."""
        self.qty, self.value, self.last, rows = state
        self.layers = deque((row[0], row[1], row[2]) for row in rows if row[1] > 0)
        self.shortages = tuple(Shortage(row[0], -row[1], -row[2], row[3]) for row in rows if row[1] < 0)
        self.settled, self.wholes = {}, {}

    def dump(self, keeps_last: bool) -> State:
        """The state. While there is stock its own unit cost stands for ``last``, unless ``keeps_last``."""
        last = self.last if keeps_last or self.qty <= 0 else unit_cost(self.value, self.qty)
        short = ((s.id, -s.qty, -s.value, s.whole) for s in self.shortages)
        return State(self.qty, self.value, last, (*self.layers, *short))

    # Shortages

    def go_short(self, move_id: int, missing: int, estimate: int, held_value: int) -> int:
        """The pool gives all it holds and owes ``missing``. Returns the value of the move (positive)."""
        value = held_value + estimate
        self.settled, self.wholes = {}, {}
        self.shortages = (*self.shortages, Shortage(move_id, missing, estimate, -value))
        return value

    def settle(self, move_id: int, qty: int, value: int) -> tuple[int, int]:
        """``qty`` worth ``value`` comes in while the pool is short: pay the oldest shortages first.

        Returns quantity and value that are left for stock. The pool's quantity and value move by what was settled:
        the estimate goes out of it, the real cost into the move that had gone short.
        """
        rest_qty, rest_value = qty, value
        parts: list[tuple[int, int, int]] = []
        open_shortages = list(self.shortages)
        wholes = dict(self.wholes)
        while open_shortages and rest_qty:
            short = open_shortages[0]
            part = min(short.qty, rest_qty)
            paid = rest_value if part == rest_qty else rounded(rest_value * part, rest_qty)
            estimate = short.value if part == short.qty else rounded(short.value * part, short.qty)
            whole = short.whole + estimate - paid
            if part == short.qty:
                open_shortages.pop(0)
            else:
                open_shortages[0] = Shortage(short.id, short.qty - part, short.value - estimate, whole)
            self._change(short.id, whole)
            wholes[short.id] = whole
            parts.append((short.id, part, paid))
            rest_qty -= part
            rest_value -= paid
            self.qty += part
            self.value += estimate
        self.shortages = tuple(open_shortages)
        self.settled = {**self.settled, move_id: Settlement(qty, value, tuple(parts))}
        self.wholes = wholes
        self.last = unit_cost(value, qty)
        return rest_qty, rest_value

    def settle_more(self, move_id: int, amount: int) -> int | None:
        """A receipt that settled shortages becomes dearer by ``amount``: the moves it settled bear their part.

        Returns what is left for stock; None if the receipt settled nothing.
        """
        settlement = self.settled.get(move_id)
        if settlement is None:
            return None
        rest_qty, rest_value = settlement.qty, settlement.value + amount
        parts: list[tuple[int, int, int]] = []
        wholes = dict(self.wholes)
        on_stock = settlement.value - sum(paid for _id, _part, paid in settlement.parts)
        shortages = list(self.shortages)
        for short_id, part, paid in settlement.parts:
            now = rest_value if part == rest_qty else rounded(rest_value * part, rest_qty)
            whole = wholes[short_id] + paid - now
            wholes[short_id] = whole
            self._change(short_id, whole)
            for i, short in enumerate(shortages):
                if short.id == short_id:
                    shortages[i] = short._replace(whole=whole)
            parts.append((short_id, part, now))
            rest_qty -= part
            rest_value -= now
        self.shortages = tuple(shortages)
        self.settled = {**self.settled, move_id: Settlement(settlement.qty, settlement.value + amount, tuple(parts))}
        self.wholes = wholes
        self.last = unit_cost(settlement.value + amount, settlement.qty)
        return rest_value - on_stock

    def _change(self, move_id: int, whole: int) -> None:
        book = self.book
        book.changes.append((move_id, whole))
        original = book.originals.get(move_id)
        if original is not None:
            book.put(book.originals, move_id, original._replace(value=whole))
