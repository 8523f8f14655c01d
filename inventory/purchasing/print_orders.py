"""采购订单 on paper: A4, as many pages as the lines need, with both parties, sums in figures and capitals.

The words of the form are Chinese whatever language the page has: it goes to a Chinese supplier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from erp.core.capitals import capitals
from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.pdf.pen import A4, FAINT, Pen
from erp.core.pdf.text import wrapped
from inventory.purchasing.models import PurchaseOrder, PurchaseOrderLine

LEFT, RIGHT, ROW, FIRST, LAST = 12.0, 198.0, 7.0, 62.0, 262.0
# heading, where its column begins, whether figures stand at its right edge
COLUMNS = (
    ("序号", 12.0, False), ("编码", 22.0, False), ("名称及规格", 48.0, False), ("单位", 96.0, False),
    ("数量", 107.0, True), ("单价(不含税)", 125.0, True), ("税率", 149.0, True), ("金额", 160.0, True),
    ("价税合计", 179.0, True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PrintedRow:
    cells: tuple[str, ...]


def order_pdf(stream: IO[bytes], company: Company, order: PurchaseOrder) -> int:
    """Draw the order; returns the number of pages."""
    lines = list(order.lines.select_related("item", "unit").order_by("line_no"))
    pages = pages_of([_row(line) for line in lines], int((LAST - FIRST - 3 * ROW) / ROW))
    pen = Pen(stream, A4, title=f"采购订单 {order.number}", author=company.name)
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            pen.next_page()
        y = _head(pen, company, order, number, len(pages))
        for row in rows:
            _draw(pen, row, y)
            y += ROW
        if number == len(pages):
            _sums(pen, lines, order, y)
    pen.save()
    return len(pages)


def pages_of(rows: Sequence[PrintedRow], per_page: int) -> list[Sequence[PrintedRow]]:
    """The rows in pages; an order without rows has one blank page."""
    return [rows[at : at + per_page] for at in range(0, len(rows), per_page)] or [[]]


def _row(line: PurchaseOrderLine) -> PrintedRow:
    """In the unit that was ordered: what the supplier knows the goods by."""
    in_unit = line.unit is not None and line.unit_qty is not None
    factor = line.unit.factor if line.unit is not None and in_unit else Decimal(1)
    qty = line.unit_qty if in_unit and line.unit_qty is not None else line.qty
    unit = line.unit.name if line.unit is not None and in_unit else line.item.unit
    return PrintedRow(
        (
            str(line.line_no),
            line.item.code,
            f"{line.item.name} {line.item.spec}".strip(),
            unit,
            f"{qty.normalize():,f}",
            f"{line.unit_price * factor:,.4f}".rstrip("0").ljust(len(f"{line.unit_price * factor:,.2f}"), "0"),
            f"{(line.tax_rate * 100).normalize():f}%",
            f"{line.net:,.2f}",
            f"{line.net + line.tax:,.2f}",
        )
    )


def _head(pen: Pen, company: Company, order: PurchaseOrder, page: int, pages: int) -> float:
    supplier = order.supplier
    pen.text(pen.width / 2, 20, "采 购 订 单", size=18, align="center")
    pen.text(LEFT, 31, f"采购方:{company.name}", size=10)
    pen.text(RIGHT, 31, f"订单号:{order.number}", size=10, align="right")
    pen.text(LEFT, 37, f"供应商:{supplier.name}", size=10)
    pen.text(RIGHT, 37, f"日期:{order.date:%Y年%m月%d日}", size=10, align="right")
    contact = " ".join(text for text in (supplier.contact, supplier.phone) if text)
    pen.text(LEFT, 43, f"联系人:{contact}", size=9)
    if order.expected_on:
        pen.text(RIGHT, 43, f"要求到货:{order.expected_on:%Y年%m月%d日}", size=9, align="right")
    pen.text(LEFT, 49, f"送货至:{order.warehouse.name}", size=9)
    if pages > 1:
        pen.text(RIGHT, 49, f"第 {page} 页 / 共 {pages} 页", size=9, align="right")
    pen.line(LEFT, FIRST - 9, RIGHT, FIRST - 9, weight=0.8)
    for at, (heading, x, is_figure) in enumerate(COLUMNS):
        if is_figure:
            pen.text(_edge(at), FIRST - 3.4, heading, size=8.5, align="right")
        else:
            pen.text(x + 0.5, FIRST - 3.4, heading, size=8.5)
    pen.line(LEFT, FIRST, RIGHT, FIRST, weight=0.8)
    return FIRST


def _edge(at: int) -> float:
    """The right edge of a column's text."""
    return (COLUMNS[at + 1][1] if at + 1 < len(COLUMNS) else RIGHT) - 1


def _draw(pen: Pen, row: PrintedRow, y: float) -> None:
    for at, (text, (_heading, x, is_figure)) in enumerate(zip(row.cells, COLUMNS, strict=True)):
        if is_figure:
            pen.text(_edge(at), y + 4.6, text, size=8.5, align="right")
        else:
            fitting = wrapped(text, 8.5, (_edge(at) - x) * 72 / 25.4, 1)
            pen.text(x + 0.5, y + 4.6, fitting[0] if fitting else "", size=8.5)
    pen.line(LEFT, y + ROW, RIGHT, y + ROW, weight=0.25, ink=FAINT)


def _sums(pen: Pen, lines: Sequence[PurchaseOrderLine], order: PurchaseOrder, y: float) -> None:
    net = sum((line.net for line in lines), ZERO)
    gross = sum((line.net + line.tax for line in lines), ZERO)
    pen.text(LEFT + 0.5, y + 4.8, f"合计  {capitals(gross)}", size=9)
    pen.text(_edge(7), y + 4.8, f"{net:,.2f}", size=8.5, align="right")
    pen.text(_edge(8), y + 4.8, f"{gross:,.2f}", size=8.5, align="right")
    pen.line(LEFT, y + ROW, RIGHT, y + ROW, weight=0.8)
    y += ROW + 6
    if order.note:
        pen.paragraph(LEFT, y, f"备注:{order.note}", RIGHT - LEFT, size=9)
        y += 10
    for at, role in enumerate(("制单", "审核", "采购方(盖章)", "供应商(盖章)")):
        name = {"制单": order.created_by, "审核": order.confirmed_by}.get(role)
        pen.text(LEFT + at * 47, y + 4, f"{role}:{name or ''}", size=9)
