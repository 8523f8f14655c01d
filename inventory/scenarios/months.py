"""Months of a scenario: the monthly average is calculated before figures are compared, and periods are closed."""

import datetime as dt

from inventory.costing import monthly
from inventory.costing.models import StockClosing
from inventory.scenarios.steps import World
from ledger.periods.models import Period


def calculate(world: World) -> None:
    """Calculate each open month from the first to the last that the scenario has goods in."""
    if not any(item.method == "monthly_average" for item in world.scenario.items):
        return
    closed = set(StockClosing.objects.filter(company=world.company).values_list("period_id", flat=True))
    for period in _periods(world, world.last_day):
        if period.pk not in closed:
            monthly.calculate(world.company, period, by=None)


def close(world: World, until: dt.date) -> None:
    """Close the stock of every period up to the date, as a month end does: calculated first."""
    from inventory.costing.stock_periods import close_stock

    calculate(world)
    world.settle()
    closed = set(StockClosing.objects.filter(company=world.company).values_list("period_id", flat=True))
    for period in _periods(world, until):
        if period.pk not in closed:
            close_stock(world.company, period, by=None)


def _periods(world: World, until: dt.date) -> list[Period]:
    found = Period.objects.filter(company=world.company, start__lte=until).order_by("start")
    return [period for period in found if period.end >= world.first_day]
