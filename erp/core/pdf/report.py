"""A report as PDF: title, company, headings on every page, rows, totals, page numbers (会计基础工作规范 art. 58)."""

from collections.abc import Iterable, Sequence
from typing import IO, Any

from django.utils.translation import gettext as _

from erp.core.pdf.pen import A4, A4_LANDSCAPE, FAINT, Pen
from erp.core.pdf.text import wrapped
from erp.core.reports.model import Column, ReportResult
from erp.core.reports.render import NUMERIC, cells, text_of

MARGIN, ROW, FOOT = 12.0, 5.2, 10.0
WIDTHS = {"amount": 16, "quantity": 12, "cost": 13, "percent": 9, "int": 7, "date": 11}


def report_pdf(stream: IO[bytes], *, title: str, company: str, result: ReportResult, columns: Sequence[Column]) -> int:
    """Write the report; rows are taken one by one. Returns the number of pages."""
    columns = result.columns or columns
    page = _Page(stream, title, company, list(map(str, result.subtitle)), columns)
    for row in cells(result.rows, columns):
        page.row(row)
    if result.totals is not None:  # They may be complete only now.
        totals = [result.totals.get(column.key) for column in columns]
        totals[0] = _("Total") if totals[0] is None else totals[0]
        page.row(totals, bold=True)
    page.notes(map(str, result.notes))
    return page.end()


class _Page:
    def __init__(
        self, stream: IO[bytes], title: str, company: str, subtitle: list[str], columns: Sequence[Column]
    ) -> None:
        wanted = [column.width or WIDTHS.get(column.kind, 18) for column in columns]
        size = A4_LANDSCAPE if sum(wanted) > 95 else A4
        self.pen = Pen(stream, size, title=title, author=company)
        self.title, self.company, self.subtitle, self.columns = title, company, subtitle, columns
        scale = (size[0] - 2 * MARGIN) / sum(wanted)
        self.widths = [width * scale for width in wanted]
        self.size = 8.0 if scale > 1.6 else 7.0 if scale > 1.2 else 6.0
        self.number = 1
        self.y = self._head()

    def row(self, values: Sequence[Any], *, bold: bool = False) -> None:
        if self.y + ROW > self.pen.height - MARGIN - FOOT:
            self._turn()
        x = MARGIN
        for value, column, room in zip(values, self.columns, self.widths, strict=True):
            text = text_of(value, column.kind)
            lines = wrapped(text, self.size, (room - 2) * 72 / 25.4, 1)
            shown = lines[0] if lines else ""
            if column.kind in NUMERIC:
                self.pen.text(x + room - 1, self.y + 3.6, text, size=self.size, align="right", bold=bold)
            else:
                indent = (len(text) - len(text.lstrip())) * 0.9
                self.pen.text(x + 1 + indent, self.y + 3.6, shown, size=self.size, bold=bold)
            x += room
        self.y += ROW
        self.pen.line(MARGIN, self.y, self.pen.width - MARGIN, self.y, weight=0.25, ink=FAINT)

    def notes(self, lines: Iterable[str]) -> None:
        for line in lines:
            if self.y + ROW > self.pen.height - MARGIN - FOOT:
                self._turn()
            self.pen.text(MARGIN, self.y + 4, line, size=7, ink=FAINT)
            self.y += ROW

    def end(self) -> int:
        self._foot()
        self.pen.save()
        return self.number

    def _turn(self) -> None:
        self._foot()
        self.pen.next_page()
        self.number += 1
        self.y = self._head()

    def _head(self) -> float:
        self.pen.text(self.pen.width / 2, 17, self.title, size=14, align="center")
        self.pen.text(MARGIN, 23, self.company, size=8)
        self.pen.text(self.pen.width - MARGIN, 23, " · ".join(self.subtitle), size=8, align="right")
        y = 26.0
        self.pen.line(MARGIN, y, self.pen.width - MARGIN, y, weight=0.8)
        x = MARGIN
        grouped = any(column.group for column in self.columns)
        last = ""
        for column, room in zip(self.columns, self.widths, strict=True):
            if grouped and column.group and str(column.group) != last:
                self.pen.text(x + 1, y + 3.6, str(column.group), size=self.size)
            last = str(column.group)
            at = y + (8.4 if grouped else 4.2)
            if column.kind in NUMERIC:
                self.pen.text(x + room - 1, at, str(column.label), size=self.size, align="right")
            else:
                self.pen.text(x + 1, at, str(column.label), size=self.size)
            x += room
        y += 10.4 if grouped else 6.2
        self.pen.line(MARGIN, y, self.pen.width - MARGIN, y, weight=0.8)
        return y

    def _foot(self) -> None:
        self.pen.text(
            self.pen.width / 2, self.pen.height - MARGIN, f"第 {self.number} 页", size=7, align="center", ink=FAINT
        )
