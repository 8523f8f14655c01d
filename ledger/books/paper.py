"""The paper of a printed book: A4 landscape, title, company, period, headings on every page, signatures at the foot.

The fixed words are Chinese whatever language the page has: a book is a record under 会计法 art. 22.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from erp.core.pdf.pen import A4_LANDSCAPE, FAINT, INK, RED, Pen
from erp.core.pdf.text import width
from erp.core.reports import Column
from erp.core.reports.render import NUMERIC
from ledger.books.cells import SUMS, cell_text, is_red
from ledger.books.pages import CARRY, NOTE, PrintedPage, PrintedRow

MARGIN, TOP, HEADS = 12.0, 27.0, 11.0
ROOM = A4_LANDSCAPE[1] - TOP - HEADS - 20
ROW = 6.0
PER_PAGE = int(ROOM // ROW)
POINTS = 72 / 25.4
MARKS = str.maketrans({"✓": "平", "✗": "不平"})  # The fonts have no such signs.
WIDTHS = {"amount": 16, "quantity": 12, "cost": 12, "percent": 9, "int": 7, "date": 11}


@dataclass(frozen=True, slots=True)
class Foot:
    """Who answers for the print (art. 58): role and name, blank to be signed by hand; and when it was printed."""

    signatures: Sequence[tuple[str, str]]
    printed_on: dt.date


def draw_pages(
    stream: IO[bytes], pages: Sequence[PrintedPage], *, title: str, company: str, foot: Foot, high: float = ROW
) -> None:
    """Write the pages, numbered through from the first to the last of the file; rows are ``high`` millimetres."""
    pen = Pen(stream, A4_LANDSCAPE, title=title, author=company)
    for number, page in enumerate(pages, start=1):
        if number > 1:
            pen.next_page()
        sheet = _Sheet(pen, page.section.columns, high)
        sheet.head(title, company, page.section.subtitle)
        for at, row in enumerate(page.rows):
            sheet.row(row, TOP + HEADS + at * high)
        sheet.frame(TOP + HEADS + sum(row.kind != NOTE for row in page.rows) * high)
        sheet.foot(foot, f"第 {number} 页 共 {len(pages)} 页")
    pen.save()


class _Sheet:
    def __init__(self, pen: Pen, columns: Sequence[Column], high: float) -> None:
        wanted = [column.width or WIDTHS.get(column.kind, 18) for column in columns]
        scale = (pen.width - 2 * MARGIN) / sum(wanted)
        self.pen, self.columns, self.high = pen, columns, high
        self.right = pen.width - MARGIN
        self.widths = [width * scale for width in wanted]
        self.edges = [MARGIN + sum(self.widths[:at]) for at in range(len(columns) + 1)]
        self.size = 8.0 if scale > 1.6 else 7.0 if scale > 1.2 else 6.0

    def head(self, title: str, company: str, subtitle: Sequence[str]) -> None:
        middle = self.pen.width / 2
        self.pen.text(middle, 15, title, size=15, align="center")
        self.pen.line(middle - 30, 17, middle + 30, 17)
        self.pen.text(MARGIN, 24, f"核算单位:{company}", size=9)
        self._fitted(self.right, 24, "  ".join(subtitle), 9, self.pen.width - 2 * MARGIN - 90)
        grouped = any(column.group for column in self.columns)
        self.pen.line(MARGIN, TOP, self.right, TOP, weight=0.8)
        for label, first, last in _groups(self.columns):
            left, right = self.edges[first], self.edges[last + 1]
            if label:
                self._centred(left, right, TOP + 4, label)
                self.pen.line(left, TOP + HEADS / 2, right, TOP + HEADS / 2, weight=0.3)
        for at, column in enumerate(self.columns):
            y = TOP + (9.4 if grouped and column.group else 6.8)
            self._centred(self.edges[at], self.edges[at + 1], y, str(column.label))
        self.pen.line(MARGIN, TOP + HEADS, self.right, TOP + HEADS, weight=0.8)

    def row(self, row: PrintedRow, y: float) -> None:
        if row.kind == NOTE:
            text = row.values[0].translate(MARKS)
            self.pen.paragraph(MARGIN + 1, y + self.high * 0.7, text, self.right - MARGIN - 2, size=7, most=1)
            return
        is_sum = row.kind in SUMS or row.kind == CARRY
        weight, ink = (0.6, INK) if is_sum else (0.25, FAINT)
        self.pen.line(MARGIN, y + self.high, self.right, y + self.high, weight=weight, ink=ink)
        for at, (value, column) in enumerate(zip(row.values, self.columns, strict=True)):
            if text := cell_text(value, column, is_sum=is_sum):
                self._cell(at, y, text, column, RED if is_red(value, column) else INK)

    def _cell(self, at: int, y: float, text: str, column: Column, ink: Any) -> None:
        room = self.widths[at] - 1.6
        if column.kind in NUMERIC:  # Digits are never cut; long ones are drawn smaller.
            self._fitted(self.edges[at + 1] - 0.8, y + self.high * 0.7, text, self.size, room, ink)
            return
        indent = (len(text) - len(text.lstrip())) * 0.9
        left, room = self.edges[at] + 0.8 + indent, room - indent
        used, room_points = width(text.strip(), self.size), room * POINTS
        if used <= room_points * (1.4 if column.kind == "date" or text.isascii() else 1.0):
            self.pen.text(left, y + self.high * 0.7, text.strip(), size=self.size * min(1.0, room_points / used))
        else:
            self.pen.paragraph(left, y + self.high * 0.43, text, room, size=5.6, most=2)

    def frame(self, bottom: float) -> None:
        """Lines between the columns and around the table."""
        for edge in self.edges[1:-1]:
            self.pen.line(edge, TOP + HEADS, edge, bottom, weight=0.25, ink=FAINT)
        self.pen.box(MARGIN, TOP, self.right - MARGIN, bottom - TOP)

    def foot(self, foot: Foot, numbering: str) -> None:
        y = self.pen.height - 11
        for at, (role, name) in enumerate(foot.signatures):
            self.pen.text(MARGIN + at * 52, y, f"{role}:{name}", size=9)
        self.pen.text(self.right - 50, y, f"打印日期:{foot.printed_on:%Y-%m-%d}", size=9, align="right")
        self.pen.text(self.right, y, numbering, size=9, align="right")

    def _fitted(self, right: float, y: float, text: str, size: float, room: float, ink: Any = INK) -> None:
        used = width(text, size)
        if used > room * POINTS:
            size *= room * POINTS / used
        self.pen.text(right, y, text, size=size, align="right", ink=ink)

    def _centred(self, left: float, right: float, y: float, text: str) -> None:
        used, room = width(text, self.size), (right - left - 1) * POINTS
        size = self.size * min(1.0, room / used) if used else self.size
        self.pen.text((left + right) / 2, y, text, size=size, align="center")


def _groups(columns: Sequence[Column]) -> Iterator[tuple[str, int, int]]:
    """(heading, first column, last column) of columns that stand under one heading."""
    start = 0
    for at in range(1, len(columns) + 1):
        if at == len(columns) or str(columns[at].group) != str(columns[start].group):
            yield str(columns[start].group or ""), start, at - 1
            start = at
