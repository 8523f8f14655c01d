"""What can be promised: on hand, reserved, on the way, on order, and what comes of it by date."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.pinyin import plain
from inventory.availability.models import Reservation
from inventory.availability.providers import Expected, demand, supply

_ZERO = Decimal(0)


@dataclass(slots=True)
class Availability:
    """Of one item in the warehouses asked for. ``on_hand`` without defects and goods between warehouses.

    ``on_sales`` is what open orders will still take, of it ``unreserved`` is not set aside yet.
    """

    item_id: int
    code: str
    name: str
    unit: str
    safety_stock: Decimal
    on_hand: Decimal
    reserved: Decimal
    in_transit: Decimal
    on_purchase: Decimal = _ZERO
    on_sales: Decimal = _ZERO
    unreserved: Decimal = _ZERO

    @property
    def free(self) -> Decimal:
        """Could leave at once."""
        return self.on_hand - self.reserved

    @property
    def to_promise(self) -> Decimal:
        """Free once all has come and all orders are served."""
        return self.free + self.in_transit + self.on_purchase - self.unreserved


class Step(NamedTuple):
    """Something that comes (+) or goes (−), and what can be promised after it."""

    date: dt.date
    source_type: str
    source_id: int
    document_no: str
    qty: Decimal
    after: Decimal


@dataclass(slots=True)
class Schedule:
    """From what is free now to what can be promised on each later day."""

    start: Availability
    steps: list[Step] = field(default_factory=list)

    def on(self, day: dt.date) -> Decimal:
        """What can be promised for a day without breaking a later promise."""
        left = [self.start.free + self.start.in_transit]
        left += [step.after for step in self.steps if step.date <= day]
        later = [step.after for step in self.steps if step.date > day]
        return min([left[-1], *later])


# Items with their balances; a shipment counts where it goes once it says so.
_ON_HAND = """
WITH there AS (
    SELECT b.item_id, sum(b.qty) FILTER (WHERE w.kind = 'stock') AS on_hand,
           sum(b.reserved) FILTER (WHERE w.kind = 'stock') AS reserved,
           sum(b.qty) FILTER (WHERE w.kind = 'transit') AS in_transit
      FROM inventory_stockbalance b
      JOIN inventory_warehouse w ON w.id = b.warehouse_id
     WHERE b.company_id = %(company)s AND (w.kind = 'transit' OR NOT %(chosen)s OR w.id = ANY(%(warehouses)s))
       AND (%(items)s::bigint[] IS NULL OR b.item_id = ANY(%(items)s))
     GROUP BY b.item_id)
SELECT i.id, i.code, i.name, i.unit, i.safety_stock, coalesce(t.on_hand, 0), coalesce(t.reserved, 0),
       CASE WHEN %(chosen)s THEN 0 ELSE coalesce(t.in_transit, 0) END
  FROM inventory_item i
  LEFT JOIN there t ON t.item_id = i.id
 WHERE i.company_id = %(company)s AND i.kind = 'stock' AND (%(items)s::bigint[] IS NULL OR i.id = ANY(%(items)s))
   AND (%(text)s = '' OR i.search_key LIKE %(text)s)
   AND (NOT %(by_category)s OR i.category_id = ANY(%(categories)s))
   AND (%(items)s::bigint[] IS NOT NULL OR (i.is_active AND t.item_id IS NOT NULL)
        OR (i.is_active AND %(text)s <> ''))
 ORDER BY i.code
"""


def availability(
    company: Company,
    item_ids: Collection[int] | None = None,
    warehouse_ids: Collection[int] | None = None,
    *,
    text: str = "",
    category_ids: Collection[int] | None = None,
) -> list[Availability]:
    """Items by code. Without ``item_ids`` those that were ever in stock. A handful of statements.

    With warehouses, orders of other warehouses and goods between warehouses are left out.
    """
    like = plain(text.strip()).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with connection.cursor() as cursor:
        cursor.execute(
            _ON_HAND,
            {
                "company": company.pk,
                "items": sorted(item_ids) if item_ids is not None else None,
                "chosen": warehouse_ids is not None,
                "warehouses": sorted(warehouse_ids or ()),
                "text": f"%{like}%" if like else "",
                "by_category": category_ids is not None,
                "categories": sorted(category_ids or ()),
            },
        )
        rows = {row[0]: Availability(*row) for row in cursor.fetchall()}
    if not rows:
        return []
    coming, going = expected(company, list(rows), warehouse_ids)
    for one in coming:
        rows[one.item_id].on_purchase += one.qty
    for one in going:
        rows[one.item_id].on_sales += one.qty
    for one in less_reserved(company, going):
        rows[one.item_id].unreserved += one.qty
    return list(rows.values())


def expected(
    company: Company, item_ids: Sequence[int], warehouse_ids: Collection[int] | None
) -> tuple[list[Expected], list[Expected]]:
    """What is to come and what is to go, of these warehouses or of none in particular."""
    wanted = None if warehouse_ids is None else set(warehouse_ids)

    def here(row: Expected) -> bool:
        return wanted is None or row.warehouse_id is None or row.warehouse_id in wanted

    coming = [row for row in supply(company, item_ids) if here(row)]
    return coming, [row for row in demand(company, item_ids) if here(row)]


def less_reserved(company: Company, going: Sequence[Expected]) -> list[Expected]:
    """What open orders will take beyond what is reserved for them."""
    held: dict[tuple[str, int], Decimal] = {}
    lines = {row.source_line_id for row in going}
    if lines:
        for source_type, line_id, qty in Reservation.objects.filter(
            company=company, source_line_id__in=lines, source_type__in={row.source_type for row in going}
        ).values_list("source_type", "source_line_id", "qty"):
            held[source_type, line_id] = held.get((source_type, line_id), _ZERO) + qty
    left = []
    for row in going:
        key = (row.source_type, row.source_line_id)
        part = min(held.get(key, _ZERO), row.qty)
        if part:
            held[key] -= part
        if row.qty > part:
            left.append(row._replace(qty=row.qty - part))
    return left


def schedule(company: Company, item_id: int, warehouse_ids: Collection[int] | None = None) -> Schedule | None:
    """One item day by day: what comes, what goes, what can be promised after it. None: no such item here."""
    rows = availability(company, [item_id], warehouse_ids)
    if not rows:
        return None
    result = Schedule(rows[0])
    today = timezone.localdate()
    coming, going = expected(company, [item_id], warehouse_ids)
    steps = [(row.date or today, 0, row, row.qty) for row in coming]
    steps += [(row.date or today, 1, row, -row.qty) for row in less_reserved(company, going)]
    after = result.start.free + result.start.in_transit
    for date, _order, row, qty in sorted(steps, key=lambda step: (step[0], step[1], step[2].source_id)):
        after += qty
        result.steps.append(Step(date, row.source_type, row.source_id, row.document_no, qty, after))
    return result
