"""应付余额与账龄: what is owed to each supplier and since when it is due, what was paid in advance, and the balance.

The figures are those of ``purchasing.payables`` on a day; here they are a report: page, workbook, command, API.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.pinyin import plain
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from erp.core.reports.dates import date_range
from inventory.purchasing.payables import Balance, balances
from inventory.suppliers.models import Supplier

BUCKETS: tuple[tuple[str, Any], ...] = (
    ("not_due", _("Not due")),
    ("overdue_30", _("1–30 days")),
    ("overdue_60", _("31–60 days")),
    ("overdue_90", _("61–90 days")),
    ("overdue_more", _("Over 90 days")),
)
SUMMED = (*(name for name, _label in BUCKETS), "owed", "overdue", "prepaid", "net")


def supplier_balances(company: Company, *, day: dt.date | None = None, text: str = "") -> list[Balance]:
    """Balances on a day (today without one) of suppliers that contain the text in code, name, pinyin or tax number."""
    rows = balances(company, on=day)
    if not text.strip():
        return rows
    named = Supplier.objects.filter(company=company, search_key__contains=plain(text))
    wanted = set(named.values_list("id", flat=True))
    return [row for row in rows if row.supplier_id in wanted]


def totals(rows: list[Balance]) -> dict[str, Decimal]:
    """Sums of all columns of amounts."""
    return {name: sum((getattr(row, name) for row in rows), ZERO) for name in SUMMED}


COLUMNS = (
    Column("code", _("Supplier code")),
    Column("name", _("Supplier"), width=30),
    *(Column(name, label, "amount", _("Owed, by days overdue")) for name, label in BUCKETS),
    Column("owed", _("Owed"), "amount"),
    Column("prepaid", _("Paid in advance"), "amount"),
    Column("net", _("Balance"), "amount"),
    Column("oldest_due", _("Oldest due"), "date"),
)


def result(company: Company, *, day: dt.date | None = None, text: str = "") -> ReportResult:
    """The report's rows and sums."""
    rows = supplier_balances(company, day=day, text=text)
    return ReportResult(rows, totals(rows), subtitle=[f"{day or timezone.localdate():%Y-%m-%d}"])


def _query(company: Company, params: Any) -> ReportResult:
    return result(company, day=date_range({"to": params["day"]})[1], text=params["text"] or "")


REPORT = register(
    Report(
        "payables",
        _("Supplier balances and ageing"),
        "ledger.view_report",
        _query,
        COLUMNS,
        (Parameter("day", _("On (day or period)")), Parameter("text", _("Supplier"))),
    )
)
