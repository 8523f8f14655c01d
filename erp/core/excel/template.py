"""Workbooks that people fill in: import templates, and files that come back with their errors marked.

openpyxl, because it has notes, drop-downs and coloured cells; the files are short.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from erp.core.excel.write import FORMATS, MAX_TEXT, sheet_name

AUTHOR = "Tongzhang"
HEAD = PatternFill("solid", fgColor="EEF1F5")
WRONG = PatternFill("solid", fgColor="FDECEE")
RED = "C8202F"
INK = "16202E"
LAST_ROW = 10_000
# A drop-down holds its choices itself only up to this length, and none with a comma.
INLINE_CHOICES = 255
NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A column of an import template: heading, help shown as a note, choices as a drop-down."""

    label: str
    help: str = ""
    choices: Sequence[str] = ()
    is_required: bool = False
    kind: str = "text"


def import_template(
    stream: IO[bytes], name: str, columns: Sequence[TemplateColumn], examples: Sequence[Sequence[Any]] = ()
) -> None:
    """Write an empty import file: headings (required ones in red), notes, drop-downs, examples, and a sheet of help."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet_name(name)
    choices = book.create_sheet(sheet_name(_("Choices"), [page.title]))
    choices.sheet_state = "hidden"
    for index, column in enumerate(columns, start=1):
        letter = get_column_letter(index)
        cell = page.cell(1, index)
        _put(cell, column.label)
        cell.font = Font(bold=True, color=RED if column.is_required else INK)
        cell.fill = HEAD
        if column.help:
            cell.comment = Comment(column.help, AUTHOR, width=280, height=110)
        # The format of the column keeps 00123 as typed where codes are text.
        page.column_dimensions[letter].number_format = FORMATS[column.kind]
        page.column_dimensions[letter].width = max(14, len(column.label) * 2 + 2)
        if column.choices:
            _add_choices(page, choices, letter, column.choices)
    for number, example in enumerate(examples, start=2):
        for index, (column, value) in enumerate(zip(columns, example, strict=True), start=1):
            cell = page.cell(number, index)
            _put(cell, value)
            cell.number_format = FORMATS[column.kind]
    page.freeze_panes = "A2"
    _write_help(book.create_sheet(sheet_name(_("Help"), book.sheetnames)), columns)
    book.save(stream)


def _add_choices(page: Any, choices: Any, letter: str, values: Sequence[str]) -> None:
    formula = '"' + ",".join(values) + '"'
    if len(formula) > INLINE_CHOICES or any("," in value or '"' in value for value in values):
        for number, value in enumerate(values, start=1):
            _put(choices[f"{letter}{number}"], value)
        formula = f"{quote_sheetname(choices.title)}!${letter}$1:${letter}${len(values)}"
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
    rule.error = _("Choose a value from the list.")
    page.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{LAST_ROW}")


def _write_help(page: Any, columns: Sequence[TemplateColumn]) -> None:
    for index, heading in enumerate((_("Column"), _("Required"), _("Explanation"), _("Choices")), start=1):
        _put(page.cell(1, index), heading)
        page.cell(1, index).font = Font(bold=True)
        page.cell(1, index).fill = HEAD
    for number, column in enumerate(columns, start=2):
        required = _("Yes") if column.is_required else _("No")
        for index, text in enumerate((column.label, required, column.help, ", ".join(column.choices)), start=1):
            _put(page.cell(number, index), text)
            page.cell(number, index).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in (("A", 22), ("B", 9), ("C", 60), ("D", 40)):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "A2"


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """A row of the user's file (values as read) with what is wrong: column index → sentence; -1 for the whole row."""

    row_no: int
    cells: Sequence[Any]
    problems: Mapping[int, str]


def mark_errors(stream: IO[bytes], headers: Sequence[str], rows: Iterable[MarkedRow]) -> None:
    """Write the file that goes back to the user: the rows, wrong cells coloured, what is wrong at the end.

    The user's columns keep names and values, so that the mended file can be uploaded as it is.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet_name(_("Refused rows")))
    reason = get_column_letter(len(headers) + 2)
    for index in range(len(headers)):
        page.column_dimensions[get_column_letter(index + 2)].width = 18
    page.column_dimensions[reason].width = 60
    page.freeze_panes = "A2"
    page.append([_cell(page, text, font=Font(bold=True)) for text in (_("Row"), *headers, _("What is wrong"))])
    ink = Font(color=RED)
    for row in rows:
        line = [_cell(page, row.row_no)]
        for index, value in enumerate(row.cells):
            line.append(_cell(page, value, fill=WRONG if index in row.problems else None))
        page.append([*line, _cell(page, "；".join(dict.fromkeys(row.problems.values())), font=ink)])
    book.save(stream)
    book.close()


def _cell(page: Any, value: Any, *, font: Font | None = None, fill: PatternFill | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(page)
    _put(cell, value)
    if font is not None:
        cell.font = font
    if fill is not None:
        cell.fill = fill
    return cell


def _put(cell: Any, value: Any) -> None:
    """The value as what it is; text stays text, also where it looks like a formula or an error."""
    if isinstance(value, str):
        cell.value = NOT_IN_XML.sub("", value)[:MAX_TEXT]
        if value:
            cell.data_type = "s"
    else:
        cell.value = value
