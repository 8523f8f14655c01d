"""The day that a new document starts with."""

import datetime as dt

from django.db.models import Max
from django.utils import timezone

from erp.core.companies.models import Company
from inventory.documents.models import StockDocument
from ledger.periods.models import Period, PeriodStatus


def working_date(company: Company, *, not_before: dt.date | None = None) -> dt.date:
    """Today if its period is open; where the books are of another year, the day of the latest document."""
    today = timezone.localdate()
    if Period.objects.filter(company=company, start__lte=today, end__gte=today, status=PeriodStatus.OPEN).exists():
        day = today
    else:
        latest = StockDocument.objects.filter(company=company).aggregate(day=Max("date"))["day"]
        day = latest or company.first_period
    return max(day, not_before) if not_before else day
