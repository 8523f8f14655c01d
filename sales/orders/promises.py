"""What open sales orders promise: what they will take of stock, what they reserve, when they need it no more."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.availability.providers import Expected, ReservingSource, register_demand, register_source
from inventory.availability.services import Reserved, Wanted, reserve_lines
from inventory.events import SALES_ORDER
from inventory.preferences import preferences_of

# Lines of confirmed sales less what was delivered of them.
_OPEN = """
SELECT o.id, l.id, l.item_id, o.warehouse_id, o.date, l.qty - coalesce(d.qty, 0), o.number
  FROM sales_salesorderline l
  JOIN sales_salesorder o ON o.id = l.order_id AND o.company_id = l.company_id AND o.status = 'confirmed'
   AND o.kind = 'sale'
  JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stock'
  LEFT JOIN LATERAL (
       SELECT sum(s.qty) AS qty
         FROM inventory_stockdocumentline s
         JOIN inventory_stockdocument h ON h.id = s.document_id AND h.company_id = s.company_id
          AND h.source_type = 'sales_order' AND h.status = 'confirmed' AND h.reversal_of_id IS NULL
        WHERE s.company_id = l.company_id AND s.source_line_id = l.id) d ON true
 WHERE l.company_id = %(company)s AND (%(items)s::bigint[] IS NULL OR l.item_id = ANY(%(items)s))
   AND (%(orders)s::bigint[] IS NULL OR o.id = ANY(%(orders)s)) AND l.qty > coalesce(d.qty, 0)
 ORDER BY o.date, o.id, l.line_no
"""


def _open(
    company: Company, *, items: Collection[int] | None = None, orders: Collection[int] | None = None
) -> list[Expected]:
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "company": company.pk,
                "items": sorted(items) if items is not None else None,
                "orders": sorted(orders) if orders is not None else None,
            },
        )
        return [Expected(SALES_ORDER, *row) for row in cursor.fetchall()]


def reserve_orders(company: Company, order_ids: Collection[int], *, by: Any) -> None:
    """Reserve for orders that were just confirmed; the first has the first claim."""
    if preferences_of(company).reserve_orders:
        for order_id in order_ids:
            reserve_order(company, order_id, by=by)


def reserve_order(company: Company, order_id: int, *, by: Any) -> list[Reserved]:
    """Reserve what is on hand for what the order still takes, where the stock settings say so."""
    rows = [row for row in _open(company, orders=[order_id]) if row.warehouse_id is not None]
    lines = [Wanted(row.source_line_id, row.item_id, row.warehouse_id or 0, row.qty) for row in rows]
    return reserve_lines(company, SALES_ORDER, order_id, lines, by=by, document_no=rows[0].document_no if rows else "")


def register() -> None:
    """Called once when Django starts."""
    register_demand(SALES_ORDER, lambda company, items: _open(company, items=items))
    register_source(
        SALES_ORDER,
        ReservingSource(_("Sales order"), lambda company, ids: {row.source_id for row in _open(company, orders=ids)}),
    )
