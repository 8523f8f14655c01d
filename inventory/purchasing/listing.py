"""What the pages of purchase orders show beside the order: amounts, what came and was invoiced, what it led to."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, Sum

from erp.core.companies.models import Company
from inventory.purchasing.models import PurchaseOrder, PurchaseOrderLine

_ZERO = Decimal(0)


class Progress(NamedTuple):
    """Of a line, or of the goods of an order: quantities in base units; ``received`` less what went back."""

    qty: Decimal = _ZERO
    received: Decimal = _ZERO
    in_drafts: Decimal = _ZERO
    invoiced: Decimal = _ZERO

    @property
    def received_share(self) -> Decimal | None:
        return min(self.received / self.qty, Decimal(1)) if self.qty else None

    @property
    def invoiced_share(self) -> Decimal | None:
        return min(self.invoiced / self.qty, Decimal(1)) if self.qty else None

    @property
    def open(self) -> Decimal:
        """What can still be received; drafts count as received."""
        return max(self.qty - self.received - self.in_drafts, _ZERO)

    def plus(self, other: "Progress") -> "Progress":
        return Progress(*(mine + its for mine, its in zip(self, other, strict=True)))


def with_amounts(company: Company) -> QuerySet[PurchaseOrder]:
    """Orders with ``net``, ``tax`` and ``gross`` of their lines."""
    lines = PurchaseOrderLine.objects.filter(company=company, order=OuterRef("pk")).order_by().values("order")
    return (
        PurchaseOrder.objects.filter(company=company)
        .select_related("supplier", "warehouse")
        .annotate(
            net=Subquery(lines.annotate(n=Sum("net")).values("n")),
            tax=Subquery(lines.annotate(n=Sum("tax")).values("n")),
            gross=Subquery(lines.annotate(n=Sum("net") + Sum("tax")).values("n")),
        )
    )


def line_progress(company_id: int, order_ids: Collection[int]) -> dict[int, tuple[int, Progress]]:
    """Order line → its order and what came of it; services are received when they are invoiced. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.id, l.order_id, l.qty, coalesce(c.received, 0) - coalesce(c.returned, 0),
                      coalesce(c.in_drafts, 0), coalesce(c.invoiced, 0)
                 FROM inventory_purchaseorderline l
                 LEFT JOIN LATERAL (
                      SELECT sum(s.qty) FILTER (WHERE d.status = 'confirmed') AS received,
                             sum(s.qty) FILTER (WHERE d.status = 'draft') AS in_drafts,
                             sum(r.qty) AS returned, sum(m.qty) AS invoiced
                        FROM inventory_stockdocument d
                        JOIN inventory_stockdocumentline s ON s.document_id = d.id AND s.source_line_id = l.id
                        LEFT JOIN LATERAL (
                             SELECT sum(rl.qty) AS qty
                               FROM inventory_stockdocumentline rl
                               JOIN inventory_stockdocument rd ON rd.id = rl.document_id
                              WHERE rl.company_id = l.company_id AND rl.of_line_id = s.id AND rd.status = 'confirmed'
                                AND rd.kind = 'purchase_return' AND rd.reversal_of_id IS NULL) r ON true
                        LEFT JOIN LATERAL (
                             SELECT sum(i.qty) AS qty FROM inventory_invoicematch i
                              WHERE i.stock_line_id = s.id AND i.is_live) m ON true
                       WHERE d.company_id = l.company_id AND d.source_type = 'purchase_order'
                         AND d.source_id = l.order_id AND d.kind = 'purchase_receipt' AND d.reversal_of_id IS NULL
                         AND d.status <> 'reversed') c ON true
                WHERE l.company_id = %s AND l.order_id = ANY(%s)""",
            [company_id, list(order_ids)],
        )
        return {line_id: (order_id, Progress(*figures)) for line_id, order_id, *figures in cursor.fetchall()}


def order_progress(company_id: int, order_ids: Collection[int]) -> dict[int, Progress]:
    """Order → the sums of its lines."""
    found: dict[int, Progress] = dict.fromkeys(order_ids, Progress())
    for order_id, progress in line_progress(company_id, order_ids).values():
        found[order_id] = found[order_id].plus(progress)
    return found


class Follower(NamedTuple):
    """A document that an order led to. ``kind``: of a stock document, or ``supplier_invoice``."""

    kind: str
    id: int
    number: str
    date: dt.date
    status: str


def followers(company_id: int, order_id: int) -> list[Follower]:
    """Receipts of the order, returns of them, and invoices matched with either, by day. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH receipt AS (
                    SELECT id, kind, number, date, status FROM inventory_stockdocument
                     WHERE company_id = %(company)s AND source_type = 'purchase_order' AND source_id = %(order)s
                 ), line AS (
                    SELECT l.id FROM receipt d JOIN inventory_stockdocumentline l ON l.document_id = d.id
                 ), back AS (
                    SELECT DISTINCT d.id, d.kind, d.number, d.date, d.status
                      FROM inventory_stockdocumentline l JOIN inventory_stockdocument d ON d.id = l.document_id
                     WHERE l.company_id = %(company)s AND d.kind = 'purchase_return'
                       AND l.of_line_id IN (SELECT id FROM line)
                 ), stock AS (
                    SELECT * FROM receipt UNION SELECT * FROM back
                 )
               SELECT kind, id, number, date, status FROM stock
                UNION
               SELECT 'supplier_invoice', v.id, v.number, v.date, v.status
                 FROM inventory_supplierinvoice v
                 JOIN inventory_supplierinvoiceline vl ON vl.invoice_id = v.id
                 JOIN inventory_invoicematch m ON m.invoice_line_id = vl.id
                 JOIN inventory_stockdocumentline l ON l.id = m.stock_line_id
                WHERE v.company_id = %(company)s AND l.document_id IN (SELECT id FROM stock)
                ORDER BY 4, 2""",
            {"company": company_id, "order": order_id},
        )
        return [Follower(*row) for row in cursor.fetchall()]
