"""库龄: how long the stock on hand has lain there.

What is on hand is explained by the latest receipts, backwards from the day (first in, first out). Transfers do not
rejuvenate: ages are those of the item in the whole company, or what a warehouse was handed over (``dated_layers``).
A sales return takes the day on which it came back; what went back to the supplier does not count as received.
"""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO, times
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult, register
from inventory.items.models import CostMethod
from inventory.reports import charts
from inventory.reports.dated_layers import ages_in_warehouse
from inventory.reports.room import Chart, StockReport, link
from inventory.reports.scope import AS_OF, WHAT, Params, Scope, day_of, scope_of
from inventory.reports.stock_positions import Position, positions

BUCKETS = "30,60,90,180,365"

# Item, bucket → what is on hand of the receipts of that age: quantity, at the receipts' own cost, quantity × days.
_AGES = """
WITH on_hand AS (SELECT u.item_id, u.qty FROM unnest(%(items)s::bigint[], %(qtys)s::numeric[]) AS u(item_id, qty)),
gone AS (
    SELECT m.of_move_id, -sum(m.qty) AS qty FROM inventory_stockmove m
     WHERE {where} AND m.date <= %(as_of)s AND m.qty < 0 AND m.of_move_id IS NOT NULL
     GROUP BY m.of_move_id),
receipts AS (
    SELECT m.item_id, m.date, m.sequence, m.id, m.unit_cost, m.qty - coalesce(g.qty, 0) AS qty
      FROM inventory_stockmove m LEFT JOIN gone g ON g.of_move_id = m.id
     WHERE {where} AND m.date <= %(as_of)s AND m.qty > 0 AND m.effect <> 17 AND m.effect <> 7
       AND m.kind NOT IN ('transfer', 'transfer_out', 'transfer_in')),
lain AS (
    SELECT r.item_id, r.date, r.unit_cost, h.qty AS on_hand,
           least(r.qty, h.qty - coalesce(sum(r.qty) OVER (
               PARTITION BY r.item_id ORDER BY r.date DESC, r.sequence DESC, r.id DESC
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS qty
      FROM receipts r JOIN on_hand h ON h.item_id = r.item_id)
SELECT item_id, width_bucket(%(as_of)s::date - date, %(limits)s::int[]) AS bucket,
       sum(qty), sum(qty * unit_cost), sum(qty * (%(as_of)s::date - date))
  FROM lain WHERE qty > 0 GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class Aged:
    """Stock of an item by age: quantity and value per bucket, youngest first; they add up to the book."""

    position: Position
    qtys: list[Decimal]
    values: list[Decimal]
    days: Decimal  # average, weighted by quantity


def ages(scope: Scope, as_of: dt.date, limits: Sequence[int]) -> list[Aged]:
    """Items with stock at the end of the day. ``limits``: last day of each bucket but the open one. Two statements."""
    found = [row for row in positions(scope, as_of=as_of, grain="item") if row.qty > 0]
    if scope.warehouse is not None:
        return _in_warehouse(scope, found, as_of, limits)
    by_item: defaultdict[int, dict[int, tuple[Decimal, Decimal, Decimal]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            _AGES.format(where=scope.where("m")),
            scope.values(
                as_of=as_of,
                items=[row.item_id for row in found],
                qtys=[row.qty for row in found],
                limits=[limit + 1 for limit in limits],
            ),
        )
        for item, bucket, qty, cost, days in cursor.fetchall():
            by_item[item][bucket] = (qty, cost, days)
    return [_aged(row, by_item[row.item_id], len(limits) + 1) for row in found]


def _in_warehouse(scope: Scope, found: Sequence[Position], as_of: dt.date, limits: Sequence[int]) -> list[Aged]:
    lying = ages_in_warehouse(scope, as_of)
    aged = []
    for row in found:
        parts: dict[int, tuple[Decimal, Decimal, Decimal]] = {}
        for age, qty in lying.get(row.item_id, []):
            bucket = bisect_left(limits, age)
            before = parts.get(bucket, (Decimal(0), Decimal(0), Decimal(0)))
            parts[bucket] = (before[0] + qty, before[1] + qty * row.unit_cost, before[2] + qty * age)
        aged.append(_aged(row, parts, len(limits) + 1))
    return aged


def _aged(row: Position, parts: Mapping[int, tuple[Decimal, Decimal, Decimal]], buckets: int) -> Aged:
    none = (Decimal(0), Decimal(0), Decimal(0))
    qtys = [parts.get(bucket, none)[0] for bucket in range(buckets)]
    qtys[-1] += row.qty - sum(qtys)  # what no receipt explains is old
    if row.method == CostMethod.FIFO:
        values = [times(parts.get(bucket, none)[1], 1) for bucket in range(buckets)]
    else:
        values = [times(qty, row.unit_cost) for qty in qtys]
    oldest = max((at for at, qty in enumerate(qtys) if qty), default=buckets - 1)
    values[oldest] += row.value - sum(values, ZERO)
    weighted = sum((part[2] for part in parts.values()), Decimal(0))
    return Aged(row, qtys, values, (weighted / row.qty).quantize(Decimal("0.1")))


def limits_of(text: Any) -> list[int]:
    """``30,60,90`` as numbers. Raises ``BadParameter``."""
    try:
        found = [int(part) for part in str(text or BUCKETS).replace("，", ",").split(",") if part.strip()]
    except ValueError:
        found = []
    if not found or found != sorted(set(found)) or found[0] < 0 or len(found) > 12:
        expected = _("days in rising order, such as %(days)s") % {"days": BUCKETS}
        raise BadParameter(field="buckets", name="buckets", value=text, expected=expected)
    return found


def labels(limits: Sequence[int]) -> list[str]:
    """0–30, 31–60 … > 365."""
    starts = [0, *(limit + 1 for limit in limits)]
    return [*(f"{start}–{limit}" for start, limit in zip(starts, limits, strict=False)), f"> {limits[-1]}"]


def columns_for(params: Params) -> list[Column]:
    columns = [
        Column("code", _("Code")),
        Column("name", _("Name"), width=32),
        Column("category", _("Category")),
        Column("unit", _("Unit"), width=8),
        Column("qty", _("Quantity"), "quantity"),
        Column("value", _("Value"), "amount"),
        Column("days", _("Average age (days)"), "quantity"),
    ]
    for at, label in enumerate(labels(limits_of(params.get("buckets")))):
        group = gettext("%(days)s days") % {"days": label}
        columns += [
            Column(f"qty_{at}", _("Quantity"), "quantity", group),
            Column(f"value_{at}", _("Value"), "amount", group),
        ]
    return columns


def _query(company: Company, params: Params) -> ReportResult:
    scope = scope_of(company, params)
    as_of, limits = day_of(params, "as_of") or dt.date.today(), limits_of(params["buckets"])
    rows, totals = [], {"value": ZERO}
    for aged in ages(scope, as_of, limits):
        place = aged.position
        row: dict[str, Any] = {
            "code": place.code,
            "name": place.name,
            "category": place.category,
            "unit": place.unit,
            "qty": place.qty,
            "value": place.value,
            "days": aged.days,
        }
        totals["value"] += place.value
        for at, (qty, value) in enumerate(zip(aged.qtys, aged.values, strict=True)):
            row[f"qty_{at}"], row[f"value_{at}"] = qty, value
            totals[f"value_{at}"] = totals.get(f"value_{at}", ZERO) + value
        rows.append(row)
    notes = [gettext("Ages come from the latest receipts backwards; transfers keep the day of receipt.")]
    return ReportResult(rows, totals, [gettext("At the end of %(day)s") % {"day": as_of}, *scope.subtitle()], notes)


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    as_of = day_of(params, "as_of") or dt.date.today()
    limits = limits_of(params.get("buckets"))
    place = params.get("warehouse")
    book = link("stock_moves", item_text=row["code"], warehouse_code=place, last=as_of)
    urls = {"code": book, "qty": book, "value": book}
    for at in range(len(limits) + 1):
        first = as_of - dt.timedelta(days=limits[at]) if at < len(limits) else None
        last = as_of - dt.timedelta(days=limits[at - 1] + 1) if at else as_of
        own = link("stock_moves", item_text=row["code"], warehouse_code=place, first=first, last=last)
        urls |= {f"qty_{at}": own, f"value_{at}": own}
    return urls


def _chart(rows: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Chart:
    names = labels(limits_of(params.get("buckets")))
    amounts = [sum((row[f"value_{at}"] for row in rows), ZERO) for at in range(len(names))]
    return Chart("bar", _("Value by age in days"), names, [charts.series(_("Value"), amounts)])


REPORT = register(
    Report(
        "stock_ageing",
        _("Stock ageing"),
        "inventory.view_cost",
        _query,
        columns_for,
        (*WHAT, AS_OF, Parameter("buckets", _("Age limits (days)"), default=BUCKETS)),
    )
)
PAGE = StockReport(REPORT, _("Stock"), drill=_drill, chart=_chart, empty=_("Nothing lies in stock on this day."))
