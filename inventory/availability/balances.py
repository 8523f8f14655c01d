"""Lock what lies somewhere, in the order in which every writer of stock locks it: (item, warehouse).

Whoever holds these rows knows that no move of these items is being written in these warehouses: writers of moves take
the same locks before they look at the clock, so a move's ``created_at`` tells whether it came before or after.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

Place = tuple[int, int]  # item, warehouse


class Locked(NamedTuple):
    """A balance, locked until the transaction ends."""

    qty: Decimal
    reserved: Decimal
    may_go_negative: bool

    @property
    def free(self) -> Decimal:
        """What nobody was promised."""
        return self.qty - self.reserved


def lock_places(company_id: int, places: Iterable[Place]) -> dict[Place, Locked]:
    """Lock the balances of these places; those that have no row yet get an empty one first."""
    ordered = sorted(set(places))
    if not ordered:
        return {}
    items, warehouses = [place[0] for place in ordered], [place[1] for place in ordered]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO inventory_stockbalance
                      (company_id, item_id, warehouse_id, qty, reserved, value, last_cost, may_go_negative)
               SELECT %s, k.item_id, k.warehouse_id, 0, 0, 0, 0, i.may_go_negative
                 FROM unnest(%s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id)
                 JOIN inventory_item i ON i.company_id = %s AND i.id = k.item_id
                WHERE NOT EXISTS (SELECT 1 FROM inventory_stockbalance b WHERE b.company_id = %s
                                     AND b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id)
                ORDER BY k.item_id, k.warehouse_id
               ON CONFLICT (company_id, item_id, warehouse_id) DO NOTHING""",
            [company_id, items, warehouses, company_id, company_id],
        )
        cursor.execute(
            """SELECT b.item_id, b.warehouse_id, b.qty, b.reserved, b.may_go_negative
                 FROM inventory_stockbalance b
                 JOIN unnest(%s::bigint[], %s::bigint[]) AS k(item_id, warehouse_id)
                   ON b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id
                WHERE b.company_id = %s
                ORDER BY b.item_id, b.warehouse_id
                  FOR UPDATE OF b""",
            [items, warehouses, company_id],
        )
        return {(item, warehouse): Locked(*rest) for item, warehouse, *rest in cursor.fetchall()}


def lock_warehouse(company_id: int, warehouse_id: int, item_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Lock all balances of a warehouse (of the items given): item → quantity on hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT b.item_id, b.qty FROM inventory_stockbalance b
                WHERE b.company_id = %s AND b.warehouse_id = %s AND (%s::bigint[] IS NULL OR b.item_id = ANY(%s))
                ORDER BY b.item_id FOR UPDATE""",
            [company_id, warehouse_id, *[list(item_ids) if item_ids is not None else None] * 2],
        )
        return dict(cursor.fetchall())
