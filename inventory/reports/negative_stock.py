"""负库存: items and warehouses that hold less than nothing now, and since when.

Only items that may go below zero get here; what comes in next settles what they lack at its own cost.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Report, ReportResult, register
from inventory.reports.room import StockReport, link
from inventory.reports.scope import AS_OF, WHAT, Params, Scope, day_of, scope_of
from inventory.reports.stock_positions import Position, positions


def below_zero(scope: Scope, as_of: Any = None) -> list[Position]:
    """Places that hold less than nothing."""
    return [row for row in positions(scope, as_of=as_of) if row.qty < 0]


def since(scope: Scope, items: list[int], as_of: Any = None) -> dict[tuple[int, str], Any]:
    """(item, warehouse code) → first day of the last stretch below zero. One statement."""
    if not items:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT m.item_id, w.code, m.date, sum(m.qty) FROM inventory_stockmove m
                  JOIN inventory_warehouse w ON w.id = m.warehouse_id
                 WHERE {scope.where("m")} AND m.item_id = ANY(%(items)s)
                   AND (%(as_of)s::date IS NULL OR m.date <= %(as_of)s)
                 GROUP BY m.item_id, w.code, m.date ORDER BY m.item_id, w.code, m.date""",
            scope.values(items=items, as_of=as_of),
        )
        left: dict[tuple[int, str], Decimal] = {}
        found: dict[tuple[int, str], Any] = {}
        for item, warehouse, date, qty in cursor.fetchall():
            place = (item, warehouse)
            left[place] = left.get(place, Decimal(0)) + qty
            if left[place] >= 0:
                found.pop(place, None)
            else:
                found.setdefault(place, date)
    return found


COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=36),
    Column("warehouse", _("Warehouse")),
    Column("unit", _("Unit"), width=8),
    Column("since", _("Below zero since"), "date"),
    Column("qty", _("Quantity"), "quantity"),
    Column("value", _("Value"), "amount"),
)


def _query(company: Company, params: Params) -> ReportResult:
    scope, as_of = scope_of(company, params), day_of(params, "as_of")
    found = below_zero(scope, as_of)
    dates = since(scope, [row.item_id for row in found], as_of)
    rows = [
        {
            "code": row.code,
            "name": row.name,
            "warehouse": row.warehouse,
            "warehouse_code": row.warehouse_code,
            "unit": row.unit,
            "since": dates.get((row.item_id, row.warehouse_code)),
            "qty": row.qty,
            "value": row.value,
        }
        for row in found
    ]
    return ReportResult(rows, {"value": sum((row.value for row in found), ZERO)}, scope.subtitle())


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    book = link("stock_moves", item_text=row["code"], warehouse_code=row["warehouse_code"])
    return dict.fromkeys(("code", "qty", "value", "since"), book)


REPORT = register(Report("negative_stock", _("Negative stock"), "inventory.view_cost", _query, COLUMNS, (*WHAT, AS_OF)))
PAGE = StockReport(REPORT, _("Stock"), drill=_drill, empty=_("Nothing is below zero."))
