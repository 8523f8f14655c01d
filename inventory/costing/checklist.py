"""What the month end of stock asks: each question with its answer, severity and cure.

The page of 存货核算 shows them all; ``close_stock`` refuses on those that block and wants a reason for some warnings.
"""

from typing import Any

from django.db.models import Max
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from inventory.costing import ledger_side
from inventory.costing.models import CostRun, RecostRequest, RunKind, RunState
from inventory.documents.models import DocumentStatus, StockDocument
from inventory.items.models import CostMethod
from inventory.moves.models import StockMove
from inventory.reports.grni import grni
from inventory.reports.negative_stock import below_zero
from inventory.reports.room import link
from inventory.reports.scope import Scope
from inventory.reports.stock_positions import positions
from inventory.verify import stock_differences
from ledger.closing.checks import FINE, Check, Finding, Item
from ledger.periods.models import Period

NAMED = 5
RECOST, MONTHLY, POST = "recost", "monthly", "post"  # what the page's buttons cure


def checklist(company: Company, period: Period) -> list[Item]:
    """Every question, asked now, in the order in which they are cured."""
    return [Item(check, check.find(company, period)) for check in CHECKS]


def drafts(company: Company, period: Period) -> Finding:
    """Documents dated in the period that have not moved stock: once it is closed they never will."""
    rows = StockDocument.objects.filter(
        company=company, status=DocumentStatus.DRAFT, date__gte=period.start, date__lte=period.end
    )
    if not (count := rows.count()):
        return FINE
    query = {"status": "draft", "first": period.start, "last": period.end}
    return Finding(
        count,
        _named(rows.order_by("date", "number").values_list("number", flat=True)[: NAMED + 1]),
        link("stock_document_list", **query),
        needs_reason=True,
    )


def without_cost(company: Company, period: Period) -> Finding:
    """Goods that came in with a quantity and no value."""
    rows = StockMove.objects.filter(
        company=company, date__gte=period.start, date__lte=period.end, qty__gt=0, value=0, reversal_of__isnull=True
    ).exclude(effect__in=[7, 17])
    codes = rows.order_by("item__code").values_list("item__code", flat=True).distinct()
    if not (count := codes.count()):
        return FINE
    first = codes.first() or ""
    return Finding(count, _named(codes[: NAMED + 1]), link("stock_moves", item_text=first, day_to=period.end))


def estimates(company: Company, period: Period) -> Finding:
    """Receipts whose invoice has not come: usual at a month's end, and worth a look."""
    rows = [row for row in grni(company, as_of=period.end) if row.open_estimate]
    if not rows:
        return FINE
    total = sum(row.open_estimate for row in rows)
    text = _("%(count)s receipt lines, estimated at %(amount)s") % {"count": len(rows), "amount": f"{total:,.2f}"}
    return Finding(len(rows), text, _address("grni"))


def negative(company: Company, period: Period) -> Finding:
    """Below zero at the period's end. A pool below zero blocks: what comes in later would give a closed month's issues
    another cost. Where the cost is one in the company, a single warehouse below zero is only a warning."""
    scope = Scope(company)
    rows = below_zero(scope, period.end)
    if not rows:
        return FINE
    short = {row.code for row in positions(scope, as_of=period.end, grain="item") if row.qty < 0}
    blocks = any(row.code in short or not scope.is_pooled(row.method) for row in rows)
    names = _named([f"{row.code} {row.warehouse} {row.qty.normalize():f}" for row in rows])
    return Finding(len(rows), names, link("negative_stock", as_of=period.end), blocks=blocks, needs_reason=not blocks)


def in_transit(company: Company, period: Period) -> Finding:
    """Shipped to another warehouse and not arrived at the period's end."""
    from erp.core.reports import find

    report = find("transfers_in_transit")
    rows = list(report.query(company, report.clean({"as_of": period.end.isoformat()})).rows)
    if not rows:
        return FINE
    names = _named(dict.fromkeys(row["document"] for row in rows))
    return Finding(len(rows), names, link("transfers_in_transit", as_of=period.end))


def to_recost(company: Company, period: Period) -> Finding:
    """Items that a document made wrong and that wait to be costed again."""
    rows = RecostRequest.objects.filter(company=company, since__lte=period.end)
    codes = rows.order_by("item__code").values_list("item__code", flat=True).distinct()
    return Finding(codes.count(), _named(codes[: NAMED + 1])) if rows.exists() else FINE


def not_calculated(company: Company, period: Period) -> Finding:
    """Items of the monthly average that moved in the period after its last calculation."""
    last = CostRun.objects.filter(
        company=company, kind=RunKind.MONTHLY, state=RunState.DONE, since__lte=period.start
    ).aggregate(last=Max("ended_at"))["last"]
    rows = StockMove.objects.filter(
        company=company,
        date__gte=period.start,
        date__lte=period.end,
        item__cost_method=CostMethod.MONTHLY_AVERAGE,
    )
    if last is not None:
        rows = rows.filter(created_at__gt=last)
    codes = rows.order_by("item__code").values_list("item__code", flat=True).distinct()
    return Finding(count, _named(codes[: NAMED + 1])) if (count := codes.count()) else FINE


def events(company: Company, period: Period) -> Finding:
    """Vouchers of stock that are not written yet."""
    failed = ledger_side.waiting(company, period, states=["failed"])
    count = failed + ledger_side.waiting(company, period, states=["pending"])
    if not count:
        return FINE
    text = _("%(count)s events wait, %(failed)s of them failed") % {"count": count, "failed": failed}
    return Finding(count, text, link("posting_monitor", state="failed" if failed else "pending", last=period.end))


def ledger(company: Company, period: Period) -> Finding:
    """Items whose stock and stock accounts moved differently up to the period's end."""
    found = stock_differences(company, until=period)
    if not found:
        return FINE
    return Finding(len(found), " ".join(found[:NAMED]), link("stock_reconciliation", to=period))


CHECKS = (
    Check("drafts", gettext_lazy("Stock documents are confirmed"), 10, drafts, False),
    Check("without_cost", gettext_lazy("What came in has a cost"), 15, without_cost, False),
    Check("estimates", gettext_lazy("Invoices of receipts have come"), 20, estimates, False),
    Check("negative", gettext_lazy("No stock is below zero"), 25, negative, False),
    Check("in_transit", gettext_lazy("Transfers have arrived"), 30, in_transit, False),
    Check("to_recost", gettext_lazy("Nothing waits to be recosted"), 35, to_recost, True, RECOST),
    Check("monthly", gettext_lazy("Monthly averages are calculated"), 40, not_calculated, True, MONTHLY),
    Check("events", gettext_lazy("Vouchers of stock are written"), 45, events, True, POST),
    Check("ledger", gettext_lazy("Stock = stock accounts of the ledger"), 50, ledger, True),
)


def _named(names: Any) -> str:
    found = [str(name) for name in names]
    return ", ".join(found[:NAMED]) + ("…" if len(found) > NAMED else "")


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
