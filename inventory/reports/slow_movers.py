"""呆滞料: stock on hand of which nothing was sold, used or given away for long."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.documents.models import DocumentKind as Kind
from inventory.reports import charts
from inventory.reports.room import Chart, StockReport, link
from inventory.reports.scope import AS_OF, WHAT, Params, Scope, day_of, scope_of
from inventory.reports.stock_positions import positions

DAYS = 90
USES = [str(kind) for kind in (Kind.DELIVERY, Kind.OTHER_ISSUE, Kind.PRODUCTION_ISSUE, Kind.ASSEMBLY, Kind.DISASSEMBLY)]

# Item (and warehouse) → first and last day on which something came in, last day on which it was used.
_DAYS = """
SELECT m.item_id, {place}, min(m.date) FILTER (WHERE m.qty > 0), max(m.date) FILTER (WHERE m.qty > 0),
       max(m.date) FILTER (WHERE m.qty < 0 AND m.kind = ANY(%(uses)s))
  FROM inventory_stockmove m
 WHERE {where} AND m.date <= %(as_of)s AND m.effect <> 17
 GROUP BY m.item_id, {place}"""


def idle_since(scope: Scope, as_of: dt.date) -> dict[int, tuple[dt.date | None, dt.date | None, dt.date | None]]:
    """Item → first day in, last day in, last day of use; of one warehouse if the scope names it. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DAYS.format(place="NULL::bigint" if scope.warehouse is None else "m.warehouse_id", where=scope.where("m")),
            scope.values(as_of=as_of, uses=USES),
        )
        return {item: (first, last, used) for item, _place, first, last, used in cursor.fetchall()}


COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=36),
    Column("category", _("Category")),
    Column("warehouse", _("Warehouse")),
    Column("unit", _("Unit"), width=8),
    Column("last_in", _("Last received"), "date"),
    Column("last_used", _("Last used or sold"), "date"),
    Column("days", _("Days without use"), "int"),
    Column("qty", _("Quantity"), "quantity"),
    Column("value", _("Value"), "amount"),
)


def _query(company: Company, params: Params) -> ReportResult:
    scope, as_of = scope_of(company, params), day_of(params, "as_of") or dt.date.today()
    least = DAYS if params["days"] is None else params["days"]
    dates = idle_since(scope, as_of)
    rows: list[dict[str, Any]] = []
    for place in positions(scope, as_of=as_of, grain="item"):
        first, last, used = dates.get(place.item_id, (None, None, None))
        since = used or first
        days = (as_of - since).days if since else 0
        if place.qty <= 0 or days < least:
            continue
        rows.append(
            {
                "code": place.code,
                "name": place.name,
                "category": place.category,
                "warehouse": place.warehouse or gettext("All"),
                "unit": place.unit,
                "last_in": last,
                "last_used": used,
                "days": days,
                "qty": place.qty,
                "value": place.value,
            }
        )
    rows.sort(key=lambda row: (-row["value"], row["code"]))
    subtitle = [gettext("At the end of %(day)s") % {"day": as_of}, *scope.subtitle()]
    return ReportResult(rows, {"value": sum((row["value"] for row in rows), ZERO)}, subtitle)


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    book = link("stock_moves", item_text=row["code"], warehouse_code=params.get("warehouse"), last=params.get("as_of"))
    return dict.fromkeys(("code", "qty", "value", "last_in", "last_used"), book)


def _chart(rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Chart | None:
    return charts.sums(_("Value without use"), "bar", rows, "name", "value")


REPORT = register(
    Report(
        "slow_movers",
        _("Slow movers"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (Parameter("days", _("Days without use, at least"), "int", DAYS), *WHAT, AS_OF),
    )
)
PAGE = StockReport(REPORT, _("Stock"), drill=_drill, chart=_chart, empty=_("Everything on hand has moved lately."))
