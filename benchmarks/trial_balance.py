"""Trial balance of a year at 10⁵ and 10⁶ posted lines, beside a plain GROUP BY over the lines.

The vouchers are written as drafts, reviewed and posted in bulk, so that guards and turnover work as always.
"""

import datetime as dt
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from ledger.accounts.models import Account
from ledger.books.ranges import period_range
from ledger.books.trial_balance import trial_balance
from ledger.dimensions.services import ValueRow, empty_set_id, ensure_values, intern_sets, type_ids
from ledger.periods.models import Period

LINES_PER_VOUCHER = 5
MONTHS = 12
CUSTOMERS, ITEMS = 300, 1_500
CHUNK = 20_000  # vouchers written by one statement
REPEATS = 15


def run(_path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Milliseconds (median) by number of lines."""
    company = create_company("volume", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 1, 1))
    parameters = _parameters(company)
    figures: dict[str, Any] = {}
    made = 0
    for label, lines in (("1e5", 10_000 if quick else 100_000), ("1e6", 20_000 if quick else 1_000_000)):
        vouchers = lines // LINES_PER_VOUCHER
        while made < vouchers:
            upto = min(made + CHUNK, vouchers)
            _write(parameters | {"first": made, "last": upto - 1})
            made = upto
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ledger_voucherline, ledger_accountbalance")
        last = f"2025-{MONTHS:02d}"
        table = trial_balance(company, period_range(company, last, last))
        assert table.totals["closing_debit"] == table.totals["closing_credit"]
        figures[f"trial_balance_ms_{label}"] = _median(
            lambda last=last: trial_balance(company, period_range(company, last, last))  # type: ignore[misc]
        )
        figures[f"group_by_ms_{label}"] = _median(lambda: _group_by(company))
    figures["trial_balance_growth"] = round(figures["trial_balance_ms_1e6"] / figures["trial_balance_ms_1e5"], 2)
    return figures


def _median(call: Callable[[], Any]) -> float:
    spent = []
    for _time in range(REPEATS):
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(spent), 1)


def _group_by(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT account_id, sum(debit), sum(credit) FROM ledger_voucherline
                WHERE company_id = %s GROUP BY account_id""",
            [company.pk],
        )
        cursor.fetchall()


def _parameters(company: Company) -> dict[str, Any]:
    types = type_ids(company.pk)
    sets = {}
    for code, count in (("customer", CUSTOMERS), ("item", ITEMS)):
        values = ensure_values(company.pk, code, [ValueRow(f"{code}{n}", f"{code} {n}") for n in range(count)])
        sets[code] = list(intern_sets(company.pk, [((types[code], value),) for value in values.values()]).values())
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    return {
        "company": company.pk,
        "months": MONTHS,
        "periods": list(Period.objects.filter(company=company).order_by("start").values_list("id", flat=True)[:MONTHS]),
        "customers": sets["customer"],
        "items": sets["item"],
        "none": empty_set_id(company.pk),
        **{name: accounts[code] for name, code in _ACCOUNTS.items()},
    }


_ACCOUNTS = {"receivable": "1122", "revenue": "500101", "vat": "22210107", "cogs": "540101", "stock": "1405"}

# Voucher n stands in month n mod 12 with number n div 12 + 1; every customer and item meets every month.
_VOUCHERS = """
    INSERT INTO ledger_voucher (company_id, period_id, word, number, date, status, kind, attachments, total,
           preparer_name, reviewer_name, poster_name, cashier_name, created_at, reviewed_at)
    SELECT %(company)s, p.id, '记', n / %(months)s + 1, p.start + (n %% 28)::int, 'reviewed', 'manual', 0,
           a.net + a.tax + a.cost, '制单', '审核', '', '', now(), now()
      FROM generate_series(%(first)s::int, %(last)s::int) AS n
      JOIN ledger_period p ON p.id = (%(periods)s::bigint[])[n %% %(months)s + 1]
     CROSS JOIN LATERAL (SELECT 100.37 + n %% 900 AS net, round((100.37 + n %% 900) * 0.13, 2) AS tax,
                                round((100.37 + n %% 900) * 0.6, 2) AS cost) a
     ORDER BY n
"""
_LINES = """
    INSERT INTO ledger_voucherline (company_id, voucher_id, period_id, line_no, summary, account_id, dimension_set_id,
           debit, credit, currency, quantity)
    SELECT v.company_id, v.id, v.period_id, l.line_no, '销售', l.account_id, l.set_id, l.debit, l.credit, 'CNY', l.qty
      FROM generate_series(%(first)s::int, %(last)s::int) AS n
      JOIN ledger_voucher v ON v.company_id = %(company)s AND v.word = '记' AND v.number = n / %(months)s + 1
       AND v.period_id = (%(periods)s::bigint[])[n %% %(months)s + 1]
     CROSS JOIN LATERAL (SELECT 100.37 + n %% 900 AS net, round((100.37 + n %% 900) * 0.13, 2) AS tax,
                                round((100.37 + n %% 900) * 0.6, 2) AS cost) a
     CROSS JOIN LATERAL (VALUES
           (1, %(receivable)s::bigint,
            (%(customers)s::bigint[])[n / %(months)s %% cardinality(%(customers)s::bigint[]) + 1],
            a.net + a.tax, 0::numeric, NULL::numeric),
           (2, %(revenue)s, %(none)s, 0, a.net, NULL),
           (3, %(vat)s, %(none)s, 0, a.tax, NULL),
           (4, %(cogs)s, %(none)s, a.cost, 0, NULL),
           (5, %(stock)s, (%(items)s::bigint[])[n / %(months)s %% cardinality(%(items)s::bigint[]) + 1], 0, a.cost,
            3)) AS l(line_no, account_id, set_id, debit, credit, qty)
     ORDER BY n, l.line_no
"""
_POST = """
    UPDATE ledger_voucher SET status = 'posted', posted_at = now()
     WHERE company_id = %(company)s AND status = 'reviewed'
"""


def _write(parameters: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (_VOUCHERS, _LINES, _POST):
            cursor.execute(statement, parameters)
