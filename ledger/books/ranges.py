"""The range of periods that every book is asked for."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.balances.models import AccountBalance
from ledger.periods.models import Period


class BadRange(DomainError):
    code = "bad_period_range"
    template = _("Period %(first)s is after %(last)s. Swap them.")


class UnknownPeriod(DomainError):
    code = "unknown_period"
    template = _("There is no period “%(period)s” here. Write it as 2025-12, between %(first)s and %(last)s.")


@dataclass(frozen=True, slots=True)
class PeriodRange:
    """First and last period of a book, both included."""

    first: Period
    last: Period

    @property
    def start(self) -> dt.date:
        return self.first.start

    @property
    def end(self) -> dt.date:
        return self.last.end

    @property
    def year_start(self) -> dt.date:
        """First day of the last period's year: cumulative columns count from here."""
        return dt.date(self.last.year, 1, 1)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} – {self.last}"


def period_range(company: Company, first: str | None = None, last: str | None = None) -> PeriodRange:
    """The range for two texts ``YYYY-MM``; empty ones mean the current period. One statement.

    Raises ``UnknownPeriod`` or ``BadRange``.
    """
    periods = {str(period): period for period in Period.objects.filter(company=company).order_by("start")}
    start, end = first or last, last or first
    if not start or not end:
        start = end = current_period(list(periods.values()))
    for text in (start, end):
        if text not in periods:
            known = list(periods) or ["–"]
            raise UnknownPeriod(period=text, first=known[0], last=known[-1])
    found = PeriodRange(periods[start], periods[end])
    if found.start > found.last.start:
        raise BadRange(first=start, last=end)
    return found


def current_period(periods: list[Period]) -> str:
    """The first period that is not closed, else the last one."""
    for period in periods:
        if period.status != "closed":
            return str(period)
    return str(periods[-1]) if periods else ""


def latest_used_period(company: Company) -> str:
    """The last period with posted turnover (where a reader wants to look), else the first open one. Two statements."""
    used = AccountBalance.objects.filter(company=company).order_by().values("period")
    latest = Period.objects.filter(company=company, pk__in=used).order_by("-start").first()
    if latest is None:
        return current_period(list(Period.objects.filter(company=company).order_by("start")))
    return str(latest)
