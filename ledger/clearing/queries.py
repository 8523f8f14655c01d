"""Open items of an account, by party and line, as of a day; and their ages.

The party of a line is the value of the account's party dimension (customer, supplier or employee). As of a day, only
posted lines and clearings up to that day count, so a report of a past day shows what it showed then.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.balances.models import AccountBalance
from ledger.clearing import rules
from ledger.clearing.rules import BUCKETS, OpenItem
from ledger.dimensions.models import DimensionValue

PARTY_TYPES = ("customer", "supplier", "employee")


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A posted line (or the opening balance: ``line_id`` 0) with what is open of it."""

    line_id: int
    date: dt.date
    voucher: str
    voucher_id: int | None
    summary: str
    number: str
    party_id: int | None
    amount: Decimal
    cleared: Decimal

    @property
    def open(self) -> Decimal:
        return self.amount - self.cleared


@dataclass(frozen=True, slots=True)
class AgeRow:
    """A party's balance by age."""

    party_id: int | None
    code: str
    name: str
    balance: Decimal
    ages: Sequence[Decimal]


def usual_account(company: Company) -> str:
    """Code of the party account that a page opens with: the first that was posted to, else the first."""
    accounts = party_accounts(company)
    posted = set(
        AccountBalance.objects.filter(company=company, account__in=accounts)
        .values_list("account_id", flat=True)
        .distinct()
    )
    used = [account for account in accounts if account.pk in posted]
    return next((account.code for account in (*used, *accounts)), "")


def party_accounts(company: Company) -> list[Account]:
    """Leaf accounts that carry a party, in order of code: 应收, 应付, 预收, 预付, 其他应收 …"""
    return list(
        Account.objects.filter(
            company=company,
            is_leaf=True,
            dimensions__is_required=True,
            dimensions__dimension_type__code__in=PARTY_TYPES,
            account_class__in=["asset", "liability"],
        )
        .distinct()
        .order_by("code")
    )


# The party of each dimension set: one value of a party type.
_PARTY = """
party AS MATERIALIZED (
    SELECT i.dimension_set_id, min(i.value_id) AS value_id
      FROM ledger_dimensionsetitem i JOIN ledger_dimensiontype t ON t.id = i.dimension_type_id
     WHERE i.company_id = %(company)s AND t.code IN ('customer', 'supplier', 'employee')
       AND i.dimension_type_id IN (SELECT dimension_type_id FROM ledger_accountdimension
                                    WHERE account_id = %(account)s)
     GROUP BY i.dimension_set_id)"""

_OPEN = f"""
WITH {_PARTY},
cleared AS MATERIALIZED (
    SELECT i.voucher_line_id, sum(i.amount) AS amount
      FROM ledger_clearing c JOIN ledger_clearingitem i ON i.clearing_id = c.id
     WHERE c.company_id = %(company)s AND c.account_id = %(account)s AND c.date <= %(as_of)s
     GROUP BY i.voucher_line_id),
lines AS (
    SELECT 0::bigint AS line_id, (SELECT min(start) FROM ledger_period WHERE company_id = %(company)s) - 1 AS date,
           '' AS voucher, NULL::bigint AS voucher_id, '' AS summary, '' AS number, p.value_id AS party_id,
           sum(o.debit - o.credit) AS amount,
           coalesce((SELECT sum(i.amount) FROM ledger_clearing c JOIN ledger_clearingitem i ON i.clearing_id = c.id
                      WHERE c.company_id = %(company)s AND c.account_id = %(account)s AND c.date <= %(as_of)s
                        AND c.party_id IS NOT DISTINCT FROM p.value_id AND i.voucher_line_id IS NULL), 0) AS cleared,
           0 AS line_no
      FROM ledger_openingbalance o LEFT JOIN party p ON p.dimension_set_id = o.dimension_set_id
     WHERE o.company_id = %(company)s AND o.account_id = %(account)s
     GROUP BY p.value_id HAVING sum(o.debit - o.credit) <> 0
    UNION ALL
    SELECT l.id, v.date, v.word || '-' || v.number, v.id, l.summary, l.business_no, p.value_id, l.debit - l.credit,
           coalesce(c.amount, 0), l.line_no
      FROM ledger_voucherline l
      JOIN ledger_voucher v ON v.id = l.voucher_id AND v.status = 'posted' AND v.date <= %(as_of)s
      LEFT JOIN party p ON p.dimension_set_id = l.dimension_set_id
      LEFT JOIN cleared c ON c.voucher_line_id = l.id
     WHERE l.company_id = %(company)s AND l.account_id = %(account)s AND l.debit <> l.credit)
SELECT line_id, date, voucher, voucher_id, summary, number, party_id, amount, cleared FROM lines
 WHERE (%(every)s OR party_id IS NOT DISTINCT FROM %(party)s) AND (%(whole)s OR amount <> cleared)
 ORDER BY date, line_id, line_no"""


def open_lines(
    company: Company,
    account: Account,
    as_of: dt.date,
    *,
    party_id: int | None = None,
    every: bool = False,
    whole: bool = False,
) -> list[OpenLine]:
    """Open lines of a party (or of ``every`` party), oldest first; ``whole``: settled ones, too. One statement."""
    facts: dict[str, Any] = {
        "company": company.pk,
        "account": account.pk,
        "as_of": as_of,
        "party": party_id,
        "every": every,
        "whole": whole,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, facts)
        return [OpenLine(*row) for row in cursor.fetchall()]


def ageing(
    company: Company,
    account: Account,
    as_of: dt.date,
    *,
    method: str = "clearing",
    buckets: Sequence[int] = BUCKETS,
) -> list[AgeRow]:
    """Balances by party and age. ``method`` clearing: what is open of each line; fifo: the balance explained by the
    newest lines. Both sum to the balance of the account. Two statements."""
    parties: dict[int | None, list[OpenItem]] = {}
    for line in open_lines(company, account, as_of, every=True, whole=method == "fifo"):
        amount = line.amount if method == "fifo" else line.open
        parties.setdefault(line.party_id, []).append(OpenItem(line.line_id, line.date, amount, line.number))
    values = {
        value.pk: value for value in DimensionValue.objects.filter(company=company, pk__in=[p for p in parties if p])
    }
    rows = []
    for party_id, items in parties.items():
        kept = rules.fifo_rest(items) if method == "fifo" else items
        ages = rules.age(kept, as_of, buckets)
        balance = sum(ages, ZERO)
        if not balance and not any(ages):
            continue
        value = values.get(party_id) if party_id else None
        rows.append(AgeRow(party_id, value.code if value else "", value.name if value else "", balance, ages))
    return sorted(rows, key=lambda row: row.code)


def balance_of(company: Company, account: Account, as_of: dt.date) -> Decimal:
    """What the account holds in the books: the total of every ageing. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce((SELECT sum(debit - credit) FROM ledger_openingbalance
                                 WHERE company_id = %(company)s AND account_id = %(account)s), 0)
                    + coalesce((SELECT sum(l.debit - l.credit) FROM ledger_voucherline l
                                  JOIN ledger_voucher v ON v.id = l.voucher_id AND v.status = 'posted'
                                       AND v.date <= %(as_of)s
                                 WHERE l.company_id = %(company)s AND l.account_id = %(account)s), 0)""",
            {"company": company.pk, "account": account.pk, "as_of": as_of},
        )
        return Decimal(cursor.fetchone()[0])
