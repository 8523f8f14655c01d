"""What sales returns of items at standard cost are worth by their deliveries.

Stock takes them back at the standard in force, cost of sales at the delivery's cost; price variance bears the rest.
So a delivery that gets another cost changes the variance of its returns, even where their stock value stays.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import connection

# Each return's part of its delivery (worth ``{0}``), rounded; the one that closes the delivery takes the rest.
_PART = """CASE WHEN sum(r.qty) OVER w = abs(o.qty)
                THEN {0} - coalesce(sum(round({0} * r.qty / abs(o.qty), 2)) OVER (
                     PARTITION BY o.id ORDER BY r.date, r.sequence, r.id
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                ELSE round({0} * r.qty / abs(o.qty), 2) END"""
_BACK = "r.company_id = o.company_id AND r.of_move_id = o.id AND r.effect = 4 AND r.kind = 'sales_return'"
_ORDER = "WINDOW w AS (PARTITION BY o.id ORDER BY r.date, r.sequence, r.id)"


def worth(company_id: int, document_id: int) -> dict[int, Decimal]:
    """Moves of a sales return of standard cost → what they are worth by their deliveries today."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, part FROM (
                  SELECT r.id, r.document_id, {_PART.format("abs(o.value)")} AS part
                    FROM inventory_stockmove o
                    JOIN inventory_item i ON i.id = o.item_id AND i.cost_method = 'standard'
                    JOIN inventory_stockmove r ON {_BACK}
                   WHERE o.company_id = %s AND o.id IN (
                         SELECT m.of_move_id FROM inventory_stockmove m
                          WHERE m.company_id = %s AND m.document_id = %s AND m.effect = 4)
                  {_ORDER}) x
                WHERE document_id = %s""",
            [company_id, company_id, document_id, document_id],
        )
        return dict(cursor.fetchall())


def variances(cursor: Any, company_id: int, fresh: Collection[int]) -> list[tuple[Any, ...]]:
    """What the new costs (temporary table ``recosted``, not yet written) change in the variance of sales returns:
    source type, month, reason, party, department, the document's warehouse, the move's, item, date, variance.

    ``fresh`` documents tell their stock value of today themselves.
    """
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM inventory_item WHERE company_id = %s AND cost_method = 'standard')", [company_id]
    )
    if not cursor.fetchone()[0]:
        return []
    after = "abs(coalesce(c.value * 0.01, o.value))"
    cursor.execute(
        f"""WITH deliveries AS (
               SELECT DISTINCT CASE WHEN m.effect = 4 THEN m.of_move_id ELSE m.id END AS id
                 FROM recosted c
                 JOIN inventory_stockmove m ON m.id = c.id AND m.company_id = %s AND m.effect IN (3, 4)
                  AND m.kind IN ('delivery', 'sales_return')
                 JOIN inventory_item i ON i.id = m.item_id AND i.cost_method = 'standard'),
             parts AS (
               SELECT r.id, r.document_id, r.date, r.warehouse_id, r.item_id, r.value,
                      {_PART.format("abs(o.value)")} AS before, {_PART.format(after)} AS after
                 FROM deliveries
                 JOIN inventory_stockmove o ON o.company_id = %s AND o.id = deliveries.id
                 JOIN inventory_stockmove r ON {_BACK}
                 LEFT JOIN recosted c ON c.id = o.id
               {_ORDER})
             SELECT d.source_type, date_trunc('month', p.date)::date, d.reason, d.party_id, d.department_id,
                    d.warehouse_id, p.warehouse_id, p.item_id, max(p.date),
                    sum(p.before - p.after + CASE WHEN d.id = ANY(%s) THEN 0
                                                  ELSE coalesce(c.value * 0.01 - p.value, 0) END) AS variance
               FROM parts p
               JOIN inventory_stockdocument d ON d.company_id = %s AND d.id = p.document_id
               LEFT JOIN recosted c ON c.id = p.id
              GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
             HAVING sum(p.before - p.after + CASE WHEN d.id = ANY(%s) THEN 0
                                                  ELSE coalesce(c.value * 0.01 - p.value, 0) END) <> 0
              ORDER BY 2, 1, 3, 4, 5, 6, 7, 8""",
        [company_id, company_id, list(fresh), company_id, list(fresh)],
    )
    return list(cursor.fetchall())
