"""The three statements that formulas cost: balances, turnover, cash flow – each for any number of months at once."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

PARTY_TYPES = {"party": ["customer", "supplier", "employee"]}

# Lines of vouchers not yet posted, found by the partial index of vouchers.
_UNPOSTED = """
    UNION ALL
    SELECT l.account_id, l.dimension_set_id, p.year * 12 + p.number - 1, l.debit - l.credit, v.kind
      FROM ledger_voucher v
      JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
      JOIN ledger_period p ON p.id = v.period_id
     WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed')"""

# One row per leaf account (by = ''), and for the accounts of PART_* one per leaf account and value of ``by``.
# Months before the start only ask for the opening of the first year: opening less the year's turnover before it.
_BALANCES = """
WITH moved AS MATERIALIZED (
    SELECT b.account_id, b.dimension_set_id, p.year * 12 + p.number - 1 AS month, b.debit - b.credit AS amount,
           '' AS kind
      FROM ledger_accountbalance b JOIN ledger_period p ON p.id = b.period_id
     WHERE b.company_id = %(company)s{unposted}),
opened AS (
    SELECT account_id, dimension_set_id, debit - credit AS amount, year_debit - year_credit AS year_amount
      FROM ledger_openingbalance WHERE company_id = %(company)s),
sets AS MATERIALIZED (
    SELECT account_id, dimension_set_id, {inner}
      FROM (SELECT account_id, dimension_set_id, month, amount, 0 AS opening, 0 AS year_amount FROM moved
            UNION ALL SELECT account_id, dimension_set_id, NULL, 0, amount, year_amount FROM opened) r
     GROUP BY 1, 2),
parted AS (
    SELECT w.by, s.account_id, {amounts},
           (SELECT i.value_id FROM ledger_dimensionsetitem i
             WHERE i.company_id = %(company)s AND i.dimension_set_id = s.dimension_set_id
               AND i.dimension_type_id = ANY (w.types)
             ORDER BY array_position(w.types, i.dimension_type_id) LIMIT 1) AS value_id
      FROM sets s
      JOIN ledger_account a ON a.id = s.account_id
      JOIN (SELECT x.by, x.prefix,
                   (SELECT array_agg(t.id ORDER BY array_position(string_to_array(x.types, ','), t.code::text))
                      FROM ledger_dimensiontype t
                     WHERE t.company_id = %(company)s AND t.code = ANY (string_to_array(x.types, ','))) AS types
              FROM unnest(%(bys)s::text[], %(prefixes)s::text[], %(types)s::text[]) AS x (by, prefix, types)) w
        ON a.code LIKE w.prefix || '%%')
SELECT '' AS by, a.code, NULL::bigint, {sums} FROM sets s JOIN ledger_account a ON a.id = s.account_id GROUP BY 2
UNION ALL
SELECT s.by, a.code, s.value_id, {sums} FROM parted s JOIN ledger_account a ON a.id = s.account_id GROUP BY 1, 2, 3
"""


def balances(
    company_id: int, start: int, months: Sequence[int], parts: Mapping[str, Sequence[str]], include_unposted: bool
) -> Iterator[tuple[str, str, int | None, tuple[Decimal, ...]]]:
    """(by or '', account code, party value, balance at the end of each month): debit less credit."""
    inner, params = [], _part_parameters(parts)
    for n, month in enumerate(months):
        params[f"m{n}"] = month
        if month < start - 1:
            inner.append(f"sum(opening - year_amount) AS m{n}")
        else:
            inner.append(f"sum(opening) + coalesce(sum(amount) FILTER (WHERE month <= %(m{n})s), 0) AS m{n}")
    names = [f"m{n}" for n in range(len(months))]
    sql = _BALANCES.format(
        unposted=_UNPOSTED if include_unposted else "",
        inner=", ".join(inner),
        amounts=", ".join(f"s.{name}" for name in names),
        sums=", ".join(f"sum(s.{name})" for name in names),
    )
    for by, code, value_id, *amounts in _rows(sql, {"company": company_id, **params}):
        yield by, code, value_id, tuple(amounts)


def _part_parameters(parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """One row per ``by`` and beginning of account codes; of two beginnings where one holds the other, the shorter."""
    rows = []
    for by, codes in parts.items():
        types = ",".join(PARTY_TYPES.get(by, [by]))
        shortest = [code for code in codes if not any(code != other and code.startswith(other) for other in codes)]
        rows += [(by, code, types) for code in shortest]
    return {
        "bys": [row[0] for row in rows],
        "prefixes": [row[1] for row in rows],
        "types": [row[2] for row in rows],
    }


# Turnover without closing vouchers: the turnover rows hold them too, so their few lines are taken off again.
_TURNOVERS = """
WITH moved AS (
    SELECT b.account_id, p.year * 12 + p.number - 1 AS month, b.debit - b.credit AS amount, '' AS kind
      FROM ledger_accountbalance b JOIN ledger_period p ON p.id = b.period_id
     WHERE b.company_id = %(company)s AND p.year * 12 + p.number - 1 BETWEEN %(low)s AND %(high)s
    UNION ALL
    SELECT l.account_id, p.year * 12 + p.number - 1, l.credit - l.debit, ''
      FROM ledger_voucher v
      JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
      JOIN ledger_period p ON p.id = v.period_id
     WHERE v.company_id = %(company)s AND v.kind IN ('closing_pl', 'closing_year') AND v.status = 'posted'
       AND p.year * 12 + p.number - 1 BETWEEN %(low)s AND %(high)s{unposted})
SELECT a.code, {columns}
  FROM (SELECT account_id, month, amount, 0 AS year_amount FROM moved
         WHERE kind NOT IN ('closing_pl', 'closing_year')
        UNION ALL
        SELECT o.account_id, NULL, 0,
               CASE WHEN a.code = ANY (%(profit)s) THEN o.year_profit ELSE o.year_debit - o.year_credit END
          FROM ledger_openingbalance o JOIN ledger_account a ON a.id = o.account_id
         WHERE o.company_id = %(company)s) r
  JOIN ledger_account a ON a.id = r.account_id
 GROUP BY a.code
"""


def turnovers(
    company_id: int, start: int, ranges: Sequence[tuple[int, int]], profit: list[str], include_unposted: bool
) -> Iterator[tuple[str, tuple[Decimal, ...]]]:
    """(account code, net turnover of each range): debit less credit, without closing vouchers."""
    columns, params = _range_columns(ranges, start)
    params |= {"low": min(first for first, _last in ranges), "high": max(last for _first, last in ranges)}
    unposted = _UNPOSTED.replace("l.account_id, l.dimension_set_id,", "l.account_id,") if include_unposted else ""
    sql = _TURNOVERS.format(columns=", ".join(columns), unposted=unposted)
    for code, *amounts in _rows(sql, {"company": company_id, "profit": profit, **params}):
        yield code, tuple(amounts)


# An inflow shows the effects of its counter lines, an outflow the effects with the sign turned.
_CASH_FLOWS = """
SELECT i.code, {columns}
  FROM (SELECT e.item_id, p.year * 12 + p.number - 1 AS month,
               CASE WHEN i.flow = 'in' THEN e.amount ELSE -e.amount END AS amount, 0 AS year_amount
          FROM ledger_cashflowentry e
          JOIN ledger_period p ON p.id = e.period_id
          JOIN ledger_cashflowitem i ON i.id = e.item_id
          JOIN ledger_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
         WHERE e.company_id = %(company)s AND v.status = ANY (%(statuses)s)
           AND p.year * 12 + p.number - 1 BETWEEN %(low)s AND %(high)s
        UNION ALL
        SELECT item_id, NULL, 0, amount FROM ledger_cashflowopening WHERE company_id = %(company)s) r
  JOIN ledger_cashflowitem i ON i.id = r.item_id
 GROUP BY i.code
"""


def cash_flows(
    company_id: int, start: int, ranges: Sequence[tuple[int, int]], include_unposted: bool
) -> Iterator[tuple[str, tuple[Decimal, ...]]]:
    """(code of the item, amount of each range), positive in the usual case for receipts and payments alike."""
    columns, params = _range_columns(ranges, start)
    params |= {
        "low": min(first for first, _last in ranges),
        "high": max(last for _first, last in ranges),
        "statuses": ["posted", "draft", "reviewed"] if include_unposted else ["posted"],
    }
    for code, *amounts in _rows(_CASH_FLOWS.format(columns=", ".join(columns)), {"company": company_id, **params}):
        yield code, tuple(amounts)


def _range_columns(ranges: Sequence[tuple[int, int]], start: int) -> tuple[list[str], dict[str, Any]]:
    """A sum per range. One that begins with the year in which the company began adds what that year had before."""
    columns: list[str] = []
    params: dict[str, Any] = {}
    year = start // 12 * 12
    for n, (first, last) in enumerate(ranges):
        params |= {f"first{n}": first, f"last{n}": last}
        column = f"coalesce(sum(amount) FILTER (WHERE month BETWEEN %(first{n})s AND %(last{n})s), 0)"
        if first <= year < start <= last:
            column += " + coalesce(sum(year_amount), 0)"
        columns.append(f"{column} AS r{n}")
    return columns, params


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
