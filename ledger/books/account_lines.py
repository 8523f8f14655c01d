"""Account lines (明细账): opening, each posted line with the balance after it, period totals and year to date.

The drill of the trial balance: same turnover, same range, same signs. The database computes the running balance, so
one page of a long account costs one statement.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import translation

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.books.ranges import PeriodRange
from ledger.dimensions.models import DimensionValue

PAGE_LIMIT = 10_000  # above it the counter accounts are left out: they would cost one look-up a line


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A posted line. ``balance`` is debit less credit after it; ``counter`` the first account on the other side."""

    id: int
    voucher_id: int
    period_id: int
    period: str
    date: dt.date
    word: str
    number: int
    line_no: int
    summary: str
    account: str
    dimensions: str
    counter: str
    has_more_counters: bool
    debit: Decimal
    credit: Decimal
    quantity: Decimal | None
    balance: Decimal
    is_last_of_period: bool

    @property
    def voucher(self) -> str:
        return f"{self.word}-{self.number}"


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """本期合计 and 本年累计 of one period, and the balance at its end."""

    period: str
    debit: Decimal
    credit: Decimal
    year_debit: Decimal
    year_credit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class AccountBook:
    """One page of the book. ``opening`` is the balance before the range; ``count`` the lines of the whole range."""

    opening: Decimal
    lines: list[AccountLine]
    totals: dict[int, PeriodTotal]
    count: int

    @property
    def closing(self) -> Decimal:
        """Balance at the end of the range."""
        last = list(self.totals.values())
        return last[-1].balance if last else self.opening


# Which leaf accounts and dimension sets are meant. No value: the sets are NULL, which means all.
_SUBJECT = """
SELECT array(SELECT id FROM ledger_account
              WHERE company_id = %(company)s AND is_leaf AND left(code, %(length)s) = %(code)s),
       CASE WHEN %(value)s::bigint IS NOT NULL THEN array(
            SELECT i.dimension_set_id FROM ledger_dimensionsetitem i
             WHERE i.company_id = %(company)s AND i.value_id = %(value)s) END
"""

# Turnover of the account(s) per period up to the end of the range, and the opening balance as a row of no period.
_TURNOVER = """
SELECT p.id, p.year, p.number, p.start, sum(b.debit), sum(b.credit)
  FROM ledger_accountbalance b JOIN ledger_period p ON p.company_id = b.company_id AND p.id = b.period_id
 WHERE b.company_id = %(company)s AND b.account_id = ANY(%(accounts)s) AND p.start <= %(end)s
   AND (%(sets)s::bigint[] IS NULL OR b.dimension_set_id = ANY(%(sets)s))
 GROUP BY p.id
UNION ALL
SELECT NULL, NULL, NULL, NULL, coalesce(sum(o.debit), 0), coalesce(sum(o.credit), 0)
  FROM ledger_openingbalance o
 WHERE o.company_id = %(company)s AND o.account_id = ANY(%(accounts)s)
   AND (%(sets)s::bigint[] IS NULL OR o.dimension_set_id = ANY(%(sets)s))
 ORDER BY 4 NULLS FIRST
"""

# Ids of the lines up to the end of the page, in order of date, word, number and line, each with the sum of everything
# before it; then the page itself is dressed with names. Sorting narrow rows, and no more than needed, is what keeps a
# book of many lines quick. The row after the page says whether its last line ends a period.
_LINES = """
WITH first AS MATERIALIZED (
    SELECT l.id, l.period_id, v.date, v.word, v.number, l.line_no, l.debit - l.credit AS amount
      FROM ledger_voucherline l
      JOIN ledger_voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.status = 'posted'
     WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s) AND l.period_id = ANY(%(periods)s)
       AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))
     ORDER BY v.date, v.word, v.number, l.line_no
     LIMIT %(offset)s + %(limit)s + 1),
ordered AS (
    SELECT f.*, sum(amount) OVER running AS so_far, row_number() OVER running AS place,
           lead(period_id) OVER running IS DISTINCT FROM period_id AS is_last
      FROM first f
    WINDOW running AS (ORDER BY date, word, number, line_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
SELECT l.id, l.voucher_id, l.period_id, to_char(p.start, 'YYYY-MM'), o.date, o.word, o.number, o.line_no,
       l.summary, a.code || ' ' || CASE WHEN %(english)s AND a.name_en <> '' THEN a.name_en ELSE a.name END,
       coalesce((SELECT string_agg(dv.code || ' ' || dv.name, ' · ' ORDER BY i.dimension_type_id)
                   FROM ledger_dimensionsetitem i JOIN ledger_dimensionvalue dv ON dv.id = i.value_id
                  WHERE i.company_id = %(company)s AND i.dimension_set_id = l.dimension_set_id), ''),
       coalesce(other.name, ''), coalesce(other.accounts, 0) > 1,
       l.debit, l.credit, l.quantity, %(opening)s + o.so_far, o.is_last
  FROM (SELECT * FROM ordered WHERE place > %(offset)s AND place <= %(offset)s + %(limit)s) o
  JOIN ledger_voucherline l ON l.company_id = %(company)s AND l.id = o.id
  JOIN ledger_period p ON p.id = l.period_id
  JOIN ledger_account a ON a.id = l.account_id
  LEFT JOIN LATERAL (
       SELECT (array_agg(c.code || ' ' || CASE WHEN %(english)s AND c.name_en <> '' THEN c.name_en ELSE c.name END
                         ORDER BY x.line_no))[1] AS name, count(DISTINCT x.account_id) AS accounts
         FROM ledger_voucherline x JOIN ledger_account c ON c.id = x.account_id
        WHERE x.company_id = %(company)s AND x.voucher_id = l.voucher_id AND (x.debit <> 0) <> (l.debit <> 0)
       ) other ON %(with_counters)s
 ORDER BY o.place
"""

# How many lines the whole range has: all of them (from the index alone) less those of vouchers that do not count.
_COUNT = """
SELECT count(*) FILTER (WHERE is_all) - count(*) FILTER (WHERE NOT is_all)
  FROM (SELECT true AS is_all FROM ledger_voucherline l
         WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s) AND l.period_id = ANY(%(periods)s)
           AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))
        UNION ALL
        SELECT false FROM ledger_voucher v
          JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
         WHERE v.company_id = %(company)s AND v.status <> 'posted' AND v.period_id = ANY(%(periods)s)
           AND l.account_id = ANY(%(accounts)s)
           AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))) lines
"""


def account_lines(
    company: Company,
    account: Account,
    periods: PeriodRange,
    *,
    value: DimensionValue | None = None,
    offset: int = 0,
    limit: int = 100,
) -> AccountBook:
    """A page of the book of an account and its sub-accounts; ``value`` keeps lines of one dimension value.

    Four statements at most. Balances are debit less credit: negative means a credit balance.
    """
    parameters: dict[str, Any] = {
        "company": company.pk,
        "code": account.code,
        "length": len(account.code),
        "value": value.pk if value else None,
        "end": periods.last.start,
        "offset": offset,
        "limit": limit,
        "english": (translation.get_language() or "").startswith("en"),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUBJECT, parameters)
        parameters["accounts"], parameters["sets"] = cursor.fetchone()
        cursor.execute(_TURNOVER, parameters)
        opening, totals = _sum_up(cursor.fetchall(), periods)
        # Only periods with turnover can have posted lines.
        parameters |= {"opening": opening, "periods": list(totals), "with_counters": limit <= PAGE_LIMIT}
        cursor.execute(_LINES, parameters)
        lines = [AccountLine(*row) for row in cursor.fetchall()]
        count = offset + len(lines)
        if len(lines) == limit or (offset and not lines):
            cursor.execute(_COUNT, parameters)
            (count,) = cursor.fetchone()
    return AccountBook(opening, lines, totals, count)


def _sum_up(rows: list[tuple[Any, ...]], periods: PeriodRange) -> tuple[Decimal, dict[int, PeriodTotal]]:
    """Balance before the range, and the totals of each of its periods that has turnover."""
    balance = opening = ZERO
    totals: dict[int, PeriodTotal] = {}
    year, year_debit, year_credit = None, ZERO, ZERO
    for period_id, period_year, number, start, debit, credit in rows:
        balance += debit - credit
        if period_id is None or start < periods.start:
            opening = balance
        if period_id is None:
            continue
        if period_year != year:
            year, year_debit, year_credit = period_year, ZERO, ZERO
        year_debit, year_credit = year_debit + debit, year_credit + credit
        if start >= periods.start:
            totals[period_id] = PeriodTotal(
                f"{period_year}-{number:02d}", debit, credit, year_debit, year_credit, balance
            )
    return opening, totals
