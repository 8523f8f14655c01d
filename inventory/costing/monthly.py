"""Monthly weighted average (月末一次加权平均): settle a month's issues at the one unit cost of the month.

Until then they stand at a provisional cost, so stock and ledger agree at any time; the difference is posted in the
same period. A month hands its closing stock to the next, so later open months are settled in the same run.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

from django.db import connection

from erp.core.companies.models import Company
from erp.core.retries import transactional
from inventory.costing import changes, recost, stream
from inventory.costing.models import CostRun, RunKind
from inventory.costing.stock_periods import hold_stock_open
from inventory.items.models import CostMethod, Item
from inventory.items.queries import item_facts
from inventory.moves import pools
from inventory.moves.models import StockBalance
from inventory.valuation import monthly
from inventory.valuation.engine import Effect, Move, State
from inventory.valuation.pool import rounded, unit_cost
from ledger.periods.models import Period


@transactional
def calculate(company: Company, period: Period, *, by: Any = None) -> CostRun:
    """Settle the period, and the open periods after it that have moves. Leaves a run even if nothing changed.

    Raises ``PeriodClosed`` when the stock of the period is closed.
    """
    if problem := hold_stock_open(company.pk, [period.start]).get(period.start):
        raise problem
    stream.sort_in_memory()
    items = Item.objects.filter(company=company, cost_method=CostMethod.MONTHLY_AVERAGE).values_list("pk", flat=True)
    run = recalculate(company, set(items), period.start, by=by, period=period)
    assert run is not None
    return run


def recalculate(
    company: Company, item_ids: Collection[int], since: dt.date, *, by: Any = None, period: Period | None = None
) -> CostRun | None:
    """Settle the items' months from that of ``since`` on, and cost again what was made of them.

    What is assembled of other such items is settled after them. Returns the run of the first.
    """
    start = since.replace(day=1)
    first: CostRun | None = None
    for level in _levels(company.pk, set(item_ids), start):
        run = _settle(company, level, start, by=by, period=period if first is None else None)
        first = first or run
    made = stream.tied_together(company.pk, item_ids, start) - set(item_ids)
    if made:
        recost.run(company, dict.fromkeys(made, start), fresh=(), cause=None, by=by)
    return first


def _levels(company_id: int, item_ids: set[int], start: dt.date) -> list[set[int]]:
    """The items in groups: those of a group are made of items of earlier groups only."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT p.item_id, c.item_id FROM inventory_stockmove p
                 JOIN inventory_stockmove c ON c.company_id = p.company_id AND c.document_id = p.document_id
                  AND c.effect = 12 AND c.item_id <> p.item_id AND c.item_id = ANY(%s)
                WHERE p.company_id = %s AND p.item_id = ANY(%s) AND p.effect = 11 AND p.date >= %s""",
            [sorted(item_ids), company_id, sorted(item_ids), start],
        )
        made_of: dict[int, set[int]] = {}
        for product, component in cursor.fetchall():
            made_of.setdefault(product, set()).add(component)
    levels: list[set[int]] = []
    rest = set(item_ids)
    while rest:
        # A circle (taken apart and put together in one month) has no order: its items go together.
        level = {item for item in rest if not made_of.get(item, set()) & (rest - {item})} or set(rest)
        levels.append(level)
        rest -= level
    return levels or [set()]


def _settle(
    company: Company, item_ids: Collection[int], start: dt.date, *, by: Any, period: Period | None
) -> CostRun | None:
    items = item_facts(company.pk, item_ids)
    places = [
        (item, warehouse, 0)
        for item, warehouse in StockBalance.objects.filter(company=company, item_id__in=list(items)).values_list(
            "item_id", "warehouse_id"
        )
    ]
    stock = pools.lock(company, items, places, {}, whole_items=items)
    states = _openings(company.pk, items, start)
    counter = stream.Counter()
    applied = changes.apply(
        company,
        _settled(company.pk, states, start, counter, _products(company.pk, items, start)),
        kind=RunKind.MONTHLY,
        since=start,
        period_id=period.pk if period else None,
        by=by,
        always_run=period is not None,
    )
    if applied.run is not None:
        CostRun.objects.filter(pk=applied.run.pk).update(moves_read=counter.read)
    for place in places:
        stock.valuation.load((place[0], 0, 0), states.get(place[0], State()))
    pools.save(stock, places)
    return applied.run


def _products(company_id: int, item_ids: Collection[int], start: dt.date) -> dict[int, int]:
    """What each product of an assembly is worth (move id → cents): its share of the components as they stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.id, p.document_id, (p.share * 1000000)::bigint, (p.given * 1000000)::bigint,
                      (SELECT (sum(CASE WHEN c.effect = 12 THEN -c.value ELSE c.given END) * 100)::bigint
                         FROM inventory_stockmove c WHERE c.company_id = p.company_id
                          AND c.document_id = p.document_id AND c.effect IN (12, 13))
                 FROM inventory_stockmove p
                WHERE p.company_id = %s AND p.item_id = ANY(%s) AND p.effect = 11 AND p.date >= %s
                ORDER BY p.document_id, p.id""",
            [company_id, sorted(item_ids), start],
        )
        found: dict[int, int] = {}
        taken: dict[int, tuple[int, int]] = {}
        for move_id, document, share, shares, consumed in cursor.fetchall():
            value, counted = taken.get(document, (0, 0))
            last = not shares or counted + (share or 0) >= shares
            part = consumed - value if last else min(consumed - value, rounded(consumed * share, shares))
            found[move_id] = part
            taken[document] = (value + part, counted + (share or 0))
        return found


def _openings(company_id: int, item_ids: Collection[int], start: dt.date) -> dict[int, State]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.item_id, coalesce(sum(m.qty) * 1000000, 0)::bigint, coalesce(sum(m.value) * 100, 0)::bigint
                 FROM unnest(%s::bigint[]) AS k(item_id)
                 LEFT JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id AND m.date < %s
                GROUP BY k.item_id""",
            [sorted(item_ids), company_id, start],
        )
        return {item: State(qty, value, unit_cost(value, qty)) for item, qty, value in cursor.fetchall()}


def _settled(
    company_id: int, states: dict[int, State], start: dt.date, counter: stream.Counter, products: Mapping[int, int]
) -> Iterator[changes.Revalued]:
    """Moves whose value changes; ``states`` end as the pools do."""
    rows = stream.dated_moves(company_id, dict.fromkeys(states, start), counter)
    for (item_id, _month), group in groupby(rows, key=lambda row: (row[1].item, (row[0].year, row[0].month))):
        month = [move for _date, move in group]
        opening = states[item_id]
        values = monthly.calculate(opening.qty, opening.value, month, own_values=products, last_cost=opening.last)
        for move, value in zip(month, values, strict=True):
            if value != move.value and move.effect != Effect.FROZEN:
                yield move.id, value, unit_cost(value, move.qty)
        states[item_id] = _closing(opening, month, values)


def _closing(opening: State, month: list[Move], values: list[int]) -> State:
    qty = opening.qty + sum(move.qty for move in month if move.effect != Effect.FROZEN)
    value = opening.value + sum(
        value for move, value in zip(month, values, strict=True) if move.effect != Effect.FROZEN
    )
    last = unit_cost(value, qty) if qty else _last_cost(month, values, opening.last)
    return State(qty, value, last)


def _last_cost(month: list[Move], values: list[int], before: int) -> int:
    """When the month ends with nothing: the cost of its last issue."""
    pairs = ((move, value) for move, value in zip(reversed(month), reversed(values), strict=True))
    return next((unit_cost(value, move.qty) for move, value in pairs if move.qty < 0 and value), before)
