"""Stock on hand (库存余额): what lies where now or at the end of any day, its unit cost and its value."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.reports import charts
from inventory.reports.room import Chart, StockReport, link
from inventory.reports.scope import AS_OF, WHAT, Params, day_of, scope_of
from inventory.reports.stock_positions import Position, positions

BY = (
    ("warehouse", _("Item and warehouse")),
    ("item", _("Item")),
    ("lot", _("Lot or serial no.")),
    ("bin", _("Bin")),
    ("category", _("Category")),
)

_ITEM = (Column("code", _("Code")), Column("name", _("Name"), width=36), Column("category", _("Category")))
_PLACE = (Column("warehouse", _("Warehouse")),)
_LOT = (Column("lot", _("Lot or serial no.")), Column("expires_on", _("Expires on"), "date"))
_BIN = (Column("bin", _("Bin")),)
_UNIT = (Column("unit", _("Unit"), width=8),)
_QTY = (Column("qty", _("Quantity"), "quantity"),)
_PROMISED = (Column("reserved", _("Reserved"), "quantity"), Column("available", _("Available"), "quantity"))
_COST = (Column("unit_cost", _("Unit cost"), "cost"), Column("value", _("Value"), "amount"))


def columns_for(params: Params) -> Sequence[Column]:
    """By category there is no unit to count in; what is promised is known for now only."""
    by = params.get("by") or "warehouse"
    if by == "category":
        return (
            Column("code", _("Code")),
            Column("category", _("Category")),
            Column("items", _("Items"), "int"),
            _COST[1],
        )
    place = () if by == "item" else _PLACE
    parts = {"lot": _LOT, "bin": _BIN}.get(by, ())
    promised = _PROMISED if by == "warehouse" and not params.get("as_of") else ()
    return (*_ITEM, *place, *parts, *_UNIT, *_QTY, *promised, *_COST)


def _query(company: Company, params: Params) -> ReportResult:
    scope, as_of = scope_of(company, params), day_of(params, "as_of")
    by = params["by"] if params["by"] in dict(BY) else "warehouse"
    grain = "warehouse" if by == "category" and scope.warehouse else "item" if by == "category" else by
    found = positions(scope, as_of=as_of, grain=grain, zero=params["zero"])
    value = sum((row.value for row in found), ZERO)
    notes = []
    if any(row.is_shared for row in found):
        notes.append(
            gettext("A place's value is its part of the pool that it belongs to: quantity × cost of the pool.")
        )
    subtitle = [*scope.subtitle(), *([gettext("At the end of %(day)s") % {"day": as_of}] if as_of else [])]
    columns = columns_for({**params, "by": by})
    if by == "category":
        return ReportResult(_categories(found), {"items": len(found), "value": value}, subtitle, notes, columns)
    rows = [_row(row) for row in found]
    totals = {
        "qty": sum((row.qty for row in found), Decimal(0)),
        "reserved": sum((row.reserved for row in found), Decimal(0)),
        "available": sum((row.available for row in found), Decimal(0)),
        "value": value,
    }
    return ReportResult(rows, totals, subtitle, notes, columns)


def _row(row: Position) -> dict[str, Any]:
    """A position in the shape of the columns, with what its links need."""
    return {
        "code": row.code,
        "name": row.name,
        "category": row.category,
        "category_code": row.category_code,
        "warehouse": row.warehouse,
        "warehouse_code": row.warehouse_code,
        "lot": row.lot,
        "expires_on": row.expires_on,
        "bin": row.bin,
        "unit": row.unit,
        "qty": row.qty,
        "reserved": row.reserved,
        "available": row.available,
        "unit_cost": row.unit_cost,
        "value": row.value,
    }


def _categories(found: Sequence[Position]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Decimal]] = {}
    for row in found:
        groups.setdefault((row.category_code, row.category), []).append(row.value)
    return [
        {"code": code, "category": name, "category_code": code, "items": len(values), "value": sum(values, ZERO)}
        for (code, name), values in sorted(groups.items())
    ]


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    as_of = params.get("as_of") or ""
    if "items" in row:
        own = link(
            "stock_on_hand", category=row["category_code"], warehouse=params.get("warehouse"), as_of=as_of, by="item"
        )
        return {"code": own, "category": own, "value": own}
    book = link(
        "stock_moves",
        item_text=row["code"],
        warehouse_code=row["warehouse_code"],
        lot=row["lot"],
        last=as_of,
    )
    trace = link("stock_cost_trace", item=row["code"], day_to=as_of)
    return {"code": book, "qty": book, "value": book, "unit_cost": trace}


def _chart(rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Chart | None:
    if params.get("by") == "category" or len({row["category"] for row in rows}) > 1:
        return charts.sums(_("Value by category"), "pie", rows, "category", "value")
    return charts.sums(_("Highest values"), "bar", rows, "name", "value")


REPORT = register(
    Report(
        "stock_on_hand",
        _("Stock on hand"),
        "inventory.view_cost",
        _query,
        columns_for,
        (
            *WHAT,
            Parameter("by", _("List by")),
            AS_OF,
            Parameter("zero", _("Show items without stock"), "bool", False),
        ),
    )
)
PAGE = StockReport(
    REPORT,
    _("Stock"),
    drill=_drill,
    chart=_chart,
    choices={"by": BY},
    empty=_("Enter the opening stock as an other receipt, or import a file."),
)
