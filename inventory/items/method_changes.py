"""Change how an item is costed once it has moved.

会计软件基本功能和服务规范 第二十条 lets a method change, recorded in the system. Ours changes from the first day of the
first period whose stock is open, while nothing is in stock and nothing has moved since: then no move is ever costed
anew by a method it was not booked by, and there is nothing to revalue.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.retries import transactional
from inventory.costing.models import StockClosing
from inventory.items import rules
from inventory.items.models import CostMethod, CostMethodChange, Item
from inventory.items.services import hold_costing
from inventory.moves.models import PoolBalance, StockBalance, StockMove
from ledger.periods.models import Period, PeriodStatus


class ReasonNeeded(DomainError):
    code = "reason_needed"
    template = _("A change of the cost method needs a reason; it is kept with the item.")


class SameMethod(DomainError):
    code = "same_method"
    template = _("%(item)s is costed by that method already. Choose another one.")


class NotPeriodStart(DomainError):
    code = "not_period_start"
    template = _(
        "A cost method changes at the start of a period. Enter %(first)s, the first day whose stock is open; for a "
        "later month, close the stock of the months before it first."
    )


class NoOpenPeriod(DomainError):
    code = "no_open_period"
    template = _("The stock of every period is closed. Open a period first.")


class StillInStock(DomainError):
    code = "still_in_stock"
    template = _(
        "%(item)s: %(qty)s %(unit)s lie in %(warehouse)s. Its cost method changes while nothing is in stock: issue the "
        "rest first, or make a new item."
    )


class MovedSince(DomainError):
    code = "moved_since"
    template = _(
        "%(item)s has moved since %(first)s (last on %(last)s). Close the stock of that period, then change the method "
        "from the start of the next one."
    )


def first_open_day(company: Company) -> dt.date:
    """The first day on which stock is open. Raises ``NoOpenPeriod``."""
    closed = StockClosing.objects.filter(company=company).values("period_id")
    period = (
        Period.objects.filter(company=company, status=PeriodStatus.OPEN)
        .exclude(pk__in=closed)
        .order_by("start")
        .first()
    )
    if period is None:
        raise NoOpenPeriod(field="date")
    return period.start


@transactional
def change_cost_method(
    company: Company,
    item_id: int,
    method: CostMethod | str,
    *,
    date: dt.date,
    reason: str,
    standard_cost: Decimal | None = None,
    by: Any,
) -> CostMethodChange:
    """Cost the item by ``method`` from ``date`` on; ``standard_cost`` per unit for the standard-cost method.

    Raises ``ReasonNeeded``, ``SameMethod``, ``NotPeriodStart``, ``StillInStock``, ``MovedSince`` and the refusals of
    ``rules.check``.
    """
    why = reason.strip()
    if not why:
        raise ReasonNeeded(field="reason")
    item = Item.objects.select_for_update().filter(company=company, pk=item_id).first()
    if item is None:
        raise NotFound(what=Item._meta.verbose_name, key=item_id)
    if item.cost_method == method:
        raise SameMethod(field="method", item=item.code)
    if not item.is_stock:
        column: Any = Item._meta.get_field("cost_method")
        raise rules.ServiceIsNotStocked(field="method", item=item.code, what=column.verbose_name)
    hold_costing(company.pk)
    _refuse_unless_empty(company, item, date)
    old, item.cost_method = item.cost_method, CostMethod(method)
    if item.cost_method == CostMethod.STANDARD:
        item.standard_cost = standard_cost
    rules.check(item)
    item.save(update_fields=["cost_method", "standard_cost"])
    if item.cost_method == CostMethod.STANDARD:
        # Empty pools keep the last unit cost; from now on that is the standard in force.
        for balances in (StockBalance, PoolBalance):
            balances.objects.filter(company=company, item=item).update(last_cost=item.standard_cost)
    return CostMethodChange.objects.create(
        company=company,
        item=item,
        date=date,
        old_method=old,
        new_method=item.cost_method,
        standard_cost=item.standard_cost if item.cost_method == CostMethod.STANDARD else None,
        reason=why,
        by=by,
    )


def _refuse_unless_empty(company: Company, item: Item, date: dt.date) -> None:
    first = first_open_day(company)
    if date != first:
        raise NotPeriodStart(field="date", first=first)
    there = StockBalance.objects.filter(company=company, item=item).exclude(qty=0).select_related("warehouse")
    if (balance := there.order_by("warehouse__code").first()) is not None:
        qty = f"{balance.qty.normalize():f}"
        raise StillInStock(field="method", item=item.code, qty=qty, unit=item.unit, warehouse=balance.warehouse)
    since = StockMove.objects.filter(company=company, item=item, date__gte=first).order_by("-date").first()
    if since is not None:
        raise MovedSince(field="date", item=item.code, first=first, last=since.date)
