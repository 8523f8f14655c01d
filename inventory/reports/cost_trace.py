"""成本追溯: why the unit cost of an item is what it is.

Every move that changed the cost of its pool, with the cost before and after and what did it; and the recostings and
month calculations that changed moves later, with the document that caused them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.costing.models import CostChange, RunKind
from inventory.documents.models import DocumentKind
from inventory.items.models import CostMethod, Item
from inventory.moves.models import MOVE_KINDS
from inventory.reports.room import Chart, StockReport, link
from inventory.reports.scope import DAY_FROM, DAY_TO, FROM, ITEM, LOT, TO, WAREHOUSE, Params, Scope, days_of, scope_of
from inventory.valuation.engine import Effect

SHOWN = 5_000  # moves; the page says when there are more
POINTS = 240
CAUSES = {
    Effect.RECEIVE: _("received at its own cost"),
    Effect.GAIN: _("found, at the cost of the stock"),
    Effect.ISSUE: _("went out at the cost of the stock"),
    Effect.BACK: _("came back at its original cost"),
    Effect.TO_SUPPLIER: _("went back to the supplier"),
    Effect.OUT: _("moved to another warehouse"),
    Effect.INTO: _("came from another warehouse with its cost"),
    Effect.ADJUST: _("cost adjusted"),
    Effect.LANDED: _("landed cost of a receipt"),
    Effect.VARIANCE: _("price variance of an invoice, the part still in stock"),
    Effect.PRODUCE: _("made of what was consumed"),
    Effect.CONSUME: _("consumed"),
    Effect.REPRICE: _("new standard cost"),
    Effect.TAKE_BACK: _("reversal of a receipt"),
    Effect.GIVE_BACK: _("reversal of an issue"),
    Effect.FROZEN: _("cancelled out"),
}

# The last moves that changed the unit cost of their pool (an empty pool that gets stock counts as a change), newest
# first. Costs that differ by less than a cent on all that is there do not differ: rounding is no change.
_CHANGES = """
WITH running AS (
    SELECT m.id, m.date, m.sequence, m.effect, m.qty, m.value, sum(m.qty) OVER pool AS qty_after,
           sum(m.value) OVER pool AS value_after
      FROM inventory_stockmove m
     WHERE {where} AND m.date <= %(last)s
    WINDOW pool AS (PARTITION BY {pool} ORDER BY m.date, m.sequence, m.id ROWS UNBOUNDED PRECEDING)),
costs AS (
    SELECT r.*, (r.value_after - r.value) / nullif(r.qty_after - r.qty, 0) AS before,
           r.value_after / nullif(r.qty_after, 0) AS after
      FROM running r WHERE r.date >= %(first)s),
changed AS (
    SELECT c.* FROM costs c
     WHERE c.effect = ANY(%(always)s)
        OR (c.after IS NOT NULL AND abs(c.after - coalesce(c.before, 0)) * greatest(abs(c.qty_after), 1) > 0.01)
     ORDER BY c.date DESC, c.sequence DESC, c.id DESC LIMIT %(limit)s)
SELECT m.date, m.kind, m.effect, d.id, d.kind, d.number, coalesce(n.name, ''), w.code, w.name, coalesce(t.number, ''),
       m.qty, m.value, c.qty_after, c.value_after, coalesce(c.before, 0), coalesce(c.after, c.before, 0)
  FROM changed c
  JOIN inventory_stockmove m ON m.company_id = %(company)s AND m.id = c.id
  JOIN inventory_stockdocument d ON d.company_id = m.company_id AND d.id = m.document_id
  JOIN inventory_warehouse w ON w.id = m.warehouse_id
  LEFT JOIN inventory_lot t ON t.id = m.lot_id
  LEFT JOIN ledger_dimensionvalue n ON n.id = d.party_id
 ORDER BY m.date DESC, m.sequence DESC, m.id DESC"""


@dataclass(frozen=True, slots=True)
class Step:
    """A move, and the unit cost of its pool before and after it."""

    date: dt.date
    kind: str
    effect: int
    document_id: int
    document_kind: str
    document: str
    party: str
    warehouse_code: str
    warehouse: str
    lot: str
    qty: Decimal
    value: Decimal
    qty_after: Decimal
    value_after: Decimal
    before: Decimal
    after: Decimal

    @property
    def label(self) -> str:
        return f"{DocumentKind(self.document_kind).label} {self.document}"


def steps(scope: Scope, item: Item, first: dt.date, last: dt.date) -> list[Step]:
    """Moves of the item in the range that changed the cost of their pool, in order; the last ``SHOWN`` and one more if
    there are more. One statement."""
    is_pooled = scope.is_pooled(item.cost_method)
    pool = "m.company_id" if is_pooled else "m.warehouse_id"
    if item.cost_method == CostMethod.SPECIFIC:
        pool = f"{pool}, m.lot_id"
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGES.format(pool=pool, where=scope.where("m", warehouse=not is_pooled)),
            scope.values(
                first=first,
                last=last,
                limit=SHOWN + 1,
                always=[int(one) for one in (Effect.LANDED, Effect.ADJUST, Effect.REPRICE)],
            ),
        )
        return [Step(*row) for row in reversed(cursor.fetchall())]


COLUMNS = (
    Column("date", _("Date"), "date"),
    Column("document", _("Document"), width=30),
    Column("party", _("Party"), width=24),
    Column("warehouse", _("Warehouse")),
    Column("lot", _("Lot or serial no.")),
    Column("cause", _("What happened"), width=36),
    Column("qty", _("Quantity"), "quantity"),
    Column("value", _("Value"), "amount"),
    Column("before", _("Unit cost before"), "cost"),
    Column("after", _("Unit cost after"), "cost"),
    Column("qty_after", _("Quantity left"), "quantity"),
    Column("value_after", _("Value left"), "amount"),
)


def _query(company: Company, params: Params) -> ReportResult:
    scope = scope_of(company, params)
    if scope.item is None:
        raise NotFound(field="item", what=Item._meta.verbose_name, key="–")
    first, last = days_of(company, params) if _has_range(params) else (dt.date.min, dt.date(9999, 12, 31))
    labels = dict(MOVE_KINDS)
    rows: list[dict[str, Any]] = [
        {
            "date": step.date,
            "document": step.label,
            "document_id": step.document_id,
            "party": step.party,
            "warehouse": step.warehouse,
            "warehouse_code": step.warehouse_code,
            "lot": step.lot,
            "cause": str(CAUSES.get(Effect(step.effect), labels.get(step.kind, step.kind))),
            "qty": step.qty,
            "value": step.value,
            "before": step.before.quantize(Decimal("0.000001")),
            "after": step.after.quantize(Decimal("0.000001")),
            "qty_after": step.qty_after,
            "value_after": step.value_after,
        }
        for step in steps(scope, scope.item, first, last)
    ]
    notes = []
    if len(rows) > SHOWN:
        notes.append(gettext("Only the last %(count)s changes are shown. Narrow the days.") % {"count": SHOWN})
        rows = rows[-SHOWN:]
    if params["runs"]:
        rows = sorted([*rows, *_runs(scope, scope.item, first, last)], key=lambda row: row["date"])
    method = gettext("Cost method: %(method)s") % {"method": scope.item.get_cost_method_display()}
    return ReportResult(rows, None, [*scope.subtitle(), method], notes)


def _has_range(params: Params) -> bool:
    return any(params.get(name) for name in ("from", "to", "day_from", "day_to"))


def _runs(scope: Scope, item: Item, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """What recostings and month calculations changed of the item."""
    changes = CostChange.objects.filter(company=scope.company, item=item, month__lte=last).select_related(
        "run", "run__cause", "warehouse"
    )
    if scope.warehouse is not None:
        changes = changes.filter(warehouse=scope.warehouse)
    labels = dict(MOVE_KINDS)
    rows = []
    for change in changes.order_by("month", "run_id", "id"):
        end = (change.month.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        if end < first:
            continue
        facts = {"count": change.moves, "kind": labels.get(change.kind, change.kind), "cause": change.run.cause or "–"}
        text = (
            gettext("%(count)s moves (%(kind)s) at the month's average")
            if change.run.kind == RunKind.MONTHLY
            else gettext("%(count)s moves (%(kind)s) recosted because of %(cause)s")
        )
        rows.append(
            {
                "date": end,
                "document": f"{change.run.get_kind_display()} {change.run.number}",
                "run_id": change.run_id,
                "party": "",
                "warehouse": change.warehouse.name,
                "lot": "",
                "cause": text % facts,
                "qty": change.qty,
                "value": change.difference,
                "before": change.unit_cost_before,
                "after": change.unit_cost_after,
                "qty_after": None,
                "value_after": None,
                "css": "parent",
            }
        )
    return rows


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    if "run_id" in row:
        own = reverse("cost_run_detail", args=[row["run_id"]])
        return {"document": own, "value": own}
    own = reverse("stock_document_detail", args=[row["document_id"]])
    book = link(
        "stock_moves",
        item_text=params.get("item"),
        warehouse_code=row["warehouse_code"],
        lot=row["lot"],
        last=row["date"],
    )
    return {"document": own, "qty": own, "value": own, "qty_after": book, "value_after": book}


def _chart(rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Chart | None:
    """The unit cost over time, one line per warehouse (or one, where the company has one cost)."""
    points = [row for row in rows if "run_id" not in row][-POINTS:]
    if len(points) < 2:
        return None
    names = list(dict.fromkeys(row["warehouse"] for row in points))
    lines = [
        {"name": name, "data": [float(row["after"]) if row["warehouse"] == name else None for row in points]}
        for name in names[:8]
    ]
    for line in lines:  # a cost holds until it changes
        last = None
        for at, value in enumerate(line["data"]):
            last = line["data"][at] = value if value is not None else last
    return Chart("line", _("Unit cost"), [row["date"].isoformat() for row in points], lines)


REPORT = register(
    Report(
        "stock_cost_trace",
        _("Changes of unit cost"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (
            ITEM,
            WAREHOUSE,
            LOT,
            FROM,
            TO,
            DAY_FROM,
            DAY_TO,
            Parameter("runs", _("With recostings"), "bool", True),
        ),
    )
)
PAGE = StockReport(
    REPORT,
    _("Stock costs"),
    drill=_drill,
    chart=_chart,
    needs=("item",),
    hint=_("Choose an item: every move that changed its unit cost is listed, with the cost before and after."),
    empty=_("No move changed the unit cost in these days."),
    shows_amounts=True,
)
