"""Random runs of stock documents for the property tests: entered one by one, dated back, refused and cancelled.

``values_of`` is the straight run: all moves from the start, in order. ``Run.enter`` keeps what it accepts.
"""

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import strategies as st

from inventory.valuation.engine import ALL, Effect, ItemSetting, Move, Valuation
from inventory.valuation.refusals import ValuationRefusal

UNIT = 10**6
METHODS = ("moving_average", "fifo", "specific", "standard")
NAMING = {Effect.BACK, Effect.TO_SUPPLIER, Effect.TAKE_BACK, Effect.GIVE_BACK}
KINDS = (
    "receive", "receive", "receive", "issue", "issue", "issue", "gain", "back", "to_supplier", "transfer", "transfer",
    "adjust", "landed", "variance", "assembly", "reprice", "take_back", "give_back", "cancel",
)  # fmt: skip


class Op(NamedTuple):
    """What somebody enters: all that the other numbers mean depends on the kind."""

    kind: str
    date: int
    warehouse: int
    qty: int
    amount: int
    pick: int


def ops(kinds: Sequence[str] = KINDS, max_size: int = 25) -> st.SearchStrategy[list[Op]]:
    quantities = st.one_of(st.integers(1, 6).map(lambda n: n * UNIT), st.integers(1, 4 * UNIT))
    one = st.builds(
        Op, st.sampled_from(kinds), st.integers(1, 5), st.integers(1, 2), quantities, st.integers(0, 5000),
        st.integers(0, 99),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=max_size)


def settings_of(method: str, negative: bool = False) -> dict[int, ItemSetting]:
    """Item 1 of the method; item 2, the product of assemblies, at the moving average."""
    return {1: ItemSetting(method, 3335 * 10**7, negative), 2: ItemSetting("moving_average")}


class Entry(NamedTuple):
    """A document where it stands in the order."""

    order: tuple[int, ...]
    moves: tuple[Move, ...]


@dataclass
class Run:
    method: str
    company_pool: bool = False
    negative: bool = False
    dated: bool = True
    entries: list[Entry] = field(default_factory=list)
    frozen: list[Entry] = field(default_factory=list)
    next_id: int = 1

    def moves(self) -> list[Move]:
        return [move for entry in sorted(self.entries + self.frozen) for move in entry.moves]

    def valuation(self, naming: str = "all") -> Valuation:
        """A new valuation that remembers everything, or only what is named, with or without how often."""
        moves = self.moves()
        if naming == "all":
            referred = ALL
        elif naming == "set":
            referred = frozenset(move.of for move in moves if move.of)
        else:
            counts = Counter({move.of: 0 for move in moves if move.of})
            counts.update(move.of for move in moves if move.effect in NAMING)
            referred = counts
        return Valuation(settings_of(self.method, self.negative), self.company_pool, referred)

    def enter(self, op: Op) -> tuple[list[int], list[int]] | None:
        """Enter what the op says. Returns the ids entered and those cancelled; None if it is refused."""
        if op.kind == "cancel":
            return self._cancel(op)
        entry = self._entry(op)
        if entry is None:
            return None
        insort(self.entries, entry)
        try:
            values_of(self.moves(), self.valuation())
        except ValuationRefusal:
            self.entries.remove(entry)
            return None
        return [move.id for move in entry.moves], []

    def _cancel(self, op: Op) -> tuple[list[int], list[int]] | None:
        named = {move.of for move in self.moves()}
        free = [e for e in self.entries if not any(m.id in named for m in e.moves) or e.moves[0].effect == Effect.OUT]
        if not free:
            return None
        entry = free[op.pick % len(free)]
        values = values_of(self.moves(), self.valuation())
        frozen = tuple(m._replace(effect=Effect.FROZEN, value=values[m.id]) for m in entry.moves)
        self.entries.remove(entry)
        self.frozen.append(Entry(entry.order, frozen))
        try:
            values_of(self.moves(), self.valuation())
        except ValuationRefusal:
            self.frozen.pop()
            insort(self.entries, entry)
            return None
        return [], [move.id for move in frozen]

    def _move(self, effect: Effect, op: Op, qty: int = 0, given: int | None = None, of: int = 0, **more: int) -> Move:
        lot = 1 + op.pick % 2 if self.method == "specific" else 0
        values = {"item": 1, "warehouse": op.warehouse, "lot": lot, "document": 0, "share": 0, **more}
        move = Move(
            self.next_id, effect, values["item"], values["warehouse"], values["lot"], qty, given, of,
            values["document"], values["share"], 0,
        )  # fmt: skip
        self.next_id += 1
        return move

    def _pick(self, op: Op, effects: set[Effect]) -> tuple[Entry, Move] | None:
        found = [(entry, move) for entry in self.entries for move in entry.moves if move.effect in effects]
        return found[op.pick % len(found)] if found else None

    def _entry(self, op: Op) -> Entry | None:
        order: tuple[int, ...] = (op.date if self.dated else 0, self.next_id)
        builder = getattr(self, f"_{op.kind}")
        built = builder(op)
        if built is None:
            return None
        if isinstance(built, Entry):
            return built
        return Entry(order, tuple(built))

    # Documents

    def _receive(self, op: Op) -> list[Move]:
        return [self._move(Effect.RECEIVE, op, op.qty, op.amount)]

    def _issue(self, op: Op) -> list[Move]:
        return [self._move(Effect.ISSUE, op, -op.qty)]

    def _gain(self, op: Op) -> list[Move]:
        return [self._move(Effect.GAIN, op, op.qty, op.amount if op.pick % 2 else None)]

    def _named(self, op: Op, effect: Effect, effects: set[Effect], sign: int) -> list[Move] | None:
        picked = self._pick(op, effects)
        if picked is None:
            return None
        named = picked[1]
        qty = abs(named.qty) if op.amount % 2 or effect in (Effect.TAKE_BACK, Effect.GIVE_BACK) else op.qty
        return [self._move(effect, op, sign * qty, of=named.id, lot=named.lot)]

    def _back(self, op: Op) -> list[Move] | None:
        return self._named(op, Effect.BACK, {Effect.ISSUE}, 1)

    def _to_supplier(self, op: Op) -> list[Move] | None:
        return self._named(op, Effect.TO_SUPPLIER, {Effect.RECEIVE}, -1)

    def _take_back(self, op: Op) -> list[Move] | None:
        return self._named(op, Effect.TAKE_BACK, {Effect.RECEIVE, Effect.BACK, Effect.GAIN}, -1)

    def _give_back(self, op: Op) -> list[Move] | None:
        return self._named(op, Effect.GIVE_BACK, {Effect.ISSUE, Effect.TO_SUPPLIER}, 1)

    def _transfer(self, op: Op) -> list[Move]:
        out = self._move(Effect.OUT, op, -op.qty)
        return [out, self._move(Effect.INTO, op, op.qty, of=out.id, warehouse=3 - op.warehouse)]

    def _adjust(self, op: Op) -> list[Move]:
        return [self._move(Effect.ADJUST, op, 0, op.amount - 2500)]

    def _landed(self, op: Op) -> Entry | None:
        picked = self._pick(op, {Effect.RECEIVE})
        if picked is None:
            return None
        entry, receipt = picked
        move = self._move(Effect.LANDED, op, 0, op.amount, receipt.id, warehouse=receipt.warehouse, lot=receipt.lot)
        return Entry((*entry.order[:2], move.id), (move,))

    def _variance(self, op: Op) -> list[Move] | None:
        picked = self._pick(op, {Effect.RECEIVE})
        if picked is None:
            return None
        receipt = picked[1]
        place = {"warehouse": receipt.warehouse, "lot": receipt.lot}
        return [self._move(Effect.VARIANCE, op, 0, op.amount - 2500, receipt.id, **place)]

    def _assembly(self, op: Op) -> list[Move]:
        document = self.next_id
        return [
            self._move(Effect.CONSUME, op, -op.qty, document=document),
            self._move(Effect.FEE, op, 0, op.amount, document=document, item=0, warehouse=0, lot=0),
            self._move(Effect.PRODUCE, op, op.qty, 3, document=document, share=1, item=2, lot=0),
            self._move(Effect.PRODUCE, op, 1, 3, document=document, share=2, item=2, lot=0),
        ]

    def _reprice(self, op: Op) -> list[Move] | None:
        if self.method != "standard":
            return None
        places = (0,) if self.company_pool else (1, 2)
        return [self._move(Effect.REPRICE, op, 0, op.amount * 10**7, warehouse=place) for place in places]


def values_of(moves: Sequence[Move], valuation: Valuation) -> dict[int, int]:
    """The signed value of every move in a straight run."""
    values: dict[int, int] = {}
    for move in moves:
        values[move.id] = valuation.apply(move)
        values.update(valuation.changes)
        valuation.changes.clear()
    return values


def state_of(valuation: Valuation) -> tuple[object, ...]:
    """Everything a valuation knows, as plain data. Pools that nothing is known of are left out."""
    pools = {key: valuation.dump(key) for key in valuation.pools}
    fresh = {key: Valuation(valuation.items, valuation.company_pool).dump(key) for key in pools}
    if valuation.standards:  # an empty pool then says no more than ``standards``
        fresh.update({key: pools[key] for key in pools if pools[key].qty == 0 and key[0] in valuation.standards})
    return (
        {key: state for key, state in pools.items() if state != fresh[key]},
        dict(valuation.book.originals),
        dict(valuation.in_transit),
        dict(valuation.standards),
        {key: (a.consumed, a.given, a.shares) for key, a in valuation.assemblies.items()},
        list(valuation.changes),
    )
