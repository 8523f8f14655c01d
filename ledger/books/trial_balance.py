"""Trial balance (科目余额表): opening, turnover, year-to-date and closing of every account, from the turnover rows.

The lines are never read: it costs O(accounts × dimension sets), whatever was posted. Parents are the sum of their
leaves, found by code; totals add the rows of level 1. Debit and credit keep red amounts with their sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
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
)


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

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in FIGURES)

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


# One row per account (parents by the prefixes of their leaves' codes) and, if a dimension is given, per value below
# its account. A cell is what is shown on one side: the whole account, or with both sides each dimension set.
_SQL = """
WITH turnover AS (
    SELECT b.account_id, b.dimension_set_id,
           sum(b.debit - b.credit) FILTER (WHERE p.start < %(start)s) AS before,
           sum(b.debit) FILTER (WHERE p.start >= %(start)s) AS debit,
           sum(b.credit) FILTER (WHERE p.start >= %(start)s) AS credit,
           sum(b.debit) FILTER (WHERE p.start >= %(year_start)s) AS year_debit,
           sum(b.credit) FILTER (WHERE p.start >= %(year_start)s) AS year_credit
      FROM ledger_accountbalance b JOIN ledger_period p ON p.company_id = b.company_id AND p.id = b.period_id
     WHERE b.company_id = %(company)s AND p.start <= %(end)s
     GROUP BY 1, 2),
parts AS (
    SELECT account_id, dimension_set_id, before, debit, credit, year_debit, year_credit FROM turnover
    UNION ALL
    SELECT account_id, dimension_set_id, debit - credit, 0, 0, 0, 0 FROM ledger_openingbalance
     WHERE company_id = %(company)s),
cells AS (
    SELECT p.account_id, i.value_id, coalesce(sum(p.before), 0) AS opening,
           coalesce(sum(p.debit), 0) AS debit, coalesce(sum(p.credit), 0) AS credit,
           coalesce(sum(p.year_debit), 0) AS year_debit, coalesce(sum(p.year_credit), 0) AS year_credit
      FROM parts p
      LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
           AND i.dimension_set_id = p.dimension_set_id AND i.dimension_type_id = %(dimension)s
     GROUP BY p.account_id, i.value_id, CASE WHEN %(both_sides)s THEN p.dimension_set_id END),
coded AS (SELECT a.code AS leaf, c.* FROM cells c JOIN ledger_account a ON a.id = c.account_id),
summed AS (
    SELECT left(leaf, n) AS code, NULL::bigint AS value_id, false AS is_value, sum(opening) AS opening,
           sum(opening + debit - credit) AS closing, sum(greatest(opening, 0)) AS opening_debit,
           sum(greatest(-opening, 0)) AS opening_credit, sum(debit) AS debit, sum(credit) AS credit,
           sum(year_debit) AS year_debit, sum(year_credit) AS year_credit,
           sum(greatest(opening + debit - credit, 0)) AS closing_debit,
           sum(greatest(credit - opening - debit, 0)) AS closing_credit
      FROM coded CROSS JOIN LATERAL generate_series(4, length(leaf), 2) n
     GROUP BY 1
    UNION ALL
    SELECT leaf, value_id, true, sum(opening), sum(opening + debit - credit), sum(greatest(opening, 0)),
           sum(greatest(-opening, 0)), sum(debit), sum(credit), sum(year_debit), sum(year_credit),
           sum(greatest(opening + debit - credit, 0)), sum(greatest(credit - opening - debit, 0))
      FROM coded
     WHERE %(dimension)s::bigint IS NOT NULL AND EXISTS (
           SELECT 1 FROM ledger_accountdimension d WHERE d.account_id = coded.account_id
              AND d.dimension_type_id = %(dimension)s)
     GROUP BY 1, 2)
SELECT a.id, a.code, CASE WHEN %(english)s AND a.name_en <> '' THEN a.name_en ELSE a.name END, a.level, a.is_leaf,
       a.direction, s.value_id, coalesce(v.code || ' ' || v.name, ''), coalesce(s.is_value, false),
       CASE WHEN %(both_sides)s THEN s.opening_debit ELSE greatest(s.opening, 0) END,
       CASE WHEN %(both_sides)s THEN s.opening_credit ELSE greatest(-s.opening, 0) END,
       coalesce(s.debit, 0), coalesce(s.credit, 0), coalesce(s.year_debit, 0), coalesce(s.year_credit, 0),
       CASE WHEN %(both_sides)s THEN s.closing_debit ELSE greatest(s.closing, 0) END,
       CASE WHEN %(both_sides)s THEN s.closing_credit ELSE greatest(-s.closing, 0) END
  FROM ledger_account a
  LEFT JOIN summed s ON s.code = a.code
  LEFT JOIN ledger_dimensionvalue v ON v.id = s.value_id
 WHERE a.company_id = %(company)s AND a.level <= %(level)s
   AND a.code >= %(code_from)s AND left(a.code, length(%(code_to)s)) <= %(code_to)s
 ORDER BY a.code, coalesce(s.is_value, false), v.code NULLS LAST
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
) -> TrialBalance:
    """The table for a range of periods; two statements at most.

    ``both_sides`` shows the balance of an account as the sum of its debit and of its credit cells (dimension sets),
    not as one net figure. ``dimension`` unfolds its values below each account that has it; what carries none stands
    in an own row, so that the rows add up to the account.
    """
    english = (translation.get_language() or "").startswith("en")
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "company": company.pk,
                "start": periods.start,
                "end": periods.last.start,
                "year_start": periods.year_start,
                "level": level,
                "code_from": code_from,
                "code_to": code_to,
                "both_sides": both_sides,
                "dimension": dimension.pk if dimension else None,
                "english": english,
            },
        )
        rows = [TrialBalanceRow(*row[:9], *(amount or ZERO for amount in row[9:])) for row in cursor.fetchall()]
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
