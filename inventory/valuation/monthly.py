"""Monthly weighted average (月末一次加权平均): one unit cost per item, company and month.

unit cost = (opening value + what came in at its own value) / (opening quantity + what came in), less what went back
to suppliers at its own value. Within the month moves are valued provisionally like a moving average over the company;
``calculate`` settles the month. Quantities are millionths, values cents.
"""

from collections.abc import Iterable, Mapping

from inventory.valuation.average import Average
from inventory.valuation.moves import Effect, Move
from inventory.valuation.pool import Pool, at_cost, rounded


class Monthly(Average):
    """The provisional values of an open month."""

    def variance(self, pool: Pool, receipt_id: int, received: int, amount: int) -> int:
        """All of a price difference goes into the month's receipts, as long as there is stock to carry it."""
        if pool.qty <= 0:
            return 0
        on_stock = max(amount, -pool.value)
        pool.value += on_stock
        return on_stock


_VALUE_ONLY = frozenset({Effect.ADJUST, Effect.LANDED, Effect.VARIANCE})
_OWN_IN = frozenset({Effect.RECEIVE, Effect.PRODUCE, Effect.GIVE_BACK})
_OWN_OUT = frozenset({Effect.TO_SUPPLIER, Effect.TAKE_BACK})
_TRANSFERS = frozenset({Effect.OUT, Effect.INTO})
_NOTHING = frozenset({Effect.FEE, Effect.REPRICE})


def calculate(
    opening_qty: int,
    opening_value: int,
    moves: Iterable[Move],
    *,
    own_values: Mapping[int, int] | None = None,
    last_cost: int = 0,
) -> list[int]:
    """The signed values of one item's moves of a month, in their order.

    At the month's unit cost, each rounded: issues, components, sales returns, gains, and both ends of transfers,
    which change nothing of the month. If the month ends with no quantity its last issue takes what is left.
    At their own value: receipts (``given``); cost adjustments, landed cost and price differences, all of them; returns
    to suppliers by the receipt's cost with its landed cost, if the receipt is of this month. ``own_values`` (move id:
    positive cents) states it for what depends on other months or items: products, reversals, returns of older
    receipts; without it their stored value counts. ``last_cost`` (1e-10) serves when nothing was there to average.
    """
    month = list(moves)
    own = dict(own_values or {})
    _own_values_of_returns(month, own)
    qty, value, end_qty = opening_qty, opening_value, opening_qty
    for move in month:
        if move.effect == Effect.FROZEN:
            continue
        if move.effect in _VALUE_ONLY:
            value += move.given or 0
        elif move.effect in _OWN_IN or move.effect in _OWN_OUT:
            qty += move.qty
            value += _own(move, own)
        if move.effect not in _TRANSFERS:
            end_qty += move.qty
    values = [_value(move, own, qty, value, last_cost) for move in month]
    end_value = opening_value + sum(
        value
        for move, value in zip(month, values, strict=True)
        if move.effect not in _TRANSFERS and move.effect != Effect.FROZEN
    )
    if end_qty == 0 or (end_qty > 0 and end_value < 0):
        _take_rest(month, values, end_value)
    return values


def _own(move: Move, own: Mapping[int, int]) -> int:
    """Signed value of a move that has its own."""
    if move.effect == Effect.RECEIVE:
        return move.given or 0
    value = own.get(move.id, abs(move.value))
    return value if move.effect in _OWN_IN else -value


def _value(move: Move, own: Mapping[int, int], qty: int, value: int, last_cost: int) -> int:
    """Signed value of a move when the month's unit cost is ``value / qty``."""
    effect = move.effect
    if effect == Effect.FROZEN:
        return move.value
    if effect in _NOTHING:
        return 0
    if effect in _VALUE_ONLY:
        return move.given or 0
    if effect in _OWN_IN or effect in _OWN_OUT:
        return _own(move, own)
    if qty > 0 and value >= 0:
        return rounded(move.qty * value, qty)
    if effect == Effect.GAIN and not last_cost:
        return move.given or 0
    return at_cost(move.qty, last_cost)


def _own_values_of_returns(month: list[Move], own: dict[int, int]) -> None:
    """What goes back of the month's own receipts: cost x part, rounded; the part that completes it takes the rest."""
    named = {move.of for move in month if move.effect in _OWN_OUT and move.id not in own}
    if not named:
        return
    receipts: dict[int, list[int]] = {}  # quantity, cost, quantity and cost gone back
    for move in month:
        if move.id in named and move.effect == Effect.RECEIVE:
            receipts[move.id] = [move.qty, move.given or 0, 0, 0]
        elif move.effect == Effect.LANDED and move.of in receipts:
            receipts[move.of][1] += move.given or 0
    for move in month:
        receipt = receipts.get(move.of)
        if receipt is None or move.effect not in _OWN_OUT or move.id in own:
            continue
        received, cost, back_qty, back_cost = receipt
        part = cost - back_cost
        if back_qty - move.qty < received:
            part = min(part, rounded(cost * -move.qty, received))
        receipt[2:] = [back_qty - move.qty, back_cost + part]
        own[move.id] = part


def _take_rest(month: list[Move], values: list[int], rest: int) -> None:
    """The last issue takes ``rest``; one without an issue, the last move that left for a supplier.

    So many roundings may go the same way that an issue cannot give back its part; then the issue before it does.
    """
    issues = [i for i, move in enumerate(month) if move.effect in (Effect.ISSUE, Effect.CONSUME)]
    for i in reversed(issues or [i for i, move in enumerate(month) if move.effect in _OWN_OUT]):
        before = values[i]
        values[i] = min(before - rest, 0)
        rest += values[i] - before
        if not rest:
            return
