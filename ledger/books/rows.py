"""The rows of a running book as they are printed: opening, lines, and the sums that the law wants after them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from erp.core.money import ZERO
from ledger.books.account_lines import AccountBook, AccountLine, PeriodTotal
from ledger.books.facts import Figures, price, side_of

__all__ = ["BookRow", "book_rows", "side_of"]


@dataclass(slots=True)
class BookRow:
    """``kind``: opening, carried, line, day, period, year or forward. ``side``: 借, 贷 or 平; ``balance`` stands on it.

    Base currency, and the same in original currency and in quantity. ``period_id`` of a sum's or line's period.
    """

    kind: str
    summary: str
    side: str
    balance: Decimal
    period: str = ""
    period_id: int | None = None
    date: Any = None
    voucher: str = ""
    voucher_id: int | None = None
    account: str = ""
    account_code: str = ""
    dimension_set_id: int | None = None
    dimensions: str = ""
    counter: str = ""
    settlement: str = ""
    posted: str = ""
    debit: Decimal | None = None
    credit: Decimal | None = None
    currency: str = ""
    rate: Decimal | None = None
    original_debit: Decimal | None = None
    original_credit: Decimal | None = None
    original_side: str = ""
    original_balance: Decimal | None = None
    quantity_debit: Decimal | None = None
    price_debit: Decimal | None = None
    quantity_credit: Decimal | None = None
    price_credit: Decimal | None = None
    quantity_balance: Decimal | None = None
    price_balance: Decimal | None = None
    net: Decimal = ZERO


def book_rows(book: AccountBook, *, with_opening: bool = True, day_totals: bool = False) -> Iterator[BookRow]:
    """Opening, lines, 本日合计 if asked for, and 本期合计 and 本年累计 after the last line of each period.

    A new year inside the range begins with 上年结转, and December ends with 结转下年.
    """
    if with_opening:
        words = {
            "carried": gettext("Brought forward from last year"),
            "year": gettext("Balance at the start of the year"),
            "period": gettext("Opening balance"),
        }
        kind = "carried" if book.opening_kind == "carried" else "opening"
        yield _sum_row(kind, words[book.opening_kind], book.start)
    for line in book.lines:
        total = book.totals.get(line.period_id)
        if total and line.is_first_of_period and total.begins_year:
            yield _sum_row("carried", gettext("Brought forward from last year"), total.before, total)
        yield _line_row(line)
        if day_totals and line.is_last_of_day:
            yield _day_row(line)
        if total and line.is_last_of_period:
            yield _sum_row("period", gettext("Total of the period"), total.after, total, total.turnover)
            yield _sum_row("year", gettext("Total of the year"), total.after, total, total.year)
            if total.is_december:
                yield _sum_row("forward", gettext("Carried to next year"), total.after, total)


def _line_row(line: AccountLine) -> BookRow:
    more = gettext(" and others") if line.has_more_counters else ""
    is_credit = bool(line.credit)
    quantity = line.quantity
    return BookRow(
        kind="line",
        summary=line.summary,
        side=side_of(line.balance),
        balance=abs(line.balance),
        period=line.period,
        period_id=line.period_id,
        date=line.date,
        voucher=line.voucher,
        voucher_id=line.voucher_id,
        account=line.account,
        account_code=line.account_code,
        dimension_set_id=line.dimension_set_id,
        dimensions=line.dimensions,
        counter=line.counter + more,
        settlement=line.settlement,
        posted="" if line.is_posted else gettext("not posted"),
        debit=line.debit,
        credit=line.credit,
        currency=line.currency,
        rate=line.rate,
        original_debit=line.original_debit,
        original_credit=line.original_credit,
        original_side=side_of(line.original_balance),
        original_balance=abs(line.original_balance),
        quantity_debit=None if is_credit else quantity,
        price_debit=None if is_credit else price(line.debit, quantity),
        quantity_credit=quantity if is_credit else None,
        price_credit=price(line.credit, quantity) if is_credit else None,
        quantity_balance=_on_side(line.quantity_balance, line.balance),
        price_balance=price(line.balance, line.quantity_balance),
        net=line.debit - line.credit,
    )


def _day_row(line: AccountLine) -> BookRow:
    return BookRow(
        kind="day",
        summary=gettext("Total of the day"),
        side=side_of(line.balance),
        balance=abs(line.balance),
        period=line.period,
        date=line.date,
        debit=line.day_debit,
        credit=line.day_credit,
        original_side=side_of(line.original_balance),
        original_balance=abs(line.original_balance),
        quantity_balance=_on_side(line.quantity_balance, line.balance),
        net=line.day_debit - line.day_credit,
    )


def _sum_row(
    kind: str, summary: str, after: Figures, total: PeriodTotal | None = None, sums: Figures | None = None
) -> BookRow:
    row = BookRow(
        kind=kind,
        summary=summary,
        side=side_of(after.net),
        balance=abs(after.net),
        period=total.period if total else "",
        original_side=side_of(after.net_original),
        original_balance=abs(after.net_original),
        quantity_balance=_on_side(after.net_quantity, after.net),
        price_balance=price(after.net, after.net_quantity),
    )
    if sums is not None:
        row.debit, row.credit, row.net = sums.debit, sums.credit, sums.net
        row.original_debit, row.original_credit = sums.original_debit, sums.original_credit
        row.quantity_debit, row.quantity_credit = sums.quantity_debit, sums.quantity_credit
        row.price_debit = price(sums.debit, sums.quantity_debit)
        row.price_credit = price(sums.credit, sums.quantity_credit)
    return row


def _on_side(quantity: Decimal, balance: Decimal) -> Decimal:
    """A quantity as it reads beside the balance: 3 pieces in credit are 3, not −3."""
    return -quantity if balance < 0 else quantity
