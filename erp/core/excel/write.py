"""Write spreadsheets: streamed, typed, and harmless when opened.

XlsxWriter in constant memory takes rows one by one, so an export may be of any length. Numbers are numbers, dates are
dates, and text is always text: a name that begins with ``=`` never runs as a formula.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

MAX_ROWS = 1_048_000  # Excel ends at 1,048,576; the rest is room for title and totals
MAX_TEXT = 32_767
# Excel keeps 15 digits of a number; what has more is written as text rather than changed.
MAX_DIGITS = 15
FORMATS = {
    "amount": "#,##0.00;[Red]-#,##0.00",
    "quantity": "#,##0.######;[Red]-#,##0.######",
    "cost": "#,##0.00########;[Red]-#,##0.00########",
    "percent": "0.0%",
    "int": "0",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "text": "@",
}
# Excel would leave the decimal point of a whole number standing: 「6.」.
WHOLE = {"quantity": "#,##0;[Red]-#,##0"}
WIDTHS = {"amount": 16, "quantity": 13, "cost": 14, "percent": 9, "int": 9, "date": 12, "moment": 17, "text": 22}
NUMERIC = {"amount", "quantity", "cost", "percent", "int"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
SHEET_NAME_LENGTH = 31


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """Heading, kind of cell (a key of ``FORMATS``), and the group heading above it."""

    label: str
    kind: str = "text"
    group: str = ""
    width: int | None = None


@dataclass(slots=True)
class Sheet:
    """One sheet: title lines above the table, rows as sequences in the order of the columns, a row of totals.

    ``totals`` and ``notes`` may be functions: they are asked when the last row was written.
    """

    name: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[Any]]
    title: Sequence[str] = ()
    totals: Sequence[Any] | Callable[[], Sequence[Any] | None] | None = None
    notes: Sequence[str] | Callable[[], Sequence[str]] = field(default_factory=tuple)


def sheet_name(name: str, taken: Iterable[str] = ()) -> str:
    """A name that Excel accepts (no ``[]:*?/\\``, 31 characters at most) and that none of ``taken`` has."""
    clean = NOT_IN_SHEET_NAMES.sub(" ", name).strip("' ")[:SHEET_NAME_LENGTH].rstrip("' ") or "Sheet1"
    if clean.casefold() == "history":  # Excel keeps this one for itself.
        clean += "_"
    used = {other.casefold() for other in taken}
    unique, number = clean, 1
    while unique.casefold() in used:
        number += 1
        end = f" ({number})"
        unique = clean[: SHEET_NAME_LENGTH - len(end)] + end
    return unique


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet that is given this text to type would compute it."""
    return text.startswith(FORMULA_STARTS)


def write_workbook(stream: IO[bytes], sheets: Sequence[Sheet], *, max_rows: int = MAX_ROWS) -> None:
    """Write the sheets to a binary stream. Rows are taken one by one; a sheet that is full goes on in the next."""
    book = xlsxwriter.Workbook(
        stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
    look = _Look(book)
    taken: list[str] = []
    for sheet in sheets:
        _write_sheet(book, look, sheet, taken, max_rows)
    book.close()


class _Look:
    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.sub = book.add_format({"font_color": "#667085"})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#EEF1F5", "bottom": 1, "align": "center", "valign": "vcenter"}
        )
        self.cells = _formats(book, {})
        self.totals = _formats(book, {"bold": True, "top": 1})


def _formats(book: Any, look: Mapping[str, Any]) -> dict[str, Any]:
    made = {kind: book.add_format({"num_format": number, **look}) for kind, number in FORMATS.items()}
    made |= {f"whole {kind}": book.add_format({"num_format": number, **look}) for kind, number in WHOLE.items()}
    made["long number"] = book.add_format({"num_format": "@", "align": "right", **look})
    made["quoted"] = book.add_format({"num_format": "@", "quote_prefix": True, **look})
    return made


def _write_sheet(book: Any, look: _Look, sheet: Sheet, taken: list[str], max_rows: int) -> None:
    rows = iter(sheet.rows)
    # A foot that is known only at the end finds its place in the rows that MAX_ROWS leaves.
    foot = (0 if callable(sheet.notes) else len(sheet.notes)) + (sheet.totals is not None)
    row = next(rows, None)
    while True:
        name = sheet_name(sheet.name, taken)
        taken.append(name)
        page = book.add_worksheet(name)
        first = at = _write_head(page, look, sheet)
        while row is not None and at < max_rows - foot:
            _write_row(page, at, sheet.columns, row, look.cells)
            at += 1
            row = next(rows, None)
        if sheet.columns:
            page.autofilter(first - 1, 0, max(at - 1, first), len(sheet.columns) - 1)
        if row is None:
            break
    totals = sheet.totals() if callable(sheet.totals) else sheet.totals
    if totals is not None:
        _write_row(page, at, sheet.columns, totals, look.totals)
        at += 1
    for note in sheet.notes() if callable(sheet.notes) else sheet.notes:
        page.write_string(at, 0, str(note)[:MAX_TEXT], look.sub)
        at += 1


def _write_head(page: Any, look: _Look, sheet: Sheet) -> int:
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width or WIDTHS.get(column.kind, 16))
    at = 0
    for line in sheet.title:
        page.write_string(at, 0, str(line)[:MAX_TEXT], look.title if at == 0 else look.sub)
        at += 1
    first = at
    if any(column.group for column in sheet.columns):
        _write_groups(page, look, sheet.columns, at)
        at += 1
    for index, column in enumerate(sheet.columns):
        page.write_string(at, index, str(column.label), look.head)
    page.freeze_panes(at + 1, 0)
    page.repeat_rows(first, at)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.set_footer("&R&P / &N")
    return at + 1


def _write_groups(page: Any, look: _Look, columns: Sequence[SheetColumn], at: int) -> None:
    start = 0
    while start < len(columns):
        group = columns[start].group
        end = start
        while group and end + 1 < len(columns) and columns[end + 1].group == group:
            end += 1
        if end > start:
            page.merge_range(at, start, at, end, str(group), look.head)
        elif group:
            page.write_string(at, start, str(group), look.head)
        else:
            page.write_blank(at, start, None, look.head)
        start = end + 1


def _write_row(
    page: Any, at: int, columns: Sequence[SheetColumn], row: Sequence[Any], formats: Mapping[str, Any]
) -> None:
    for index, (column, value) in enumerate(zip(columns, row, strict=True)):
        kind = column.kind
        if value is None or value == "":
            page.write_blank(at, index, None, formats[kind])
        elif isinstance(value, bool):
            page.write_string(at, index, _("Yes") if value else _("No"), formats["text"])
        elif kind in NUMERIC and isinstance(value, Decimal | int):
            if _digits(value) > MAX_DIGITS:
                page.write_string(at, index, f"{value:,f}", formats["long number"])
            else:
                is_whole = kind in WHOLE and value == int(value)
                page.write_number(at, index, value, formats[f"whole {kind}" if is_whole else kind])
        elif kind in ("date", "moment") and isinstance(value, dt.date):
            _write_date(page, at, index, value, kind, formats)
        else:
            text = str(value)[:MAX_TEXT]
            page.write_string(at, index, text, formats["quoted" if runs_as_formula(text) else "text"])


def _digits(value: Decimal | int) -> int:
    """Significant digits, without the zeros at either end."""
    return len("".join(map(str, Decimal(value).as_tuple().digits)).strip("0"))


def _write_date(page: Any, at: int, index: int, value: dt.date, kind: str, formats: Mapping[str, Any]) -> None:
    if isinstance(value, dt.datetime):
        if timezone.is_aware(value):
            value = timezone.localtime(value)
        # A time of day that is there is shown, even where only a date was asked for.
        kind = "moment" if value.time() != dt.time() else kind
        value = value.replace(tzinfo=None)
    if value.year < 1900:  # Excel's calendar begins there.
        page.write_string(at, index, value.isoformat(), formats["text"])
    else:
        page.write_datetime(at, index, value, formats[kind])
