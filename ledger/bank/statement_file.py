"""A bank's statement file as lines: columns are recognised by their headings, each wrong row says what is wrong.

Banks write from their own side: 贷方 (credit) is money that came in for us, 借方 (debit) money that went out.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.read import Table, read_table
from erp.core.money import ZERO, cents

# Column → headings that banks use, the most telling first.
HEADINGS: Mapping[str, Sequence[str]] = {
    "date": ("交易日期", "记账日期", "入账日期", "交易时间", "交易日", "日期", "date"),
    "receipt": ("收入", "收入金额", "贷方发生额", "贷方金额", "贷方", "存入金额", "存入", "转入金额", "credit"),
    "payment": ("支出", "支出金额", "借方发生额", "借方金额", "借方", "支取金额", "支取", "转出金额", "debit"),
    "amount": ("交易金额", "发生额", "金额", "amount"),
    "side": ("借贷标志", "借贷", "收支方向", "收支", "借/贷"),
    "balance": ("余额", "账户余额", "交易后余额", "本次余额", "balance"),
    "summary": ("摘要", "交易摘要", "用途", "附言", "交易类型", "备注", "summary"),
    "counterparty": ("对方户名", "对方账户名称", "对方名称", "对方单位", "交易对方", "counterparty"),
    "reference": ("流水号", "交易流水号", "凭证号", "凭证号码", "票据号", "支票号", "reference"),
}
IN_WORDS = {"贷", "收", "收入", "贷方", "入", "C", "CR"}
OUT_WORDS = {"借", "支", "支出", "借方", "出", "D", "DR"}


class NoStatementColumns(DomainError):
    code = "no_statement_columns"
    template = _(
        "“%(filename)s” is not recognised as a bank statement: it needs a column 交易日期 and columns 收入 and 支出 "
        "(or 贷方 and 借方, or 金额 with 借贷标志). Found: %(found)s."
    )


class BadStatementRow(DomainError):
    code = "bad_statement_row"
    template = _("Row %(number)s: %(reason)s")


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement as the company sees it."""

    row: int
    date: dt.date
    receipt: Decimal
    payment: Decimal
    balance: Decimal | None
    summary: str = ""
    counterparty: str = ""
    reference: str = ""


@dataclass(slots=True)
class StatementFile:
    """What the file holds. ``columns``: our name → heading of the file."""

    filename: str
    sha256: str
    columns: dict[str, str]
    rows: list[StatementRow] = field(default_factory=list)
    errors: list[BadStatementRow] = field(default_factory=list)

    @property
    def opening(self) -> Decimal | None:
        """Balance before the first row, where the file has balances."""
        first = self.rows[0] if self.rows else None
        return None if first is None or first.balance is None else first.balance - first.receipt + first.payment

    @property
    def closing(self) -> Decimal | None:
        return self.rows[-1].balance if self.rows else None


def parse(content: bytes, filename: str) -> StatementFile:
    """Read .xlsx, .xls or .csv. Raises ``FileRefused`` or ``NoStatementColumns``; wrong rows are in ``errors``."""
    table, places = _open(content, filename)
    found = StatementFile(
        filename,
        hashlib.sha256(content).hexdigest(),
        {name: table.headers[place] for name, place in places.items()},
    )
    for number, cells in table.rows:
        try:
            if line := _row(number, {name: cells[place] for name, place in places.items()}):
                found.rows.append(line)
        except DomainError as error:
            found.errors.append(BadStatementRow(row=number, number=number, reason=error.message))
    _put_in_time_order(found)
    found.errors += _balance_errors(found.rows)
    return found


def _put_in_time_order(found: StatementFile) -> None:
    """Some banks write the newest line first."""
    if found.rows and found.rows[0].date > found.rows[-1].date:
        found.rows.reverse()


def _open(content: bytes, filename: str) -> tuple[Table, dict[str, int]]:
    """The table below its header: title lines above it are common."""
    table = None
    for heading in ("", *HEADINGS["date"]):
        table = read_table(content, filename, expected=[heading] if heading else ())
        places = guess_columns(table.headers)
        if "date" in places and ({"receipt", "payment"} <= set(places) or {"amount", "side"} <= set(places)):
            return table, places
    headers = ", ".join(header for header in table.headers if header) if table else ""
    raise NoStatementColumns(filename=filename, found=headers, field="file")


def guess_columns(headers: Sequence[str]) -> dict[str, int]:
    """Our name → place of the column, by its heading without units in brackets."""
    plain = [_plain(header) for header in headers]
    places: dict[str, int] = {}
    for name, known in HEADINGS.items():
        for heading in known:
            if heading in plain and plain.index(heading) not in places.values():
                places[name] = plain.index(heading)
                break
    return places


def _plain(header: str) -> str:
    return values.text(header).split("(")[0].split("（")[0].strip().lower()


def _row(number: int, cells: Mapping[str, Any]) -> StatementRow | None:
    """The movement of a row; None for a row of totals (no date and no amounts of its own)."""
    first = values.text(cells["date"])
    if first.startswith(("合计", "总计", "小计", "Total")) or not first:
        return None
    date = values.date(cells["date"])
    receipt, payment = _sides(cells)
    if bool(receipt) == bool(payment):
        raise DomainError("statement_row_sides", _("exactly one of receipt and payment must have an amount"))
    return StatementRow(
        row=number,
        date=date,
        receipt=receipt,
        payment=payment,
        balance=_amount(cells["balance"]) if not values.is_blank(cells.get("balance")) else None,
        summary=values.text(cells.get("summary"))[:200],
        counterparty=values.text(cells.get("counterparty"))[:120],
        reference=values.text(cells.get("reference"))[:60],
    )


def _sides(cells: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    if "receipt" in cells and "payment" in cells:
        return _amount(cells["receipt"]), _amount(cells["payment"])
    amount, side = _amount(cells["amount"]), values.code(cells["side"])
    if side in IN_WORDS:
        return amount, ZERO
    if side in OUT_WORDS:
        return ZERO, abs(amount)
    raise DomainError("statement_side_unknown", _("“%(side)s” is neither 借 nor 贷"), side=side)


def _amount(cell: Any) -> Decimal:
    text = values.text(cell)
    return ZERO if text in ("", "-", "--") else cents(values.decimal(cell))


def _balance_errors(rows: Sequence[StatementRow]) -> list[BadStatementRow]:
    """Rows whose balance does not follow from the one before: a line is missing or was changed."""
    errors = []
    for before, row in pairwise(rows):
        if before.balance is None or row.balance is None:
            continue
        expected = before.balance + row.receipt - row.payment
        if row.balance != expected:
            reason = _("the balance should be %(expected)s, the file says %(found)s") % {
                "expected": f"{expected:,.2f}",
                "found": f"{row.balance:,.2f}",
            }
            errors.append(BadStatementRow(row=row.row, number=row.row, reason=reason))
    return errors
