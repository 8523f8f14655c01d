"""Open, close and reopen periods, and say which period a document's voucher belongs to."""

import calendar
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, PeriodClosed
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.models import BusinessEvent, EventState
from ledger.vouchers.models import Voucher, VoucherStatus

MONTHS_AHEAD = 24


class NoPeriod(DomainError):
    code = "no_period"
    template = _("%(date)s lies outside the periods of this company (%(first)s to %(last)s). Choose another date.")


class PeriodNotReady(DomainError):
    code = "period_not_ready"
    template = _(
        "Period %(period)s cannot be closed: %(vouchers)s vouchers are not posted, %(events)s events wait or failed. "
        "Post or void them first."
    )


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


def close(period: Period, *, by: Any) -> Period:
    """Close a period in which everything is posted. Raises ``PeriodNotReady``, ``EarlierPeriodOpen``."""
    with transaction.atomic():
        # Postings hold the row FOR SHARE, so we wait for those under way and the next find it closed.
        period = Period.objects.select_for_update().get(pk=period.pk)
        if period.status == PeriodStatus.CLOSED:
            raise PeriodClosed(period=period)
        earlier = Period.objects.filter(company_id=period.company_id, start__lt=period.start).exclude(
            status=PeriodStatus.CLOSED
        )
        if first := earlier.order_by("start").first():
            raise EarlierPeriodOpen(earlier=first)
        vouchers = Voucher.objects.filter(
            company_id=period.company_id, period=period, status__in=[VoucherStatus.DRAFT, VoucherStatus.REVIEWED]
        ).count()
        events = BusinessEvent.objects.filter(
            company_id=period.company_id,
            state__in=[EventState.PENDING, EventState.FAILED],
            business_date__lte=period.end,
        ).count()
        if vouchers or events:
            raise PeriodNotReady(period=period, vouchers=vouchers, events=events)
        period.status, period.closed_by, period.closed_at = PeriodStatus.CLOSED, by, timezone.now()
        period.save()
    return period


def reopen(period: Period, *, by: Any) -> Period:
    """Reopen (反结账) the last closed period; the history keeps who and when. Raises ``LaterPeriodClosed``."""
    with transaction.atomic():
        period = Period.objects.select_for_update().get(pk=period.pk)
        later = Period.objects.filter(
            company_id=period.company_id, start__gt=period.start, status=PeriodStatus.CLOSED
        ).order_by("-start")
        if last := later.first():
            raise LaterPeriodClosed(later=last)
        period.status, period.closed_by, period.closed_at = PeriodStatus.OPEN, None, None
        period.save()
    return period
