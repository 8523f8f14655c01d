"""What customers owe, read from the ledger's receivable accounts: sales keeps no copy of it."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.posting.queries import accounts_of_key

RECEIVABLE = "receivable"

# Opening balances and turnover of the accounts that the key leads to, by the customer on the line.
_BALANCES = """
WITH parts AS (
    SELECT dimension_set_id, debit - credit AS amount FROM ledger_accountbalance
     WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
    UNION ALL
    SELECT dimension_set_id, debit - credit FROM ledger_openingbalance
     WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s))
SELECT i.value_id, sum(p.amount)
  FROM parts p
  JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s AND i.dimension_set_id = p.dimension_set_id
  JOIN ledger_dimensiontype t ON t.id = i.dimension_type_id AND t.code = 'customer'
 WHERE %(values)s::bigint[] IS NULL OR i.value_id = ANY(%(values)s)
 GROUP BY i.value_id
"""


def receivables(company: Company, value_ids: Sequence[int] | None = None) -> dict[int, Decimal]:
    """Customer's dimension value → posted balance (debit less credit), for those given or for all. Two statements."""
    with connection.cursor() as cursor:
        wanted = list(value_ids) if value_ids is not None else None
        accounts = accounts_of_key(company.pk, RECEIVABLE)
        cursor.execute(_BALANCES, {"company": company.pk, "accounts": accounts, "values": wanted})
        return {value: amount or ZERO for value, amount in cursor.fetchall()}


def receivable_accounts(company: Company) -> list[str]:
    """Codes of the accounts that the receivable key leads to, for drills into the books."""
    accounts = Account.objects.filter(company=company, pk__in=accounts_of_key(company.pk, RECEIVABLE))
    return list(accounts.order_by("code").values_list("code", flat=True))
