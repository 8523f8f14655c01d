"""Equalities printed below a statement. Each says what was compared, so that a red one leads to its cause."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from ledger.formulas.nodes import Value
from ledger.formulas.spans import Span
from ledger.periods.models import Period
from ledger.statements.columns import span_of
from ledger.statements.coverage import not_counted_once
from ledger.statements.evaluation import Key, StatementBook
from ledger.statements.models import Basis, Statement, StatementKind, StatementRow

ASSETS = "资产总计"
SOURCES = "负债和所有者权益"
RETAINED = "未分配利润"
NET_PROFIT = "四、净利润"
CLOSING_CASH = ("五、期末现金", "六、期末现金")
CASH = "货币资金"
NET_CASH = ("四、现金净增加额", "五、现金及现金等价物净增加额")


@dataclass(frozen=True, slots=True)
class StatementCheck:
    """An equality. ``names`` tells the accounts that it found fault with."""

    label: Any
    left: Value
    right: Value
    names: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.left == self.right and not self.names

    @property
    def difference(self) -> Decimal:
        return (self.left or Decimal(0)) - (self.right or Decimal(0))


def wanted(book: StatementBook, statement: Statement, period: Period) -> Iterator[Key]:
    """Lines of all statements that the checks will ask for."""
    end, year = span_of(Basis.END, period), span_of(Basis.YEAR_TO_DATE, period)
    if statement.kind == StatementKind.BALANCE_SHEET:
        for start, spans in ((ASSETS, (end,)), (SOURCES, (end,)), (RETAINED, (end, end.year_start()))):
            if row := line_named(statement, start):
                yield from ((statement.code, row, span) for span in spans)
        yield from _lines(book, StatementKind.INCOME, NET_PROFIT, year)
    elif statement.kind == StatementKind.INCOME:
        yield from _lines(book, StatementKind.INCOME, NET_PROFIT, year)
    elif statement.kind == StatementKind.CASH_FLOW:
        yield from _lines(book, StatementKind.CASH_FLOW, CLOSING_CASH, year)
        yield from _lines(book, StatementKind.CASH_FLOW, NET_CASH, year)
        yield from _lines(book, StatementKind.BALANCE_SHEET, CASH, end)


def checks_of(book: StatementBook, statement: Statement, period: Period) -> list[StatementCheck]:
    """The checks of a statement; rows that a company renamed or removed take their check with them."""
    if statement.kind == StatementKind.BALANCE_SHEET:
        return list(_balance_sheet(book, statement, period))
    if statement.kind == StatementKind.INCOME:
        return list(_income(book, period))
    if statement.kind == StatementKind.CASH_FLOW:
        return list(_cash_flow(book, period))
    return []


def _balance_sheet(book: StatementBook, statement: Statement, period: Period) -> Iterator[StatementCheck]:
    end, year = span_of(Basis.END, period), span_of(Basis.YEAR_TO_DATE, period)
    assets, sources = line_named(statement, ASSETS), line_named(statement, SOURCES)
    if assets and sources:
        yield StatementCheck(
            _("Assets = liabilities + equity"),
            book.value(statement.code, assets, end),
            book.value(statement.code, sources, end),
        )
        yield StatementCheck(
            _("Every account stands in one line"),
            None,
            None,
            tuple(not_counted_once(book, statement, assets, sources)),
        )
    retained, net = line_named(statement, RETAINED), _one(book, StatementKind.INCOME, NET_PROFIT, year)
    if retained and net:
        now = book.value(statement.code, retained, end)
        before = book.value(statement.code, retained, end.year_start())
        profit = book.value(*net)
        direct = _direct_changes(book, end, year)
        if now is not None and before is not None and profit is not None and direct is not None:
            yield StatementCheck(
                _("Change of undistributed profit = net profit + direct entries"), now - before, profit + direct
            )


def _direct_changes(book: StatementBook, end: Span, year: Span) -> Value:
    """What stands on profit of the year and undistributed profit beside the transfers: appropriations, corrections of
    former years. Turnover of profit and loss accounts comes there by transfers or is still on them."""
    small = any(code == "3103" for code, _kind, _cash in book.ledger.accounts)
    equity = ("3103", "3104") if small else ("4103", "4104")
    former = () if small else ("6901",)
    accounts = (*equity, *sorted(book.ledger.profit))
    now, before = book.ledger.balance(accounts, end), book.ledger.balance(accounts, end.year_start())
    earned = book.ledger.turnover(tuple(sorted(book.ledger.profit)), year)
    corrected = book.ledger.turnover(former, year) if former else Decimal(0)
    if now is None or before is None or earned is None or corrected is None:
        return None
    return -(now - before) + earned - corrected


def _income(book: StatementBook, period: Period) -> Iterator[StatementCheck]:
    year = span_of(Basis.YEAR_TO_DATE, period)
    net = _one(book, StatementKind.INCOME, NET_PROFIT, year)
    if not net:
        return
    accounts = tuple(sorted(code for code in book.ledger.profit if code != "6901"))
    earned = book.ledger.turnover(accounts, year)
    yield StatementCheck(
        _("Net profit = accounts of profit and loss, year to date"),
        book.value(*net),
        None if earned is None else -earned,
    )


def _cash_flow(book: StatementBook, period: Period) -> Iterator[StatementCheck]:
    end, year = span_of(Basis.END, period), span_of(Basis.YEAR_TO_DATE, period)
    closing = _one(book, StatementKind.CASH_FLOW, CLOSING_CASH, year)
    cash = book.ledger.exact(book.ledger.cash, end.last)
    if closing:
        yield StatementCheck(_("Closing cash = balance of cash accounts"), book.value(*closing), cash)
        if sheet := _one(book, StatementKind.BALANCE_SHEET, CASH, end):
            value = book.value(*sheet)
            names = _money_without_kind(book) if value != book.value(*closing) else ()
            yield StatementCheck(_("Closing cash = monetary funds"), book.value(*closing), value, names)
    if net := _one(book, StatementKind.CASH_FLOW, NET_CASH, year):
        opening = book.ledger.cash_open(year)
        moved = None if cash is None or opening is None else cash - opening
        yield StatementCheck(_("Net increase = turnover of cash accounts"), book.value(*net), moved)


def _money_without_kind(book: StatementBook) -> tuple[str, ...]:
    """Leaf accounts of monetary funds that are not cash for the cash-flow statement, e.g. pledged deposits."""
    codes = [
        code for code, _kind, cash in book.ledger.accounts if code.startswith(("1001", "1002", "1012")) and not cash
    ]
    every = [code for code, _kind, _cash in book.ledger.accounts]
    return tuple(code for code in codes if not any(other != code and other.startswith(code) for other in every))


def line_named(statement: Statement, start: str | tuple[str, ...]) -> int | None:
    """The line whose official name begins so."""
    rows: list[StatementRow] = list(statement.rows.all())
    return next(
        (row.line_no for row in rows if row.line_no and (row.export_label or row.label).startswith(start)), None
    )


def _lines(book: StatementBook, kind: str, start: str | tuple[str, ...], span: Span) -> Iterator[Key]:
    if key := _one(book, kind, start, span):
        yield key


def _one(book: StatementBook, kind: str, start: str | tuple[str, ...], span: Span) -> Key | None:
    statement = next((row for row in book.statements.values() if row.kind == kind and row.is_builtin), None)
    if statement is None:
        return None
    line_no = line_named(statement, start)
    return (statement.code, line_no, span) if line_no else None
