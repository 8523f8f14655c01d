"""Lists as workbooks: what a list page shows, all its pages, with typed cells.

A table may say ``excel = {"on_hand": "quantity"}``: kinds of cells that its values alone do not tell, or "" for a
column that has no place in a workbook.
"""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.reports.model import Column, Report, ReportResult
from erp.core.reports.render import XLSX, as_xlsx


def wants_excel(request: HttpRequest) -> bool:
    """Whether the page was asked for as a workbook."""
    return request.GET.get("export") == "xlsx"


def workbook_of_table(request: Any, table: tables.Table, title: str, name: str) -> HttpResponse:
    """All rows of the table as a download, under the title and the company's name."""
    kinds: dict[str, str] = getattr(table, "excel", {})
    columns = [column for column in table.columns.iterall() if column.visible and kinds.get(column.name) != ""]
    rows = [[_value(table, column, record) for column in columns] for record in _records(table)]
    sheet = Sheet(
        name=title,
        columns=[
            SheetColumn(str(column.header), kinds.get(column.name) or _kind(rows, index))
            for index, column in enumerate(columns)
        ],
        rows=rows,
        title=[title, request.company.name],
    )
    stream = io.BytesIO()
    write_workbook(stream, [sheet])
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{request.company.code}-{name}.xlsx"'
    return response


def _records(table: tables.Table) -> Iterator[Any]:
    for row in table.rows:
        yield row.record


def _value(table: tables.Table, column: Any, record: Any) -> Any:
    """What lies behind the cell: what the table's ``value_…`` gives, a choice's label, the name of a related object,
    or the value itself."""
    own = getattr(table, f"value_{column.name}", None)
    if own is not None:
        return own(record)
    display = getattr(record, f"get_{column.name}_display", None)
    if display is not None:
        return display()
    value = column.accessor.resolve(record, quiet=True)
    return str(value) if isinstance(value, (Model, bool)) else value


def _kind(rows: list[list[Any]], index: int) -> str:
    sample = next((row[index] for row in rows if row[index] not in (None, "")), None)
    match sample:
        case Decimal():
            return "amount"
        case dt.date() | dt.datetime():
            return "date"
        case int():
            return "int"
        case _:
            return "text"


def workbook_of_report(
    request: Any, report: Report, result: ReportResult, columns: Sequence[Column], name: str
) -> HttpResponse:
    """A report's result as a download, with the columns that this user may see."""
    stream = io.BytesIO()
    as_xlsx(stream, report, request.company, result, columns)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{request.company.code}-{name}.xlsx"'
    return response
