"""Account lines (明细账): opening, each line with the balance after it, totals of day, period and year.

The drill of the trial balance: same facts, same range, same signs. A page far into a long account is quick because
whole periods before it are skipped: turnover says how many lines they have and what they moved. The database computes
the running balance within the periods of the page; cash journal, quantity book and multi-column book read it too.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import Any

from erp.core.companies.models import Company
from erp.core.reports.stream import stream
from ledger.accounts.models import Account
from ledger.books.facts import ACCOUNT_NAME, COUNTED, DIMENSIONS, FACTS, Choice, Figures, fetch
from ledger.books.ranges import PeriodRange
from ledger.dimensions.models import DimensionType, DimensionValue


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line. ``balance`` is debit less credit after it; ``counter`` the first account on the other side.

    ``day_*`` are the sums of its day up to and with it; ``is_posted`` is false for what is only shown as a preview.
    """

    id: int
    voucher_id: int
    period_id: int
    period: str
    date: dt.date
    word: str
    number: int
    line_no: int
    summary: str
    account_code: str
    account: str
    dimension_set_id: int
    dimensions: str
    counter: str
    has_more_counters: bool
    debit: Decimal
    credit: Decimal
    currency: str
    rate: Decimal | None
    original_debit: Decimal
    original_credit: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None
    settlement: str
    is_posted: bool
    balance: Decimal
    original_balance: Decimal
    quantity_balance: Decimal
    day_debit: Decimal
    day_credit: Decimal
    is_last_of_day: bool
    is_first_of_period: bool
    is_last_of_period: bool

    @property
    def voucher(self) -> str:
        return f"{self.word}-{self.number}"


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """本期合计 and 本年累计 of one period, and what stood before and at its end."""

    period: str
    is_december: bool
    begins_year: bool
    turnover: Figures
    year: Figures
    before: Figures
    after: Figures
    line_count: int

    @property
    def debit(self) -> Decimal:
        return self.turnover.debit

    @property
    def credit(self) -> Decimal:
        return self.turnover.credit

    @property
    def year_debit(self) -> Decimal:
        return self.year.debit

    @property
    def year_credit(self) -> Decimal:
        return self.year.credit

    @property
    def balance(self) -> Decimal:
        return self.after.net


@dataclass(frozen=True, slots=True)
class AccountBook:
    """One page of the book, or all of it. ``start`` is what stood before the range; ``count`` the lines of the range.

    ``opening_kind``: ``carried`` (上年结转), ``year`` (年初余额, the year the company began here) or ``period``.
    """

    start: Figures
    lines: Iterable[AccountLine]
    totals: Mapping[int, PeriodTotal]
    count: int
    opening_kind: str = "period"
    accounts: list[int] = field(default_factory=list)

    @property
    def opening(self) -> Decimal:
        return self.start.net

    @property
    def end(self) -> Figures:
        last = list(self.totals.values())
        return last[-1].after if last else self.start

    @property
    def closing(self) -> Decimal:
        """Balance at the end of the range."""
        return self.end.net


# Which leaf accounts and dimension sets are meant. No value: the sets are NULL, which means all.
_SUBJECT = """
SELECT array(SELECT id FROM ledger_account
              WHERE company_id = %(company)s AND is_leaf AND left(code, %(length)s) = %(code)s
                AND (%(cash)s::text[] IS NULL OR cash_kind = ANY(%(cash)s))),
       CASE WHEN %(value)s::bigint IS NOT NULL THEN array(
            SELECT i.dimension_set_id FROM ledger_dimensionsetitem i
             WHERE i.company_id = %(company)s AND i.value_id = %(value)s)
            WHEN %(missing)s::bigint IS NOT NULL THEN array(
            SELECT s.id FROM ledger_dimensionset s
             WHERE s.company_id = %(company)s AND NOT EXISTS (
                   SELECT 1 FROM ledger_dimensionsetitem i
                    WHERE i.company_id = %(company)s AND i.dimension_set_id = s.id
                      AND i.dimension_type_id = %(missing)s)) END
"""

# Turnover of the account(s) per period up to the end of the range, with count of lines and accounts.
_TURNOVER = f"""
WITH facts AS ({FACTS})
SELECT p.id, p.year, p.number, p.start, sum(f.debit), sum(f.credit), sum(f.original_debit), sum(f.original_credit),
       sum(f.quantity_debit), sum(f.quantity_credit), sum(f.line_count), array_agg(DISTINCT f.account_id)
  FROM facts f JOIN ledger_period p ON p.company_id = %(company)s AND p.id = f.period_id
 WHERE f.account_id = ANY(%(accounts)s) AND p.start <= %(end)s
   AND (%(sets)s::bigint[] IS NULL OR f.dimension_set_id = ANY(%(sets)s))
   AND (%(currency)s = '' OR f.currency = %(currency)s)
 GROUP BY p.id ORDER BY p.start
"""

# Opening balance, the turnover of the start year's earlier months, and the start year.
_OPENING = """
SELECT coalesce(sum(o.debit), 0), coalesce(sum(o.credit), 0),
       coalesce(sum(CASE WHEN o.currency = %(base)s THEN o.debit ELSE o.original_debit END), 0),
       coalesce(sum(CASE WHEN o.currency = %(base)s THEN o.credit ELSE o.original_credit END), 0),
       coalesce(sum(CASE WHEN o.credit = 0 THEN o.quantity END), 0),
       coalesce(sum(CASE WHEN o.credit <> 0 THEN o.quantity END), 0),
       coalesce(sum(o.year_debit), 0), coalesce(sum(o.year_credit), 0),
       coalesce(sum(o.year_quantity_debit), 0), coalesce(sum(o.year_quantity_credit), 0),
       (SELECT min(year) FROM ledger_period WHERE company_id = %(company)s)
  FROM ledger_openingbalance o
 WHERE o.company_id = %(company)s AND o.account_id = ANY(%(accounts)s)
   AND (%(sets)s::bigint[] IS NULL OR o.dimension_set_id = ANY(%(sets)s))
   AND (%(currency)s = '' OR o.currency = %(currency)s)
"""

# Ids of the lines of the page's periods up to the end of the page, in order of date, word, number and line, each with
# the sum of everything before it; then the page itself is dressed with names. Sorting narrow rows, and no more than
# needed, is what keeps a book of many lines quick. The row after the page says whether its last line ends a day.
_LINES = f"""
WITH first AS MATERIALIZED (
    SELECT l.id, l.period_id, v.date, v.word, v.number, l.line_no, v.status = 'posted' AS is_posted, l.debit, l.credit,
           CASE WHEN l.debit <> 0 THEN coalesce(l.original_amount, l.debit) ELSE 0 END AS original_debit,
           CASE WHEN l.credit <> 0 THEN coalesce(l.original_amount, l.credit) ELSE 0 END AS original_credit,
           coalesce(CASE WHEN l.credit = 0 THEN l.quantity ELSE -l.quantity END, 0) AS quantity
      FROM ledger_voucherline l
      JOIN ledger_voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
                           AND v.period_id = ANY(%(periods)s)
     WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s) AND l.period_id = ANY(%(periods)s)
       AND {COUNTED}
       AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))
       AND (%(currency)s = '' OR l.currency = %(currency)s)
     ORDER BY v.date, v.word, v.number, l.line_no
     LIMIT %(skip)s + %(limit)s::bigint + 1),
ordered AS (
    SELECT f.*, sum(debit - credit) OVER running AS so_far,
           sum(original_debit - original_credit) OVER running AS original_so_far,
           sum(quantity) OVER running AS quantity_so_far,
           sum(debit) OVER of_day AS day_debit, sum(credit) OVER of_day AS day_credit,
           row_number() OVER running AS place, lead(date) OVER running IS DISTINCT FROM date AS ends_day
      FROM first f
    WINDOW running AS (ORDER BY date, word, number, line_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
           of_day AS (PARTITION BY date ORDER BY word, number, line_no
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
SELECT l.id, l.voucher_id, l.period_id, to_char(p.start, 'YYYY-MM'), o.date, o.word, o.number, l.line_no, l.summary,
       a.code, a.code || ' ' || {ACCOUNT_NAME.format(a="a")}, l.dimension_set_id, {DIMENSIONS},
       coalesce(other.name, ''), coalesce(other.accounts, 0) > 1, l.debit, l.credit, l.currency, l.rate,
       o.original_debit, o.original_credit, l.quantity, l.unit_price,
       trim(l.settlement_method || ' ' || l.settlement_no), o.is_posted, %(before)s + o.so_far,
       %(before_original)s + o.original_so_far, %(before_quantity)s + o.quantity_so_far, o.day_debit, o.day_credit,
       o.ends_day, o.place - 1 = ANY(%(bounds)s::bigint[]), o.place = ANY(%(bounds)s::bigint[])
  FROM (SELECT * FROM ordered
         WHERE place > %(skip)s AND (%(limit)s::bigint IS NULL OR place <= %(skip)s + %(limit)s::bigint)) o
  JOIN ledger_voucherline l ON l.company_id = %(company)s AND l.id = o.id
  JOIN ledger_period p ON p.id = l.period_id
  JOIN ledger_account a ON a.id = l.account_id
  LEFT JOIN LATERAL (
       SELECT (array_agg(c.code || ' ' || {ACCOUNT_NAME.format(a="c")} ORDER BY x.line_no))[1] AS name,
              count(DISTINCT x.account_id) AS accounts
         FROM ledger_voucherline x JOIN ledger_account c ON c.id = x.account_id
        WHERE x.company_id = %(company)s AND x.voucher_id = l.voucher_id AND (x.debit <> 0) <> (l.debit <> 0)
       ) other ON true
 ORDER BY o.place
"""


def account_lines(
    company: Company,
    account: Account | None,
    periods: PeriodRange,
    *,
    value: DimensionValue | None = None,
    missing: DimensionType | None = None,
    currency: str = "",
    unposted: bool = False,
    without_closing: bool = False,
    cash_kinds: tuple[str, ...] = (),
    offset: int = 0,
    limit: int | None = 100,
) -> AccountBook:
    """A page of the book of an account and its sub-accounts (None: of all accounts).

    ``value`` keeps the lines of one dimension value, ``missing`` those without a value of a dimension, ``currency``
    those of one currency, ``cash_kinds`` those of cash or bank accounts; ``unposted`` adds what is not posted yet.
    ``limit`` None streams all lines through a cursor on the server, to be taken once. Four statements. Balances are
    debit less credit: negative is a credit balance.
    """
    choice = Choice(
        code=account.code if account else "",
        value=value,
        currency=currency,
        unposted=unposted,
        without_closing=without_closing,
    )
    parameters: dict[str, Any] = choice.parameters(company, periods) | {
        "cash": list(cash_kinds) or None,
        "base": company.currency,
        "missing": missing.pk if missing else None,
    }
    ((parameters["accounts"], parameters["sets"]),) = fetch(_SUBJECT, parameters)
    start, totals, accounts, kind = _sum_up(parameters, periods)
    count = sum(total.line_count for total in totals.values())
    book = AccountBook(start, [], totals, count, kind, accounts)
    parameters |= _pages(totals, start, offset, limit) | {"limit": limit, "accounts": accounts}
    if not parameters["periods"]:
        return book
    rows: Iterable[Any] = stream(_LINES, parameters) if limit is None else fetch(_LINES, parameters)
    lines: Iterator[AccountLine] = (AccountLine(*row) for row in rows)
    return AccountBook(start, lines if limit is None else list(lines), totals, count, kind, accounts)


def _pages(totals: Mapping[int, PeriodTotal], start: Figures, offset: int, limit: int | None) -> dict[str, Any]:
    """The periods that the page touches, how many of their lines to skip, and what stood before the first of them."""
    chosen: list[int] = []
    passed, skip, before = 0, 0, start
    for period, total in totals.items():
        if passed + total.line_count <= offset:
            passed += total.line_count
            continue
        if not chosen:
            skip, before = offset - passed, total.before
        chosen.append(period)
        passed += total.line_count
        if limit is not None and passed > offset + limit:
            break
    return {
        "periods": chosen,
        # Places, among the lines of these periods, after which a period ends and the next begins.
        "bounds": list(accumulate((totals[period].line_count for period in chosen), initial=0)),
        "skip": skip,
        "before": before.net,
        "before_original": before.net_original,
        "before_quantity": before.net_quantity,
    }


def _sum_up(
    parameters: Mapping[str, Any], periods: PeriodRange
) -> tuple[Figures, dict[int, PeriodTotal], list[int], str]:
    """What stood before the range, the totals of each of its periods that has lines, the accounts that have any, and
    what the opening is called."""
    (opening,) = fetch(_OPENING, parameters)
    balance = start = Figures(*opening[:6])
    start_year, so_far = (
        opening[10],
        Figures(debit=opening[6], credit=opening[7], quantity_debit=opening[8], quantity_credit=opening[9]),
    )
    totals: dict[int, PeriodTotal] = {}
    accounts: set[int] = set()
    year, cumulative = start_year, so_far
    for period_id, period_year, number, first_day, *sums, count, used in fetch(_TURNOVER, parameters):
        turnover = Figures(*sums)
        before, balance = balance, balance + turnover
        begins_year = period_year != year
        if begins_year:
            year, cumulative = period_year, Figures()
        cumulative = cumulative + turnover
        if first_day < periods.start:
            start = balance
            continue
        accounts.update(used)
        totals[period_id] = PeriodTotal(
            period=f"{period_year}-{number:02d}",
            is_december=number == 12,
            begins_year=begins_year and bool(totals),
            turnover=turnover,
            year=cumulative,
            before=before,
            after=balance,
            line_count=int(count),
        )
    kind = "period" if periods.first.number > 1 else "year" if periods.first.year == start_year else "carried"
    return start, totals, sorted(accounts), kind
