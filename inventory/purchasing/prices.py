"""What goods cost when they were bought last: the price that a new line starts with, net per base unit."""

from collections.abc import Collection
from decimal import Decimal

from django.db import connection


def last_prices(company_id: int, item_ids: Collection[int], *, supplier_id: int | None = None) -> dict[int, Decimal]:
    """Item → price of its newest confirmed order line; the supplier's own price goes before others'. One statement."""
    if not item_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (l.item_id) l.item_id, l.unit_price
                 FROM inventory_purchaseorderline l
                 JOIN inventory_purchaseorder o ON o.id = l.order_id
                WHERE l.company_id = %(company)s AND l.item_id = ANY(%(items)s) AND o.status IN ('confirmed', 'closed')
                ORDER BY l.item_id, (o.supplier_id = %(supplier)s) DESC NULLS LAST, o.date DESC, l.id DESC""",
            {"company": company_id, "items": list(item_ids), "supplier": supplier_id},
        )
        return dict(cursor.fetchall())
