"""Pages of the statements: list, statement, what a figure is made of, what was issued."""

from contextlib import nullcontext
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.books.print import LANGUAGE
from ledger.books.ranges import latest_used_period, period_range
from ledger.formulas.spans import Span
from ledger.periods.models import Period
from ledger.statements import drill, layout, services, snapshots
from ledger.statements.columns import SheetColumn, chosen_columns, month_columns, span_of
from ledger.statements.evaluation import SheetRow, StatementBook, StatementSheet, evaluate
from ledger.statements.forms import CopyForm, SheetForm
from ledger.statements.models import Basis, Statement, StatementSnapshot
from ledger.statements.print import printed


@page("ledger.view_statement")
def statement_list(request: HttpRequest) -> HttpResponse:
    """The statements that are valid in the latest used period."""
    company = request.company  # type: ignore[attr-defined]
    period = asked_period(request)
    issued = StatementSnapshot.objects.filter(company=company).select_related("statement", "period", "made_by")
    context = {
        "statements": services.valid_statements(company, period),
        "period": period,
        "issued": issued.order_by("-period__start", "statement__sequence", "-made_at")[:24],
        "copy_form": CopyForm(),
    }
    return render(request, "ledger/statements/list.html", context)


@page("ledger.view_statement")
def statement_sheet(request: HttpRequest, statement_id: int) -> HttpResponse:
    """A statement of a period in its official layout; every figure opens its parts."""
    company = request.company  # type: ignore[attr-defined]
    statement = get_object_or_404(Statement, company=company, pk=statement_id)
    context: dict[str, Any] = {"statement": statement}
    try:
        period = asked_period(request)
        form = SheetForm(_given(request, period), company=company)
        context |= {"form": form, "period": period}
        unposted = request.GET.get("unposted") in ("1", "on", "true")
        in_print = request.GET.get("export") == "pdf"
        with translation.override(LANGUAGE) if in_print else nullcontext():
            columns = _columns(request, statement, period)
            sheet = evaluate(company, statement, period, unposted, columns=columns)
        if request.GET.get("export") == "xlsx":
            return layout.xlsx_response(sheet, company)
        if in_print:
            return printed(sheet, company, by=request.user)
        two = layout.has_two_sides(sheet) and len(sheet.columns) <= 3
        context |= {
            "sheet": sheet,
            "lines": _shown(sheet, two),
            "sides": "12" if two else "1",
            "snapshots": snapshots.snapshots_of(company, statement, period),
            "cell_query": urlencode({"period": str(period), **({"unposted": "1"} if unposted else {})}),
            "previous": _neighbour(period, -1),
            "next": _neighbour(period, 1),
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/statements/sheet.html", context)


@page("ledger.view_statement")
def statement_cell(request: HttpRequest, statement_id: int, line_no: int) -> HttpResponse:
    """What a figure is made of: accounts lead to their lines, lines to their own parts."""
    company = request.company  # type: ignore[attr-defined]
    statement = get_object_or_404(Statement, company=company, pk=statement_id)
    period = asked_period(request)
    span = _asked_span(request, period)
    book = StatementBook(company, period.end, include_unposted=request.GET.get("unposted") == "1")
    if statement.code not in book.statements or book.statements[statement.code].pk != statement.pk:
        book.add(statement)
    row = get_object_or_404(book.statements[statement.code].rows, line_no=line_no)
    context: dict[str, Any] = {"statement": statement, "row": row, "period": period, "span": span}
    try:
        book.prepare([(statement.code, line_no, span)])
        by_code = {other.code: other.pk for other in book.statements.values()}
        context |= {
            "value": book.value(statement.code, line_no, span),
            "adjustment": book.adjustment(statement.code, line_no, span),
            "column": SheetColumn("", "", span),
            "parts": [
                (part, _link(part, by_code, request, period))
                for part in drill.parts_of(book, statement.code, line_no, span)
            ],
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/statements/cell.html", context)


@page("ledger.view_statement")
def statement_snapshot(request: HttpRequest, snapshot_id: int) -> HttpResponse:
    """A statement as it was issued."""
    rows = StatementSnapshot.objects.select_related("statement", "period", "made_by")
    snapshot = get_object_or_404(rows, company=request.company, pk=snapshot_id)  # type: ignore[attr-defined]
    return render(request, "ledger/statements/snapshot.html", {"snapshot": snapshot, "payload": snapshot.payload})


def _shown(sheet: StatementSheet, two: bool) -> list[list[tuple[SheetRow | None, list[Any]]]]:
    """Lines of the page: per side a row and its (value, column) cells."""
    pairs = layout.pairs(sheet) if two else [(row, None) for row in sheet.rows]
    sides = 2 if two else 1
    return [
        [(row, list(zip(row.values, sheet.columns, strict=True)) if row else []) for row in pair[:sides]]
        for pair in pairs
    ]


def asked_period(request: HttpRequest) -> Period:
    """The period of the address, else the latest one with postings. Raises ``UnknownPeriod``."""
    company = request.company  # type: ignore[attr-defined]
    text = request.GET.get("period") or latest_used_period(company)
    return period_range(company, text).last


def _given(request: HttpRequest, period: Period) -> Any:
    given = request.GET.copy()
    given["period"] = str(period)
    return given


def _columns(request: HttpRequest, statement: Statement, period: Period) -> list[SheetColumn] | None:
    if request.GET.get("view") == "months":
        return month_columns(statement, period)
    bases = [basis for basis in request.GET.getlist("columns") if basis in Basis.values]
    return chosen_columns(bases, period) if bases else None


def _asked_span(request: HttpRequest, period: Period) -> Span:
    """The months of a column: by its basis, or as first and last month."""
    first, last = request.GET.get("first", ""), request.GET.get("last", "")
    if first.isdigit() and last.isdigit() and len(first) < 7 and len(last) < 7:
        return Span(int(first), int(last))
    basis = request.GET.get("column", Basis.END)
    return span_of(basis if basis in Basis.values else Basis.END, period)


def _neighbour(period: Period, step: int) -> Period | None:
    rows = Period.objects.filter(company_id=period.company_id)
    if step < 0:
        return rows.filter(start__lt=period.start).order_by("-start").first()
    return rows.filter(start__gt=period.start).order_by("start").first()


def _link(part: drill.DrillPart, by_code: dict[str, int], request: HttpRequest, period: Period) -> str:
    """Where a part leads: lines of the account, or the parts of the line it reads."""
    column = SheetColumn("", "", part.span)
    if part.kind == "account":
        query = urlencode({"account": part.code, "from": column.opening, "to": column.closing})
        return f"{reverse('account_lines')}?{query}"
    if part.kind in ("line", "cell") and part.statement in by_code:
        query = urlencode(
            {
                "period": str(period),
                "first": part.span.first,
                "last": part.span.last,
                **({"unposted": "1"} if request.GET.get("unposted") == "1" else {}),
            }
        )
        return f"{reverse('statements_cell', args=[by_code[part.statement], int(part.code)])}?{query}"
    return ""
