"""One page for every stock report: filter bar, chart, table, totals, paging, drill, Excel.

The page shows the cells that Excel, command and API get; it adds the chart and the links: each figure opens what it
is made of. Columns of cost are left out for those who may not see costs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.reports import Column, Report, ReportResult
from erp.core.reports.model import value_of
from erp.core.reports.render import NUMERIC, text_of
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.paging import page_of
from erp.core.web.templatetags.ui import unit_cost
from erp.core.web.views import allowed
from inventory.reports.forms import ReportForm

PAGE_SIZE = 100
COST_KINDS = {"cost", "amount"}
Urls = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """``kind``: bar, line or pie. ``series``: [{"name", "data"}] beside ``names``."""

    kind: str
    title: Any
    names: Sequence[str]
    series: Sequence[Mapping[str, Any]]

    @property
    def source(self) -> dict[str, Any]:
        return {"names": list(self.names), "series": list(self.series)}


@dataclass(frozen=True, slots=True)
class StockReport:
    """A report with its page. ``drill(row, params)``: column key → address of what the figure is made of.

    ``choices``: parameters that offer a list. ``needs``: parameters without which there is nothing to show; ``hint``
    then says what to do. ``empty`` says what an empty table means.
    """

    report: Report
    section: Any
    drill: Callable[[Any, Mapping[str, Any]], Urls] | None = None
    chart: Callable[[Sequence[Any], Mapping[str, Any]], Chart | None] | None = None
    choices: Mapping[str, Sequence[tuple[str, Any]]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    hint: Any = ""
    empty: Any = ""
    links: tuple[tuple[Any, str], ...] = ()
    shows_amounts: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    css: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    css: str
    cells: list[Cell]


def report_page(request: HttpRequest, stock: StockReport) -> HttpResponse:
    """The page of a report, or its workbook for ``?export=xlsx``."""
    company: Company = request.company  # type: ignore[attr-defined]
    report = stock.report
    chosen = {p.name: request.GET[p.name] for p in report.parameters if request.GET.get(p.name)}
    context: dict[str, Any] = {
        "stock": stock,
        "report": report,
        "form": ReportForm(chosen, company=company, report=report, choices=stock.choices),
        "missing": [name for name in stock.needs if not chosen.get(name)],
        "is_filtered": bool(chosen),
    }
    if context["missing"]:
        return render(request, "inventory/reports/report.html", context)
    try:
        params = report.clean(chosen)
        result = report.query(company, params)
        columns = shown_columns(request, stock, result.columns or report.columns_for(params))
        if wants_excel(request):
            result.columns = columns
            return workbook_of_report(request, report, result, columns, report.name)
        context |= _content(request, stock, result, columns, params)
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "inventory/reports/report.html", context)


def shown_columns(request: HttpRequest, stock: StockReport, columns: Sequence[Column]) -> list[Column]:
    """The columns that this reader may see."""
    if stock.shows_amounts or allowed(request, "inventory.view_cost"):
        return list(columns)
    return [column for column in columns if column.kind not in COST_KINDS]


def _content(
    request: HttpRequest, stock: StockReport, result: ReportResult, columns: Sequence[Column], params: Any
) -> dict[str, Any]:
    rows = list(result.rows)
    page = page_of(request, len(rows), lambda offset, limit: rows[offset : offset + limit], per_page=PAGE_SIZE)
    sees_cost = stock.shows_amounts or allowed(request, "inventory.view_cost")
    drill = stock.drill
    return {
        "page_obj": page,
        "subtitle": [text for text in result.subtitle if text],
        "notes": [str(note) for note in result.notes],
        "heads": _heads(columns),
        "columns": columns,
        "rows": [_row(row, columns, drill(row, params) if drill else {}) for row in page.object_list],
        "total": _row({**result.totals, "css": "total"}, columns, {}) if result.totals and rows else None,
        "chart": stock.chart(rows, params) if stock.chart and rows and sees_cost else None,
    }


def _heads(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The upper row of headings: groups over their columns; none where no column has a group."""
    if not any(column.group for column in columns):
        return []
    heads: list[dict[str, Any]] = []
    for column in columns:
        group = str(column.group)
        if group and heads and heads[-1]["label"] == group:
            heads[-1]["span"] += 1
        else:
            heads.append({"label": group, "span": 1})
    return heads


def _row(row: Any, columns: Sequence[Column], urls: Urls) -> Row:
    cells = []
    for column in columns:
        value = value_of(row, column.key)
        is_number = column.kind in NUMERIC
        blank = is_number and not value and (urls or value is None)
        text = "" if blank else unit_cost(value) if column.kind == "cost" else text_of(value, column.kind)
        css = ("num red" if value and value < 0 else "num") if is_number else "nowrap" if column.kind == "date" else ""
        cells.append(Cell(text, css, urls.get(column.key, "") if text else ""))
    css = row.get("css", "") if isinstance(row, Mapping) else getattr(row, "css", "")
    return Row(css or "", cells)


def link(name: str, **query: Any) -> str:
    """Address of a page with its query; empty values are left out."""
    kept = {key.rstrip("_"): str(value) for key, value in query.items() if value not in (None, "")}
    return f"{reverse(name)}?{urlencode(kept)}" if kept else reverse(name)
