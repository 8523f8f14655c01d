"""Sales summary (销售汇总): what was invoiced and what it cost, by customer, group, item, category or month.

Sales are lines of goods, freight and other services. Lines that the ledger does not book as revenue (marketplace
fees, bank charges, samples, gift vouchers sold in advance) stand apart; with them the total is what was invoiced.
The cost is that of goods delivered and come back in the same range, so the margin is right once all is invoiced.
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
from inventory.items.models import ServiceType
from sales.invoices.models import SalesInvoice

NOT_REVENUE = [ServiceType.PLATFORM_FEE, ServiceType.BANK_CHARGE, ServiceType.SAMPLE, ServiceType.GIFT_VOUCHER]

BY: dict[str, Any] = {
    "item": _("Item"),
    "category": _("Category"),
    "customer": _("Customer"),
    "group": _("Customer group"),
    "month": _("Month"),
    "day": _("Day"),
}


@dataclass(frozen=True, slots=True)
class SalesRow:
    """``sales`` and ``fees`` are net; ``invoiced`` their sum; ``cost`` of the goods; ``qty`` of goods invoiced."""

    id: int | None
    code: str
    name: str
    qty: Decimal
    sales: Decimal
    fees: Decimal
    tax: Decimal
    gross: Decimal
    cost: Decimal

    @property
    def invoiced(self) -> Decimal:
        return self.sales + self.fees

    @property
    def margin(self) -> Decimal:
        return self.sales - self.cost

    @property
    def margin_rate(self) -> Decimal | None:
        return self.margin / self.sales if self.sales else None


# How each grouping finds its key: of an invoice line (l, v), of a move (m, d), and its code and name.
_KEYS: dict[str, tuple[str, str, str]] = {
    "item": ("l.item_id", "m.item_id", "SELECT code, name FROM inventory_item WHERE id = k.key"),
    "category": ("i.category_id", "i.category_id", "SELECT code, name FROM inventory_itemcategory WHERE id = k.key"),
    "customer": ("c.id", "c.id", "SELECT code, name FROM sales_customer WHERE id = k.key"),
    "group": ("c.group_id", "c.group_id", "SELECT code, name FROM sales_customergroup WHERE id = k.key"),
    "month": (
        "to_char(v.date, 'YYYYMM')::bigint",
        "to_char(m.date, 'YYYYMM')::bigint",
        "SELECT substr(k.key::text, 1, 4) || '-' || substr(k.key::text, 5, 2), ''",
    ),
    "day": (
        "to_char(v.date, 'YYYYMMDD')::bigint",
        "to_char(m.date, 'YYYYMMDD')::bigint",
        "SELECT to_char(to_date(k.key::text, 'YYYYMMDD'), 'YYYY-MM-DD'), ''",
    ),
}

# Invoiced figures and cost by key, brought together; names are looked up once per key.
_SQL = """
WITH invoiced AS (
    SELECT {line_key} AS key, sum(l.qty) FILTER (WHERE i.kind = 'stock') AS qty,
           sum(l.net) FILTER (WHERE g.service_type <> ALL(%(not_revenue)s)) AS sales,
           sum(l.net) FILTER (WHERE g.service_type = ANY(%(not_revenue)s)) AS fees,
           sum(l.tax) AS tax, sum(l.gross) AS gross
      FROM sales_salesinvoice v
      JOIN sales_salesinvoiceline l ON l.company_id = v.company_id AND l.invoice_id = v.id
      JOIN inventory_item i ON i.id = l.item_id
      JOIN inventory_itemcategory g ON g.id = i.category_id
      JOIN sales_customer c ON c.id = v.customer_id
     WHERE v.company_id = %(company)s AND v.status = 'confirmed' AND v.date BETWEEN %(first)s AND %(last)s
       AND (%(customer)s::bigint IS NULL OR c.id = %(customer)s)
     GROUP BY 1),
costs AS (
    SELECT {move_key} AS key, -sum(m.value) AS cost
      FROM inventory_stockmove m
      JOIN inventory_stockdocument d ON d.company_id = m.company_id AND d.id = m.document_id
      JOIN inventory_item i ON i.id = m.item_id
      LEFT JOIN sales_customer c ON c.company_id = d.company_id AND c.dimension_value_id = d.party_id
     WHERE m.company_id = %(company)s AND m.kind IN ('delivery', 'sales_return')
       AND m.date BETWEEN %(first)s AND %(last)s AND (%(customer)s::bigint IS NULL OR c.id = %(customer)s)
     GROUP BY 1),
k AS (
    SELECT key, coalesce(v.qty, 0) AS qty, coalesce(v.sales, 0) AS sales, coalesce(v.fees, 0) AS fees,
           coalesce(v.tax, 0) AS tax, coalesce(v.gross, 0) AS gross, coalesce(c.cost, 0) AS cost
      FROM invoiced v FULL JOIN costs c USING (key))
SELECT k.key, coalesce(n.code, ''), coalesce(n.name, ''), k.qty, k.sales, k.fees, k.tax, k.gross, k.cost
  FROM k LEFT JOIN LATERAL ({names}) AS n(code, name) ON true
 ORDER BY {order}
"""


def sales_summary(
    company: Company,
    by: str,
    first: dt.date,
    last: dt.date,
    *,
    customer_id: int | None = None,
) -> list[SalesRow]:
    """Sales of the days, by a key of ``BY``; months and days in order of time, others by sales. One statement."""
    line_key, move_key, names = _KEYS[by]
    order = "k.key" if by in ("month", "day") else "k.sales DESC, n.code"
    sql = _SQL.format(line_key=line_key, move_key=move_key, names=names, order=order)
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "company": company.pk,
                "first": first,
                "last": last,
                "customer": customer_id,
                "not_revenue": [str(kind) for kind in NOT_REVENUE],
            },
        )
        return [SalesRow(*row) for row in cursor.fetchall()]


FIGURES = ("qty", "sales", "fees", "invoiced", "tax", "gross", "cost", "margin")


def totals(rows: list[SalesRow]) -> dict[str, Any]:
    """Sums of the rows, and the margin as a share of their sales."""
    sums: dict[str, Any] = {name: sum((getattr(row, name) for row in rows), ZERO) for name in FIGURES}
    sums["margin_rate"] = sums["margin"] / sums["sales"] if sums["sales"] else None
    return sums


def latest_month(company: Company) -> dt.date | None:
    """First day of the latest month with an invoice."""
    day: dt.date | None = SalesInvoice.objects.filter(company=company).aggregate(day=Max("date"))["day"]
    return day.replace(day=1) if day else None


def asked_range(company: Company, params: Any) -> tuple[dt.date, dt.date]:
    """The days that the parameters name; without any, all there is."""
    first, last = date_range(params)
    return first or dt.date.min, last or dt.date(9999, 12, 31)


COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=36),
    Column("qty", _("Quantity"), "quantity"),
    Column("sales", _("Sales, net"), "amount"),
    Column("fees", _("Fees and advances"), "amount"),
    Column("invoiced", _("Invoiced, net"), "amount"),
    Column("tax", _("Tax"), "amount"),
    Column("gross", _("Gross"), "amount"),
    Column("cost", _("Cost of sales"), "amount"),
    Column("margin", _("Gross margin"), "amount"),
    Column("margin_rate", _("Margin rate"), "percent"),
)
MARGIN_COLUMNS = {"cost", "margin", "margin_rate"}


def _query(company: Company, params: Any) -> ReportResult:
    if params["by"] not in BY:
        raise BadParameter(field="by", name="by", value=params["by"], expected=", ".join(BY))
    first, last = asked_range(company, params)
    rows = sales_summary(company, params["by"], first, last)
    subtitle = f"{params['from'] or ''} – {params['to'] or ''}" if params["from"] or params["to"] else ""
    return ReportResult(rows, totals(rows), subtitle=[subtitle] if subtitle else [])


REPORT = register(
    Report(
        "sales_summary",
        _("Sales summary"),
        "sales.view_margin",
        _query,
        COLUMNS,
        (
            Parameter("by", _("By"), "text", "item"),
            Parameter("from", _("From period"), "period"),
            Parameter("to", _("To period"), "period"),
        ),
    )
)
