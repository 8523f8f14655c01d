"""What stock counts ask at a period's end: counts are confirmed, and differences are decided on."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.counts.models import CountStatus, StockCount
from inventory.counts.pending import pending
from ledger.closing.checks import FINE, Finding, register_check
from ledger.periods.models import Period

NAMED = 5


def register() -> None:
    """Called once when Django starts."""
    register_check("stock_counts", _("Stock counts are confirmed"), unfinished, order=32, is_blocking=False)
    register_check("count_differences", _("Count differences are decided on"), undecided, order=33, is_blocking=False)


def unfinished(company: Company, period: Period) -> Finding:
    """Counts dated in the period that are still going on."""
    rows = StockCount.objects.filter(
        company=company, status=CountStatus.COUNTING, date__gte=period.start, date__lte=period.end
    ).order_by("date", "number")
    names = list(rows.values_list("number", flat=True))
    if not names:
        return FINE
    return Finding(len(names), _named(names), reverse("stock_count_list"))


def undecided(company: Company, period: Period) -> Finding:
    """Differences up to the period's end that wait; that account 1901 is empty at the year's end asks the ledger."""
    rows = [row for row in pending(company) if row.date <= period.end]
    if not rows:
        return FINE
    names = list(dict.fromkeys(row.number for row in rows))
    return Finding(len(rows), _named(names), reverse("count_disposals"))


def _named(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
