"""Trial balance (科目余额表): opening, turnover, year-to-date and closing of every account, from the turnover rows.

The lines are never read: it costs O(accounts × dimension sets), whatever was posted. Parents are the sum of their
leaves, found by code; totals add the rows of level 1. Debit and credit keep red amounts with their sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.books.facts import ACCOUNT_NAME, FACTS, Choice, fetch
from ledger.books.ranges import PeriodRange
from ledger.dimensions.models import DimensionType

FIGURES = (
    "opening_debit",
    "opening_credit",
    "debit",
    "credit",
    "year_debit",
    "year_credit",
    "closing_debit",
    "closing_credit",
    "year_opening_debit",
    "year_opening_credit",
)
QUANTITIES = ("quantity_opening", "quantity_debit", "quantity_credit", "quantity_closing")


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """An account, or (``value_id``) a dimension value below its account. Amounts in company currency."""

    account_id: int
    code: str
    name: str
    level: int
    is_leaf: bool
    direction: str
    value_id: int | None
    value: str
    is_value: bool
    opening_debit: Decimal
    opening_credit: Decimal
    debit: Decimal
    credit: Decimal
    year_debit: Decimal
    year_credit: Decimal
    closing_debit: Decimal
    closing_credit: Decimal
    year_opening_debit: Decimal
    year_opening_credit: Decimal
    quantity_opening: Decimal = ZERO
    quantity_debit: Decimal = ZERO
    quantity_credit: Decimal = ZERO
    quantity_closing: Decimal = ZERO

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in (*FIGURES, *QUANTITIES))

    @property
    def is_on_wrong_side(self) -> bool:
        """Whether the balance stands opposite to the account's direction, e.g. cash in credit."""
        return bool(self.closing_credit if self.direction == "debit" else self.closing_debit)


@dataclass(frozen=True, slots=True)
class Check:
    """An equality at the foot of the table."""

    label: Any
    debit: Decimal
    credit: Decimal

    @property
    def holds(self) -> bool:
        return self.debit == self.credit


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: list[TrialBalanceRow]
    totals: dict[str, Decimal]
    checks: list[Check]


# One row per account (parents by the prefixes of their leaves' codes) and, if a dimension is given, per value (or pair
# of values) below its account. A cell is what is shown on one side: the whole account, or with both sides each
# dimension set. In the year the company began here, the year's opening is what the earlier months leave, and the year
# to date includes their turnover.
_SQL = f"""
WITH facts AS ({FACTS}),
chosen AS (
    SELECT f.account_id, f.period_id, f.dimension_set_id,
           CASE WHEN %(currency)s = '' THEN f.debit ELSE f.original_debit END AS debit,
           CASE WHEN %(currency)s = '' THEN f.credit ELSE f.original_credit END AS credit,
           f.quantity_debit, f.quantity_credit
      FROM facts f WHERE %(currency)s = '' OR f.currency = %(currency)s),
turnover AS (
    SELECT c.account_id, c.dimension_set_id,
           sum(c.debit - c.credit) FILTER (WHERE p.start < %(start)s) AS before,
           sum(c.debit - c.credit) FILTER (WHERE p.start < %(year_start)s) AS before_year,
           sum(c.debit) FILTER (WHERE p.start >= %(start)s) AS debit,
           sum(c.credit) FILTER (WHERE p.start >= %(start)s) AS credit,
           sum(c.debit) FILTER (WHERE p.start >= %(year_start)s) AS year_debit,
           sum(c.credit) FILTER (WHERE p.start >= %(year_start)s) AS year_credit,
           sum(c.quantity_debit - c.quantity_credit) FILTER (WHERE p.start < %(start)s) AS q_before,
           sum(c.quantity_debit) FILTER (WHERE p.start >= %(start)s) AS q_debit,
           sum(c.quantity_credit) FILTER (WHERE p.start >= %(start)s) AS q_credit
      FROM chosen c JOIN ledger_period p ON p.company_id = %(company)s AND p.id = c.period_id
     WHERE p.start <= %(end)s
     GROUP BY 1, 2),
begun AS (SELECT min(year) = extract(year FROM %(year_start)s::date) AS this_year
            FROM ledger_period WHERE company_id = %(company)s),
openings AS (
    SELECT o.account_id, o.dimension_set_id, o.quantity * CASE WHEN o.credit <> 0 THEN -1 ELSE 1 END AS quantity,
           CASE WHEN %(currency)s IN ('', %(base)s) THEN o.debit - o.credit
                ELSE o.original_debit - o.original_credit END AS balance,
           CASE WHEN %(currency)s IN ('', %(base)s) AND b.this_year THEN o.year_debit ELSE 0 END AS year_debit,
           CASE WHEN %(currency)s IN ('', %(base)s) AND b.this_year THEN o.year_credit ELSE 0 END AS year_credit
      FROM ledger_openingbalance o CROSS JOIN begun b
     WHERE o.company_id = %(company)s AND (%(currency)s = '' OR o.currency = %(currency)s)),
parts AS (
    SELECT account_id, dimension_set_id, before, before_year, debit, credit, year_debit, year_credit, q_before,
           q_debit, q_credit FROM turnover
    UNION ALL
    SELECT account_id, dimension_set_id, balance, balance - year_debit + year_credit, 0, 0, year_debit, year_credit,
           quantity, 0, 0 FROM openings),
cells AS (
    SELECT p.account_id, i.value_id, j.value_id AS value2_id, coalesce(sum(p.before), 0) AS opening,
           coalesce(sum(p.before_year), 0) AS year_opening,
           coalesce(sum(p.debit), 0) AS debit, coalesce(sum(p.credit), 0) AS credit,
           coalesce(sum(p.year_debit), 0) AS year_debit, coalesce(sum(p.year_credit), 0) AS year_credit,
           coalesce(sum(p.q_before), 0) AS q_opening, coalesce(sum(p.q_debit), 0) AS q_debit,
           coalesce(sum(p.q_credit), 0) AS q_credit
      FROM parts p
      LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
           AND i.dimension_set_id = p.dimension_set_id AND i.dimension_type_id = %(dimension)s
      LEFT JOIN ledger_dimensionsetitem j ON j.company_id = %(company)s
           AND j.dimension_set_id = p.dimension_set_id AND j.dimension_type_id = %(dimension2)s
     GROUP BY p.account_id, i.value_id, j.value_id, CASE WHEN %(both_sides)s THEN p.dimension_set_id END),
coded AS (SELECT a.code AS leaf, c.* FROM cells c JOIN ledger_account a ON a.id = c.account_id),
placed AS (
    SELECT left(leaf, n) AS code, NULL::bigint AS shown_id, NULL::bigint AS shown2_id, false AS is_value, coded.*
      FROM coded CROSS JOIN LATERAL generate_series(4, length(leaf)) n
    UNION ALL
    SELECT leaf, value_id, value2_id, true, coded.*
      FROM coded
     WHERE %(dimension)s::bigint IS NOT NULL AND EXISTS (
           SELECT 1 FROM ledger_accountdimension d WHERE d.account_id = coded.account_id
              AND d.dimension_type_id IN (%(dimension)s, %(dimension2)s))),
summed AS (
    SELECT code, shown_id AS value_id, shown2_id AS value2_id, is_value, sum(opening) AS opening,
           sum(opening + debit - credit) AS closing,
           sum(year_opening) AS year_opening,
           sum(greatest(opening, 0)) AS opening_debit, sum(greatest(-opening, 0)) AS opening_credit,
           sum(debit) AS debit, sum(credit) AS credit, sum(year_debit) AS year_debit, sum(year_credit) AS year_credit,
           sum(greatest(opening + debit - credit, 0)) AS closing_debit,
           sum(greatest(credit - opening - debit, 0)) AS closing_credit,
           sum(greatest(year_opening, 0)) AS year_opening_debit, sum(greatest(-year_opening, 0)) AS year_opening_credit,
           sum(q_opening) AS q_opening, sum(q_debit) AS q_debit, sum(q_credit) AS q_credit
      FROM placed
     GROUP BY 1, 2, 3, 4)
SELECT a.id, a.code, {ACCOUNT_NAME.format(a="a")}, a.level, a.is_leaf, a.direction, s.value_id,
       concat_ws(' · ', v.code || ' ' || v.name, w.code || ' ' || w.name), coalesce(s.is_value, false),
       CASE WHEN %(both_sides)s THEN s.opening_debit ELSE greatest(s.opening, 0) END,
       CASE WHEN %(both_sides)s THEN s.opening_credit ELSE greatest(-s.opening, 0) END,
       s.debit, s.credit, s.year_debit, s.year_credit,
       CASE WHEN %(both_sides)s THEN s.closing_debit ELSE greatest(s.closing, 0) END,
       CASE WHEN %(both_sides)s THEN s.closing_credit ELSE greatest(-s.closing, 0) END,
       CASE WHEN %(both_sides)s THEN s.year_opening_debit ELSE greatest(s.year_opening, 0) END,
       CASE WHEN %(both_sides)s THEN s.year_opening_credit ELSE greatest(-s.year_opening, 0) END,
       s.q_opening, s.q_debit, s.q_credit, s.q_opening + s.q_debit - s.q_credit
  FROM ledger_account a
  LEFT JOIN summed s ON s.code = a.code
  LEFT JOIN ledger_dimensionvalue v ON v.id = s.value_id
  LEFT JOIN ledger_dimensionvalue w ON w.id = s.value2_id
 WHERE a.company_id = %(company)s AND a.level <= %(level)s
   AND a.code >= %(code_from)s AND left(a.code, length(%(code_to)s)) <= %(code_to)s
 ORDER BY a.code, coalesce(s.is_value, false), v.code NULLS LAST, w.code NULLS LAST
"""


def trial_balance(
    company: Company,
    periods: PeriodRange,
    *,
    level: int = 9,
    code_from: str = "",
    code_to: str = "",
    hide_empty: bool = True,
    both_sides: bool = False,
    dimension: DimensionType | None = None,
    dimension2: DimensionType | None = None,
    currency: str = "",
    unposted: bool = False,
) -> TrialBalance:
    """The table for a range of periods; one statement.

    ``both_sides`` shows the balance of an account as the sum of its debit and of its credit cells (dimension sets),
    not as one net figure. ``dimension`` unfolds its values below each account that has it; what carries none stands
    in an own row, so that the rows add up to the account; ``dimension2`` unfolds pairs of values. ``currency`` shows
    that currency's lines in its own amounts, ``unposted`` adds vouchers that are not posted yet.
    """
    choice = Choice(code_from=code_from, code_to=code_to, currency=currency, unposted=unposted)
    named = choice.parameters(company, periods) | {
        "base": company.currency,
        "level": level,
        "both_sides": both_sides,
        "dimension": dimension.pk if dimension else None,
        "dimension2": dimension2.pk if dimension2 else None,
    }
    rows = [TrialBalanceRow(*row[:9], *(amount or ZERO for amount in row[9:])) for row in fetch(_SQL, named)]
    top = [row for row in rows if row.level == 1 and not row.is_value]
    totals = {name: sum((getattr(row, name) for row in top), ZERO) for name in FIGURES}
    shown = [row for row in rows if not (hide_empty and row.is_empty)]
    return TrialBalance(shown, totals, _checks(totals))


def _checks(totals: dict[str, Decimal]) -> list[Check]:
    labels: Sequence[tuple[Any, str, str]] = (
        (_("Opening balance"), "opening_debit", "opening_credit"),
        (_("Turnover"), "debit", "credit"),
        (_("Year to date"), "year_debit", "year_credit"),
        (_("Closing balance"), "closing_debit", "closing_credit"),
    )
    return [Check(label, totals[debit], totals[credit]) for label, debit, credit in labels]
