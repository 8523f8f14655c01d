"""采购汇总 (purchase summary): what came in and what was invoiced, by supplier, item, category, month or document.

Goods are receipts less what went back, at the price of the receipt; invoices less red-letter ones, with their tax and
what they differ from the estimate. A reversed document and its reversal both count, on their own days.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult, register
from erp.core.reports.dates import date_range
from inventory.documents.models import DocumentKind, StockDocument
from inventory.purchasing.models import SupplierInvoice

BY: dict[str, Any] = {
    "supplier": _("Supplier"),
    "item": _("Item"),
    "category": _("Category"),
    "month": _("Month"),
    "document": _("Document"),
}


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """``key``: id of the grouping, for documents the receipt's or the negative of the invoice's. Amounts are net."""

    key: int | None
    code: str
    name: str
    received_qty: Decimal
    received: Decimal
    invoiced_qty: Decimal
    invoiced: Decimal
    tax: Decimal
    gross: Decimal
    variance: Decimal


# How each grouping finds its key, and the code and name that belong to it.
_KEYS: dict[str, tuple[str, str]] = {
    "supplier": ("e.supplier_id", "SELECT code, name FROM inventory_supplier WHERE id = k.key"),
    "item": ("e.item_id", "SELECT code, name FROM inventory_item WHERE id = k.key"),
    "category": (
        "(SELECT category_id FROM inventory_item WHERE id = e.item_id)",
        "SELECT code, name FROM inventory_itemcategory WHERE id = k.key",
    ),
    "month": (
        "to_char(e.date, 'YYYYMM')::bigint",
        "SELECT substr(k.key::text, 1, 4) || '-' || substr(k.key::text, 5, 2) AS code, '' AS name",
    ),
    "document": (
        "e.document",
        """SELECT number AS code, to_char(date, 'YYYY-MM-DD') AS name FROM inventory_stockdocument
            WHERE id = k.key AND k.key > 0
           UNION ALL
           SELECT number, to_char(date, 'YYYY-MM-DD') FROM inventory_supplierinvoice WHERE id = -k.key AND k.key < 0""",
    ),
}

_ENTRIES = """
SELECT d.id AS document, d.date, s.id AS supplier_id, l.item_id,
       n.sign * l.qty AS received_qty,
       n.sign * round(l.qty * coalesce(o.unit_cost, l.unit_cost, 0), 2) AS received,
       0::numeric AS invoiced_qty, 0::numeric AS invoiced, 0::numeric AS tax, 0::numeric AS variance
  FROM inventory_stockdocument d
  JOIN inventory_stockdocumentline l ON l.document_id = d.id
  CROSS JOIN LATERAL (SELECT (CASE d.kind WHEN 'purchase_return' THEN -1 ELSE 1 END)
                           * (CASE WHEN d.reversal_of_id IS NULL THEN 1 ELSE -1 END) AS sign) n
  LEFT JOIN inventory_stockdocumentline o ON o.id = l.of_line_id
  LEFT JOIN inventory_supplier s ON s.company_id = d.company_id AND s.dimension_value_id = d.party_id
 WHERE d.company_id = %(company)s AND d.kind IN ('purchase_receipt', 'purchase_return') AND d.status <> 'draft'
   AND d.date BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT -v.id, v.date, v.supplier_id, l.item_id, 0, 0, l.qty * sign(l.net), l.net, l.tax,
       CASE WHEN l.estimate <> 0 THEN l.net - l.estimate ELSE 0 END
  FROM inventory_supplierinvoice v JOIN inventory_supplierinvoiceline l ON l.invoice_id = v.id
 WHERE v.company_id = %(company)s AND v.status <> 'draft' AND v.date BETWEEN %(first)s AND %(last)s
"""


def purchase_summary(
    company: Company, by: str, first: dt.date, last: dt.date, *, supplier: str = "", item: str = ""
) -> list[PurchaseRow]:
    """The rows of a grouping, months by time and others by amount; ``supplier`` and ``item`` narrow by code.

    One statement.
    """
    key, names = _KEYS[by]
    order = "n.code" if by in ("month", "document") else "greatest(k.received, k.invoiced) DESC, n.code"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH e AS ({_ENTRIES}), k AS (
                SELECT {key} AS key, sum(received_qty) AS received_qty, sum(received) AS received,
                       sum(invoiced_qty) AS invoiced_qty, sum(invoiced) AS invoiced, sum(tax) AS tax,
                       sum(variance) AS variance
                  FROM e
                 WHERE (%(supplier)s = '' OR e.supplier_id IN (SELECT id FROM inventory_supplier
                            WHERE company_id = %(company)s AND code = %(supplier)s))
                   AND (%(item)s = '' OR e.item_id IN (SELECT id FROM inventory_item
                            WHERE company_id = %(company)s AND code = %(item)s))
                 GROUP BY 1)
            SELECT k.key, coalesce(n.code, ''), coalesce(n.name, ''), k.received_qty, k.received, k.invoiced_qty,
                   k.invoiced, k.tax, k.invoiced + k.tax, k.variance
              FROM k LEFT JOIN LATERAL ({names}) n ON true
             WHERE (k.received_qty, k.received, k.invoiced_qty, k.invoiced, k.tax) <> (0, 0, 0, 0, 0)
             ORDER BY {order}""",
            {"company": company.pk, "first": first, "last": last, "supplier": supplier, "item": item},
        )
        return [PurchaseRow(*row) for row in cursor.fetchall()]


SUMMED = ("received", "invoiced", "tax", "gross", "variance")


def totals(rows: list[PurchaseRow]) -> dict[str, Decimal]:
    """Sums of the amounts; quantities of different items do not add up."""
    return {name: sum((getattr(row, name) for row in rows), ZERO) for name in SUMMED}


def latest_month(company: Company) -> dt.date | None:
    """The first day of the month in which goods or an invoice came last; None before the first."""
    kinds = (DocumentKind.PURCHASE_RECEIPT, DocumentKind.PURCHASE_RETURN)
    days = (
        StockDocument.objects.filter(company=company, kind__in=kinds).aggregate(day=Max("date"))["day"],
        SupplierInvoice.objects.filter(company=company).aggregate(day=Max("date"))["day"],
    )
    known = [day for day in days if day is not None]
    return max(known).replace(day=1) if known else None


COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=36),
    Column("received_qty", _("Quantity"), "quantity", _("Goods received")),
    Column("received", _("Amount, net"), "amount", _("Goods received")),
    Column("invoiced_qty", _("Quantity"), "quantity", _("Invoiced")),
    Column("invoiced", _("Net"), "amount", _("Invoiced")),
    Column("tax", _("Tax"), "amount", _("Invoiced")),
    Column("gross", _("Gross"), "amount", _("Invoiced")),
    Column("variance", _("Variance"), "amount", _("Invoiced")),
)


def _query(company: Company, params: Any) -> ReportResult:
    by = params["by"]
    if by not in BY:
        raise BadParameter(field="by", name="by", value=by, expected=", ".join(BY))
    first, last = date_range(params)
    rows = purchase_summary(
        company,
        by,
        first or dt.date.min,
        last or dt.date(9999, 12, 31),
        supplier=params["supplier"] or "",
        item=params["item"] or "",
    )
    return ReportResult(rows, totals(rows), subtitle=[f"{first or ''} – {last or ''}"])


REPORT = register(
    Report(
        "purchase_summary",
        _("Purchase summary"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (
            Parameter("by", _("Group by"), default="supplier"),
            Parameter("from", _("From")),
            Parameter("to", _("To")),
            Parameter("supplier", _("Supplier code")),
            Parameter("item", _("Item code")),
        ),
    )
)
