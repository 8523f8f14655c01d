"""暂估明细 (goods received, not invoiced): receipt lines whose invoice has not come, at what was estimated for them.

A line is open by what came, less what went back, less what invoices settled. Goods that went back after their invoice
leave it negative until the red-letter invoice comes. The sum is the balance of the account of estimates (暂估应付).
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.pinyin import plain
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from erp.core.reports.dates import date_range
from inventory.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class OpenReceipt:
    """A receipt line on a day: quantities in the item's unit, ``open_estimate`` net in company currency."""

    line_id: int
    document_id: int
    document: str
    date: dt.date
    supplier_id: int | None
    supplier_code: str
    supplier: str
    item_id: int
    code: str
    name: str
    unit: str
    received: Decimal
    returned: Decimal
    invoiced: Decimal
    open_qty: Decimal
    unit_cost: Decimal
    open_estimate: Decimal
    days: int


# What the ledger was told of a return is what left the account. A receipt that was reversed on a later day counts
# until that day; reversing documents themselves never do.
_SQL = """
WITH received AS (
    SELECT l.id, l.item_id, l.qty, coalesce(l.unit_cost, v.value / l.qty) AS unit_cost, d.id AS document_id, d.number,
           d.date, d.party_id, coalesce(round(l.qty * l.unit_cost, 2), v.value) AS estimate
      FROM inventory_stockdocument d
      JOIN inventory_stockdocumentline l ON l.document_id = d.id
      LEFT JOIN LATERAL (SELECT coalesce(sum(coalesce(m.given, m.value)), 0) AS value FROM inventory_stockmove m
                          WHERE m.company_id = d.company_id AND m.document_line_id = l.id) v ON true
      LEFT JOIN inventory_stockdocument r ON r.reversal_of_id = d.id AND r.company_id = d.company_id
     WHERE d.company_id = %(company)s AND d.kind = 'purchase_receipt' AND d.reversal_of_id IS NULL
       AND d.date <= %(day)s
       AND (d.status = 'confirmed' OR (d.status = 'reversed' AND r.date > d.date AND r.date > %(day)s))
), sent_back AS (
    SELECT l.id, l.of_line_id, l.qty, coalesce(p.price, round(l.qty * o.unit_cost, 2), 0) AS price
      FROM inventory_stockdocument d
      JOIN inventory_stockdocumentline l ON l.document_id = d.id
      LEFT JOIN inventory_stockdocumentline o ON o.id = l.of_line_id
      LEFT JOIN ledger_businessevent e
        ON e.company_id = d.company_id AND e.source_type = d.kind AND e.source_id = d.id
       AND e.event_type = 'purchase_return_uninvoiced'
      LEFT JOIN LATERAL (SELECT -sum((x->'measures'->>'price')::numeric) AS price
                           FROM jsonb_array_elements(e.payload->'lines') x WHERE (x->>'id')::bigint = l.id) p ON true
     WHERE d.company_id = %(company)s AND d.kind = 'purchase_return' AND d.reversal_of_id IS NULL
       AND d.status = 'confirmed' AND d.date <= %(day)s AND l.of_line_id IS NOT NULL
), returned AS (
    SELECT of_line_id AS id, sum(qty) AS qty, sum(price) AS price FROM sent_back GROUP BY of_line_id
), settled AS (
    SELECT coalesce(b.of_line_id, m.stock_line_id) AS id,
           sum(CASE WHEN b.id IS NULL THEN m.qty ELSE -m.qty END) AS qty,
           sum(CASE WHEN b.id IS NULL THEN abs(m.estimate) ELSE -abs(m.estimate) END) AS estimate
      FROM inventory_invoicematch m
      JOIN inventory_supplierinvoiceline il ON il.id = m.invoice_line_id
      JOIN inventory_supplierinvoice i ON i.id = il.invoice_id
      LEFT JOIN sent_back b ON b.id = m.stock_line_id
     WHERE m.company_id = %(company)s AND m.is_live AND i.date <= %(day)s
     GROUP BY 1
)
SELECT r.id, r.document_id, r.number, r.date, s.id, coalesce(s.code, p.code, ''), coalesce(s.name, p.name, ''),
       i.id, i.code, i.name, i.unit, r.qty, coalesce(b.qty, 0), coalesce(t.qty, 0),
       r.qty - coalesce(b.qty, 0) - coalesce(t.qty, 0) AS open_qty, r.unit_cost,
       r.estimate - coalesce(b.price, 0) - coalesce(t.estimate, 0) AS estimate,
       %(day)s - r.date
  FROM received r
  JOIN inventory_item i ON i.id = r.item_id
  LEFT JOIN returned b ON b.id = r.id
  LEFT JOIN settled t ON t.id = r.id
  LEFT JOIN ledger_dimensionvalue p ON p.id = r.party_id
  LEFT JOIN inventory_supplier s ON s.company_id = %(company)s AND s.dimension_value_id = r.party_id
 WHERE (r.qty - coalesce(b.qty, 0) - coalesce(t.qty, 0) <> 0
        OR r.estimate - coalesce(b.price, 0) - coalesce(t.estimate, 0) <> 0)
   AND (%(supplier)s::bigint IS NULL OR s.id = %(supplier)s)
   AND (%(text)s = '' OR i.search_key LIKE %(inside)s)
 ORDER BY 6, r.date, r.number, r.id
"""


def grni(
    company: Company, *, as_of: dt.date | None = None, supplier_id: int | None = None, text: str = ""
) -> list[OpenReceipt]:
    """What is estimated on the evening of ``as_of`` (today without one), by supplier and day. One statement."""
    wanted = plain(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "company": company.pk,
                "day": as_of or timezone.localdate(),
                "supplier": supplier_id,
                "text": wanted,
                "inside": f"%{wanted}%",
            },
        )
        return [OpenReceipt(*row) for row in cursor.fetchall()]


def totals(rows: list[OpenReceipt]) -> dict[str, Decimal]:
    """The estimate of all rows; quantities of different items do not add up."""
    return {"open_estimate": sum((row.open_estimate for row in rows), ZERO)}


COLUMNS = (
    Column("supplier_code", _("Supplier code")),
    Column("supplier", _("Supplier"), width=28),
    Column("date", _("Date"), "date"),
    Column("document", _("Document no.")),
    Column("code", _("Item code")),
    Column("name", _("Item"), width=30),
    Column("unit", _("Unit"), width=8),
    Column("received", _("Taken in"), "quantity"),
    Column("returned", _("Sent back"), "quantity"),
    Column("invoiced", _("Invoiced"), "quantity"),
    Column("open_qty", _("Not invoiced"), "quantity"),
    Column("unit_cost", _("Estimated price"), "cost"),
    Column("open_estimate", _("Estimate"), "amount"),
    Column("days", _("Days open"), "int"),
)


def _query(company: Company, params: Any) -> ReportResult:
    last = date_range({"to": params["as_of"]})[1]
    supplier_id = None
    if code := params["supplier"]:
        named = Supplier.objects.filter(company=company, code=code)
        supplier_id = named.values_list("id", flat=True).first() or 0  # 0: of nobody
    rows = grni(company, as_of=last, supplier_id=supplier_id, text=params["text"] or "")
    return ReportResult(rows, totals(rows), subtitle=[f"{last or timezone.localdate():%Y-%m-%d}"])


REPORT = register(
    Report(
        "grni",
        _("Receipts not invoiced"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (
            Parameter("as_of", _("On (day or period)")),
            Parameter("supplier", _("Supplier code")),
            Parameter("text", _("Item")),
        ),
    )
)
