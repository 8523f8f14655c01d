"""Orders reserve stock where the company's settings say so; a cancelled order gives it free."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from erp.core.companies.models import Company
from inventory.availability.services import Wanted, release_source, reserve_lines
from inventory.events import SALES_ORDER
from inventory.items.models import ItemKind
from inventory.preferences import preferences_of
from sales.orders.models import OrderKind, SalesOrderLine


def reserve_orders(company: Company, order_ids: Collection[int], *, by: Any) -> None:
    """Reserve what is on hand for confirmed sales; the first order has the first claim."""
    if not preferences_of(company).reserve_orders:
        return
    lines = SalesOrderLine.objects.filter(
        company=company, order_id__in=order_ids, order__kind=OrderKind.SALE, item__kind=ItemKind.STOCK, qty__gt=0
    ).select_related("order")
    wanted: dict[int, list[Wanted]] = defaultdict(list)
    numbers: dict[int, str] = {}
    for line in lines.order_by("order_id", "line_no"):
        wanted[line.order_id].append(Wanted(line.pk, line.item_id, line.order.warehouse_id, line.qty))
        numbers[line.order_id] = line.order.number
    for order_id, rows in wanted.items():
        reserve_lines(company, SALES_ORDER, order_id, rows, by=by, document_no=numbers[order_id])


def release_order(company: Company, order_id: int, *, by: Any) -> None:
    """Give free what the order reserved."""
    release_source(company, SALES_ORDER, order_id, by=by)
