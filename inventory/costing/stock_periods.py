"""The stock of periods: who may still move goods in them, closing and reopening.

The period's row is the lock: documents hold it FOR SHARE, closing takes it FOR UPDATE, so no document enters a period
behind the back of its closing.
"""

import datetime as dt
from collections.abc import Iterable

from erp.core.errors import DomainError
from inventory.costing.models import StockClosing
from inventory.costing.refusals import StockClosed
from ledger.periods.services import hold_open


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
    closed = list(
        StockClosing.objects.filter(
            company_id=company_id, period__end__gte=held[0], period__start__lte=held[-1]
        ).select_related("period")
    )
    for date in held:
        found = next((row.period for row in closed if row.period.contains(date)), None)
        if found is not None:
            refused[date] = StockClosed(field="date", period=found)
    return refused
