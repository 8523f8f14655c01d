"""Lock balances, write moves and balances: a constant number of statements however many lines there are.

Order of locks, the same for every writer: delivered lines that come back, then balances by (item, warehouse).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from erp.core.bulk import copy_rows
from inventory.valuation.costing import LaterMove, PoolKey
from inventory.valuation.moving_average import Original, Pool


class NewMove(NamedTuple):
    """A row of ``StockMove``; quantity and value are signed."""

    item_id: int
    warehouse_id: int
    date: dt.date
    kind: str
    qty: Decimal
    unit_cost: Decimal
    value: Decimal
    document_id: int
    document_line_id: int
    reversal_of_id: int | None


def lock_pools(company_id: int, keys: Collection[PoolKey]) -> dict[PoolKey, Pool]:
    """The pools of the keys, locked until the transaction ends; missing balance rows are made, empty.

    Rows are made before any is locked, both in (item, warehouse) order, so no two writers can wait for each other.
    """
    if not keys:
        return {}
    ordered = sorted(keys)
    items, warehouses = ([key[0] for key in ordered], [key[1] for key in ordered])
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO inventory_stockbalance (company_id, item_id, warehouse_id, qty, reserved, value, last_cost)
               SELECT %s, k.item_id, k.warehouse_id, 0, 0, 0, 0
                 FROM unnest(%s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id)
                WHERE NOT EXISTS (SELECT 1 FROM inventory_stockbalance b WHERE b.company_id = %s
                                     AND b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id)
                ORDER BY k.item_id, k.warehouse_id
               ON CONFLICT (company_id, item_id, warehouse_id) DO NOTHING""",
            [company_id, items, warehouses, company_id],
        )
        cursor.execute(
            """SELECT b.item_id, b.warehouse_id, b.qty, b.value, b.last_cost
                 FROM inventory_stockbalance b
                 JOIN unnest(%s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id)
                   ON b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id
                WHERE b.company_id = %s
                ORDER BY b.item_id, b.warehouse_id
                  FOR UPDATE OF b""",
            [items, warehouses, company_id],
        )
        return {(item, warehouse): Pool(*rest) for item, warehouse, *rest in cursor.fetchall()}


def later_moves(company_id: int, since: Mapping[PoolKey, dt.date]) -> dict[PoolKey, list[LaterMove]]:
    """Moves of each pool dated after the day given, in costing order. Pools must be locked."""
    found: dict[PoolKey, list[LaterMove]] = defaultdict(list)
    if not since:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.item_id, m.warehouse_id, m.date, m.qty
                 FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS k(item_id, warehouse_id, since)
                 JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id
                  AND m.warehouse_id = k.warehouse_id AND m.date > k.since
                ORDER BY m.item_id, m.warehouse_id, m.date, m.id""",
            [[key[0] for key in since], [key[1] for key in since], list(since.values()), company_id],
        )
        for item, warehouse, date, qty in cursor.fetchall():
            found[item, warehouse].append(LaterMove(date, qty))
    return found


def lock_originals(company_id: int, line_ids: Iterable[int]) -> dict[int, tuple[int, Original]]:
    """Delivered lines that come back: line id → (item id, quantity and value out, and what came back already)."""
    wanted = sorted(set(line_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.id FROM inventory_stockdocumentline l
                WHERE l.company_id = %s AND l.id = ANY(%s) ORDER BY l.id FOR UPDATE""",
            [company_id, wanted],
        )
        cursor.execute(
            """SELECT l.id, m.item_id, -m.qty, -m.value, coalesce(r.qty, 0), coalesce(r.value, 0)
                 FROM inventory_stockdocumentline l
                 JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                  AND d.kind = 'delivery' AND d.status = 'confirmed' AND d.reversal_of_id IS NULL
                 JOIN inventory_stockmove m ON m.company_id = l.company_id AND m.document_line_id = l.id
                 LEFT JOIN LATERAL (
                      SELECT sum(rm.qty) AS qty, sum(rm.value) AS value
                        FROM inventory_stockdocumentline rl
                        JOIN inventory_stockmove rm ON rm.company_id = rl.company_id AND rm.document_line_id = rl.id
                       WHERE rl.company_id = l.company_id AND rl.of_line_id = l.id) r ON true
                WHERE l.company_id = %s AND l.id = ANY(%s)""",
            [company_id, wanted],
        )
        return {line: (item, Original(*rest)) for line, item, *rest in cursor.fetchall()}


_MOVE = (
    "company_id", "item_id", "warehouse_id", "date", "kind", "qty", "unit_cost", "value", "document_id",
    "document_line_id", "reversal_of_id", "created_at",
)  # fmt: skip


def write_moves(company_id: int, moves: Iterable[NewMove], *, at: dt.datetime) -> None:
    """COPY moves in the order given, which is the order that costs them on one day."""
    copy_rows("inventory_stockmove", _MOVE, ((company_id, *move, at) for move in moves))


def write_balances(company_id: int, pools: Mapping[PoolKey, Pool]) -> None:
    """Set the locked balances to the pools given, with one UPDATE."""
    if not pools:
        return
    keys: Sequence[PoolKey] = list(pools)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE inventory_stockbalance b SET qty = k.qty, value = k.value, last_cost = k.last_cost
                 FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[])
                   AS k(item_id, warehouse_id, qty, value, last_cost)
                WHERE b.company_id = %s AND b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id""",
            [
                [key[0] for key in keys],
                [key[1] for key in keys],
                [pools[key].qty for key in keys],
                [pools[key].value for key in keys],
                [pools[key].last_cost for key in keys],
                company_id,
            ],
        )
