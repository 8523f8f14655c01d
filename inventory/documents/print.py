"""Printed stock documents on A4: head, lines with total, signatures; several documents in one file.

The words of the form are Chinese whatever language the page has: it is a record that goes to the files of the books.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import IO

from erp.core.companies.models import Company
from erp.core.pdf.pen import A4, Pen
from inventory.documents import chinese
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentStatus, LineRole, StockDocument
from inventory.documents.queries import LineRow, rows_of

LEFT, ROW, BOTTOM = 12.0, 7.0, 262.0
SIGNATURES = ("制单", "审核", "仓管", "经手人")
# Heading, width in mm, whether it holds figures.
COLUMNS = (("行", 9, False), ("货品编码", 30, False), ("名称及规格", 60, False), ("批号/序列号", 26, False),
           ("单位", 12, False), ("数量", 22, True))  # fmt: skip
COSTS = (("单位成本", 22, True), ("金额", 26, True))
NOTE = ("备注", 27, False)


def documents_pdf(stream: IO[bytes], company: Company, documents: Iterable[StockDocument], *, with_costs: bool) -> int:
    """Draw the documents in order of date and number, each on pages of its own; returns the number of pages."""
    pen = Pen(stream, A4, title="出入库单", author=company.name)
    pages = 0
    for document in sorted(documents, key=lambda one: (one.date, one.number)):
        pages += _Form(pen, company, document, with_costs=with_costs, is_first=not pages).draw()
    pen.save()
    return pages


class _Form:
    def __init__(
        self, pen: Pen, company: Company, document: StockDocument, *, with_costs: bool, is_first: bool
    ) -> None:
        self.pen, self.company, self.document, self.is_first = pen, company, document, is_first
        self.with_costs = with_costs
        wanted = [*COLUMNS, *COSTS] if with_costs else [*COLUMNS, NOTE]
        scale = (pen.width - 2 * LEFT) / sum(width for _label, width, _is_figure in wanted)
        self.columns = [(label, width * scale, is_figure) for label, width, is_figure in wanted]

    def draw(self) -> int:
        rows = rows_of(self.document)
        page, y = 1, self._head(1)
        for row in rows:
            if y + ROW > BOTTOM:
                self._foot(page)
                page += 1
                y = self._head(page)
            y = self._row(y, self._cells(row))
        self._row(y, self._totals(rows), bold=True)
        self._foot(page)
        return page

    def _head(self, page: int) -> float:
        pen, document = self.pen, self.document
        if not (self.is_first and page == 1):
            pen.next_page()
        pen.text(pen.width / 2, 18, f"{self.company.name}", size=10, align="center")
        pen.text(pen.width / 2, 26, chinese.KINDS[document.kind] + "单", size=16, align="center")
        pen.text(pen.width - LEFT, 18, f"单号:{document.number}", size=9, align="right")
        pen.text(pen.width - LEFT, 23, f"日期:{document.date:%Y-%m-%d}", size=9, align="right")
        facts = [f"仓库:{document.warehouse}"]
        if document.to_warehouse:
            facts.append(f"调入:{document.to_warehouse}")
        if document.party:
            name = {"supplier": "供应商", "customer": "客户"}.get(KINDS[document.kind].has_party, "往来单位")
            facts.append(f"{name}:{document.party.name}")
        if document.reason:
            facts.append(f"原因:{chinese.REASONS[document.reason]}")
        if document.external_no:
            facts.append(f"外部单号:{document.external_no}")
        pen.paragraph(LEFT, 33, "  ".join(facts), pen.width - 2 * LEFT, size=9, most=1)
        if document.note:
            pen.paragraph(LEFT, 38, f"备注:{document.note}", pen.width - 2 * LEFT, size=9, most=1)
        if document.status != DocumentStatus.CONFIRMED:
            pen.stamp(pen.width - 45, 40, "草稿" if document.status == DocumentStatus.DRAFT else "已冲销")
        y = 41.0
        pen.line(LEFT, y, pen.width - LEFT, y, weight=0.8)
        y = self._row(y, [label for label, _width, _is_figure in self.columns])
        return y

    def _cells(self, row: LineRow) -> list[str]:
        line = row.line
        name = " ".join(filter(None, (line.item.name, line.item.spec)))
        cells = [
            str(line.line_no), line.item.code, name, line.lot.number if line.lot else "", line.item.unit,
            _figure(line.qty) if line.qty else "",
        ]  # fmt: skip
        if self.with_costs:
            shown = f"{row.unit_cost:,.4f}" if row.unit_cost is not None and line.qty else ""
            return [*cells, shown, f"{row.cost:,.2f}" if row.cost is not None else ""]
        return [*cells, line.note or chinese.REASONS.get(line.reason, "")]

    def _totals(self, rows: list[LineRow]) -> list[str]:
        rows = [row for row in rows if row.line.role != LineRole.CONSUMED]
        total = sum((row.line.qty for row in rows), Decimal(0))
        cells = ["", "合计", "", "", "", _figure(total) if total else ""]
        if not self.with_costs:
            return [*cells, ""]
        costs = [row.cost for row in rows if row.cost is not None]
        return [*cells, "", f"{sum(costs, Decimal(0)):,.2f}" if costs else ""]

    def _row(self, y: float, cells: list[str], *, bold: bool = False) -> float:
        x = LEFT
        for text, (_label, width, is_figure) in zip(cells, self.columns, strict=True):
            if is_figure:
                self.pen.text(x + width - 1.5, y + 4.8, text, size=8.5, align="right", bold=bold)
            elif text:
                self.pen.paragraph(x + 1.5, y + 4.8, text, width - 2.5, size=8.5, most=1)
            x += width
        self.pen.line(LEFT, y + ROW, self.pen.width - LEFT, y + ROW, weight=0.3)
        return y + ROW

    def _foot(self, page: int) -> None:
        document = self.document
        names = {"制单": document.created_by, "审核": document.confirmed_by}
        step = (self.pen.width - 2 * LEFT) / len(SIGNATURES)
        for at, role in enumerate(SIGNATURES):
            self.pen.text(LEFT + at * step, BOTTOM + 14, f"{role}:{names.get(role) or ''}", size=9)
        self.pen.text(self.pen.width / 2, BOTTOM + 22, f"第 {page} 页", size=7, align="center")


def _figure(value: Decimal) -> str:
    text = f"{value:,.6f}"
    return text.rstrip("0").rstrip(".")
