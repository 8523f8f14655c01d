"""What lies in each warehouse."""

from decimal import Decimal
from typing import NamedTuple

from django.db import connection


class Holding(NamedTuple):
    """``items``: how many kinds of goods are there; ``value`` in company currency."""

    items: int
    qty: Decimal
    value: Decimal


# Per warehouse: kinds of goods, quantity and value. Goods whose cost is one for the whole company have their value in
# the company's pool: a warehouse has its share by quantity.
HOLDINGS = """
SELECT b.warehouse_id, count(*), sum(b.qty),
       sum(CASE WHEN p.item_id IS NULL THEN b.value WHEN p.qty <> 0 THEN round(b.qty * p.value / p.qty, 2) ELSE 0 END)
  FROM inventory_stockbalance b
  LEFT JOIN (SELECT item_id, sum(qty) AS qty, sum(value) AS value FROM inventory_poolbalance
              WHERE company_id = %(company)s GROUP BY item_id) p ON p.item_id = b.item_id
 WHERE b.company_id = %(company)s AND b.qty <> 0
 GROUP BY b.warehouse_id"""


def holdings(company_id: int) -> dict[int, Holding]:
    """Warehouse id → what lies there now; warehouses without anything are left out. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDINGS, {"company": company_id})
        return {row[0]: Holding(*row[1:]) for row in cursor.fetchall()}
