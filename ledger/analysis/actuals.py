"""What was really booked on the cells of a budget, month by month: one statement for any number of cells.

A cell is an account with all below it, and one dimension value or all. Period-end transfers do not count: they would
empty every account of profit and loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from erp.core.companies.models import Company
from ledger.analysis.pivot import CLOSING_KINDS

# Debit less credit by cell and month: turnover, without the lines of transfers, with unposted vouchers on demand.
_SQL = """
WITH cell AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(codes)s::text[], %(values)s::bigint[]) AS c(n, code, value_id)),
leaf AS (
    SELECT c.n, c.value_id, a.id AS account_id FROM cell c
      JOIN ledger_account a ON a.company_id = %(company)s AND a.code LIKE c.code || '%%'),
months AS (
    SELECT id, number FROM ledger_period
     WHERE company_id = %(company)s AND year = %(year)s AND number BETWEEN %(first)s AND %(last)s),
flow AS (
    SELECT b.account_id, b.dimension_set_id, m.number, b.debit - b.credit AS amount
      FROM ledger_accountbalance b JOIN months m ON m.id = b.period_id
     WHERE b.company_id = %(company)s AND b.account_id IN (SELECT account_id FROM leaf)
    UNION ALL
    SELECT l.account_id, l.dimension_set_id, m.number,
           CASE WHEN v.status = 'posted' THEN l.credit - l.debit ELSE l.debit - l.credit END
      FROM months m
      JOIN ledger_voucher v ON v.company_id = %(company)s AND v.period_id = m.id
      JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
     WHERE l.account_id IN (SELECT account_id FROM leaf)
       AND (v.status = 'posted' AND v.kind = ANY(%(closing)s)
            OR %(unposted)s AND v.status IN ('draft', 'reviewed') AND NOT v.kind = ANY(%(closing)s)
               AND v.id IS DISTINCT FROM %(besides)s::bigint))
SELECT leaf.n, flow.number, sum(flow.amount)
  FROM leaf JOIN flow ON flow.account_id = leaf.account_id
 WHERE leaf.value_id IS NULL OR EXISTS (
       SELECT 1 FROM ledger_dimensionsetitem i WHERE i.company_id = %(company)s
          AND i.dimension_set_id = flow.dimension_set_id AND i.value_id = leaf.value_id)
 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class CellKey:
    code: str
    value_id: int | None


def booked(
    company: Company,
    year: int,
    cells: Sequence[CellKey],
    *,
    first: int = 1,
    last: int = 12,
    with_unposted: bool = False,
    besides: int | None = None,
) -> dict[CellKey, dict[int, Decimal]]:
    """Cell → month → debit less credit."""
    found: dict[CellKey, dict[int, Decimal]] = {cell: {} for cell in cells}
    if not cells:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "company": company.pk,
                "year": year,
                "first": first,
                "last": last,
                "numbers": list(range(len(cells))),
                "codes": [cell.code for cell in cells],
                "values": [cell.value_id for cell in cells],
                "closing": list(CLOSING_KINDS),
                "unposted": with_unposted,
                "besides": besides,
            },
        )
        for number, month, amount in cursor.fetchall():
            found[cells[number]][month] = amount
    return found
