"""What came of purchase orders."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

_ZERO = Decimal(0)


class Received(NamedTuple):
    """Quantities of one order line in the base unit: confirmed receipts, what went back of them, and drafts."""

    received: Decimal = _ZERO
    returned: Decimal = _ZERO
    in_drafts: Decimal = _ZERO

    @property
    def taken(self) -> Decimal:
        """What cannot be received any more: it came and stayed, or a draft stands for it."""
        return self.received - self.returned + self.in_drafts


def open_quantities(company_id: int, line_ids: Collection[int]) -> dict[int, Received]:
    """Order line id → what came of it; a line of which nothing came has zeros. One statement."""
    found = dict.fromkeys(line_ids, Received())
    if not found:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.source_line_id,
                      coalesce(sum(l.qty) FILTER (WHERE d.status = 'confirmed'), 0),
                      coalesce(sum(r.qty), 0),
                      coalesce(sum(l.qty) FILTER (WHERE d.status = 'draft'), 0)
                 FROM inventory_stockdocumentline l
                 JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                  AND d.kind = 'purchase_receipt' AND d.source_type = 'purchase_order' AND d.reversal_of_id IS NULL
                 LEFT JOIN LATERAL (
                      SELECT sum(rl.qty) AS qty
                        FROM inventory_stockdocumentline rl
                        JOIN inventory_stockdocument rd ON rd.id = rl.document_id AND rd.company_id = rl.company_id
                         AND rd.kind = 'purchase_return' AND rd.status = 'confirmed' AND rd.reversal_of_id IS NULL
                       WHERE rl.company_id = l.company_id AND rl.of_line_id = l.id) r ON d.status = 'confirmed'
                WHERE l.company_id = %s AND l.source_line_id = ANY(%s)
                GROUP BY l.source_line_id""",
            [company_id, list(found)],
        )
        for line_id, *figures in cursor.fetchall():
            found[line_id] = Received(*figures)
    return found


def receipt_numbers(company_id: int, order_id: int) -> list[str]:
    """Numbers of receipts of the order that stand, drafts too."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT number FROM inventory_stockdocument
                WHERE company_id = %s AND source_type = 'purchase_order' AND source_id = %s
                  AND kind = 'purchase_receipt' AND status <> 'reversed' AND reversal_of_id IS NULL ORDER BY id""",
            [company_id, order_id],
        )
        return [number for (number,) in cursor.fetchall()]


class OpenOrderLine(NamedTuple):
    """A line of a confirmed order of which something is still to come."""

    order_id: int
    number: str
    line_id: int
    line_no: int
    supplier: str
    item_code: str
    item_name: str
    expected_on: dt.date | None
    qty: Decimal
    received: Decimal
    open: Decimal
    unit_price: Decimal


def open_order_lines(
    company_id: int, *, supplier_id: int | None = None, item_id: int | None = None, limit: int = 2_000
) -> list[OpenOrderLine]:
    """Open lines, those expected first at the top."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT o.id, o.number, l.id, l.line_no, s.code || ' ' || s.name, i.code, i.name, o.expected_on, l.qty,
                      coalesce(c.qty, 0), l.qty - coalesce(c.qty, 0), l.unit_price
                 FROM inventory_purchaseorder o
                 JOIN inventory_purchaseorderline l ON l.order_id = o.id AND l.company_id = o.company_id
                 JOIN inventory_supplier s ON s.id = o.supplier_id
                 JOIN inventory_item i ON i.id = l.item_id
                 LEFT JOIN LATERAL (
                      SELECT sum(CASE WHEN d.kind = 'purchase_receipt' THEN sl.qty ELSE -sl.qty END) AS qty
                        FROM inventory_stockdocumentline first
                        JOIN inventory_stockdocumentline sl
                          ON sl.company_id = first.company_id AND (sl.id = first.id OR sl.of_line_id = first.id)
                        JOIN inventory_stockdocument d
                          ON d.id = sl.document_id AND d.company_id = sl.company_id AND d.status = 'confirmed'
                         AND d.reversal_of_id IS NULL AND d.kind IN ('purchase_receipt', 'purchase_return')
                       WHERE first.company_id = l.company_id AND first.source_line_id = l.id
                         AND EXISTS (SELECT 1 FROM inventory_stockdocument fd WHERE fd.id = first.document_id
                                        AND fd.source_type = 'purchase_order')) c ON true
                WHERE o.company_id = %(company)s AND o.status = 'confirmed'
                  AND (%(supplier)s::bigint IS NULL OR o.supplier_id = %(supplier)s)
                  AND (%(item)s::bigint IS NULL OR l.item_id = %(item)s)
                  AND l.qty > coalesce(c.qty, 0)
                ORDER BY o.expected_on NULLS LAST, o.date, o.id, l.line_no LIMIT %(limit)s""",
            {"company": company_id, "supplier": supplier_id, "item": item_id, "limit": limit},
        )
        return [OpenOrderLine(*row) for row in cursor.fetchall()]
