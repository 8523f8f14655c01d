"""One page for every book: filter bar, table of the report's columns, paging, drill to the lines and the voucher.

The page shows the cells that Excel, command and API get, in the same order; it only adds links and blank zeros.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.reports import Column, Report, ReportResult
from erp.core.reports.model import value_of
from erp.core.reports.render import NUMERIC, xlsx_response
from erp.core.web.paging import page_of
from ledger.books.cells import SUMS, cell_text, field_of, is_red
from ledger.books.forms import BookForm, given
from ledger.books.parameters import Part
from ledger.books.print import printed

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Book:
    """A report with its page. ``part(company, params, offset, limit)`` gives a page of a book of many lines; without
    it the whole table is computed and cut. ``needs``: parameters without which there is nothing to show.
    ``opens``: the book that a row's figures open. ``every_account``: can be printed for all accounts in one file."""

    report: Report
    part: Callable[[Company, Any, int, int], Part] | None = None
    needs: tuple[str, ...] = ()
    page_size: int = PAGE_SIZE
    opens: str = "account_lines"
    every_account: bool = False
    links: tuple[tuple[Any, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the page shows it."""

    text: str
    css: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    css: str
    url: str
    cells: list[Cell]


def book_page(request: HttpRequest, book: Book) -> HttpResponse:
    """The page of a book, or its workbook for ``?export=xlsx``, or its print for ``?export=pdf`` (``&all=1``)."""
    company: Company = request.company  # type: ignore[attr-defined]
    report = book.report
    chosen = given(request, report)
    context: dict[str, Any] = {
        "book": book,
        "report": report,
        "form": BookForm(chosen, company=company, report=report),
        "export": "?" + urlencode({**chosen, "export": "xlsx"}),
        "print": "?" + urlencode({**chosen, "export": "pdf"}),
        "missing": [name for name in book.needs if not chosen.get(name)],
    }
    every_account = book.every_account and request.GET.get("all") == "1"
    if every_account and request.GET.get("export") == "pdf":
        context["missing"] = []
    if context["missing"]:
        return render(request, "ledger/books/book.html", context)
    try:
        params = report.clean(chosen)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(report, company, params)
        if request.GET.get("export") == "pdf":
            return printed(report, company, params, by=request.user, every_account=every_account)
        context |= _content(request, company, book, params, chosen)
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/books/book.html", context)


def _content(
    request: HttpRequest, company: Company, book: Book, params: Mapping[str, Any], chosen: Mapping[str, str]
) -> dict[str, Any]:
    result, page = _page(request, company, book, params)
    columns = result.columns or book.report.columns_for(params)
    totals = result.totals
    shown: Sequence[Any] = page.object_list
    return {
        "page_obj": page,
        "subtitle": result.subtitle,
        "notes": [str(note) for note in result.notes],
        "heads": _heads(columns),
        "columns": columns,
        "rows": [_row(row, columns, book, chosen) for row in shown],
        "total": _row({**totals, "kind": "total"}, columns, book, chosen) if totals and shown else None,
        "page_query": urlencode(chosen),
    }


def _page(request: HttpRequest, company: Company, book: Book, params: Mapping[str, Any]) -> tuple[ReportResult, Any]:
    if book.part is None:
        result = book.report.query(company, params)
        rows = list(result.rows)
        return result, page_of(
            request, len(rows), lambda offset, limit: rows[offset : offset + limit], per_page=book.page_size
        )
    number = request.GET.get("page", "1")
    offset = (max(int(number), 1) - 1) * book.page_size if number.isdigit() else 0
    part = book.part(company, params, offset, book.page_size)
    if offset and offset >= part.count:  # beyond the end: the last page
        offset = max(part.count - 1, 0) // book.page_size * book.page_size
        part = book.part(company, params, offset, book.page_size)
    return part.result, page_of(request, part.count, lambda _offset, _limit: list(part.result.rows), book.page_size)


def _heads(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The upper row of headings: groups over their columns; None where no column has a group."""
    if not any(column.group for column in columns):
        return []
    heads: list[dict[str, Any]] = []
    for column in columns:
        group = str(column.group)
        if group and heads and heads[-1]["label"] == group:
            heads[-1]["span"] += 1
        else:
            heads.append({"label": group, "span": 1, "column": column})
    return heads


def _row(row: Any, columns: Sequence[Column], book: Book, chosen: Mapping[str, str]) -> Row:
    kind = str(field_of(row, "kind") or "line")
    is_sum = kind in SUMS
    url = _url(row, book, chosen)
    cells = list(_cells(row, columns, is_sum, url))
    return Row(css=f"sum {kind}" if is_sum else kind, url=url, cells=cells)


def _cells(row: Any, columns: Sequence[Column], is_sum: bool, url: str) -> Iterator[Cell]:
    linked = False
    for column in columns:
        value = value_of(row, column.key)
        is_number = column.kind in NUMERIC
        text = cell_text(value, column, is_sum=is_sum)
        css = "num red" if is_red(value, column) else "num" if is_number else ""
        link = ""
        if url and text and not linked and (is_number or column.key in LINKED):
            link, linked = url, True
        yield Cell(text, css, link)


LINKED = ("voucher", "code", "account", "value", "name")


def _url(row: Any, book: Book, chosen: Mapping[str, str]) -> str:
    if voucher := field_of(row, "voucher_id"):
        return reverse("voucher_detail", args=[voucher])
    drill = field_of(row, "drill")
    if not drill:
        return ""
    kept = {name: chosen[name] for name in ("from", "to", "currency", "unposted") if chosen.get(name)}
    target = drill.get("book", book.opens)
    query = {**kept, **{name: value for name, value in drill.items() if name != "book"}}
    return f"{reverse(target)}?{urlencode(query)}"
