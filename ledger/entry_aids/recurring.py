"""Recurring vouchers (自动凭证): a template becomes a draft in each period that is due – once.

``RecurringRun`` is the promise "once": its unique row is written in the transaction that makes the voucher, so two
people who press the button, or a job that starts again, make one voucher. A run whose draft was deleted is due again.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound, PeriodClosed
from erp.core.money import times
from ledger.entry_aids import templates
from ledger.entry_aids.models import RecurringRun, RecurringVoucher
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import finders, services
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import Voucher


class RecurringRange(DomainError):
    code = "recurring_range"
    template = _("The last month lies before the first one. Correct the months.")


@dataclass(frozen=True, slots=True)
class RunRefusal:
    """A recurring voucher that could not be made, and why."""

    recurring: RecurringVoucher
    error: DomainError


@dataclass(slots=True)
class RunOutcome:
    """The drafts that were made now, and the refusals."""

    made: list[Voucher] = field(default_factory=list)
    refused: list[RunRefusal] = field(default_factory=list)


def is_due(first: dt.date, last: dt.date | None, every_months: int, period: dt.date) -> bool:
    """Whether a voucher that recurs every so many months from ``first`` on falls into the month of ``period``."""
    months = (period.year - first.year) * 12 + period.month - first.month
    ended = last is not None and (period.year, period.month) > (last.year, last.month)
    return months >= 0 and not ended and months % every_months == 0


def day_in(period: Period, day: int) -> dt.date:
    """The day of the period; 31 is the last one."""
    return dt.date(
        period.start.year,
        period.start.month,
        min(day, calendar.monthrange(period.start.year, period.start.month)[1]),
    )


def due(company: Company, period: Period) -> list[RecurringVoucher]:
    """What is due in the period and not made yet (two statements). For the checklist of the period's end."""
    done = set(
        RecurringRun.objects.filter(company=company, period=period, voucher__isnull=False).values_list(
            "recurring_id", flat=True
        )
    )
    active = RecurringVoucher.objects.filter(company=company, is_active=True).select_related("template")
    return [
        row
        for row in active.order_by("name", "id")
        if row.pk not in done and is_due(row.first_month, row.last_month, row.every_months, period.start)
    ]


def run_recurring(company: Company, period: Period, by: Any) -> RunOutcome:
    """Make the drafts that are due in the period. Running it again makes nothing twice.

    Each voucher stands for itself: one that is refused (a template without amounts, an account that was disabled)
    does not stop the others. Raises ``PeriodClosed``.
    """
    if period.status != PeriodStatus.OPEN:
        raise PeriodClosed(period=period)
    outcome = RunOutcome()
    for row in due(company, period):
        try:
            made = _run_one(company, period, row, by)
        except DomainError as refusal:
            outcome.refused.append(RunRefusal(row, refusal))
        else:
            if made is not None:
                outcome.made.append(made)
    return outcome


def _run_one(company: Company, period: Period, row: RecurringVoucher, by: Any) -> Voucher | None:
    """The draft, or None if somebody else made it meanwhile."""
    with transaction.atomic():
        RecurringRun.objects.get_or_create(company=company, recurring=row, period=period)
        run = RecurringRun.objects.select_for_update().get(company=company, recurring=row, period=period)
        if run.voucher_id is not None:
            return None
        date = day_in(period, row.day)
        lines = _with_rates(company, date, templates.lines_of(company, row.template))
        run.voucher = services.create_voucher(
            company, date, row.template.word or None, lines, by=by, reference=row.name
        )
        run.save(update_fields=["voucher"])
        return run.voucher


def _with_rates(company: Company, date: dt.date, lines: Sequence[LineInput]) -> list[LineInput]:
    """Foreign lines of a template hold the base amount; the rate of the day says what it is in the currency."""
    codes = {line.currency for line in lines} - {"", company.currency}
    if not codes:
        return list(lines)
    rates = finders.booking_rates(company, codes, date)
    return [_with_rate(line, rates.get(line.currency)) for line in lines]


def _with_rate(line: LineInput, rate: Decimal | None) -> LineInput:
    if rate is None:
        return line
    return replace(line, rate=rate, original_amount=times(line.debit or line.credit, 1 / rate))


def save(
    company: Company,
    *,
    template_id: int,
    name: str,
    first_month: dt.date,
    last_month: dt.date | None = None,
    every_months: int = 1,
    day: int = 31,
    is_active: bool = True,
    recurring_id: int | None = None,
) -> RecurringVoucher:
    """Add a recurring voucher, or change one. Raises ``NotFound``, ``RecurringRange``, ``TemplateUnnamed``."""
    template = templates.get(company, template_id)
    if not name.strip():
        raise templates.TemplateUnnamed(field="name")
    if last_month is not None and last_month < first_month:
        raise RecurringRange(field="last_month")
    row = RecurringVoucher(company=company) if recurring_id is None else get(company, recurring_id)
    row.template, row.name, row.is_active = template, name.strip()[:80], is_active
    row.first_month, row.last_month = first_month.replace(day=1), last_month and last_month.replace(day=1)
    row.every_months, row.day = every_months, day
    row.save()
    return row


def get(company: Company, recurring_id: int) -> RecurringVoucher:
    """The recurring voucher. Raises ``NotFound``."""
    row = RecurringVoucher.objects.filter(company=company, pk=recurring_id).select_related("template").first()
    if row is None:
        raise NotFound(what=RecurringVoucher._meta.verbose_name, key=recurring_id)
    return row


def delete(company: Company, recurring_id: int) -> None:
    """Stop and forget a recurring voucher; the vouchers that it made stay. Raises ``NotFound``."""
    get(company, recurring_id).delete()
