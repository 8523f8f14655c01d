"""What suppliers are owed on a day: balances, and how old they are. One statement for all suppliers.

An invoice or payment that was reversed counts until the day of its reversal.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from erp.core.companies.models import Company

BUCKETS = (30, 60, 90)  # days overdue at which the next column begins


@dataclass(frozen=True, slots=True)
class Balance:
    """``owed``: open invoices less open red ones; ``prepaid``: payments not allocated. ``not_due`` and the overdue
    columns (up to 30, 60, 90 days, and more) make ``owed``."""

    supplier_id: int
    code: str
    name: str
    owed: Decimal
    prepaid: Decimal
    not_due: Decimal
    overdue_30: Decimal
    overdue_60: Decimal
    overdue_90: Decimal
    overdue_more: Decimal
    oldest_due: dt.date | None

    @property
    def overdue(self) -> Decimal:
        return self.overdue_30 + self.overdue_60 + self.overdue_90 + self.overdue_more

    @property
    def net(self) -> Decimal:
        """What is owed when prepayments are taken off."""
        return self.owed - self.prepaid


OPEN_ON_A_DAY = """
    alive AS (
        SELECT p.id, p.supplier_id, p.kind, p.amount + p.discount AS amount FROM inventory_supplierpayment p
          LEFT JOIN inventory_supplierpayment r ON r.reversal_of_id = p.id
         WHERE p.company_id = %(company)s AND p.reversal_of_id IS NULL AND p.date <= %(day)s
           AND (p.status = 'confirmed' OR p.status = 'reversed' AND r.date > %(day)s)),
    settled AS (
        SELECT a.invoice_id, a.credit_id, a.payment_id, a.amount FROM inventory_payableallocation a
         WHERE a.company_id = %(company)s AND a.date <= %(day)s
           AND (a.payment_id IS NULL OR a.payment_id IN (SELECT id FROM alive))),
    standing AS (
        SELECT i.id, i.supplier_id, i.date, i.due_on, i.gross FROM inventory_supplierinvoice i
          LEFT JOIN inventory_supplierinvoice r ON r.reversal_of_id = i.id
         WHERE i.company_id = %(company)s AND i.reversal_of_id IS NULL AND i.date <= %(day)s
           AND (i.status = 'confirmed' OR i.status = 'reversed' AND r.date > %(day)s)),
    items AS (
        SELECT i.supplier_id, coalesce(i.due_on, i.date) AS due_on,
               i.gross - sign(i.gross) * coalesce(own.amount, 0) + coalesce(given.amount, 0) AS open
          FROM standing i
          LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM settled GROUP BY invoice_id) own
            ON own.invoice_id = i.id
          LEFT JOIN (SELECT credit_id, sum(amount) AS amount FROM settled WHERE credit_id IS NOT NULL
                      GROUP BY credit_id) given ON given.credit_id = i.id),
    advances AS (
        SELECT p.supplier_id, sum(CASE WHEN p.kind = 'refund' THEN -1 ELSE 1 END
                                  * (p.amount - coalesce(s.amount, 0))) AS open
          FROM alive p
          LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM settled WHERE payment_id IS NOT NULL
                      GROUP BY payment_id) s ON s.payment_id = p.id
         GROUP BY p.supplier_id)"""


def balances(company: Company, *, on: dt.date | None = None, supplier_id: int | None = None) -> list[Balance]:
    """Suppliers with anything open on the day (today if not given), by code."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH {OPEN_ON_A_DAY},
                owed AS (
                    SELECT supplier_id, sum(open) AS owed,
                           sum(open) FILTER (WHERE %(day)s <= due_on) AS not_due,
                           sum(open) FILTER (WHERE %(day)s - due_on BETWEEN 1 AND 30) AS a,
                           sum(open) FILTER (WHERE %(day)s - due_on BETWEEN 31 AND 60) AS b,
                           sum(open) FILTER (WHERE %(day)s - due_on BETWEEN 61 AND 90) AS c,
                           sum(open) FILTER (WHERE %(day)s - due_on > 90) AS d,
                           min(due_on) FILTER (WHERE open > 0) AS oldest
                      FROM items WHERE open <> 0 GROUP BY supplier_id)
                SELECT s.id, s.code, s.name, coalesce(o.owed, 0), coalesce(p.open, 0), coalesce(o.not_due, 0),
                       coalesce(o.a, 0), coalesce(o.b, 0), coalesce(o.c, 0), coalesce(o.d, 0), o.oldest
                  FROM inventory_supplier s
                  LEFT JOIN owed o ON o.supplier_id = s.id
                  LEFT JOIN advances p ON p.supplier_id = s.id
                 WHERE s.company_id = %(company)s AND (%(supplier)s::bigint IS NULL OR s.id = %(supplier)s)
                   AND (o.owed IS NOT NULL OR coalesce(p.open, 0) <> 0)
                 ORDER BY s.code""",
            {"company": company.pk, "day": on or timezone.localdate(), "supplier": supplier_id},
        )
        return [Balance(*row) for row in cursor.fetchall()]
