"""Value stock moves, one after another in the order in which they count, whatever method their item is valued by.

The idea to hold: a move changes one pool, and what it is worth depends only on the moves before it. So stock is
valued by applying moves in order, from the start or from pools loaded as they stood. Pure: no database, no clock.

All numbers are whole: quantities millionths of the item's unit, money cents, unit costs 1e-10 currency units per
whole unit. Each movement is rounded once, half away from zero.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from inventory.valuation.average import Average
from inventory.valuation.fifo import Fifo
from inventory.valuation.monthly import Monthly
from inventory.valuation.moves import ALL, Effect, ItemSetting, Move, Original
from inventory.valuation.pool import Book, Pool, State, rounded
from inventory.valuation.refusals import MoreThanOriginal, NoOriginal
from inventory.valuation.standard import Standard

__all__ = ["ALL", "METHODS", "Effect", "ItemSetting", "Key", "Mark", "Move", "Original", "State", "Valuation"]

Key = tuple[int, int, int]  # (item, warehouse or 0, lot or 0)
Mark = tuple[int, int]

METHODS: Mapping[str, Average] = {
    "moving_average": Average(),
    "specific": Average(),
    "fifo": Fifo(),
    "standard": Standard(),
    "monthly_average": Monthly(),
}


class Assembly:
    """What a document consumed so far (cents), and what of it and of its shares its products took."""

    __slots__ = ("consumed", "given", "shares")

    def __init__(self, consumed: int = 0, given: int = 0, shares: int = 0) -> None:
        self.consumed, self.given, self.shares = consumed, given, shares


class Valuation:
    """The pools of a company, moved on by ``apply``.

    ``company_pool``: one pool per item instead of one per item and warehouse. ``referred`` holds the ids that later
    moves name in ``of``; only those moves are remembered. After ``apply``, ``changes`` has (id, new signed value) of
    earlier moves whose shortage was settled; the caller drains it. ``at_original`` is what the last BACK,
    TO_SUPPLIER, TAKE_BACK or PRODUCE was worth by its original or its share; under standard cost, stock may differ.
    """

    def __init__(self, items: Mapping[int, ItemSetting], company_pool: bool, referred: Container[int] = ALL) -> None:
        self.items = items
        self.company_pool = company_pool
        self.referred = referred
        self.pools: dict[Key, Pool] = {}
        self.standards: dict[int, int] = {}
        self.assemblies: dict[int, Assembly] = {}
        self.in_transit: dict[int, int] = {}
        self.at_original = 0
        self.stopped_after: int | None = None  # id of the move after which a replay could stop; see replay.py
        self.book = Book()
        self.changes = self.book.changes
        self._handlers: list[Callable[[Move, Pool, Average], int]] = [
            self._frozen,  # 0 is no effect
            self._receive,
            self._gain,
            self._issue,
            self._back,
            self._to_supplier,
            self._out,
            self._into,
            self._adjust,
            self._landed,
            self._variance,
            self._produce,
            self._consume,
            self._frozen,  # FEE never gets there
            self._reprice,
            self._to_supplier,
            self._give_back,
            self._frozen,
        ]

    def apply(self, move: Move) -> int:
        """Change the pools by a move. Returns its signed effect on stock value in cents.

        Raises ``ValuationRefusal``; the pools may then have to be rolled back if moves of the document came before.
        """
        effect = move.effect
        if effect == Effect.FROZEN:
            return move.value
        if effect == Effect.FEE:
            self._consumed(move.document, move.given or 0)
            return 0
        method = METHODS[self.items[move.item].method]
        pool = self.pool(self.key(move.item, move.warehouse, move.lot))
        if self.book.logging:
            pool.remember()
        value = self._handlers[effect](move, pool, method)
        if move.qty and move.id in self.referred:
            self._remember(move, value)
        return value

    # Pools

    def key(self, item: int, warehouse: int, lot: int = 0) -> Key:
        """The pool of an item, warehouse and lot."""
        method = self.items[item].method
        if self.company_pool or method == "monthly_average":
            warehouse = 0
        return item, warehouse, lot if method == "specific" else 0

    def pool(self, key: Key) -> Pool:
        """The pool of a key; an empty one if nothing is known of it."""
        pool = self.pools.get(key)
        if pool is None:
            pool = self._empty(key[0])
            self.book.put(self.pools, key, pool)
        return pool

    def load(self, key: Sequence[int], state: Sequence[Any]) -> None:
        """Start a pool from a state that ``dump`` gave (or the lists JSON made of it). Not undone by ``rollback``."""
        item, warehouse, lot = (*key, 0)[:3]
        pool = Pool(self.book)
        pool.load(state)
        self.pools[(item, warehouse, lot)] = pool

    def dump(self, key: Sequence[int]) -> State:
        """The pool as plain data."""
        item, warehouse, lot = (*key, 0)[:3]
        pool = self.pools.get((item, warehouse, lot)) or self._empty(item)
        return pool.dump(METHODS[self.items[item].method].keeps_last)

    def _empty(self, item: int) -> Pool:
        setting = self.items[item]
        return Pool(self.book, self.standards.get(item, setting.standard) if setting.method == "standard" else 0)

    # Originals

    def load_original(
        self,
        of_id: int,
        qty: int,
        value: int,
        back_qty: int = 0,
        back_value: int = 0,
        *,
        item: int,
        lot: int = 0,
        of: int = 0,
        part: int = 0,
    ) -> None:
        """Remember a move of a former transaction that later moves name.

        ``qty`` and ``value`` signed (a receipt's with its landed cost), ``back_…`` what has come back of it, positive,
        ``back_value`` by its own cost. ``of`` and ``part`` only if the move is a return itself and may be reversed.
        """
        self.book.originals[of_id] = Original(item, lot, qty, value, back_qty, back_value, of, part)

    def original(self, move_id: int) -> Original | None:
        """What is remembered of a move."""
        return self.book.originals.get(move_id)

    def _remember(self, move: Move, value: int) -> None:
        part = self.at_original if move.effect in _GIVES_BACK else 0
        original = Original(move.item, move.lot, move.qty, value, 0, 0, move.of, part)
        self.book.put(self.book.originals, move.id, original)

    def _named(self, move: Move) -> Original:
        """The original a move names. Raises ``NoOriginal`` if there is none of that item and lot."""
        original = self.book.originals.get(move.of)
        if original is None or original.item != move.item or original.lot != move.lot:
            raise NoOriginal(move=move.id, of=move.of, item=move.item, lot=move.lot)
        return original

    def _come_back(self, move: Move, original: Original) -> int:
        """Count a move as part of its original. Returns its value by it, positive; the last part takes the rest."""
        qty = abs(move.qty)
        still_open = abs(original.qty) - original.back_qty
        if qty > still_open:
            raise MoreThanOriginal(move=move.id, of=move.of, open=still_open, needed=qty)
        whole = abs(original.value)
        part = whole - original.back_value
        if qty < still_open:
            part = min(part, rounded(whole * qty, abs(original.qty)))
        counted = original._replace(back_qty=original.back_qty + qty, back_value=original.back_value + part)
        self.book.put(self.book.originals, move.of, counted)
        self.at_original = part
        return part

    def _undo_return(self, move: Move, original: Original) -> None:
        """The reversal of a return opens again what the return had closed of its own original."""
        first = self.book.originals.get(original.of) if original.of else None
        if first is not None and abs(move.qty) == abs(original.qty):
            reopened = first._replace(
                back_qty=first.back_qty - abs(original.qty), back_value=first.back_value - original.part
            )
            self.book.put(self.book.originals, original.of, reopened)

    # Documents

    def mark(self) -> Mark:
        """A point to roll back to. Take it when ``changes`` is drained."""
        self.book.logging = True
        return len(self.book.log), len(self.changes)

    def rollback(self, mark: Mark) -> None:
        """Undo everything applied since the mark: a refused document leaves no trace."""
        self.book.undo(mark[0])
        del self.changes[mark[1] :]

    def keep(self) -> None:
        """Forget all marks: what was applied stays, and the log is dropped."""
        self.book.log.clear()
        self.book.logging = False

    # Effects: each returns the signed effect on stock value

    def _frozen(self, move: Move, pool: Pool, method: Average) -> int:
        return move.value

    def _receive(self, move: Move, pool: Pool, method: Average) -> int:
        return method.receive(pool, move.id, move.qty, move.given or 0)

    def _gain(self, move: Move, pool: Pool, method: Average) -> int:
        value = method.current(pool, move.qty)
        if value is None:
            value = move.given or 0
        return method.receive(pool, move.id, move.qty, value)

    def _issue(self, move: Move, pool: Pool, method: Average) -> int:
        return -method.issue(pool, move.id, -move.qty, self.items[move.item].allow_negative)

    def _back(self, move: Move, pool: Pool, method: Average) -> int:
        return method.receive(pool, move.id, move.qty, self._come_back(move, self._named(move)))

    def _give_back(self, move: Move, pool: Pool, method: Average) -> int:
        original = self._named(move)
        value = self._come_back(move, original)
        self._undo_return(move, original)
        return method.receive_exactly(pool, move.id, move.qty, value)

    def _to_supplier(self, move: Move, pool: Pool, method: Average) -> int:
        original = self._named(move)
        cost = self._come_back(move, original)
        if move.effect == Effect.TAKE_BACK:
            self._undo_return(move, original)
        negative = self.items[move.item].allow_negative
        return -method.return_to_supplier(pool, move.id, -move.qty, move.of, cost, negative)

    def _out(self, move: Move, pool: Pool, method: Average) -> int:
        if self._is_company_wide(move):
            value = method.moved(pool, -move.qty)
        else:
            value = -self._issue(move, pool, method)
        self.book.put(self.in_transit, move.id, value)
        return -value

    def _into(self, move: Move, pool: Pool, method: Average) -> int:
        value = self.in_transit.get(move.of)
        if value is None:  # its other end is not among the moves applied, so it has not changed
            value = move.value
        else:
            self.book.drop(self.in_transit, move.of)
        if self._is_company_wide(move):
            return value
        return method.receive_exactly(pool, move.id, move.qty, value)

    def _is_company_wide(self, move: Move) -> bool:
        return self.company_pool or self.items[move.item].method == "monthly_average"

    def _adjust(self, move: Move, pool: Pool, method: Average) -> int:
        return method.adjust(pool, move.id, move.given or 0)

    def _landed(self, move: Move, pool: Pool, method: Average) -> int:
        value = method.landed(pool, move.of, move.given or 0)
        original = self.book.originals.get(move.of)
        if original is not None:
            self.book.put(self.book.originals, move.of, original._replace(value=original.value + value))
        return value

    def _variance(self, move: Move, pool: Pool, method: Average) -> int:
        return method.variance(pool, move.of, self._named(move).qty, move.given or 0)

    def _consume(self, move: Move, pool: Pool, method: Average) -> int:
        value = self._issue(move, pool, method)
        self._consumed(move.document, -value)
        return value

    def _consumed(self, document: int, value: int) -> None:
        assembly = self.assemblies.get(document) or Assembly()
        self.book.put(self.assemblies, document, Assembly(assembly.consumed + value, assembly.given, assembly.shares))

    def _produce(self, move: Move, pool: Pool, method: Average) -> int:
        """Its share of what the document consumed; the product that completes the shares takes the rest."""
        assembly = self.assemblies.get(move.document) or Assembly()
        value = assembly.consumed - assembly.given
        shares = assembly.shares + move.share
        if move.given is not None and shares < move.given:
            value = min(value, rounded(assembly.consumed * move.share, move.given))
        self.book.put(self.assemblies, move.document, Assembly(assembly.consumed, assembly.given + value, shares))
        if move.given is None or shares >= move.given:
            self.book.drop(self.assemblies, move.document)
        self.at_original = value
        return method.receive(pool, move.id, move.qty, value)

    def _reprice(self, move: Move, pool: Pool, method: Average) -> int:
        """New standard for the move's pool, and for those of the item that hold nothing or are yet to come.

        Without a warehouse, for all pools of the item.
        """
        cost = move.given or 0
        self.book.put(self.standards, move.item, cost)
        change = method.reprice(pool, cost)
        for key, other in self.pools.items():
            if key[0] == move.item and other is not pool and (not move.warehouse or not other.qty):
                if self.book.logging:
                    other.remember()
                change += method.reprice(other, cost)
        return change


_GIVES_BACK = frozenset({Effect.BACK, Effect.TO_SUPPLIER, Effect.TAKE_BACK, Effect.GIVE_BACK})
