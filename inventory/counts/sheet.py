"""The count sheet as a workbook: taken to the shelves, filled in, and uploaded again by as many people as count.

Everything but what people enter is locked. Below the lines there is room for goods that the books do not know.
Headings are kept here and not in the catalogue of translations: a sheet must be readable whatever language it was
made in.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import xlsxwriter
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.excel import values
from erp.core.excel.read import Table, read_table
from erp.core.excel.safety import FileRefused
from erp.core.excel.write import FORMATS, sheet_name
from inventory.counts.differences import CountLine, count_lines
from inventory.counts.entry import CountedRow, Entered, enter, plan
from inventory.counts.models import StockCount
from inventory.counts.opening import lock_open
from inventory.counts.resolving import REASONS
from inventory.documents.models import Reason

ROOM = 100


class Heading(NamedTuple):
    """A column: its headings, kind of cell, width, and whether people fill it in."""

    zh: str
    en: str
    kind: str
    width: int
    is_open: bool = False

    @property
    def words(self) -> tuple[str, str]:
        return self.zh, self.en


COLUMNS: Mapping[str, Heading] = {
    "line": Heading("行号", "Line no.", "int", 7),
    "bin": Heading("库位", "Bin", "text", 10),
    "item": Heading("物料编码", "Item code", "text", 16),
    "name": Heading("物料名称", "Item name", "text", 30),
    "spec": Heading("规格型号", "Specification", "text", 16),
    "barcode": Heading("条码", "Barcode", "text", 16),
    "lot": Heading("批号/序列号", "Lot or serial no.", "text", 16),
    "unit": Heading("单位", "Unit", "text", 7),
    "book": Heading("账面数量", "Book quantity", "quantity", 12),
    "counted": Heading("盘点数量", "Counted", "quantity", 12, True),
    "unit_cost": Heading("单位成本", "Unit cost", "cost", 12, True),
    "reason": Heading("差异原因", "Reason", "text", 14, True),
    "note": Heading("备注", "Note", "text", 24, True),
}
ALIASES: Mapping[str, tuple[str, ...]] = {
    "item": ("编码", "商品编码", "存货编码", "Code", "item"),
    "counted": ("实盘数量", "实存数量", "盘点数", "Counted quantity", "counted"),
    "lot": ("批号", "序列号", "Lot", "Serial number", "lot"),
    "bin": ("仓位", "bin"),
    "line": ("序号", "Line", "line"),
    "unit_cost": ("单价", "成本单价", "unit_cost"),
    "reason": ("原因", "reason"),
    "note": ("说明", "note"),
}
REASON_WORDS: Mapping[str, Reason] = {
    "管理不善": Reason.MISMANAGEMENT,
    "Theft, loss or rot": Reason.MISMANAGEMENT,
    "合理损耗": Reason.NATURAL_LOSS,
    "Reasonable shrinkage": Reason.NATURAL_LOSS,
    "自然灾害": Reason.DISASTER,
    "Natural disaster": Reason.DISASTER,
    "盘盈": Reason.FOUND,
    "Found": Reason.FOUND,
    "其他": Reason.OTHER,
    "Other": Reason.OTHER,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file would do or did. ``rows``: rows with a quantity; ``blank``: rows not counted yet."""

    rows: int
    blank: int
    entered: Entered


def _is_chinese() -> bool:
    return not (get_language() or "").startswith("en")


def heading(name: str) -> str:
    """The heading of a column in the language of the page."""
    return COLUMNS[name].words[0 if _is_chinese() else 1]


def reason_words() -> dict[Reason, str]:
    """Reasons as the sheet's choices say them."""
    words = list(REASON_WORDS.items())
    return {reason: word for word, reason in words if word.isascii() is not _is_chinese()}


def workbook(count: StockCount, *, sees_cost: bool) -> bytes:
    """The sheet of a count. Book quantities are left out of a blind count."""
    names = [
        name
        for name in COLUMNS
        if not (name == "book" and count.is_blind)
        and not (name == "unit_cost" and not sees_cost)
        and not (name == "bin" and not count.warehouse.has_bins)
    ]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
    page = book.add_worksheet(sheet_name(_("Stock count")))
    _dress(book, page, count, names)
    reasons = reason_words()
    lines = count_lines(count)
    first = 3
    look = {
        (kind, is_open): book.add_format(
            {"num_format": FORMATS[kind], "locked": not is_open, "border": 1, "border_color": "#D0D5DD"}
            | ({"bg_color": "#FFFBE6"} if is_open else {})
        )
        for kind in ("text", "int", "quantity", "cost")
        for is_open in (True, False)
    }
    for at, line in enumerate(lines, start=first):
        shown = _cells(line, reasons)
        for column, name in enumerate(names):
            _put(page, at, column, shown[name], look[COLUMNS[name].kind, COLUMNS[name].is_open])
    for at in range(first + len(lines), first + len(lines) + ROOM):
        for column, name in enumerate(names):
            kind = COLUMNS[name].kind
            page.write_blank(at, column, None, look[kind, name not in ("line", "book", "name", "spec", "unit")])
    _validate(page, names, first, first + len(lines) + ROOM - 1, reasons)
    book.close()
    return stream.getvalue()


def _dress(book: Any, page: Any, count: StockCount, names: Sequence[str]) -> None:
    """Title, headings, widths, protection, and how it prints."""
    title = book.add_format({"bold": True, "font_size": 14})
    sub = book.add_format({"font_color": "#667085"})
    head = book.add_format({"bold": True, "bg_color": "#EEF1F5", "border": 1, "align": "center"})
    snapshot = timezone.localtime(count.snapshot_at)
    page.write_string(0, 0, f"{_('Stock count')} {count.number} · {count.warehouse.name}", title)
    page.write_string(
        1,
        0,
        _("Snapshot %(moment)s. Fill in the yellow cells; leave what was not counted blank. Goods not listed go below.")
        % {"moment": f"{snapshot:%Y-%m-%d %H:%M}"},
        sub,
    )
    for column, name in enumerate(names):
        page.set_column(column, column, COLUMNS[name].width)
        page.write_string(2, column, heading(name), head)
    page.freeze_panes(3, 0)
    page.repeat_rows(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&R&P / &N")
    # Without a password: it keeps slips away, not people.
    page.protect("", {"format_columns": True, "sort": True, "autofilter": True})


def _cells(line: CountLine, reasons: Mapping[Reason, str]) -> dict[str, Any]:
    return {
        "line": line.line_no,
        "bin": line.bin,
        "item": line.code,
        "name": line.name,
        "spec": line.spec,
        "barcode": line.barcode,
        "lot": line.lot,
        "unit": line.unit,
        "book": line.book_qty,
        "counted": line.counted,
        "unit_cost": line.unit_cost,
        "reason": reasons.get(Reason(line.reason), "") if line.reason else "",
        "note": line.note,
    }


def _put(page: Any, row: int, column: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, column, None, look)
    elif isinstance(value, Decimal | int):
        page.write_number(row, column, value, look)
    else:
        page.write_string(row, column, str(value), look)


def _validate(page: Any, names: Sequence[str], first: int, last: int, reasons: Mapping[Reason, str]) -> None:
    counted = names.index("counted")
    page.data_validation(
        first,
        counted,
        last,
        counted,
        {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": _("Enter zero or more.")},
    )
    reason = names.index("reason")
    page.data_validation(first, reason, last, reason, {"validate": "list", "source": list(reasons.values())})


def upload(
    company: Company, count_id: int, content: bytes, filename: str, *, by: Any, dry_run: bool, take_good: bool = False
) -> Upload:
    """Read a sheet. A dry run writes nothing; ``take_good`` leaves rows that are refused out, else they refuse all.

    Raises ``FileRefused``, ``CountNotOpen``, ``NotFound``, ``SeveralRefusals``.
    """
    table, places = _open(content, filename)
    rows, blank, early = _rows(table, places)
    if dry_run:
        with transaction.atomic():
            _targets, entered = plan(lock_open(company, count_id), rows)
            transaction.set_rollback(True)
        entered.refused[:0] = early
        return Upload(len(rows), blank, entered)
    if early and not take_good:
        raise early[0]
    entered = enter(company, count_id, rows, by=by, on_refusal="skip" if take_good else "raise")
    entered.refused[:0] = early
    return Upload(len(rows), blank, entered)


def _open(content: bytes, filename: str) -> tuple[Table, dict[str, int]]:
    """The table and the place of each column that is there. Raises ``FileRefused``."""
    table = None
    for language in (0, 1):
        expected = [COLUMNS[name].words[language] for name in ("item", "counted")]
        table = read_table(content, filename, expected=expected)
        places = _places(table)
        if {"item", "counted"} <= places.keys():
            return table, places
    assert table is not None
    raise FileRefused(
        "columns_missing",
        _("Columns missing in “%(filename)s”: %(missing)s. Found: %(found)s."),
        filename=filename,
        missing=", ".join(heading(name) for name in ("item", "counted") if name not in places),
        found=", ".join(header for header in table.headers if header),
    )


def _places(table: Table) -> dict[str, int]:
    names = {
        values.code(text): name
        for name, column in COLUMNS.items()
        for text in (*column.words, name, *ALIASES.get(name, ()))
    }
    found: dict[str, int] = {}
    for place, header in enumerate(table.headers):
        name = names.get(values.code(header))
        if name is not None:
            found.setdefault(name, place)
    return found


def _rows(table: Table, places: Mapping[str, int]) -> tuple[list[CountedRow], int, list[DomainError]]:
    """Rows that say a quantity, how many say none, and what cannot be read."""
    words = {values.code(word): reason for word, reason in REASON_WORDS.items()}
    words |= {values.code(reason.value): reason for reason in REASONS}
    rows: list[CountedRow] = []
    refused: list[DomainError] = []
    blank = 0
    for number, cells in table.rows:

        def cell(name: str, cells: Sequence[Any] = cells) -> Any:
            return cells[places[name]] if name in places else ""

        if values.is_blank(cell("counted")):
            blank += 1
            continue
        at = ""
        try:
            at = "counted"
            counted = values.decimal(cell("counted"))
            at = "unit_cost"
            cost = None if values.is_blank(cell("unit_cost")) else values.decimal(cell("unit_cost"))
            at = "line"
            line = None if values.is_blank(cell("line")) else int(values.decimal(cell("line")))
        except DomainError as refusal:
            refusal.row, refusal.field = number, at
            refused.append(refusal)
            continue
        reason = values.text(cell("reason"))
        rows.append(
            CountedRow(
                counted=counted,
                line_no=line,
                item=values.text(cell("item")) or values.text(cell("barcode")),
                lot=values.text(cell("lot")),
                bin=values.text(cell("bin")),
                unit_cost=cost,
                reason=str(words.get(values.code(reason), reason)) if reason else "",
                note=values.text(cell("note"))[:200],
                row=number,
            )
        )
    return rows, blank, refused


def sheet_of(company: Company, count_id: int, *, sees_cost: bool) -> tuple[StockCount, bytes]:
    """The count and its sheet. Raises ``NotFound``."""
    count = StockCount.objects.select_related("warehouse").filter(company=company, pk=count_id).first()
    if count is None:
        raise NotFound(what=StockCount._meta.verbose_name, key=count_id)
    return count, workbook(count, sees_cost=sees_cost)
