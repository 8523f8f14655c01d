"""Quantity and value of stock now or at the end of any day: one aggregate over the moves, or the kept balances.

Where an item has one cost in the whole company its value belongs to the item. What a warehouse shows of it is
quantity × pooled cost, spread so that the parts make the item's value exactly.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.money import unit_cost
from inventory.reports.scope import Scope

# How finely a position is told, and the columns that make it.
GRAINS = {
    "item": "item_id",
    "warehouse": "item_id, warehouse_id",
    "lot": "item_id, warehouse_id, lot_id",
    "bin": "item_id, warehouse_id, bin_id",
}


@dataclass(frozen=True, slots=True)
class Position:
    """Stock of an item in one place. ``is_shared``: its value is a share of the item's."""

    item_id: int
    code: str
    name: str
    spec: str
    unit: str
    category: str
    category_code: str
    method: str
    warehouse_code: str
    warehouse: str
    lot: str
    expires_on: dt.date | None
    bin: str
    qty: Decimal
    reserved: Decimal
    value: Decimal
    is_shared: bool

    @property
    def unit_cost(self) -> Decimal:
        return unit_cost(self.value, self.qty)

    @property
    def available(self) -> Decimal:
        return self.qty - self.reserved


# Now, by item and warehouse: the kept balances.
_NOW = """
SELECT b.item_id, b.warehouse_id, NULL::bigint AS lot_id, NULL::bigint AS bin_id, b.qty, b.reserved, b.value
  FROM inventory_stockbalance b WHERE {where}"""
# At the end of a day, or by lot or bin: the sum of moves.
_MOVES = """
SELECT {columns}, sum(m.qty) AS qty, 0::numeric AS reserved, sum(m.value) AS value
  FROM inventory_stockmove m WHERE {where} AND {until} GROUP BY {group}"""
# Each place with the quantity and value of the pool that it belongs to, and its part of it.
_SHOWN = """
WITH places AS ({places}),
keyed AS (
    SELECT l.*, i.cost_method, p.value AS pooled_value,
           CASE WHEN {by_item} OR %(pools_all)s OR i.cost_method = 'monthly_average' THEN 0
                ELSE l.warehouse_id END AS pool_warehouse,
           CASE WHEN i.cost_method = 'specific' THEN coalesce(l.lot_id, 0) ELSE 0 END AS pool_lot
      FROM places l
      JOIN inventory_item i ON i.id = l.item_id
      LEFT JOIN (SELECT b.item_id, sum(b.value) AS value FROM inventory_poolbalance b
                  WHERE b.company_id = %(company)s GROUP BY b.item_id) p
        ON {has_pool} AND p.item_id = l.item_id AND (%(pools_all)s OR i.cost_method = 'monthly_average')),
spread AS (
    SELECT k.*, sum(k.qty) OVER pool AS pool_qty, coalesce(k.pooled_value, sum(k.value) OVER pool) AS pool_value,
           count(*) OVER pool AS places,
           sum(k.qty) OVER (PARTITION BY k.item_id, k.pool_warehouse, k.pool_lot
                            ORDER BY k.warehouse_id, k.lot_id, k.bin_id ROWS UNBOUNDED PRECEDING) AS so_far
      FROM keyed k WINDOW pool AS (PARTITION BY k.item_id, k.pool_warehouse, k.pool_lot)),
valued AS (
    SELECT s.*, CASE WHEN s.places = 1 THEN s.pool_value
                     WHEN s.pool_qty = 0 THEN s.value
                     ELSE round(s.pool_value * s.so_far / s.pool_qty, 2)
                          - round(s.pool_value * (s.so_far - s.qty) / s.pool_qty, 2) END AS part
      FROM spread s)
SELECT i.id, i.code, i.name, i.spec, i.unit, c.name, c.code, i.cost_method, coalesce(w.code, ''), coalesce(w.name, ''),
       coalesce(t.number, ''), t.expires_on, coalesce(n.code, ''), s.qty, s.reserved, s.part, s.places > 1
  FROM valued s
  JOIN inventory_item i ON i.id = s.item_id
  JOIN inventory_itemcategory c ON c.id = i.category_id
  LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
  LEFT JOIN inventory_lot t ON t.id = s.lot_id
  LEFT JOIN inventory_bin n ON n.id = s.bin_id
 WHERE (%(zero)s OR s.qty <> 0 OR s.part <> 0) AND (%(warehouse)s::bigint IS NULL OR s.warehouse_id = %(warehouse)s)
   AND (%(lot)s = '' OR t.number = %(lot)s)
 ORDER BY i.code, w.code NULLS FIRST, t.expires_on NULLS LAST, t.number NULLS FIRST, n.code NULLS FIRST
"""


def positions(
    scope: Scope, *, as_of: dt.date | None = None, grain: str = "warehouse", zero: bool = False
) -> list[Position]:
    """Stock in the scope by the grain (a key of ``GRAINS``). One statement.

    A place's part of its pool is reckoned over all places of the pool, in their order: the same figure stands in the
    report about one warehouse and about all. By item, one warehouse is asked for by warehouse.
    """
    if grain == "item" and scope.warehouse is not None:
        grain = "warehouse"
    if scope.lot and grain != "lot":
        grain = "lot"
    is_kept = grain == "warehouse" and as_of is None
    if is_kept:
        places = _NOW.format(where=scope.where("b", warehouse=False, lot=False))
    else:
        chosen = GRAINS[grain].split(", ")
        every = ("item_id", "warehouse_id", "lot_id", "bin_id")
        places = _MOVES.format(
            columns=", ".join(f"m.{name}" if name in chosen else f"NULL::bigint AS {name}" for name in every),
            where=scope.where("m", warehouse=False, lot=False),
            until="m.date <= %(as_of)s" if as_of else "true",
            group=", ".join(f"m.{name}" for name in chosen),
        )
    sql = _SHOWN.format(
        places=places, by_item="true" if grain == "item" else "false", has_pool="true" if is_kept else "false"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.values(as_of=as_of, zero=zero))
        return [Position(*row) for row in cursor.fetchall()]


def value_as_of(scope: Scope, as_of: dt.date) -> tuple[Decimal, Decimal]:
    """Quantity and value of everything in the scope at the end of a day. One aggregate, no sorting."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT coalesce(sum(m.qty), 0), coalesce(sum(m.value), 0) FROM inventory_stockmove m
                 WHERE {scope.where("m")} AND m.date <= %(as_of)s""",
            scope.values(as_of=as_of),
        )
        found: tuple[Any, Any] = cursor.fetchone()
    return found
