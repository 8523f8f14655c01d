"""Printed vouchers (会计基础工作规范 art. 51): every element by law, on A4 (two a page) or on 240×140 mm.

The words of the form are Chinese whatever language the page has: the form is a record under 会计法 art. 22.
``sheets`` is pure and divides a voucher into forms of ``ROWS`` lines; PDF and browser page draw the same sheets.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from django.utils.translation import gettext_lazy as _

from erp.core.capitals import capitals
from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO
from erp.core.pdf.pen import A4, RED, Pen
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionSetItem
from ledger.preferences.services import preferences_of
from ledger.vouchers.models import Voucher, VoucherLine, VoucherStatus

ROWS = 6
MOST = 2_000
UNSIGNED, NOT_NEEDED = "未签", "—"
CARRIED_IN, CARRIED_OUT, TOTAL, TOTAL_LATER = "承前页", "过次页", "合计", "合计见末页"
FORM = (240.0, 140.0)
PAPERS = ("a4", "form")


class TooManyToPrint(DomainError):
    code = "too_many_to_print"
    template = _("%(count)s vouchers are chosen; at most %(most)s are printed at once. Choose fewer.")


class NothingToPrint(DomainError):
    code = "nothing_to_print"
    template = _("No voucher is chosen. Mark vouchers or give a period.")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    summary: str
    account: str
    details: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class PrintedVoucher:
    """All that the form shows; names that are missing are 未签, the cashier's only where money moves."""

    company: str
    word: str
    number: int
    date: dt.date
    attachments: int
    lines: tuple[PrintedLine, ...]
    is_void: bool
    head: str
    poster: str
    reviewer: str
    cashier: str
    preparer: str

    @property
    def label(self) -> str:
        return f"{self.word}字第{self.number}号"

    @property
    def date_text(self) -> str:
        return f"{self.date.year}年{self.date.month:02d}月{self.date.day:02d}日"

    @property
    def signatures(self) -> tuple[tuple[str, str], ...]:
        return (
            ("会计主管", self.head),
            ("记账", self.poster),
            ("审核", self.reviewer),
            ("出纳", self.cashier),
            ("制单", self.preparer),
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form: its rows (lines, and 承前页/过次页 with sums), how many rows stay blank, and the total on the last."""

    voucher: PrintedVoucher
    page: int
    pages: int
    rows: tuple[PrintedLine, ...]
    blank: int
    is_last: bool
    debit: Decimal
    credit: Decimal

    @property
    def capitals(self) -> str:
        return capitals(self.debit) if self.is_last else ""

    @property
    def blanks(self) -> range:
        return range(self.blank)

    @property
    def numbering(self) -> str:
        return f"{self.page}/{self.pages}" if self.pages > 1 else ""


def sheets(voucher: PrintedVoucher, rows: int = ROWS) -> list[Sheet]:
    """The forms of a voucher: each but the last ends with 过次页, each but the first begins with 承前页."""
    parts: list[tuple[PrintedLine, ...]] = []
    rest = voucher.lines
    while True:
        room = rows - (1 if parts else 0)
        if len(rest) <= room:
            parts.append(rest)
            break
        parts.append(rest[: room - 1])
        rest = rest[room - 1 :]
    made: list[Sheet] = []
    debit = credit = ZERO
    for page, part in enumerate(parts, start=1):
        carried = [_sum_line(CARRIED_IN, debit, credit)] if page > 1 else []
        debit += sum((line.debit for line in part), ZERO)
        credit += sum((line.credit for line in part), ZERO)
        is_last = page == len(parts)
        shown = (*carried, *part, *([] if is_last else [_sum_line(CARRIED_OUT, debit, credit)]))
        made.append(Sheet(voucher, page, len(parts), shown, rows - len(shown), is_last, debit, credit))
    return made


def _sum_line(word: str, debit: Decimal, credit: Decimal) -> PrintedLine:
    return PrintedLine(word, "", "", debit, credit)


def printed(company: Company, ids: Sequence[int]) -> Iterator[PrintedVoucher]:
    """The vouchers in order of date, word and number, in batches of five statements each.

    Raises ``NothingToPrint``, ``TooManyToPrint``.
    """
    if not ids:
        raise NothingToPrint()
    if len(ids) > MOST:
        raise TooManyToPrint(count=f"{len(ids):,}", most=f"{MOST:,}")
    return stream_printed(company, ids)


def stream_printed(company: Company, ids: Sequence[int]) -> Iterator[PrintedVoucher]:
    """The same without a limit, for archives."""
    vouchers = Voucher.objects.filter(company=company, pk__in=ids).order_by("period__start", "word", "number")
    head = preferences_of(company).accounting_head
    batch: list[Voucher] = []
    for voucher in vouchers.iterator(chunk_size=500):
        batch.append(voucher)
        if len(batch) == 500:
            yield from _batch(company, batch, head)
            batch = []
    if batch:
        yield from _batch(company, batch, head)


def _batch(company: Company, vouchers: Sequence[Voucher], head: str) -> Iterator[PrintedVoucher]:
    rows: dict[int, list[VoucherLine]] = {}
    for row in VoucherLine.objects.filter(company=company, voucher__in=[v.pk for v in vouchers]).order_by("line_no"):
        rows.setdefault(row.voucher_id, []).append(row)
    lines = [row for found in rows.values() for row in found]
    accounts = _account_names(company)
    cash = set(Account.objects.filter(company=company).exclude(cash_kind="").values_list("id", flat=True))
    dimensions: dict[int, list[str]] = {}
    items = DimensionSetItem.objects.filter(
        company=company, dimension_set__in={line.dimension_set_id for line in lines}
    ).order_by("dimension_type")
    for set_id, code, name in items.values_list("dimension_set_id", "value__code", "value__name"):
        dimensions.setdefault(set_id, []).append(f"{code} {name}")
    for voucher in vouchers:
        own = rows.get(voucher.pk, [])
        moves_money = any(line.account_id in cash for line in own)
        yield PrintedVoucher(
            company=company.name,
            word=voucher.word,
            number=voucher.number,
            date=voucher.date,
            attachments=voucher.attachments,
            lines=tuple(
                PrintedLine(
                    summary=line.summary,
                    account=accounts[line.account_id],
                    details=_details(company, line, dimensions.get(line.dimension_set_id, [])),
                    debit=line.debit,
                    credit=line.credit,
                )
                for line in own
            ),
            is_void=voucher.status == VoucherStatus.VOID,
            head=head or UNSIGNED,
            poster=voucher.poster_name or UNSIGNED,
            reviewer=voucher.reviewer_name or UNSIGNED,
            cashier=voucher.cashier_name or (UNSIGNED if moves_money else NOT_NEEDED),
            preparer=voucher.preparer_name or UNSIGNED,
        )


def _account_names(company: Company) -> dict[int, str]:
    """Code and names from the top: ``100201 银行存款-基本户``."""
    rows = Account.objects.filter(company=company).order_by("level").values_list("id", "parent_id", "code", "name")
    names: dict[int, str] = {}
    found: dict[int, str] = {}
    for pk, parent, code, name in rows:
        names[pk] = f"{names[parent]}-{name}" if parent in names else name
        found[pk] = f"{code} {names[pk]}"
    return found


def _details(company: Company, line: VoucherLine, dimensions: Sequence[str]) -> str:
    parts = list(dimensions)
    if line.currency != company.currency and line.original_amount is not None:
        parts.append(f"{line.currency} {line.original_amount:,.2f} × {(line.rate or ZERO).normalize():f}")
    if line.quantity:
        price = f" × {line.unit_price.normalize():f}" if line.unit_price else ""
        parts.append(f"{line.quantity.normalize():f}{price}")
    if line.settlement_no:
        parts.append(f"{line.settlement_method} {line.settlement_no}".strip())
    return " / ".join(parts)


def voucher_pdf(stream: IO[bytes], company: Company, vouchers: Iterator[PrintedVoucher], *, paper: str = "a4") -> int:
    """Draw the vouchers; returns the number of forms. ``paper``: a4 (two forms a page) or form (240×140 mm)."""
    on_a4 = paper == "a4"
    pen = Pen(stream, A4 if on_a4 else FORM, title="记账凭证", author=company.name)
    count = 0
    for voucher in vouchers:
        for sheet in sheets(voucher):
            place = count % 2 if on_a4 else 0
            if count and place == 0:
                pen.next_page()
            _draw(pen, sheet, 12.0 if on_a4 else 14.0, 148.5 * place)
            if on_a4 and place == 0:
                pen.line(4, 148.5, 206, 148.5, weight=0.2)
            count += 1
    pen.save()
    return count


def _draw(pen: Pen, sheet: Sheet, left: float, top: float) -> None:
    voucher = sheet.voucher
    right = pen.width - left
    pen.text(pen.width / 2, top + 15, "记 账 凭 证", size=17, align="center")
    pen.line(pen.width / 2 - 26, top + 17, pen.width / 2 + 26, top + 17)
    pen.text(left, top + 24, f"核算单位:{voucher.company}", size=9)
    pen.text(pen.width / 2, top + 24, voucher.date_text, size=9, align="center")
    pen.text(right, top + 18, f"附件 {voucher.attachments} 张", size=9, align="right")
    pen.text(right, top + 24, f"{voucher.label} {sheet.numbering}".strip(), size=9, align="right")
    y, high = top + 27, 12.2
    edges = [left, left + (right - left) * 0.27, left + (right - left) * 0.66, left + (right - left) * 0.83, right]
    bottom = y + 8 + ROWS * high + 10
    pen.box(left, y, right - left, bottom - y)
    for edge in edges[1:-1]:
        pen.line(edge, y, edge, bottom - (10 if edge == edges[1] else 0))
    for start, end, head in zip(edges, edges[1:], ("摘要", "会计科目", "借方金额", "贷方金额"), strict=False):
        pen.text((start + end) / 2, y + 5.4, head, size=9, align="center")
    y += 8
    pen.line(left, y, right, y)
    for line in sheet.rows:
        _draw_line(pen, line, edges, y)
        y += high
        pen.line(left, y, right, y, weight=0.3)
    if sheet.blank:
        # B51(6): blank lines are crossed out.
        pen.line(edges[2] - 1, y + 1, left + 1, y + sheet.blank * high - 1, weight=0.7)
        for start, end in ((edges[2], edges[3]), (edges[3], edges[4])):
            pen.line(end - 1, y + 1, start + 1, y + sheet.blank * high - 1, weight=0.7)
        for _row in sheet.blanks:
            y += high
            pen.line(left, y, right, y, weight=0.3)
    pen.text(left + 1.5, y + 6.4, f"{TOTAL}  {sheet.capitals}" if sheet.is_last else TOTAL_LATER, size=9)
    if sheet.is_last:
        for edge, amount in ((edges[3], sheet.debit), (edges[4], sheet.credit)):
            _amount(pen, edge, y + 6.4, amount, sign="¥")
    step = (right - left) / 5
    for at, (role, name) in enumerate(voucher.signatures):
        pen.text(left + at * step, bottom + 6, f"{role}:{name}", size=9)
    if voucher.is_void:
        pen.stamp(pen.width / 2 + 18, top + 52, "作废")


def _draw_line(pen: Pen, line: PrintedLine, edges: Sequence[float], y: float) -> None:
    pen.paragraph(edges[0] + 1.5, y + 4.6, line.summary, edges[1] - edges[0] - 3, size=8.5, most=2)
    room = edges[2] - edges[1] - 3
    pen.paragraph(edges[1] + 1.5, y + 4.4, line.account, room, size=8.5, most=1 if line.details else 2)
    pen.paragraph(edges[1] + 1.5, y + 8.2, line.details, room, size=7, most=1)
    for edge, amount in ((edges[3], line.debit), (edges[4], line.credit)):
        if amount:
            _amount(pen, edge, y + 6.4, amount)


def _amount(pen: Pen, right: float, y: float, amount: Decimal, *, sign: str = "") -> None:
    """Two decimals (B52(2)); red figures in red with their minus, so that black printers show them too."""
    text = f"{sign}{amount:,.2f}"
    if amount < 0:
        pen.text(right - 1.5, y, text, size=9, align="right", ink=RED)
    else:
        pen.text(right - 1.5, y, text, size=9, align="right")
