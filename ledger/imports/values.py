"""Cells of a voucher row as values: head, amounts on their side, foreign amounts, dimensions."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.values import RowError
from erp.core.money import CENT, WIDE, ZERO, cents, quantity, rounded, times
from ledger.imports import problems
from ledger.imports.books import Books
from ledger.imports.layout import RawLine
from ledger.vouchers.checks import LineInput

WORDS = "记收付转"
DEBIT = {"借", "借方", "D", "DR", "DEBIT", "1"}
CREDIT = {"贷", "贷方", "C", "CR", "CREDIT", "0", "-1"}
_NUMBER = re.compile(r"(\d+)\s*号?$")
RATE_STEP = Decimal("0.00000001")
NO_DATE = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class HeadValues:
    """``key`` names the voucher within the other system: month, word and number (or serial)."""

    key: str
    source: str
    date: dt.date
    word: str
    number: int
    attachments: int
    reference: str


def read_head(cells: Mapping[str, Any]) -> tuple[HeadValues, list[DomainError]]:
    """The voucher's own cells."""
    errors: list[DomainError] = []
    date = _read(errors, "date", values.date, cells.get("date"), NO_DATE)
    attachments = int(_read(errors, "attachments", values.decimal, cells.get("attachments", 0), ZERO))
    text = values.text(cells.get("number", ""))
    match = _NUMBER.search(text)
    written = values.text(cells.get("word", "")) or values.text(cells.get("word_code", "")) or text
    word = next((char for char in written if char in WORDS), "")
    serial = values.text(cells.get("head", "")) or values.text(cells.get("serial", ""))
    number = int(match.group(1)) if match else 0
    if not number and not serial:
        errors.append(problems.NumberMissing(field="number"))
    month = f"{date.year}-{date.month:02d}"
    year, period = values.text(cells.get("year", "")), values.text(cells.get("period", ""))
    if "." in period:  # 2025.1: some exports give year and period in one cell
        year, period = period.split(".", 1)
    if date != NO_DATE and period.isdigit() and (int(period) != date.month or (year and year != str(date.year))):
        errors.append(problems.PeriodContradicts(field="period", date=date, period=f"{year or date.year}-{period}"))
    name = f"{word or written[:1] or '记'}-{number}" if number else serial
    head = HeadValues(
        key=f"{month} {name}"[:80] if number or serial else "",
        source=name[:30],
        date=date,
        word=word,
        number=number,
        attachments=max(attachments, 0),
        reference=values.text(cells.get("reference", "")),
    )
    return head, errors


def read_line(row: RawLine, books: Books, summary_above: str) -> tuple[LineInput, list[DomainError], bool]:
    """(line, refusals, whether its account and dimension values are known). A blank summary is the one above."""
    cells = row.cells
    errors: list[DomainError] = []
    account_id = books.account(values.text(cells.get("account", "")), values.text(cells.get("account_name", "")), row)
    currency, currency_error = books.currency(
        values.text(cells.get("currency", "")), values.text(cells.get("currency_name", ""))
    )
    if currency_error:
        errors.append(currency_error)
    rate = _optional(errors, "rate", cells)
    original = _optional(errors, "original", cells)
    debit, credit = _sides(errors, cells, original, rate if currency else None)
    pairs, item_errors, is_resolved = books.pairs(row, account_id)
    errors += item_errors
    if currency:
        base = debit or credit
        if original is None and rate:
            original = cents(WIDE.divide(base, rate))
        if original is not None:
            original = cents(abs(original) if base >= 0 else -abs(original))
            if original and (not rate or abs(times(original, rate) - base) > CENT):  # none, or cut to 4 digits
                rate = rounded(WIDE.divide(base, original), RATE_STEP)
    counted = _optional(errors, "quantity", cells)
    price = _optional(errors, "unit_price", cells)
    line = LineInput(
        summary=values.text(cells.get("summary", "")) or summary_above,
        account_id=account_id or 0,
        debit=debit,
        credit=credit,
        dimensions=tuple(sorted(pairs)),
        quantity=quantity(counted) if counted else None,
        currency=currency,
        original_amount=original if currency else None,
        rate=rate if currency else None,
        unit_price=price if counted else None,
        settlement_method=values.text(cells.get("settlement_method", ""))[:20],
        settlement_no=values.text(cells.get("settlement_no", ""))[:40],
        business_no=values.text(cells.get("business_no", ""))[:40],
        cash_flow_item=books.cash_flow_item(values.text(cells.get("cash_flow", ""))),
    )
    return line, errors, account_id is not None and is_resolved


def _sides(
    errors: list[DomainError], cells: Mapping[str, Any], original: Decimal | None, rate: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Debit and credit from two columns, from a side and an amount, or from a signed amount."""
    if cells.keys() & {"debit", "credit"}:
        debit, credit = _optional(errors, "debit", cells), _optional(errors, "credit", cells)
        if debit or credit or not cells.keys() & {"amount", "side"}:
            return cents(debit or ZERO), cents(credit or ZERO)
    amount = _optional(errors, "amount", cells)
    if amount is None and original is not None:
        amount = times(original, rate) if rate else original
    amount = cents(amount or ZERO)
    side = values.code(cells.get("side", ""))
    if not side:
        return (amount, ZERO) if amount >= 0 else (ZERO, -amount)
    if side not in DEBIT | CREDIT:
        errors.append(problems.AmountUnclear(field="side", value=side))
    return (amount, ZERO) if side in DEBIT else (ZERO, amount)


def _optional(errors: list[DomainError], name: str, cells: Mapping[str, Any]) -> Decimal | None:
    return _read(errors, name, values.decimal, cells[name], None) if name in cells else None


def _read(errors: list[DomainError], name: str, reader: Any, cell: Any, otherwise: Any) -> Any:
    try:
        return reader(cell)
    except RowError as error:
        error.field = name
        errors.append(error)
        return otherwise
