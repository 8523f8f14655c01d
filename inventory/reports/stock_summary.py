"""收发存汇总表: what was there, what came in, what went out and what is left, in quantity and amount.

Sides are those of the stock accounts (``sides``). Transfers within what is looked at cancel out unless they are asked
for; for one warehouse, or by warehouse, they are always shown.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import unit_cost
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.moves.models import MOVE_KINDS
from inventory.reports import charts
from inventory.reports.room import Chart, StockReport, link
from inventory.reports.scope import DAY_FROM, DAY_TO, FROM, TO, WHAT, Params, days_of, scope_of
from inventory.reports.turnover import KindKey, Turnover, by_kind, turnovers

BY = (
    ("item", _("Item")),
    ("item_warehouse", _("Item and warehouse")),
    ("category", _("Category")),
    ("warehouse", _("Warehouse")),
)
SIDES = (("opening", _("Opening")), ("in", _("In")), ("out", _("Out")), ("closing", _("Closing")))
_HEADS = {
    "item": (Column("code", _("Code")), Column("name", _("Name"), width=32), Column("category", _("Category"))),
    "item_warehouse": (
        Column("code", _("Code")),
        Column("name", _("Name"), width=32),
        Column("warehouse", _("Warehouse")),
    ),
    "category": (Column("category_code", _("Code")), Column("category", _("Category"))),
    "warehouse": (Column("warehouse_code", _("Code")), Column("warehouse", _("Warehouse"))),
}


def columns_for(params: Params, kinds: Sequence[KindKey] = ()) -> list[Column]:
    """Quantity, unit cost and value of each side; ``kinds`` follow their side, each with quantity and value."""
    by = params.get("by") or "item"
    counts = by.startswith("item")
    columns: list[Column] = [*_HEADS[by]]
    if counts:
        columns.append(Column("unit", _("Unit"), width=8))
    labels = dict(MOVE_KINDS)
    for side, label in SIDES:
        if counts:
            columns.append(Column(f"{side}_qty", _("Quantity"), "quantity", label))
            columns.append(Column(f"{side}_cost", _("Unit cost"), "cost", label))
        columns.append(Column(f"{side}_value", _("Value"), "amount", label))
        for is_in, kind in kinds:
            if side == ("in" if is_in else "out"):
                group = f"{label} · {labels.get(kind, kind)}"
                if counts:
                    columns.append(Column(f"{side}_{kind}_qty", _("Quantity"), "quantity", group))
                columns.append(Column(f"{side}_{kind}_value", _("Value"), "amount", group))
    return columns


def _query(company: Company, params: Params) -> ReportResult:
    scope = scope_of(company, params)
    first, last = days_of(company, params)
    by = params["by"] if params["by"] in dict(BY) else "item"
    is_net = not (params["transfers"] or scope.warehouse is not None or "warehouse" in by)
    found = turnovers(scope, first, last, by=by, net_transfers=is_net)
    rows = [_row(row) for row in found]
    kinds: list[KindKey] = []
    if params["kinds"]:
        parts = by_kind(scope, first, last, by=by, net_transfers=is_net)
        order = [str(kind) for kind, _label in MOVE_KINDS]
        kinds = sorted(
            {key for one in parts.values() for key in one}, key=lambda key: (not key[0], order.index(key[1]))
        )
        for turnover, row in zip(found, rows, strict=True):
            for (is_in, kind), (qty, value) in parts.get(turnover.key, {}).items():
                side = "in" if is_in else "out"
                row[f"{side}_{kind}_qty"], row[f"{side}_{kind}_value"] = qty, value
    columns = columns_for({**params, "by": by}, kinds)
    notes = [gettext("Opening + in − out = closing, in each row and in all.")]
    if is_net:
        notes.append(gettext("Transfers cancel out here; what was lost on the way is an issue."))
    if by != "item" and scope.pools_all:
        notes.append(gettext("Cost is pooled in the company: values by warehouse are those of the moves."))
    subtitle = [f"{first} – {last}", *scope.subtitle()]
    return ReportResult(rows, _totals(rows, columns), subtitle, notes, columns)


def _row(row: Turnover) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("code", "name", "unit", "category_code", "category", "warehouse_code", "warehouse")
    }
    for side, _label in SIDES:
        qty, value = getattr(row, f"{side}_qty"), getattr(row, f"{side}_value")
        shown |= {f"{side}_qty": qty, f"{side}_value": value, f"{side}_cost": unit_cost(value, qty) if qty else None}
    return shown


def _totals(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> dict[str, Decimal]:
    keys = [column.key for column in columns if column.kind in ("quantity", "amount")]
    return {key: sum((row.get(key) or Decimal(0) for row in rows), Decimal(0)) for key in keys}


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    kept = {name: params.get(name) for name in ("from", "to", "day_from", "day_to", "text")}
    if row["code"]:
        given = {"from_": kept["from"], "to": kept["to"], "day_from": kept["day_from"], "day_to": kept["day_to"]}
        place = row["warehouse_code"] or params.get("warehouse")
        own = link("stock_moves", item_text=row["code"], warehouse_code=place, **given)
    else:
        own = link(
            "stock_summary",
            by="item",
            category=row["category_code"] or params.get("category"),
            warehouse=row["warehouse_code"] or params.get("warehouse"),
            from_=kept["from"],
            to=kept["to"],
            day_from=kept["day_from"],
            day_to=kept["day_to"],
            text=kept["text"],
        )
    names = ("code", "category_code" if not row["warehouse_code"] else "warehouse_code")
    figures = [f"{side}_{what}" for side, _label in SIDES for what in ("qty", "value")]
    return dict.fromkeys([*names, *figures], own)


def _chart(rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Chart | None:
    """In and out of the groups with the largest turnover."""
    name = {"category": "category", "warehouse": "warehouse"}.get(params.get("by") or "", "name")
    largest = sorted(rows, key=lambda row: -(abs(row["in_value"]) + abs(row["out_value"])))[: charts.SHOWN]
    largest = [row for row in largest if row["in_value"] or row["out_value"]]
    if not largest:
        return None
    parts = [charts.series(label, (row[f"{side}_value"] for row in largest)) for side, label in SIDES[1:3]]
    return Chart("bar", _("Largest turnovers"), [str(row[name]) for row in largest], parts)


REPORT = register(
    Report(
        "stock_summary",
        _("Stock received, issued and on hand"),
        "inventory.view_cost",
        _query,
        columns_for,
        (
            FROM,
            TO,
            Parameter("by", _("List by")),
            *WHAT,
            DAY_FROM,
            DAY_TO,
            Parameter("kinds", _("Columns by kind of document"), "bool", False),
            Parameter("transfers", _("Show transfers"), "bool", False),
        ),
    )
)
PAGE = StockReport(
    REPORT,
    _("Stock"),
    drill=_drill,
    chart=_chart,
    choices={"by": BY},
    empty=_("Nothing lay there and nothing moved in these days. Choose other periods."),
)
