"""Value a long run of moves again and tell which of them are worth something else than is booked.

The idea to hold: moves stream through, one at a time, in the order in which they count; nothing but pools, moves that
are named later and moves still short is kept. The plain case, receipts, issues and transfers of average or FIFO
pools that stay above zero, is written out in the loop, for it must run a million times a second; all else goes
through ``Valuation.apply`` and gives the same.
"""

from collections.abc import Collection, Iterable, Iterator

from inventory.valuation.engine import Valuation
from inventory.valuation.moves import FIFO, MONTHLY_AVERAGE, STANDARD, Effect, Move, Original
from inventory.valuation.pool import UNIT, Pool, unit_cost
from inventory.valuation.sameness import Sameness

Revalued = tuple[int, int, int]  # (move id, new signed value in cents, new unit cost in 1e-10)

# How a pool is handled: plain average and FIFO pools fast, those that may go short and standard ones slowly.
_SLOW_AVERAGE, _OTHER, _AVERAGE, _FIFO = -1, 0, 1, 2  # above 0: fast
_RECEIVE, _ISSUE, _OUT, _INTO = int(Effect.RECEIVE), int(Effect.ISSUE), int(Effect.OUT), int(Effect.INTO)
_AT_AVERAGE = frozenset({Effect.ISSUE, Effect.OUT, Effect.CONSUME})


def replay(
    valuation: Valuation,
    moves: Iterable[Move],
    *,
    entered: Collection[int] | None = None,
    cancelled: Collection[int] = (),
) -> Iterator[Revalued]:
    """Apply ``moves`` (in the order in which they count) and yield those whose value differs from the stored one.

    Frozen moves are never yielded. A move that went short is yielded when it is settled, or at the end. The unit cost
    of an issue at the average is the pool's before it, otherwise value / quantity.

    With ``entered`` (ids of moves which the stored values of later ones know nothing of; ``cancelled`` likewise, the
    ids now frozen) the replay stops as soon as nothing further can change; ``valuation.stopped_after`` is then the
    id of the last move applied, and the pools stand as they stood there. Without it all moves are applied.
    Raises ``ValuationRefusal``.
    """
    sameness = Sameness(valuation, entered, cancelled) if entered is not None else None
    shortages = _Shortages(valuation, sameness)
    valuation.stopped_after = None
    if sameness is not None and sameness.is_reached:
        valuation.stopped_after = 0
        return
    news = sameness.news if sameness is not None else frozenset()
    unseen = bool(news)
    changes, originals, in_transit = valuation.changes, valuation.book.originals, valuation.in_transit
    referred = valuation.referred
    del changes[:]
    at_item = at_warehouse = at_lot = -1
    kind, pool, transfers, marker = _OTHER, None, False, 0
    for move in moves:
        move_id, effect, item, warehouse, lot, qty, given, of, _document, _share, stored = move
        if item != at_item or warehouse != at_warehouse or lot != at_lot:
            at_item, at_warehouse, at_lot = item, warehouse, lot
            kind, pool, transfers = _place(valuation, item, warehouse, lot)
            marker = sameness.marker(pool) if sameness is not None and pool is not None else 0
        held = pool.qty if pool is not None else 0
        plain = has_left = False
        if kind > 0 and held > 0 and not (unseen and move_id in news):
            new = 0
            if effect == _RECEIVE:
                plain, new = True, given or 0
            elif effect == _ISSUE or (effect == _OUT and transfers):
                plain = held + qty > 0  # the movement that empties the pool is not plain
            elif effect == _INTO and transfers and of in in_transit:
                plain, new = True, in_transit.pop(of)
            if plain and pool is not None:
                value = pool.value
                if qty > 0:
                    if kind == _FIFO:
                        pool.layers.append((move_id, qty, new))
                elif kind == _AVERAGE:
                    new = -((held - 2 * value * qty) // (2 * held))
                else:
                    layers = pool.layers
                    left = -qty
                    while left:
                        layer_id, layer_qty, layer_value = layers[0]
                        if layer_qty > left:
                            part = (2 * layer_value * left + layer_qty) // (2 * layer_qty)
                            layers[0] = (layer_id, layer_qty - left, layer_value - part)
                            new -= part
                            break
                        layers.popleft()
                        new -= layer_value
                        left -= layer_qty
                        if layer_id == marker and sameness is not None:
                            sameness.marker_left(pool)
                            marker, has_left = 0, True
                pool.qty = held + qty
                pool.value = value + new
                if effect == _OUT:
                    in_transit[move_id] = -new
                if move_id in referred:
                    originals[move_id] = Original(item, lot, qty, new, 0, 0, of, 0)
                if new != stored:
                    if kind == _AVERAGE and qty < 0:
                        yield move_id, new, (2 * value * UNIT + held) // (2 * held)
                    else:
                        yield move_id, new, unit_cost(new, qty)
                    if sameness is not None:
                        sameness.plain(pool, move_id, item, effect, of, new - stored, bool(marker) or has_left)
                        marker = sameness.marker(pool)
                        if sameness.is_reached:
                            valuation.stopped_after = move_id
                            break
                elif has_left and sameness is not None and sameness.is_reached:
                    valuation.stopped_after = move_id
                    break
                continue

        value = pool.value if pool is not None else 0
        full = move if isinstance(move, Move) else Move._make(move)
        new = valuation.apply(full)
        if pool is not None:
            has_changes = bool(changes)
            shortages.note_changes()
            if pool.shortages and pool.shortages[-1].id == move_id:
                shortages.add(pool, full, new)
            elif new != stored:
                at_average = held > 0 and effect in _AT_AVERAGE and abs(kind) == _AVERAGE
                yield move_id, new, unit_cost(value, held) if at_average else unit_cost(new, qty)
            if shortages.of_pool:
                yield from shortages.settled(pool)
        if sameness is not None:
            sameness.saw(pool, full, new, pool is not None and has_changes)
            unseen = bool(sameness.unseen)
            marker = sameness.marker(pool) if pool is not None else 0
            if sameness.is_reached:
                valuation.stopped_after = move_id
                break
    yield from shortages.rest()


def _place(valuation: Valuation, item: int, warehouse: int, lot: int) -> tuple[int, Pool | None, bool]:
    """How moves of this place are handled, their pool, and whether transfers change it. A fee has no place."""
    setting = valuation.items.get(item)
    if setting is None:
        return _OTHER, None, False
    pool = valuation.pool(valuation.key(item, warehouse, lot))
    transfers = not valuation.company_pool and setting.method != MONTHLY_AVERAGE
    if setting.method == STANDARD:
        return _OTHER, pool, transfers
    if setting.method == FIFO:
        return _OTHER if setting.allow_negative or pool.settled else _FIFO, pool, transfers
    return _SLOW_AVERAGE if setting.allow_negative or pool.settled else _AVERAGE, pool, transfers


class _Shortages:
    """Moves that went short. Their value is final when all is settled and no cost can join what settled them."""

    def __init__(self, valuation: Valuation, sameness: Sameness | None) -> None:
        self.valuation = valuation
        self.sameness = sameness
        self.of_pool: dict[Pool, dict[int, Move]] = {}
        self.wholes: dict[int, int] = {}  # signed value as it stands, also of moves from before the replay

    def add(self, pool: Pool, move: Move, value: int) -> None:
        """A move went short: it is kept until it is settled."""
        self.of_pool.setdefault(pool, {})[move.id] = move
        self.wholes[move.id] = value
        if self.sameness is not None:
            self.sameness.shortages += 1

    def note_changes(self) -> None:
        """Take over what the valuation says of moves that were settled."""
        if self.valuation.changes:
            self.wholes.update(self.valuation.changes)
            self.valuation.changes.clear()

    def settled(self, pool: Pool) -> Iterator[Revalued]:
        """The moves of a pool whose value is final now and is not the stored one."""
        waiting = self.of_pool.get(pool)
        if not waiting:
            return
        still_open = {shortage.id for shortage in pool.shortages}
        for move_id in [i for i in waiting if i not in still_open and i not in pool.wholes]:
            move = waiting.pop(move_id)
            value = self.wholes.pop(move_id)
            if self.sameness is not None:
                self.sameness.shortages -= 1
            if value != move.value:
                yield move_id, value, unit_cost(value, move.qty)

    def rest(self) -> Iterator[Revalued]:
        """What is still short at the end, and moves from before the replay that were settled in it."""
        moves = {move_id: move for waiting in self.of_pool.values() for move_id, move in waiting.items()}
        for move_id, value in self.wholes.items():
            move = moves.get(move_id)
            if move is not None:
                if value != move.value:
                    yield move_id, value, unit_cost(value, move.qty)
            else:
                original = self.valuation.original(move_id)
                yield move_id, value, unit_cost(value, original.qty) if original is not None else 0
