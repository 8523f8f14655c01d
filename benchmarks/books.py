"""First, middle and last page of every book of a year at 10⁶ posted lines: the queries that the pages call.

The vouchers are those of ``trial_balance``, in bulk and through the guards of posting, but written month by month, as
books are.
"""

import datetime as dt
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks.trial_balance import _LINES, _POST, _VOUCHERS, CHUNK, LINES_PER_VOUCHER, MONTHS, _parameters
from erp.core.companies.setup import create_company
from ledger.books import reports
from ledger.books.views import BOOKS
from ledger.dimensions.models import DimensionValue

LIMIT_MS = 300
REPEATS = 3
ASK: dict[str, dict[str, str]] = {
    "account_lines": {"account": "1122"},
    "dimension_lines": {"value": "customer:customer7"},
    "cash_journal": {"account": "1122"},
    "quantity_lines": {"account": "1405"},
    "multicolumn": {"account": "5401"},
    "dimension_balances": {"dimension": "item"},
    "dimension_table": {"dimension": "item", "dimension_across": "warehouse"},
    "general_ledger": {"level": "4"},
}


def run(_path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Milliseconds (median) of each book by page, and which of them took longer than ``LIMIT_MS``."""
    company = create_company("books", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 1, 1))
    parameters = _parameters(company)
    vouchers = (20_000 if quick else 1_000_000) // LINES_PER_VOUCHER
    for month in range(MONTHS):
        for first in range(month, vouchers, CHUNK * MONTHS):
            _write_month(parameters | {"first": first, "last": min(first + CHUNK * MONTHS, vouchers) - 1})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    assert DimensionValue.objects.filter(company=company, code="customer7").exists()
    figures: dict[str, Any] = {}
    year = {"from": "2025-01", "to": f"2025-{MONTHS:02d}"}
    params = reports.TRIAL_BALANCE.clean(year)
    figures["books_trial_balance_ms"] = _median(lambda: reports.TRIAL_BALANCE.query(company, params))
    for name, book in BOOKS.items():
        given = book.report.clean({**year, **ASK.get(name, {})})
        if book.part is None:
            figures[f"books_{name}_ms"] = _median(lambda: list(book.report.query(company, given).rows))  # noqa: B023
            continue
        count = book.part(company, given, 0, 1).count
        last = max(count - 1, 0) // book.page_size * book.page_size
        middle = last // book.page_size // 2 * book.page_size
        for place, offset in (("first", 0), ("middle", middle), ("last", last)):
            figures[f"books_{name}_{place}_ms"] = _median(
                lambda: book.part(company, given, offset, book.page_size)  # type: ignore[misc]  # noqa: B023
            )
    figures["books_slower_than_300_ms"] = ", ".join(
        name for name, value in figures.items() if isinstance(value, float) and value > LIMIT_MS
    )
    return figures


def _write_month(parameters: dict[str, Any]) -> None:
    """Every twelfth voucher of the range: all of one month."""
    series = "generate_series(%(first)s::int, %(last)s::int"
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (_VOUCHERS, _LINES, _POST):
            cursor.execute(statement.replace(f"{series})", f"{series}, %(months)s)"), parameters)


def _median(call: Callable[[], Any]) -> float:
    spent = []
    for _time in range(REPEATS):
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(spent), 1)
