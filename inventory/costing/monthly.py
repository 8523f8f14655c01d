"""Monthly weighted average (月末一次加权平均): settle a month's issues at the one unit cost of the month.

Until then they stand at a provisional cost, so stock and ledger agree at any time; the difference is posted in the
same period. A month hands its closing stock to the next, so later open months are settled in the same run.
"""

import datetime as dt
from collections.abc import Collection, Iterator
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
from inventory.valuation.pool import unit_cost
from ledger.periods.models import Period


@transactional
def calculate(company: Company, period: Period, *, by: Any = None) -> CostRun:
    """Settle the period, and the open periods after it that have moves. Leaves a run even if nothing changed.

    Raises ``PeriodClosed`` when the stock of the period is closed.
    """
    if problem := hold_stock_open(company.pk, [period.start]).get(period.start):
        raise problem
    items = Item.objects.filter(company=company, cost_method=CostMethod.MONTHLY_AVERAGE).values_list("pk", flat=True)
    run = recalculate(company, set(items), period.start, by=by, period=period)
    assert run is not None
    return run


def recalculate(
    company: Company, item_ids: Collection[int], since: dt.date, *, by: Any = None, period: Period | None = None
) -> CostRun | None:
    """Settle the items' months from that of ``since`` on, and cost again what was made of them."""
    start = since.replace(day=1)
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
        _settled(company.pk, states, start, counter),
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
    made = stream.tied_together(company.pk, items, start) - set(items)
    if made:
        recost.run(company, dict.fromkeys(made, start), fresh=(), cause=None, by=by)
    return applied.run


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
    company_id: int, states: dict[int, State], start: dt.date, counter: stream.Counter
) -> Iterator[changes.Revalued]:
    """Moves whose value changes; ``states`` end as the pools do."""
    rows = stream.dated_moves(company_id, dict.fromkeys(states, start), counter)
    for (item_id, _month), group in groupby(rows, key=lambda row: (row[1].item, (row[0].year, row[0].month))):
        month = [move for _date, move in group]
        opening = states[item_id]
        values = monthly.calculate(opening.qty, opening.value, month, last_cost=opening.last)
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
