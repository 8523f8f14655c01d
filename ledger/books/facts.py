"""What every book sums: turnover per account, period, dimension set and currency, and opening balances.

One idea: a fact is a row of ``AccountBalance``; unposted vouchers that shall be shown add rows of the same shape, and
closing vouchers that shall not be shown add negative ones. So no book needs to know which of the three it reads.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Self

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.books.ranges import PeriodRange
from ledger.dimensions.models import DimensionValue

CLOSING_KINDS = ("closing_pl", "closing_year")

_LINE_SUMS = """l.account_id, l.period_id, l.dimension_set_id, l.currency, {sign}l.debit AS debit,
       {sign}l.credit AS credit, {sign}CASE WHEN l.debit <> 0 THEN coalesce(l.original_amount, l.debit) ELSE 0 END,
       {sign}CASE WHEN l.credit <> 0 THEN coalesce(l.original_amount, l.credit) ELSE 0 END,
       {sign}CASE WHEN l.credit = 0 THEN coalesce(l.quantity, 0) ELSE 0 END,
       {sign}CASE WHEN l.credit <> 0 THEN coalesce(l.quantity, 0) ELSE 0 END, {sign}1"""

# Posted turnover; plus the lines of drafts and reviewed vouchers (%(unposted)s); less the posted lines of closing
# vouchers since the first year began (%(without_closing)s). Use as: WITH facts AS (…).
FACTS = f"""
    SELECT b.account_id, b.period_id, b.dimension_set_id, b.currency, b.debit, b.credit, b.original_debit,
           b.original_credit, b.quantity_debit, b.quantity_credit, b.line_count
      FROM ledger_accountbalance b WHERE b.company_id = %(company)s
    UNION ALL
    SELECT {_LINE_SUMS.format(sign="")}
      FROM ledger_voucher v JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
     WHERE %(unposted)s AND v.company_id = %(company)s AND v.status IN ('draft', 'reviewed')
       AND NOT (%(without_closing)s AND v.kind = ANY(%(closing_kinds)s) AND v.date >= %(first_year)s)
    UNION ALL
    SELECT {_LINE_SUMS.format(sign="-")}
      FROM ledger_voucher v JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
     WHERE %(without_closing)s AND v.company_id = %(company)s AND v.status = 'posted'
       AND v.kind = ANY(%(closing_kinds)s) AND v.date >= %(first_year)s
"""

# The same choice for lines that are read one by one, with v the voucher.
COUNTED = """(v.status = 'posted' OR (%(unposted)s AND v.status IN ('draft', 'reviewed')))
       AND NOT (%(without_closing)s AND v.kind = ANY(%(closing_kinds)s) AND v.date >= %(first_year)s)"""

ACCOUNT_NAME = "CASE WHEN %(english)s AND {a}.name_en <> '' THEN {a}.name_en ELSE {a}.name END"

# Values of a dimension set as text.
DIMENSIONS = """coalesce((SELECT string_agg(dv.code || ' ' || dv.name, ' · ' ORDER BY i.dimension_type_id)
                   FROM ledger_dimensionsetitem i JOIN ledger_dimensionvalue dv ON dv.id = i.value_id
                  WHERE i.company_id = %(company)s AND i.dimension_set_id = l.dimension_set_id), '')"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the ledger a book reads: account (with its sub-accounts), dimension value, currency, vouchers."""

    code: str = ""
    code_from: str = ""
    code_to: str = ""
    value: DimensionValue | None = None
    currency: str = ""
    unposted: bool = False
    without_closing: bool = False
    cash_kinds: tuple[str, ...] = ()

    def parameters(self, company: Company, periods: PeriodRange) -> dict[str, Any]:
        """Named parameters of the statements."""
        return {
            "company": company.pk,
            "code": self.code,
            "length": len(self.code),
            "code_from": self.code_from,
            "code_to": self.code_to,
            "value": self.value.pk if self.value else None,
            "currency": self.currency,
            "unposted": self.unposted,
            "without_closing": self.without_closing,
            "closing_kinds": list(CLOSING_KINDS),
            "first_year": dt.date(periods.first.year, 1, 1),
            "start": periods.start,
            "end": periods.last.start,
            "year_start": periods.year_start,
            "english": (translation.get_language() or "").startswith("en"),
        }


@dataclass(slots=True)
class Figures:
    """Debit and credit in base currency, original currency and quantity. Adding keeps the sides apart."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO
    original_debit: Decimal = ZERO
    original_credit: Decimal = ZERO
    quantity_debit: Decimal = field(default_factory=Decimal)
    quantity_credit: Decimal = field(default_factory=Decimal)

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Figures)))

    @property
    def net(self) -> Decimal:
        """Debit less credit, base currency."""
        return self.debit - self.credit

    @property
    def net_original(self) -> Decimal:
        return self.original_debit - self.original_credit

    @property
    def net_quantity(self) -> Decimal:
        return self.quantity_debit - self.quantity_credit


def fetch(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def side_of(balance: Decimal) -> str:
    """On which side a balance stands (B60(7)): debit, credit or level."""
    return gettext("Dr.") if balance > 0 else gettext("Cr.") if balance < 0 else gettext("Nil")


def price(amount: Decimal | None, quantity: Decimal | None) -> Decimal | None:
    """Amount ÷ quantity for showing, six decimals; None without a quantity."""
    if not amount or not quantity:
        return None
    return (amount / quantity).quantize(Decimal("0.000001"))
