"""Write spreadsheets: streamed, typed, and harmless when opened.

XlsxWriter in constant memory writes exports of any length; openpyxl makes what needs drop-downs, notes and marked
cells: import templates and returned files. Text is always written as text, so a name that begins with ``=`` never
runs as a formula.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

MAX_ROWS = 1_048_576
FORMATS = {
    "amount": "#,##0.00;[Red]-#,##0.00",
    "quantity": "#,##0.######;[Red]-#,##0.######",
    "cost": "#,##0.00####;[Red]-#,##0.00####",
    "percent": "0.0%",
    "int": "0",
    "date": "yyyy-mm-dd",
    "text": "@",
}
WIDTHS = {"amount": 16, "quantity": 13, "cost": 14, "percent": 9, "int": 9, "date": 12, "text": 22}
NUMERIC = {"amount", "quantity", "cost", "percent", "int"}


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """Heading, kind of cell (a key of ``FORMATS``), and the group heading above it."""

    label: str
    kind: str = "text"
    group: str = ""
    width: int | None = None


@dataclass(slots=True)
class Sheet:
    """One sheet: title lines above the table, rows as sequences in the order of the columns, a row of totals."""

    name: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[Any]]
    title: Sequence[str] = ()
    totals: Sequence[Any] | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def sheet_name(name: str) -> str:
    """A name that Excel accepts: no ``[]:*?/\\``, 31 characters at most."""
    return re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ")[:31] or "Sheet1"


def write_workbook(stream: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """Write the sheets to a binary stream. Rows are taken one by one; a sheet that is full goes on in a second."""
    book = xlsxwriter.Workbook(
        stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
    look = _Look(book)
    for sheet in sheets:
        _write_sheet(book, look, sheet)
    book.close()


class _Look:
    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.sub = book.add_format({"font_color": "#667085"})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#EEF1F5", "bottom": 1, "align": "center", "valign": "vcenter"}
        )
        self.cells = {kind: book.add_format({"num_format": number}) for kind, number in FORMATS.items()}
        self.totals = {
            kind: book.add_format({"num_format": number, "bold": True, "top": 1}) for kind, number in FORMATS.items()
        }


def _write_sheet(book: Any, look: _Look, sheet: Sheet) -> None:
    rows = iter(sheet.rows)
    part = 1
    row = next(rows, None)
    while True:
        name = sheet_name(sheet.name if part == 1 else f"{sheet.name[:26]} ({part})")
        page = book.add_worksheet(name)
        at = _write_head(page, look, sheet)
        while row is not None and at < MAX_ROWS - 2:
            _write_row(page, at, sheet.columns, row, look.cells)
            at += 1
            row = next(rows, None)
        if row is None:
            break
        part += 1
    if sheet.totals is not None:
        _write_row(page, at, sheet.columns, sheet.totals, look.totals)
        at += 1
    for note in sheet.notes:
        page.write_string(at, 0, str(note), look.sub)
        at += 1


def _write_head(page: Any, look: _Look, sheet: Sheet) -> int:
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width or WIDTHS.get(column.kind, 16))
    at = 0
    for line in sheet.title:
        page.write_string(at, 0, str(line), look.title if at == 0 else look.sub)
        at += 1
    if any(column.group for column in sheet.columns):
        start = 0
        while start < len(sheet.columns):
            group = sheet.columns[start].group
            end = start
            while group and end + 1 < len(sheet.columns) and sheet.columns[end + 1].group == group:
                end += 1
            if end > start:
                page.merge_range(at, start, at, end, group, look.head)
            else:
                page.write_string(at, start, group, look.head)
            start = end + 1
        at += 1
    for index, column in enumerate(sheet.columns):
        page.write_string(at, index, str(column.label), look.head)
    page.freeze_panes(at + 1, 0)
    return at + 1


def _write_row(
    page: Any, at: int, columns: Sequence[SheetColumn], row: Sequence[Any], formats: Mapping[str, Any]
) -> None:
    for index, (column, value) in enumerate(zip(columns, row, strict=True)):
        style = formats[column.kind]
        if value is None or value == "":
            page.write_blank(at, index, None, style)
        elif column.kind in NUMERIC and isinstance(value, (Decimal, int)) and not isinstance(value, bool):
            page.write_number(at, index, value, style)
        elif column.kind == "date" and isinstance(value, (dt.date, dt.datetime)):
            plain = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
            page.write_datetime(at, index, plain, style)
        else:
            page.write_string(at, index, str(value), formats["text"])


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A column of an import template: heading, help shown as a note, choices as a drop-down."""

    label: str
    help: str = ""
    choices: Sequence[str] = ()
    is_required: bool = False


def import_template(
    stream: IO[bytes], name: str, columns: Sequence[TemplateColumn], examples: Sequence[Sequence[Any]] = ()
) -> None:
    """Write an empty import file with notes, drop-downs and example rows."""
    book = Workbook()
    page = book.active
    page.title = sheet_name(name)
    for index, column in enumerate(columns, start=1):
        cell = page.cell(1, index, column.label)
        cell.font = Font(bold=True, color="C8202F" if column.is_required else "16202E")
        cell.fill = PatternFill("solid", fgColor="EEF1F5")
        if column.help:
            cell.comment = Comment(column.help, "Tongzhang")
        if column.choices:
            choice = DataValidation(type="list", formula1='"' + ",".join(column.choices) + '"', allow_blank=True)
            page.add_data_validation(choice)
            letter = get_column_letter(index)
            choice.add(f"{letter}2:{letter}5000")
        page.column_dimensions[get_column_letter(index)].width = max(14, len(column.label) + 4)
    for example in examples:
        page.append(list(example))
    page.freeze_panes = "A2"
    book.save(stream)


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """A row of the user's file (values as read) with what is wrong: column index → sentence; -1 for the whole row."""

    row_no: int
    cells: Sequence[Any]
    problems: Mapping[int, str]


def mark_errors(stream: IO[bytes], headers: Sequence[str], rows: Iterable[MarkedRow]) -> None:
    """Write the file that goes back to the user: their rows, wrong cells coloured, and what is wrong in a last column."""
    book = Workbook(write_only=False)
    page = book.active
    page.title = sheet_name(_("Refused rows"))
    page.append([_("Row"), *headers, _("What is wrong")])
    for cell in page[1]:
        cell.font = Font(bold=True)
    red = PatternFill("solid", fgColor="FDECEE")
    for row in rows:
        page.append([row.row_no, *[_harmless(value) for value in row.cells], "；".join(row.problems.values())])
        for index in row.problems:
            if 0 <= index < len(headers):
                page.cell(page.max_row, index + 2).fill = red
        page.cell(page.max_row, len(headers) + 2).font = Font(color="C8202F")
    page.freeze_panes = "A2"
    page.column_dimensions[get_column_letter(len(headers) + 2)].width = 60
    book.save(stream)
    book.close()


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula, quoted; other values as they are."""
    if isinstance(value, str) and value[:1] in "=+-@\t\r":
        return "'" + value
    return value
