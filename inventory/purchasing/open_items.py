"""Open items of suppliers: what is still owed of invoices, what of payments is not allocated, in one statement each."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

# Allocations that count: those of drafts do not yet, those undone are answered by a negative row.
LIVE_ALLOCATION = "(a.payment_id IS NULL OR EXISTS (SELECT 1 FROM inventory_supplierpayment p WHERE p.id = a.payment_id AND p.status = 'confirmed'))"  # noqa: E501


@dataclass(slots=True)
class OpenInvoice:
    """``open`` is positive for what is owed to the supplier, negative for what a red invoice gives back."""

    id: int
    number: str
    invoice_no: str
    date: dt.date
    due_on: dt.date | None
    supplier_id: int
    gross: Decimal
    open: Decimal


@dataclass(slots=True)
class OpenPayment:
    """``open``: what of a payment is not allocated and lies in prepayments; refunds are negative."""

    id: int
    number: str
    kind: str
    date: dt.date
    supplier_id: int
    amount: Decimal
    open: Decimal


INVOICES = f"""
    SELECT i.id, i.number, i.invoice_no, i.date, i.due_on, i.supplier_id, i.gross,
           i.gross - coalesce((SELECT sum(a.amount) FROM inventory_payableallocation a
                                WHERE a.company_id = i.company_id AND a.invoice_id = i.id AND i.gross > 0
                                  AND {LIVE_ALLOCATION}), 0)
                   + coalesce((SELECT sum(a.amount) FROM inventory_payableallocation a
                                WHERE a.company_id = i.company_id AND i.gross < 0
                                  AND (a.credit_id = i.id OR a.invoice_id = i.id) AND {LIVE_ALLOCATION}), 0) AS open
      FROM inventory_supplierinvoice i
     WHERE i.company_id = %(company)s AND i.status = 'confirmed' AND i.reversal_of_id IS NULL"""

PAYMENTS = """
    SELECT p.id, p.number, p.kind, p.date, p.supplier_id, p.amount,
           CASE WHEN p.kind = 'refund' THEN -1 ELSE 1 END * (p.amount + p.discount
           - coalesce((SELECT sum(a.amount) FROM inventory_payableallocation a
                        WHERE a.company_id = p.company_id AND a.payment_id = p.id), 0)) AS open
      FROM inventory_supplierpayment p
     WHERE p.company_id = %(company)s AND p.status = 'confirmed' AND p.reversal_of_id IS NULL"""


def open_invoices(
    company_id: int,
    *,
    supplier_id: int | None = None,
    ids: Collection[int] | None = None,
    also_settled: bool = False,
) -> list[OpenInvoice]:
    """Invoices with something open, first those that are due first."""
    sql = f"""SELECT * FROM ({INVOICES}
                 AND (%(supplier)s::bigint IS NULL OR i.supplier_id = %(supplier)s)
                 AND (%(ids)s::bigint[] IS NULL OR i.id = ANY(%(ids)s))) x
               WHERE open <> 0 OR %(settled)s ORDER BY due_on NULLS LAST, date, id"""
    return [OpenInvoice(*row) for row in _read(sql, company_id, supplier_id, ids, also_settled)]


def open_payments(
    company_id: int,
    *,
    supplier_id: int | None = None,
    ids: Collection[int] | None = None,
    also_settled: bool = False,
) -> list[OpenPayment]:
    """Payments and refunds with something not allocated, oldest first."""
    sql = f"""SELECT * FROM ({PAYMENTS}
                 AND (%(supplier)s::bigint IS NULL OR p.supplier_id = %(supplier)s)
                 AND (%(ids)s::bigint[] IS NULL OR p.id = ANY(%(ids)s))) x
               WHERE open <> 0 OR %(settled)s ORDER BY date, id"""
    return [OpenPayment(*row) for row in _read(sql, company_id, supplier_id, ids, also_settled)]


def prepaid(company_id: int, supplier_id: int) -> Decimal:
    """What lies in prepayments of a supplier: payments not allocated, less refunds of them."""
    return sum((row.open for row in open_payments(company_id, supplier_id=supplier_id)), Decimal("0.00"))


def _read(
    sql: str, company_id: int, supplier_id: int | None, ids: Collection[int] | None, also_settled: bool
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "company": company_id,
                "supplier": supplier_id,
                "ids": None if ids is None else list(ids),
                "settled": also_settled,
            },
        )
        return list(cursor.fetchall())
