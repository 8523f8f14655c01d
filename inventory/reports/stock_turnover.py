"""周转: how often stock turned over in a range of days, and how many days it lay on average.

Times = cost of issues ÷ average balance; days = average balance ÷ cost of issues × days. The average is that of the
opening and closing value. Transfers are no issues.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.reports.room import Chart, StockReport, link
from inventory.reports.scope import DAY_FROM, DAY_TO, FROM, TO, WHAT, Params, days_of, scope_of
from inventory.reports.turnover import Turnover, turnovers

BY = (("item", _("Item")), ("category", _("Category")), ("warehouse", _("Warehouse")))
TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")
_HEADS = {
    "item": (Column("code", _("Code")), Column("name", _("Name"), width=36)),
    "category": (Column("category_code", _("Code")), Column("category", _("Category"))),
    "warehouse": (Column("warehouse_code", _("Code")), Column("warehouse", _("Warehouse"))),
}
_FIGURES = (
    Column("opening_value", _("Opening"), "amount"),
    Column("closing_value", _("Closing"), "amount"),
    Column("average", _("Average balance"), "amount"),
    Column("out_value", _("Cost of issues"), "amount"),
    Column("times", _("Turnovers"), "quantity"),
    Column("days", _("Turnover days"), "quantity"),
)


def rates(opening: Decimal, closing: Decimal, issued: Decimal, days: int) -> dict[str, Decimal | None]:
    """Average balance, times and days; None where nothing was issued or nothing lay there."""
    average = (opening + closing) / 2
    turns = issued > 0 and average > 0
    return {
        "average": average.quantize(HUNDREDTH),
        "times": (issued / average).quantize(HUNDREDTH) if turns else None,
        "days": (average / issued * days).quantize(TENTH) if turns else None,
    }


def columns_for(params: Params) -> tuple[Column, ...]:
    return (*_HEADS.get(params.get("by") or "item", _HEADS["item"]), *_FIGURES)


def _query(company: Company, params: Params) -> ReportResult:
    scope = scope_of(company, params)
    first, last = days_of(company, params)
    last = min(last, max(dt.date.today(), first))
    by = params["by"] if params["by"] in dict(BY) else "item"
    days = (last - first).days + 1
    found = turnovers(scope, first, last, by=by, net_transfers=by != "warehouse" and scope.warehouse is None)
    rows = [_row(row, days) for row in found]
    names = ("opening_value", "closing_value", "out_value")
    totals: dict[str, Any] = {name: sum((row[name] for row in rows), Decimal(0)) for name in names}
    totals |= rates(totals["opening_value"], totals["closing_value"], totals["out_value"], days)
    return ReportResult(rows, totals, [f"{first} – {last}", *scope.subtitle()])


def _row(row: Turnover, days: int) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "category_code": row.category_code,
        "category": row.category,
        "warehouse_code": row.warehouse_code,
        "warehouse": row.warehouse,
        "opening_value": row.opening_value,
        "closing_value": row.closing_value,
        "out_value": row.out_value,
        **rates(row.opening_value, row.closing_value, row.out_value, days),
    }


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    kept = {"from_": params.get("from"), "to": params.get("to"), "day_from": params.get("day_from")}
    kept |= {"day_to": params.get("day_to"), "warehouse": row["warehouse_code"] or params.get("warehouse")}
    own = link("stock_summary", text=row["code"], category=row["category_code"] if not row["code"] else None, **kept)
    keys = ("code", "category_code" if not row["warehouse_code"] else "warehouse_code")
    return dict.fromkeys((*keys, "opening_value", "closing_value", "out_value"), own)


def _chart(rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Chart | None:
    """The slowest among those that hold most value."""
    name = {"category": "category", "warehouse": "warehouse"}.get(params.get("by") or "", "name")
    largest = sorted((row for row in rows if row["days"]), key=lambda row: -row["average"])[:12]
    if not largest:
        return None
    data = [{"name": str(_("Turnover days")), "data": [float(row["days"]) for row in largest]}]
    return Chart("bar", _("Turnover days of the highest balances"), [str(row[name]) for row in largest], data)


REPORT = register(
    Report(
        "stock_turnover",
        _("Stock turnover"),
        "inventory.view_cost",
        _query,
        columns_for,
        (FROM, TO, Parameter("by", _("List by")), *WHAT, DAY_FROM, DAY_TO),
    )
)
PAGE = StockReport(
    REPORT, _("Stock"), drill=_drill, chart=_chart, choices={"by": BY}, empty=_("Nothing lay there or moved.")
)
