"""Lock what documents touch, load it into a valuation, write it back: a constant number of statements.

Order of locks, the same for every writer: lines that come back, balances by (item, warehouse), lots by (item,
warehouse, lot), pools by (item, lot). Rows are made before any is locked, in the same order.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.bulk import copy_rows
from erp.core.companies.models import Company, CostPool
from inventory.items.facts import ItemFacts
from inventory.moves.onhand import Day, OnHand, Place
from inventory.valuation.engine import ItemSetting, Key, State, Valuation


def settings_of(items: Mapping[int, ItemFacts], standards: Mapping[int, int] | None = None) -> dict[int, ItemSetting]:
    """How each item is valued. ``standards``: standard costs in force (1e-10), else the opening ones."""
    return {
        item_id: ItemSetting(
            str(item.cost_method),
            (standards or {}).get(item_id, int((item.standard_cost or Decimal(0)).scaleb(10))),
            item.may_go_negative,
        )
        for item_id, item in items.items()
    }


@dataclass(slots=True)
class Stock:
    """Locked balances with the valuation that was loaded from them."""

    company: Company
    items: Mapping[int, ItemFacts]
    valuation: Valuation
    on_hand: OnHand
    values: dict[tuple[int, int], int] = field(default_factory=dict)  # Σ value of balances costed by lot (cents)
    layered: set[int] = field(default_factory=set)
    reserved: dict[tuple[int, int], int] = field(default_factory=dict)  # millionths promised at (item, warehouse)

    def key(self, place: Place) -> Key:
        return self.valuation.key(*place)


def lock(
    company: Company,
    items: Mapping[int, ItemFacts],
    places: Collection[Place],
    since: Mapping[int, dt.date],
    *,
    whole_items: Collection[int] = (),
) -> Stock:
    """Lock and load the balances of the places. ``since``: item → earliest date that takes something of it.

    ``whole_items``: lock every balance of these, for recosting.
    """
    company_id = company.pk
    pairs = sorted({(item, warehouse) for item, warehouse, _lot in places})
    lots = sorted(place for place in places if place[2])
    whole = sorted(whole_items)
    pooled_all = company.cost_pool == CostPool.COMPANY
    pooled = sorted(
        {
            (item, lot if items[item].cost_method == "specific" else 0)
            for item, _warehouse, lot in places
            if pooled_all or items[item].cost_method == "monthly_average"
        }
    )
    quantities: dict[Place, int] = {}
    standards: dict[int, int] = {}
    states: dict[Key, State] = {}
    values: dict[tuple[int, int], int] = {}
    reserved: dict[tuple[int, int], int] = {}
    with connection.cursor() as cursor:
        _make_rows(cursor, company_id, pairs, lots, pooled, items)
        cursor.execute(
            """SELECT b.item_id, b.warehouse_id, (b.qty * 1000000)::bigint, (b.value * 100)::bigint,
                      (b.last_cost * 10000000000)::numeric(38, 0), (b.reserved * 1000000)::bigint
                 FROM inventory_stockbalance b
                WHERE b.company_id = %s AND (b.item_id = ANY(%s) OR EXISTS (
                      SELECT FROM unnest(%s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id)
                       WHERE k.item_id = b.item_id AND k.warehouse_id = b.warehouse_id))
                ORDER BY b.item_id, b.warehouse_id FOR UPDATE OF b"""
            if whole
            else """SELECT b.item_id, b.warehouse_id, (b.qty * 1000000)::bigint, (b.value * 100)::bigint,
                      (b.last_cost * 10000000000)::numeric(38, 0), (b.reserved * 1000000)::bigint
                 FROM inventory_stockbalance b
                 JOIN unnest(%s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id)
                   ON k.item_id = b.item_id AND k.warehouse_id = b.warehouse_id
                WHERE b.company_id = %s
                ORDER BY b.item_id, b.warehouse_id FOR UPDATE OF b""",
            [company_id, whole, *_columns(pairs, 2)] if whole else [*_columns(pairs, 2), company_id],
        )
        for item, warehouse, qty, value, last, promised in cursor.fetchall():
            quantities[item, warehouse, 0] = qty
            if promised:
                reserved[item, warehouse] = promised
            states[item, warehouse, 0] = State(qty, value, int(last))
            values[item, warehouse] = value
            standards.setdefault(item, int(last))
        if lots or whole:
            cursor.execute(
                """SELECT b.item_id, b.warehouse_id, b.lot_id, (b.qty * 1000000)::bigint, (b.value * 100)::bigint,
                          (b.last_cost * 10000000000)::numeric(38, 0)
                     FROM inventory_lotbalance b
                    WHERE b.company_id = %s AND (b.item_id = ANY(%s) OR b.id IN (
                          SELECT x.id FROM inventory_lotbalance x
                            JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id, lot_id)
                              ON k.item_id = x.item_id AND k.warehouse_id = x.warehouse_id AND k.lot_id = x.lot_id
                           WHERE x.company_id = %s))
                    ORDER BY b.item_id, b.warehouse_id, b.lot_id FOR UPDATE OF b""",
                [company_id, whole, *_columns(lots, 3), company_id],
            )
            for item, warehouse, lot, qty, value, last in cursor.fetchall():
                quantities[item, warehouse, lot] = qty
                states[item, warehouse, lot] = State(qty, value, int(last))
        if pooled or whole:
            cursor.execute(
                """SELECT b.item_id, coalesce(b.lot_id, 0), (b.qty * 1000000)::bigint, (b.value * 100)::bigint,
                          (b.last_cost * 10000000000)::numeric(38, 0)
                     FROM inventory_poolbalance b
                    WHERE b.company_id = %s AND b.item_id = ANY(%s)
                    ORDER BY b.item_id, b.lot_id NULLS FIRST FOR UPDATE OF b""",
                [company_id, sorted({item for item, _lot in pooled} | set(whole))],
            )
            for item, lot, qty, value, last in cursor.fetchall():
                states[item, 0, lot] = State(qty, value, int(last))
                standards[item] = int(last)
    valuation = Valuation(settings_of(items, standards), pooled_all)
    layered = {
        item for item in {item for item, _w, _l in places}
        if items[item].cost_method == "fifo" or items[item].may_go_negative
    }  # fmt: skip
    layers = _layers(company_id, layered)
    for place in quantities:
        key = valuation.key(*place)
        if key in states and key not in valuation.pools and (place[2] == key[2]):
            valuation.load(key, states[key]._replace(layers=tuple(layers.get(key, ()))))
    unlimited = {item_id for item_id, item in items.items() if item.may_go_negative}
    on_hand = OnHand(quantities, _later(company_id, since), unlimited)
    return Stock(company, items, valuation, on_hand, values, layered, reserved)


def _columns(rows: Collection[tuple[int, ...]], count: int) -> list[list[int]]:
    return [[row[position] for row in rows] for position in range(count)]


def _make_rows(
    cursor: Any,
    company_id: int,
    pairs: Collection[tuple[int, int]],
    lots: Collection[Place],
    pooled: Collection[tuple[int, int]],
    items: Mapping[int, ItemFacts],
) -> None:
    """Balance rows that are missing, empty; a new one of a standard-cost item carries the standard in force."""
    cursor.execute(
        """INSERT INTO inventory_stockbalance
                  (company_id, item_id, warehouse_id, qty, reserved, value, last_cost, may_go_negative)
           SELECT %s, k.item_id, k.warehouse_id, 0, 0, 0,
                  CASE WHEN k.method = 'standard' THEN coalesce((SELECT b.last_cost FROM inventory_stockbalance b
                       WHERE b.company_id = %s AND b.item_id = k.item_id LIMIT 1), k.standard) ELSE 0 END, k.negative
             FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::numeric[], %s::boolean[])
               AS k(item_id, warehouse_id, method, standard, negative)
            WHERE NOT EXISTS (SELECT 1 FROM inventory_stockbalance b WHERE b.company_id = %s
                                 AND b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id)
            ORDER BY k.item_id, k.warehouse_id
           ON CONFLICT (company_id, item_id, warehouse_id) DO NOTHING""",
        [
            company_id,
            company_id,
            *_columns(pairs, 2),
            [str(items[item].cost_method) for item, _warehouse in pairs],
            [items[item].standard_cost or Decimal(0) for item, _warehouse in pairs],
            [items[item].may_go_negative for item, _warehouse in pairs],
            company_id,
        ],
    )
    if lots:
        cursor.execute(
            """INSERT INTO inventory_lotbalance (company_id, item_id, warehouse_id, lot_id, qty, value, last_cost)
               SELECT %s, k.item_id, k.warehouse_id, k.lot_id, 0, 0, 0
                 FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id, lot_id)
                ORDER BY k.item_id, k.warehouse_id, k.lot_id
               ON CONFLICT (company_id, item_id, warehouse_id, lot_id) DO NOTHING""",
            [company_id, *_columns(lots, 3)],
        )
    if pooled:
        cursor.execute(
            """INSERT INTO inventory_poolbalance (company_id, item_id, lot_id, qty, value, last_cost)
               SELECT %s, k.item_id, nullif(k.lot_id, 0), 0, 0, k.standard
                 FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS k(item_id, lot_id, standard)
                ORDER BY k.item_id, k.lot_id
               ON CONFLICT (company_id, item_id, lot_id) DO NOTHING""",
            [
                company_id,
                *_columns(pooled, 2),
                [
                    (items[item].standard_cost or Decimal(0)) if items[item].cost_method == "standard" else Decimal(0)
                    for item, _lot in pooled
                ],
            ],
        )


def _layers(company_id: int, item_ids: Collection[int]) -> dict[Key, list[tuple[int, ...]]]:
    """Open layers and shortages by pool, oldest first, as the engine keeps them."""
    found: dict[Key, list[tuple[int, ...]]] = defaultdict(list)
    if not item_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.item_id, coalesce(l.warehouse_id, 0), coalesce(l.lot_id, 0), l.move_id,
                      (l.qty * 1000000)::bigint, (l.value * 100)::bigint,
                      CASE WHEN l.qty < 0 THEN (SELECT (m.value * 100)::bigint FROM inventory_stockmove m
                                                 WHERE m.company_id = l.company_id AND m.id = l.move_id) END
                 FROM inventory_costlayer l
                WHERE l.company_id = %s AND l.item_id = ANY(%s)
                ORDER BY l.item_id, l.warehouse_id, l.lot_id, l.position""",
            [company_id, sorted(item_ids)],
        )
        for item, warehouse, lot, move, qty, value, whole in cursor.fetchall():
            row = (move, qty, value) if whole is None else (move, qty, value, whole)
            found[item, warehouse, lot].append(row)
    return found


def _later(company_id: int, since: Mapping[int, dt.date]) -> dict[Place, list[Day]]:
    """Days after ``since`` with moves of the items, by place: the warehouse, and the lot within it."""
    found: dict[Place, list[Day]] = defaultdict(list)
    if not since:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH later AS (
                   SELECT m.item_id, m.warehouse_id, coalesce(m.lot_id, 0) AS lot_id, m.date, m.sequence, m.id,
                          (m.qty * 1000000)::bigint AS qty
                     FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                     JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id AND m.date > k.since
                    WHERE m.effect <> 17)
               SELECT item_id, warehouse_id, lot_id, date, sum(qty)::bigint, min(run)::bigint FROM (
                   SELECT item_id, warehouse_id, 0 AS lot_id, date, qty,
                          sum(qty) OVER (PARTITION BY item_id, warehouse_id, date ORDER BY sequence, id) AS run
                     FROM later
                   UNION ALL
                   SELECT item_id, warehouse_id, lot_id, date, qty,
                          sum(qty) OVER (PARTITION BY item_id, warehouse_id, lot_id, date ORDER BY sequence, id)
                     FROM later WHERE lot_id > 0) x
                GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
            [list(since), list(since.values()), company_id],
        )
        for item, warehouse, lot, date, total, lowest in cursor.fetchall():
            found[item, warehouse, lot].append(Day(date, total, lowest))
    return found


def save(stock: Stock, places: Iterable[Place]) -> None:
    """Write the balances of the places back as the valuation and the quantities on hand stand."""
    company_id, valuation, quantities = stock.company.pk, stock.valuation, stock.on_hand.quantities
    touched = sorted(set(places))
    rows: dict[tuple[int, int], tuple[int, int, int]] = {}
    lots: list[tuple[int, int, int, int, int, int]] = []
    pools: dict[tuple[int, int], State] = {}
    layers: list[tuple[Key, State]] = []
    for place in touched:
        item, warehouse, lot = place
        key = valuation.key(*place)
        state = valuation.dump(key)
        by_lot, by_company = bool(key[2]), not key[1]
        if by_company:
            pools[item, key[2]] = state
        value, last = (0, 0) if by_company else (state.value, state.last)
        if by_lot:
            rows[item, warehouse] = (quantities[item, warehouse, 0], stock.values.get((item, warehouse), 0), last)
        else:
            rows[item, warehouse] = (quantities[item, warehouse, 0], value, last)
        if by_company and stock.items[item].cost_method == "standard":
            rows[item, warehouse] = (quantities[item, warehouse, 0], 0, state.last)
        if lot:
            lots.append((*place, quantities[place], value if by_lot else 0, last if by_lot else 0))
        if item in stock.layered:
            layers.append((key, state))
    with connection.cursor() as cursor:
        _update(cursor, "inventory_stockbalance", ("item_id", "warehouse_id"), company_id,
                [(*pair, *row) for pair, row in sorted(rows.items())])  # fmt: skip
        if lots:
            _update(cursor, "inventory_lotbalance", ("item_id", "warehouse_id", "lot_id"), company_id, lots)
        if pools:
            _update(cursor, "inventory_poolbalance", ("item_id", "lot_id"), company_id,
                    [(item, lot, s.qty, s.value, s.last) for (item, lot), s in sorted(pools.items())])  # fmt: skip
    if layers:
        write_layers(company_id, dict(layers))


def _update(
    cursor: Any, table: str, columns: tuple[str, ...], company_id: int, rows: Collection[tuple[int, ...]]
) -> None:
    """One UPDATE of quantity, value and last cost; ``rows``: the columns' values, then millionths, cents, 1e-10."""
    arrays = ", ".join(["%s::bigint[]"] * (len(columns) + 2) + ["%s::numeric[]"])
    names = ", ".join((*columns, "qty", "value", "last_cost"))
    same = " AND ".join(
        f"b.{name} = k.{name}" if name != "lot_id" or "pool" not in table else "coalesce(b.lot_id, 0) = k.lot_id"
        for name in columns
    )
    cursor.execute(
        f"""UPDATE {table} b SET qty = k.qty::numeric / 1000000, value = k.value::numeric / 100,
                   last_cost = k.last_cost / 10000000000
              FROM unnest({arrays}) AS k({names}) WHERE b.company_id = %s AND {same}""",
        [*_columns(rows, len(columns) + 3), company_id],
    )


def write_layers(company_id: int, pools: Mapping[Key, State]) -> None:
    """Make the stored layers of the pools those of the states; only what changed is written.

    A layer keeps its position, so that taking the oldest does not rewrite those behind it.
    """
    keys = sorted(pools)
    stored: dict[tuple[Key, int], tuple[int, int, tuple[int, int]]] = {}
    gone: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.id, l.item_id, coalesce(l.warehouse_id, 0), coalesce(l.lot_id, 0), l.move_id, l.position,
                      (l.qty * 1000000)::bigint, (l.value * 100)::bigint
                 FROM inventory_costlayer l
                 JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id, lot_id)
                   ON k.item_id = l.item_id AND k.warehouse_id = coalesce(l.warehouse_id, 0)
                  AND k.lot_id = coalesce(l.lot_id, 0)
                WHERE l.company_id = %s""",
            [*_columns(keys, 3), company_id],
        )
        for row_id, item, warehouse, lot, move, position, qty, value in cursor.fetchall():
            stored[(item, warehouse, lot), move] = (row_id, position, (qty, value))
    new: list[tuple[int, int | None, int | None, int, int, Decimal, Decimal]] = []
    for key in keys:
        position = -1
        for move, qty, value, *_whole in pools[key].layers:
            row_id, old, amounts = stored.pop((key, move), (0, 0, (0, 0)))
            position, before = max(position + 1, old), position
            if row_id and old > before and amounts == (qty, value):
                continue
            if row_id:
                gone.append(row_id)
            new.append((
                key[0], key[1] or None, key[2] or None, move, position,
                Decimal(qty).scaleb(-6), Decimal(value).scaleb(-2),
            ))  # fmt: skip
    gone.extend(row_id for row_id, _position, _amounts in stored.values())
    if gone:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM inventory_costlayer WHERE company_id = %s AND id = ANY(%s)", [company_id, gone])
    copy_rows(
        "inventory_costlayer",
        ("company_id", "item_id", "warehouse_id", "lot_id", "move_id", "position", "qty", "value"),
        ((company_id, *row) for row in new),
    )
