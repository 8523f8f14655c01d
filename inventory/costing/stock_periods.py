"""The stock of periods: who may still move goods in them, closing and reopening.

The period's row is the lock: documents hold it FOR SHARE, closing takes it FOR UPDATE, so no document enters a period
behind the back of its closing.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from erp.core.access.permissions import require
from erp.core.companies.models import Company
from erp.core.errors import DomainError, PeriodClosed
from erp.core.retries import transactional
from inventory.costing.models import CostCheckpoint, StockClosing, StockClosingTrace
from inventory.costing.refusals import (
    EarlierStockOpen,
    LaterStockClosed,
    LedgerClosed,
    StockClosed,
    StockNotClosed,
    StockNotReady,
    StockReasonNeeded,
)
from inventory.documents.models import DocumentStatus, Reason, StockDocument
from ledger.closing.checks import Item
from ledger.periods.models import Period, PeriodStatus
from ledger.periods.services import ReasonNeeded, hold_open


def hold_stock_open(company_id: int, dates: Iterable[dt.date]) -> dict[dt.date, DomainError]:
    """Keep the stock of the dates' periods open until the transaction ends; date → refusal where it is not.

    For every service that confirms or reverses documents of stock. Two or three statements however many dates.
    """
    wanted = sorted(set(dates))
    # The locks first: a closing under way commits before we read what is closed.
    refused = hold_open(company_id, wanted)
    held = [date for date in wanted if date not in refused]
    if not held:
        return refused
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.start, p."end", p.id FROM inventory_stockclosing c
                 JOIN ledger_period p ON p.id = c.period_id AND p.company_id = c.company_id
                WHERE c.company_id = %s AND p."end" >= %s AND p.start <= %s""",
            [company_id, held[0], held[-1]],
        )
        closed = cursor.fetchall()
    for date in held if closed else ():
        found = next((period_id for start, end, period_id in closed if start <= date <= end), None)
        if found is not None:
            refused[date] = StockClosed(field="date", period=Period.objects.get(company_id=company_id, pk=found))
    return refused


@transactional
def close_stock(company: Company, period: Period, *, by: Any = None, reason: str = "") -> StockClosing:
    """Close the stock of a period: no document dated in it is confirmed or reversed any more, nothing is recosted.

    What blocks in its checklist refuses and is named; some warnings want a ``reason``. The state of every pool is kept
    (``checkpoints``). Raises ``NotPermitted``, ``StockClosed``, ``LedgerClosed``, ``EarlierStockOpen``,
    ``StockNotReady``, ``ReasonNeeded``.
    """
    if by is not None:
        require(by, company, "inventory.close_stock")
    # Late, for whoever moves goods imports this module: the checklist knows the whole of stock.
    from inventory.costing import checkpoints
    from inventory.costing.checklist import checklist

    period = _locked(company, period)
    if StockClosing.objects.filter(company=company, period=period).exists():
        raise StockClosed(period=period)
    if period.status == PeriodStatus.CLOSED:
        raise PeriodClosed(period=period)
    if (earlier := first_open(company, before=period)) is not None:
        raise EarlierStockOpen(earlier=earlier)
    found = [item for item in checklist(company, period) if not item.is_fine]
    if blocking := [item for item in found if item.blocks]:
        raise StockNotReady(
            period=period, items=_sentence(blocking), checks=", ".join(item.check.code for item in blocking)
        )
    unexplained = [item for item in found if item.finding.needs_reason]
    if unexplained and not reason.strip():
        raise ReasonNeeded(field="reason", items=_sentence(unexplained))
    checkpoints.write(company, period)
    closing = StockClosing.objects.create(company=company, period=period, closed_by=by, closed_at=timezone.now())
    kept = [
        {
            "code": item.check.code,
            "label": str(item.check.label),
            "count": item.finding.count,
            "text": str(item.finding.text),
        }
        for item in found
    ]
    _trace(company, period, by, reason, is_closing=True, found=kept)
    return closing


@transactional
def reopen_stock(company: Company, period: Period, *, by: Any = None, reason: str) -> None:
    """Reopen the stock of the last period that is closed, while its ledger is open. The trace keeps who and why.

    Raises ``NotPermitted``, ``StockReasonNeeded``, ``StockNotClosed``, ``LedgerClosed``, ``LaterStockClosed``.
    """
    if by is not None:
        require(by, company, "inventory.reopen_stock")
    if not reason.strip():
        raise StockReasonNeeded(field="reason")
    period = _locked(company, period)
    closing = StockClosing.objects.filter(company=company, period=period).first()
    if closing is None:
        raise StockNotClosed(period=period)
    if period.status != PeriodStatus.OPEN:
        raise LedgerClosed(period=period)
    later = StockClosing.objects.filter(company=company, period__start__gt=period.start).select_related("period")
    if (last := later.order_by("-period__start").first()) is not None:
        raise LaterStockClosed(later=last.period)
    CostCheckpoint.objects.filter(company=company, period=period).delete()
    closing.delete()
    _trace(company, period, by, reason, is_closing=False, found=[])


def first_open(company: Company, *, before: Period | None = None) -> Period | None:
    """The first period whose stock is open and has documents; ``before``: only earlier ones. One statement."""
    documents = (
        StockDocument.objects.filter(company=company, date__gte=OuterRef("start"), date__lte=OuterRef("end"))
        .exclude(status=DocumentStatus.DRAFT)
        .exclude(reason=Reason.OPENING)
    )
    periods = Period.objects.filter(
        Exists(documents), company=company, status=PeriodStatus.OPEN, stock_closing__isnull=True
    )
    if before is not None:
        periods = periods.filter(start__lt=before.start)
    return periods.order_by("start").first()


def is_closed(company: Company, period: Period) -> bool:
    """Whether the stock of the period is closed."""
    return StockClosing.objects.filter(company=company, period=period).exists()


def has_documents(company: Company, period: Period) -> bool:
    """Whether goods moved in the period, opening stock apart."""
    rows = StockDocument.objects.filter(company=company, date__gte=period.start, date__lte=period.end)
    return rows.exclude(status=DocumentStatus.DRAFT).exclude(reason=Reason.OPENING).exists()


def _locked(company: Company, period: Period) -> Period:
    """The period's row. Confirmations hold it FOR SHARE: we wait for those under way, the next find it closed."""
    return Period.objects.select_for_update(of=("self",)).select_related("company").get(company=company, pk=period.pk)


def _sentence(items: Iterable[Item]) -> str:
    return "; ".join(f"{item.check.label}: {item.finding.text} ({item.finding.count})" for item in items)


def _trace(
    company: Company, period: Period, by: Any, reason: str, *, is_closing: bool, found: list[dict[str, Any]]
) -> None:
    StockClosingTrace.objects.create(
        company=company, period=period, is_closing=is_closing, reason=reason.strip()[:200], checklist=found, by=by
    )
