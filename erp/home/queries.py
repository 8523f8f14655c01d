"""What the home page shows, read from all apps: the month's sales, stock, receivables, and the state of the link."""

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.money import ZERO
from inventory.costing.ledger_side import not_in_ledger, stock_accounts
from inventory.documents.models import StockDocument
from ledger.periods.models import Period
from sales.orders.models import SalesOrder
from sales.reports.sales_summary import SalesRow, latest_month, sales_summary


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month as two days."""

    first: dt.date

    @property
    def last(self) -> dt.date:
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def before(self) -> "Month":
        return Month((self.first - dt.timedelta(days=1)).replace(day=1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def months(company: Company) -> list[Month]:
    """Months that can be looked at, newest first: from the first period to this month, or to the latest with sales."""
    latest = max(latest_month(company) or company.first_period, min(timezone.localdate(), _last_period(company)))
    starts = Period.objects.filter(company=company, start__lte=latest).order_by("-start")
    return [Month(start) for start in starts.values_list("start", flat=True)] or [Month(company.first_month())]


def _last_period(company: Company) -> dt.date:
    last = Period.objects.filter(company=company).order_by("-start").values_list("start", flat=True).first()
    return last or company.first_period


def month_asked(company: Company, text: str, known: list[Month]) -> Month:
    """The month named ``2025-12``; else the latest with sales, else the newest."""
    for month in known:
        if str(month) == text:
            return month
    latest = latest_month(company)
    return Month(latest) if latest else known[0]


@dataclass(frozen=True, slots=True)
class Sales:
    """A month's sales without tax, less returns; ``growth`` against the month before, None if that had none."""

    sales: Decimal
    cost: Decimal
    growth: Decimal | None
    days: list[SalesRow]

    @property
    def margin(self) -> Decimal:
        return self.sales - self.cost

    @property
    def margin_rate(self) -> Decimal | None:
        return self.margin / self.sales if self.sales else None


def sales_of(company: Company, month: Month) -> Sales:
    """Two statements: the month by days, the month before as one."""
    days = sales_summary(company, "day", month.first, month.last)
    earlier = sales_summary(company, "month", month.before.first, month.before.last)
    sales, before = _sum(days, "sales"), _sum(earlier, "sales")
    return Sales(sales, _sum(days, "cost"), (sales - before) / before if before else None, days)


def _sum(rows: list[SalesRow], name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), ZERO)


@dataclass(frozen=True, slots=True)
class StockAndLedger:
    """Value of stock; what of it the ledger has not been told yet; what its stock accounts hold."""

    stock: Decimal
    waiting: Decimal
    ledger: Decimal
    items: int

    @property
    def difference(self) -> Decimal:
        return self.stock - self.waiting - self.ledger


# Stock as it lies there, by balance and by pool, and the stock accounts with generated vouchers that wait for review.
_STOCK = """
SELECT coalesce((SELECT sum(value) FROM inventory_stockbalance WHERE company_id = %(company)s), 0)
     + coalesce((SELECT sum(value) FROM inventory_poolbalance WHERE company_id = %(company)s), 0),
       coalesce((SELECT sum(debit - credit) FROM ledger_accountbalance
                  WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)), 0)
     + coalesce((SELECT sum(debit - credit) FROM ledger_openingbalance
                  WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)), 0)
     + coalesce((SELECT sum(l.debit - l.credit) FROM ledger_voucher v
                   JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
                  WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed') AND v.kind = 'generated'
                    AND l.account_id = ANY(%(accounts)s)), 0),
       (SELECT count(DISTINCT item_id) FROM inventory_stockbalance WHERE company_id = %(company)s AND qty > 0)
"""


def stock_and_ledger(company: Company) -> StockAndLedger:
    """A handful of statements, none of which reads the moves: what remains between the three is an error."""
    with connection.cursor() as cursor:
        cursor.execute(_STOCK, {"company": company.pk, "accounts": stock_accounts(company.pk)})
        stock, ledger, items = cursor.fetchone()
    return StockAndLedger(stock, not_in_ledger(company), ledger, items)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart in the units of its view box."""

    day: dt.date
    sales: Decimal
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of a month; ``zero`` is the height of the axis."""

    bars: list[Bar]
    zero: int
    top: Decimal
    width: int
    height: int
    bar_width: int


WIDTH, HEIGHT, HEAD, FOOT = 960, 190, 22, 20


def chart(month: Month, days: list[SalesRow]) -> Chart | None:
    """Daily sales as bars drawn by the server; None in a month without any."""
    by_day = {row.code: row.sales for row in days}
    amounts = [
        (day, by_day.get(day.isoformat(), ZERO))
        for day in (month.first + dt.timedelta(days=n) for n in range(month.last.day))
    ]
    highest, lowest = max(ZERO, *(a for _d, a in amounts)), min(ZERO, *(a for _d, a in amounts))
    if highest == lowest:
        return None
    room = HEIGHT - HEAD - FOOT
    scale = Decimal(room) / (highest - lowest)
    zero = HEAD + int(highest * scale)
    step = WIDTH // len(amounts)
    bars = []
    for index, (day, amount) in enumerate(amounts):
        size = int(abs(amount) * scale)
        bars.append(Bar(day, amount, index * step, zero - size if amount > 0 else zero, size))
    return Chart(bars, zero, highest, step * len(amounts), HEIGHT, step - 6)


def recent_sales(company: Company, count: int = 8) -> QuerySet[SalesOrder]:
    """The latest sales documents."""
    return SalesOrder.objects.filter(company=company).select_related("customer").order_by("-date", "-id")[:count]


def recent_stock_documents(company: Company, count: int = 8) -> QuerySet[StockDocument]:
    """The latest stock documents."""
    return StockDocument.objects.filter(company=company).select_related("warehouse").order_by("-id")[:count]
