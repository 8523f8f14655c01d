"""Open, close and reopen periods, and say which period a document's voucher belongs to."""

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.access.permissions import require
from erp.core.companies.models import Company
from erp.core.errors import DomainError, PeriodClosed
from erp.core.users.names import name_of
from ledger.closing.checks import Item, checklist
from ledger.closing.models import PeriodAction, PeriodTrace
from ledger.periods.models import Period, PeriodStatus

MONTHS_AHEAD = 24
REOPEN_PERMISSION = "ledger.reopen_period"
_AFTER_CLOSE: list[Callable[[Period, Any], None]] = []
_AFTER_REOPEN: list[Callable[[Period, Any], None]] = []


class NoPeriod(DomainError):
    code = "no_period"
    template = _("%(date)s lies outside the periods of this company (%(first)s to %(last)s). Choose another date.")


class PeriodNotReady(DomainError):
    code = "period_not_ready"
    template = _("Period %(period)s cannot be closed. %(items)s")


class ReasonNeeded(DomainError):
    code = "reason_needed"
    template = _("Give a reason: %(items)s")


class ReopenReason(DomainError):
    code = "reopen_reason"
    template = _("Reopening a period needs a reason; it stays in the period's trace.")


class PeriodNotClosed(DomainError):
    code = "period_not_closed"
    template = _("Period %(period)s is not closed.")


class EarlierPeriodOpen(DomainError):
    code = "earlier_period_open"
    template = _("Close period %(earlier)s first: periods close in order.")


class LaterPeriodClosed(DomainError):
    code = "later_period_closed"
    template = _("Reopen period %(later)s first: periods reopen from the last backwards.")


def ensure_periods(company: Company, months: int = MONTHS_AHEAD) -> None:
    """Make the months from the company's first period on (to the end of the year of the last one)."""
    first = company.first_month()
    last_year = first.year + (first.month - 1 + months - 1) // 12
    Period.objects.bulk_create(
        [
            Period(
                company=company,
                year=year,
                number=month,
                start=dt.date(year, month, 1),
                end=dt.date(year, month, calendar.monthrange(year, month)[1]),
            )
            for year in range(first.year, last_year + 1)
            for month in range(1, 13)
            if (year, month) >= (first.year, first.month)
        ],
        ignore_conflicts=True,
    )


def ensure_year(company: Company, year: int) -> None:
    """Make the months of the year, and those before it that are missing."""
    first = company.first_month()
    ensure_periods(company, (year - first.year) * 12 + 13 - first.month)


def period_of(company_id: int, date: dt.date) -> Period:
    """The period that contains the date. Raises ``NoPeriod``."""
    period = Period.objects.filter(company_id=company_id, start__lte=date, end__gte=date).first()
    if period is None:
        raise _no_period(company_id, date)
    return period


def open_period_for(company_id: int, date: dt.date) -> Period:
    """The open period that contains the date. Raises ``NoPeriod`` or ``PeriodClosed``."""
    period = period_of(company_id, date)
    if period.status != PeriodStatus.OPEN:
        raise PeriodClosed(field="date", period=period)
    return period


def hold_open(company_id: int, dates: Iterable[dt.date]) -> dict[dt.date, DomainError]:
    """Keep the periods of the dates open until the transaction ends; returns date → refusal where that is not so.

    For services that confirm documents: closing waits for them, so no document enters a period behind its back.
    """
    wanted = sorted(set(dates))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT start, "end", status, year, number FROM ledger_period
                WHERE company_id = %s AND start <= %s AND "end" >= %s ORDER BY start FOR SHARE""",
            [company_id, wanted[-1], wanted[0]],
        )
        periods = cursor.fetchall()
    refused: dict[dt.date, DomainError] = {}
    for date in wanted:
        period = next((row for row in periods if row[0] <= date <= row[1]), None)
        if period is None:
            refused[date] = _no_period(company_id, date)
        elif period[2] != PeriodStatus.OPEN:
            refused[date] = PeriodClosed(field="date", period=f"{period[3]}-{period[4]:02d}")
    return refused


def _no_period(company_id: int, date: dt.date) -> NoPeriod:
    periods = Period.objects.filter(company_id=company_id).order_by("start")
    first, last = periods.first(), periods.last()
    return NoPeriod(field="date", date=date, first=first and first.start, last=last and last.end)


def close(period: Period, *, by: Any, reason: str = "") -> Period:
    """Close a period (结账). Everything that blocks in its checklist refuses, and is named (C08, C09).

    Warnings are kept in the trace; those that need it want a ``reason``. Closing or refusing leaves a trace.
    Raises ``PeriodNotReady``, ``ReasonNeeded``, ``EarlierPeriodOpen``, ``PeriodClosed``.
    """
    try:
        with transaction.atomic():
            # Postings hold the row FOR SHARE, so we wait for those under way and the next find it closed.
            period = Period.objects.select_for_update(of=("self",)).select_related("company").get(pk=period.pk)
            _refuse_order(period)
            warnings = _refuse_findings(period, reason)
            period.status, period.closed_by, period.closed_at = PeriodStatus.CLOSED, by, timezone.now()
            period.save()
            if period.number == 12:
                ensure_year(period.company, period.year + 1)
            for after in _AFTER_CLOSE:
                after(period, by)
            _trace(period, PeriodAction.CLOSE, by, reason, {"warnings": warnings} if warnings else {})
    except DomainError as refusal:
        _trace(period, PeriodAction.CLOSE_REFUSED, by, reason, refusal.as_dict())
        raise
    return period


def reopen(period: Period, *, by: Any, reason: str) -> Period:
    """Reopen (反结账) the last closed period (C11). Statements issued from it are superseded; what is posted stays.

    The permission is asked here, because a refusal is traced too. Raises ``NotPermitted``, ``ReopenReason``,
    ``LaterPeriodClosed``, ``PeriodNotClosed``.
    """
    try:
        if by is not None:
            require(by, period.company, REOPEN_PERMISSION)
        if not reason.strip():
            raise ReopenReason(field="reason")
        with transaction.atomic():
            period = Period.objects.select_for_update(of=("self",)).select_related("company").get(pk=period.pk)
            if period.status == PeriodStatus.OPEN:
                raise PeriodNotClosed(period=period)
            later = Period.objects.filter(
                company_id=period.company_id, start__gt=period.start, status=PeriodStatus.CLOSED
            ).order_by("-start")
            if last := later.first():
                raise LaterPeriodClosed(later=last)
            period.status, period.closed_by, period.closed_at = PeriodStatus.OPEN, None, None
            period.save()
            for after in _AFTER_REOPEN:
                after(period, by)
            _trace(period, PeriodAction.REOPEN, by, reason)
    except DomainError as refusal:
        _trace(period, PeriodAction.REOPEN_REFUSED, by, reason, refusal.as_dict())
        raise
    return period


def register_after_close(work: Callable[[Period, Any], None]) -> None:
    """Have ``work(period, by)`` done in the transaction that closes a period, e.g. issuing its statements."""
    if work not in _AFTER_CLOSE:
        _AFTER_CLOSE.append(work)


def register_after_reopen(work: Callable[[Period, Any], None]) -> None:
    """Have ``work(period, by)`` done in the transaction that reopens a period."""
    if work not in _AFTER_REOPEN:
        _AFTER_REOPEN.append(work)


def _refuse_order(period: Period) -> None:
    if period.status == PeriodStatus.CLOSED:
        raise PeriodClosed(period=period)
    earlier = Period.objects.filter(company_id=period.company_id, start__lt=period.start)
    if first := earlier.exclude(status=PeriodStatus.CLOSED).order_by("start").first():
        raise EarlierPeriodOpen(earlier=first)


def _refuse_findings(period: Period, reason: str) -> list[str]:
    """The codes of the warnings. Raises ``PeriodNotReady`` with all that blocks, ``ReasonNeeded``."""
    found = [item for item in checklist(period.company, period) if not item.is_fine]
    if blocking := [item for item in found if item.blocks]:
        raise PeriodNotReady(
            period=period, items=_sentence(blocking), checks=", ".join(item.check.code for item in blocking)
        )
    unexplained = [item for item in found if item.finding.needs_reason]
    if unexplained and not reason.strip():
        raise ReasonNeeded(field="reason", items=_sentence(unexplained))
    return [item.check.code for item in found]


def _sentence(items: Iterable[Item]) -> str:
    return "; ".join(f"{item.check.label}: {item.finding.text} ({item.finding.count})" for item in items)


def _trace(period: Period, action: str, by: Any, reason: str = "", facts: Mapping[str, Any] | None = None) -> None:
    PeriodTrace.objects.create(
        company_id=period.company_id,
        period=period,
        action=action,
        user=by,
        user_name=name_of(by),
        reason=reason.strip()[:300],
        facts=dict(facts or {}),
    )
