"""Balances at the end of a period, per account × dimension set × currency: what period end starts from.

One statement each, from opening rows and turnover; the lines of vouchers are read only where drafts are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from ledger.periods.models import Period


@dataclass(frozen=True, slots=True)
class Balance:
    """Debit less credit in base (``amount``) and in the currency itself (``original``)."""

    account_id: int
    code: str
    account_class: str
    direction: str
    dimension_set_id: int
    currency: str
    amount: Decimal
    original: Decimal


_DRAFTS = """
    UNION ALL
    SELECT l.account_id, l.dimension_set_id, l.currency, l.debit - l.credit,
           CASE WHEN l.debit <> 0 THEN coalesce(l.original_amount, l.debit)
                ELSE -coalesce(l.original_amount, l.credit) END
      FROM ledger_voucher v
      JOIN ledger_period p ON p.id = v.period_id
      JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
     WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed') AND p.start <= %(start)s"""


def balances(
    period: Period, *, accounts: str, parameters: Mapping[str, Any] | None = None, include_unposted: bool = False
) -> list[Balance]:
    """Balances that are not zero at the end of the period, in order of account code.

    ``accounts`` is a condition on ``a`` (ledger_account), e.g. ``a.is_revalued``; ``parameters`` fill it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH amounts AS (
                    SELECT account_id, dimension_set_id, currency, debit - credit AS amount,
                           original_debit - original_credit AS original
                      FROM ledger_openingbalance WHERE company_id = %(company)s
                    UNION ALL
                    SELECT b.account_id, b.dimension_set_id, b.currency, b.debit - b.credit,
                           b.original_debit - b.original_credit
                      FROM ledger_accountbalance b
                      JOIN ledger_period p ON p.id = b.period_id AND p.start <= %(start)s
                     WHERE b.company_id = %(company)s
                    {_DRAFTS if include_unposted else ""})
                SELECT a.id, a.code, a.account_class, a.direction, s.dimension_set_id, s.currency,
                       sum(s.amount) AS amount, sum(s.original) AS original
                  FROM amounts s
                  JOIN ledger_account a ON a.id = s.account_id AND a.company_id = %(company)s
                 WHERE {accounts}
                 GROUP BY a.id, s.dimension_set_id, s.currency
                HAVING sum(s.amount) <> 0 OR sum(s.original) <> 0
                 ORDER BY a.code, s.dimension_set_id, s.currency""",
            {"company": period.company_id, "start": period.start, **(parameters or {})},
        )
        return [Balance(*row) for row in cursor.fetchall()]


def profit_and_loss(period: Period, *, include_unposted: bool = False) -> list[Balance]:
    """What the accounts of profit and loss hold."""
    return balances(period, accounts="a.account_class IN ('income', 'expense')", include_unposted=include_unposted)


def of_accounts(period: Period, ids: Sequence[int], *, include_unposted: bool = False) -> list[Balance]:
    """Balances of these accounts."""
    return balances(
        period, accounts="a.id = ANY(%(ids)s)", parameters={"ids": list(ids)}, include_unposted=include_unposted
    )
