"""A table from a user's file: headers, then rows with their row numbers as Excel shows them.

``read_table`` opens .xlsx, .xls and .csv; whatever makes the whole file unreadable is one ``FileRefused`` with a code
and a cure. Cells come as the file holds them (text, float, bool, date, datetime or ""); ``values`` reads them.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import python_calamine
from django.utils.translation import gettext_lazy as _

from erp.core.excel import values
from erp.core.excel.safety import LIMITS, FileRefused, Kind, Limits, check_archive, damaged, recognise, too_many

Cells = list[Any]
# Exports often carry a few title lines above the header.
HEADER_WITHIN = 20


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. ``rows`` starts anew each time it is asked for; blank rows are left out."""

    filename: str
    kind: Kind
    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    headers: tuple[str, ...]
    _open: Callable[[], Iterator[Cells]] = field(repr=False)
    limits: Limits = LIMITS

    @property
    def rows(self) -> Iterator[tuple[int, Cells]]:
        """(row number, cells) below the header, each with exactly one cell per header."""
        width = len(self.headers)
        for number, cells in enumerate(self._open(), start=1):
            if number <= self.header_row:
                continue
            if number > self.limits.rows:
                raise too_many(self.filename, rows=number, columns=width, limits=self.limits)
            cells = cells[:width]
            if any(not values.is_blank(cell) for cell in cells):
                yield number, cells + [""] * (width - len(cells))

    def require_columns(self, names: Iterable[str]) -> dict[str, int]:
        """The position of each named column. Raises ``FileRefused`` with what is missing and what was found."""
        places = {_compared(header): place for place, header in enumerate(self.headers) if header}
        wanted = list(names)
        missing = [name for name in wanted if _compared(name) not in places]
        if missing:
            raise FileRefused(
                "columns_missing",
                _("Columns missing in “%(filename)s”: %(missing)s. Found: %(found)s."),
                filename=self.filename,
                missing=", ".join(missing),
                found=", ".join(header for header in self.headers if header),
            )
        return {name: places[_compared(name)] for name in wanted}


def read_table(
    source: bytes | str | Path | IO[bytes],
    filename: str = "",
    *,
    sheet: str = "",
    expected: Sequence[str] = (),
    limits: Limits = LIMITS,
) -> Table:
    """Open a table.

    ``sheet``: by name, else the first one that is visible. ``expected``: column names; the header is the first row
    that has them all, else the first row that is not blank (``require_columns`` then says what is missing).
    Raises ``FileRefused``.
    """
    content, filename = _content(source, filename)
    kind = recognise(content, filename, limits)
    name, sheets = "", tuple[str, ...]()
    if kind is Kind.CSV:
        rows = _csv_rows(content, filename)
    else:
        if kind is Kind.XLSX:
            check_archive(content, filename, limits)
        name, sheets, rows = _workbook_rows(content, filename, sheet, limits)
    header_row, headers = _find_header(rows, filename, expected, limits)
    return Table(filename, kind, name, sheets, header_row, headers, rows, limits)


def _content(source: bytes | str | Path | IO[bytes], filename: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, filename or "file.xlsx"
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise FileRefused("file_missing", _("There is no file “%(filename)s”."), filename=str(source))
        return path.read_bytes(), filename or path.name
    return source.read(), filename or Path(str(getattr(source, "name", "file.xlsx"))).name


def _workbook_rows(
    content: bytes, filename: str, sheet: str, limits: Limits
) -> tuple[str, tuple[str, ...], Callable[[], Iterator[Cells]]]:
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [
            meta.name
            for meta in workbook.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        name = _choose(sheet, visible or list(workbook.sheet_names), tuple(workbook.sheet_names), filename)
        opened = workbook.get_sheet_by_name(name)
    except python_calamine.PasswordError as error:
        raise FileRefused(
            "password_protected",
            _("The file “%(filename)s” is protected by a password. Save it without one."),
            filename=filename,
        ) from error
    except (python_calamine.CalamineError, OSError) as error:
        raise damaged(filename) from error
    if opened.end and (opened.width > limits.columns or opened.width * opened.height > limits.cells):
        raise too_many(filename, rows=opened.end[0] + 1, columns=opened.end[1] + 1, limits=limits)
    return name, tuple(workbook.sheet_names), lambda: iter(opened.iter_rows())


def _choose(sheet: str, visible: Sequence[str], names: tuple[str, ...], filename: str) -> str:
    if not sheet and visible:
        return visible[0]
    for name in names:
        if _compared(name) == _compared(sheet):
            return name
    raise FileRefused(
        "sheet_missing",
        _("The file “%(filename)s” has no sheet “%(sheet)s”. It has: %(sheets)s."),
        filename=filename,
        sheet=sheet,
        sheets=", ".join(names),
    )


def _csv_rows(content: bytes, filename: str) -> Callable[[], Iterator[Cells]]:
    decoded = _decoded(content, filename)
    first = decoded.lstrip().split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)

    def rows() -> Iterator[Cells]:
        try:
            yield from csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
        except csv.Error as error:
            raise damaged(filename) from error

    return rows


def _decoded(content: bytes, filename: str) -> str:
    """Excel writes UTF-8 with a mark or, on Chinese Windows, GB18030."""
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(
        "encoding_unknown",
        _("The characters of “%(filename)s” cannot be read. Save it as UTF-8 or as .xlsx."),
        filename=filename,
    )


def _find_header(
    rows: Callable[[], Iterator[Cells]], filename: str, expected: Sequence[str], limits: Limits
) -> tuple[int, tuple[str, ...]]:
    wanted = {_compared(name) for name in expected}
    candidate: tuple[int, tuple[str, ...]] | None = None
    for number, cells in enumerate(rows(), start=1):
        headers = [values.text(cell) for cell in cells]
        if wanted and wanted <= {_compared(header) for header in headers}:
            candidate = number, _trimmed(headers)
            break
        if candidate is None and any(headers):
            candidate = number, _trimmed(headers)
            # A header names things; a first row of numbers and dates is the table's body.
            if not any(isinstance(cell, str) and _is_name(cell) for cell in cells):
                raise _no_header(filename)
        if candidate and (not wanted or number >= HEADER_WITHIN):
            break
    if candidate is None:
        raise _no_header(filename)
    _refuse_doubles(candidate[1], filename)
    if len(candidate[1]) > limits.columns:
        raise too_many(filename, rows=candidate[0], columns=len(candidate[1]), limits=limits)
    return candidate


def _is_name(cell: str) -> bool:
    return any(char.isalpha() for char in cell)


def _trimmed(headers: list[str]) -> tuple[str, ...]:
    while headers and not headers[-1]:
        headers.pop()
    return tuple(headers)


def _refuse_doubles(headers: tuple[str, ...], filename: str) -> None:
    named = [header for header in headers if header]
    doubles = {header for header in named if [_compared(other) for other in named].count(_compared(header)) > 1}
    if doubles:
        raise FileRefused(
            "headers_double",
            _("In “%(filename)s” several columns have the same name: %(names)s. Rename or delete one."),
            filename=filename,
            names=", ".join(sorted(doubles)),
        )


def _no_header(filename: str) -> FileRefused:
    return FileRefused(
        "header_missing",
        _("The file “%(filename)s” has no header row. The first row must name the columns."),
        filename=filename,
    )


def _compared(name: str) -> str:
    return values.code(name).casefold()
