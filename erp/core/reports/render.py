"""A report's result as a table of text, JSON, CSV or a workbook."""

import csv
import datetime as dt
import io
import json
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.excel.write import Sheet, SheetColumn, runs_as_formula, write_workbook
from erp.core.reports.model import Column, Params, Report, ReportResult, value_of

GAP = "  "
NUMERIC = {"amount", "quantity", "cost", "percent", "int"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def text_of(value: Any, kind: str, *, plain: bool = False) -> str:
    """A cell as text; ``plain`` without thousands separators, for machines."""
    if value is None or value == "":
        return ""
    comma = "" if plain else ","
    if kind == "amount" and isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if isinstance(value, Decimal):
        if kind == "amount":
            return f"{value:{comma}.2f}"
        if kind == "percent" and not plain:
            return f"{value * 100:.1f}%"
        text = f"{value:{comma}.10f}" if kind in ("quantity", "cost") else f"{value:{comma}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, dt.datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.isoformat() if plain else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) and not plain:
        return _("Yes") if value else _("No")
    return str(value)


def cells(rows: Iterable[Any], columns: Sequence[Column]) -> Iterable[list[Any]]:
    """Rows as lists in the order of the columns."""
    for row in rows:
        yield [value_of(row, column.key) for column in columns]


def _totals(result: ReportResult, columns: Sequence[Column]) -> list[Any] | None:
    if result.totals is None:
        return None
    totals = [result.totals.get(column.key) for column in columns]
    if totals and totals[0] is None:
        totals[0] = _("Total")
    return totals


def heading(column: Column) -> str:
    """Heading with its group: ``Opening balance · Debit``."""
    return f"{column.group} · {column.label}" if column.group else str(column.label)


def as_table(result: ReportResult, columns: Sequence[Column]) -> str:
    """Aligned text; Chinese characters count two columns; group headings stand above theirs."""
    columns = result.columns or columns
    lines = [[str(column.label) for column in columns]]
    rows = list(cells(result.rows, columns))
    totals = _totals(result, columns)
    for row in [*rows, *([totals] if totals else [])]:
        lines.append([text_of(value, column.kind) for value, column in zip(row, columns, strict=True)])
    widths = [max(_width(line[index]) for line in lines) for index in range(len(columns))]
    groups = _groups(columns)
    for label, first, last in groups:  # A group that is wider than its columns widens the last one.
        widths[last] += max(0, _width(label) - _span(widths, first, last))
    rule = GAP.join("-" * width for width in widths)
    out = [_group_line(groups, widths)] if any(label for label, _first, _last in groups) else []
    for number, line in enumerate(lines):
        parts = (_aligned(text, width, column) for text, width, column in zip(line, widths, columns, strict=True))
        out.append(GAP.join(parts).rstrip())
        if number == 0 or (totals and number == len(lines) - 2):
            out.append(rule)
    return "\n".join([*map(str, result.subtitle), *out, *map(str, result.notes)]) + "\n"


def _aligned(text: str, width: int, column: Column) -> str:
    blank = " " * (width - _width(text))
    return blank + text if column.kind in NUMERIC else text + blank


def _groups(columns: Sequence[Column]) -> list[tuple[str, int, int]]:
    """(group heading, first column, last column) from left to right."""
    found: list[tuple[str, int, int]] = []
    for index, column in enumerate(columns):
        label = str(column.group)
        if label and found and found[-1][0] == label:
            found[-1] = label, found[-1][1], index
        else:
            found.append((label, index, index))
    return found


def _span(widths: Sequence[int], first: int, last: int) -> int:
    return sum(widths[first : last + 1]) + len(GAP) * (last - first)


def _group_line(groups: Sequence[tuple[str, int, int]], widths: Sequence[int]) -> str:
    parts = []
    for label, first, last in groups:
        room = _span(widths, first, last) - _width(label)
        parts.append(" " * (room // 2) + label + " " * (room - room // 2))
    return GAP.join(parts).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def as_json(report: Report, company: Company, params: Params, result: ReportResult, columns: Sequence[Column]) -> str:
    """One object: report, company, parameters, columns, rows, totals. Amounts are strings with two decimals."""
    columns = result.columns or columns

    def plain(row: Sequence[Any]) -> dict[str, Any]:
        return {
            column.key: text_of(value, column.kind, plain=True)
            if isinstance(value, Decimal | dt.date) or (column.kind == "amount" and value is not None)
            else value
            for value, column in zip(row, columns, strict=True)
        }

    rows = [plain(row) for row in cells(result.rows, columns)]
    totals = [result.totals.get(column.key) for column in columns] if result.totals is not None else None
    return json.dumps(
        {
            "report": report.name,
            "company": company.code,
            "parameters": {name: value for name, value in params.items() if value is not None},
            "columns": [{"key": c.key, "label": heading(c), "kind": c.kind} for c in columns],
            "rows": rows,
            "totals": plain(totals) if totals is not None else None,
            "notes": [str(note) for note in result.notes],
        },
        ensure_ascii=False,
        indent=1,
        default=str,
    )


def as_csv(result: ReportResult, columns: Sequence[Column]) -> str:
    """Comma separated with headings; text that a spreadsheet would run as a formula is quoted."""
    columns = result.columns or columns
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([heading(column) for column in columns])
    for row in _with_totals(result, columns):
        line = []
        for value, column in zip(row, columns, strict=True):
            text = text_of(value, column.kind, plain=True)
            line.append("'" + text if isinstance(value, str) and runs_as_formula(text) else text)
        writer.writerow(line)
    return out.getvalue()


def _with_totals(result: ReportResult, columns: Sequence[Column]) -> Iterable[list[Any]]:
    yield from cells(result.rows, columns)
    if totals := _totals(result, columns):
        yield totals


def as_xlsx(
    stream: IO[bytes], report: Report, company: Company, result: ReportResult, columns: Sequence[Column]
) -> None:
    """A workbook with title, company, period and totals; rows are taken one by one and never kept."""
    columns = result.columns or columns
    sheet = Sheet(
        name=str(report.title),
        columns=[SheetColumn(str(c.label), c.kind, str(c.group), c.width) for c in columns],
        rows=cells(result.rows, columns),
        title=[str(report.title), company.name, *map(str, result.subtitle)],
        totals=(lambda: _totals(result, columns)) if result.totals is not None else None,
        notes=lambda: [str(note) for note in result.notes],
    )
    write_workbook(stream, [sheet])


def xlsx_response(report: Report, company: Company, params: Params) -> HttpResponse:
    """The report as a download for a page. ``params`` as from ``report.clean``.

    The workbook grows in a temporary file, so that a book of a million lines costs no more memory than a small one.
    """
    result = report.query(company, params)
    columns = report.columns_for(params)
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    as_xlsx(file, report, company, result, columns)
    file.seek(0)
    # Typed as what pages return: a streaming response is no subclass of HttpResponse, but serves as one.
    response: Any = FileResponse(
        file, as_attachment=True, filename=f"{company.code}-{report.name}.xlsx", content_type=XLSX
    )
    return response  # type: ignore[no-any-return]
