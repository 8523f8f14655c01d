"""State of every pool at the end of a period: written when its stock is closed, so that recosting starts there.

Averages are sums of moves. Layers and shortages, and the standard costs in force, come out of the valuation, run from
the checkpoint of the period before.
"""

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, OuterRef

from erp.core.companies.models import Company, CostPool
from inventory.costing import stream
from inventory.costing.models import CostCheckpoint
from inventory.items.models import CostMethod, Item
from inventory.items.queries import item_facts
from inventory.moves import pools
from inventory.moves.models import StockMove
from inventory.valuation.engine import Effect, Move, Valuation
from ledger.periods.models import Period

# Pools that are sums: quantity, value, and the last unit cost where nothing is left.
_SUMS = """
INSERT INTO inventory_costcheckpoint
       (company_id, period_id, item_id, warehouse_id, lot_id, qty, value, last_cost, standard_cost, layers)
SELECT %(company)s, %(period)s, s.item_id, s.warehouse_id, s.lot_id, s.qty, s.value,
       CASE WHEN s.qty <> 0 THEN round(s.value / s.qty, 10) ELSE coalesce(l.unit_cost, 0) END, NULL, '[]'
  FROM (SELECT m.item_id,
               CASE WHEN %(pools_all)s OR i.cost_method = 'monthly_average' THEN NULL ELSE m.warehouse_id END
                 AS warehouse_id,
               CASE WHEN i.cost_method = 'specific' THEN m.lot_id END AS lot_id,
               sum(m.qty) AS qty, sum(m.value) AS value
          FROM inventory_stockmove m
          JOIN inventory_item i ON i.id = m.item_id
         WHERE m.company_id = %(company)s AND m.date <= %(end)s AND NOT (m.item_id = ANY(%(layered)s))
         GROUP BY 1, 2, 3) s
  LEFT JOIN LATERAL (
       SELECT m.unit_cost FROM inventory_stockmove m
        WHERE s.qty = 0 AND m.company_id = %(company)s AND m.item_id = s.item_id AND m.date <= %(end)s
          AND m.qty <> 0 AND m.effect <> 17 AND (s.warehouse_id IS NULL OR m.warehouse_id = s.warehouse_id)
          AND (s.lot_id IS NULL OR m.lot_id = s.lot_id)
        ORDER BY m.date DESC, m.sequence DESC, m.id DESC LIMIT 1) l ON true"""


def write(company: Company, period: Period) -> None:
    """Keep the state of all pools at the period's end. Runs in the transaction that closes its stock."""
    CostCheckpoint.objects.filter(company=company, period=period).delete()
    layered = _layered(company, period.end)
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS,
            {
                "company": company.pk,
                "period": period.pk,
                "end": period.end,
                "pools_all": company.cost_pool == CostPool.COMPANY,
                "layered": layered,
            },
        )
    if layered:
        CostCheckpoint.objects.bulk_create(_states(company, period, layered), batch_size=1_000)


def _layered(company: Company, end: dt.date) -> list[int]:
    """Items whose pools are more than sums."""
    moved = StockMove.objects.filter(company=company, item=OuterRef("pk"), date__lte=end)
    items = Item.objects.filter(Exists(moved), company=company).exclude(cost_method=CostMethod.MONTHLY_AVERAGE)
    plain = [CostMethod.MOVING_AVERAGE, CostMethod.SPECIFIC]
    return [
        pk
        for pk, method, negative in items.values_list("id", "cost_method", "may_go_negative")
        if negative or method not in plain
    ]


def _states(company: Company, period: Period, item_ids: list[int]) -> list[CostCheckpoint]:
    facts = item_facts(company.pk, item_ids)
    valuation = Valuation(pools.settings_of(facts), company.cost_pool == CostPool.COMPANY)
    dates = stream.start(company.pk, valuation, dict.fromkeys(item_ids, period.start))
    valuation.referred = stream.referred(company.pk, item_ids)
    stream.load_originals(company.pk, valuation, dates)
    for date, move in stream.dated_moves(company.pk, dates, stream.Counter()):
        if date <= period.end and move.effect != Effect.FEE:
            valuation.apply(_alone(move))
            valuation.changes.clear()
    return [
        CostCheckpoint(
            company=company,
            period=period,
            item_id=item,
            warehouse_id=warehouse or None,
            lot_id=lot or None,
            qty=Decimal(state.qty).scaleb(-6),
            value=Decimal(state.value).scaleb(-2),
            last_cost=Decimal(state.last).scaleb(-10),
            standard_cost=Decimal(state.last).scaleb(-10) if facts[item].cost_method == CostMethod.STANDARD else None,
            layers=[list(layer) for layer in state.layers],
        )
        for (item, warehouse, lot) in list(valuation.pools)
        for state in (valuation.dump((item, warehouse, lot)),)
    ]


def _alone(move: Move) -> Move:
    """What was made of other items comes in at the value it has; those are not in the stream."""
    if move.effect == Effect.PRODUCE:
        return move._replace(effect=Effect.RECEIVE, given=move.value)
    if move.effect == Effect.CONSUME:
        return move._replace(effect=Effect.ISSUE)
    return move
