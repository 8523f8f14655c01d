"""A month of 100,000 vouchers (400,000 lines): entered in bulk, reviewed, posted, sealed, profit transferred, closed.

Each step is the service that pages and API call; the yardstick is a raw COPY of the very same lines.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.posting import COLUMNS
from erp.core.access.permissions import Role
from erp.core.access.services import grant
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.money import ZERO
from erp.core.users.models import User
from erp.core.verify import verify
from ledger.accounts.models import Account, AccountDimension
from ledger.closing.profit import transfer
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.periods.models import Period
from ledger.periods.services import close
from ledger.vouchers.batches import post_period, review_period
from ledger.vouchers.checks import LineInput
from ledger.vouchers.creation import NewVoucher, create_many
from ledger.vouchers.seals.services import seal

VOUCHERS, QUICK, CHUNK = 100_000, 2_000, 5_000
VALUES = 200  # of each dimension


def run(_path: Path | None, *, quick: bool, vouchers: int = VOUCHERS) -> dict[str, Any]:
    """Seconds of each step and together, and review and posting as a multiple of the raw COPY of their lines."""
    count = QUICK if quick else vouchers
    company = create_company("month", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 1, 1))
    accountant, reviewer = _user(company, "制单", Role.ACCOUNTANT), _user(company, "审核", Role.REVIEWER)
    period = Period.objects.get(company=company, year=2025, number=1)
    spent: dict[str, float] = {}

    def measure(step: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        spent[step] = round(time.perf_counter() - started, 2)
        return result

    entries = list(_entries(company, count))
    measure("enter", lambda: [create_many(company, chunk, by=accountant) for chunk in _chunks(entries)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_voucher, ledger_voucherline")
    copied = _raw_copy(company)
    assert measure("review", lambda: review_period(company.pk, period.pk, by=reviewer)).done == count
    assert measure("post", lambda: post_period(company.pk, period.pk, by=accountant)).done == count
    assert measure("seal", lambda: seal(company.pk)) == count

    def profit() -> None:
        transfer(company, period, accountant)
        review_period(company.pk, period.pk, by=reviewer)
        post_period(company.pk, period.pk, by=accountant)

    measure("transfer", profit)
    measure("close", lambda: close(period, by=reviewer, reason="月末结账"))
    started = time.perf_counter()
    assert not [result for result in verify(company) if result.differences], "the month does not verify"
    verified = round(time.perf_counter() - started, 2)
    batch = sum(seconds for step, seconds in spent.items() if step != "enter")
    return {
        "month_vouchers": count,
        **{f"month_{step}_seconds": seconds for step, seconds in spent.items()},
        "month_review_to_close_seconds": round(batch, 2),
        "month_verify_seconds": verified,
        "month_raw_copy_seconds": round(copied, 2),
        "month_review_and_post_per_copy": round((spent["review"] + spent["post"]) / copied, 2),
    }


def _user(company: Company, name: str, role: Role) -> User:
    user = User.objects.create_user(username=name, display_name=name)
    grant(company, user, role)
    return user


def _chunks(entries: list[NewVoucher]) -> Iterator[list[NewVoucher]]:
    for first in range(0, len(entries), CHUNK):
        yield entries[first : first + CHUNK]


def _entries(company: Company, count: int) -> Iterator[NewVoucher]:
    """Cash sales and expenses paid by bank, over several accounts and hundreds of dimension values."""
    cash, bank = _leaves(company, "1001")[:1], _leaves(company, "1002")[:1]
    revenue, expense = _leaves(company, "5001"), _leaves(company, "5602")
    for n in range(count):
        sold, paid = Decimal(n % 9_000 + 100), Decimal(n % 700 + 10)
        lines = [
            _line(cash, n, "零售", debit=sold),
            _line(revenue, n, "零售", credit=sold),
            _line(expense, n, "支付费用", debit=paid),
            _line(bank, n, "支付费用", credit=paid),
        ]
        yield NewVoucher(dt.date(2025, 1, n % 31 + 1), lines)


Leaf = tuple[int, list[list[tuple[int, int]]]]


def _line(leaves: list[Leaf], n: int, summary: str, *, debit: Decimal = ZERO, credit: Decimal = ZERO) -> LineInput:
    account, dimensions = leaves[n % len(leaves)]
    pairs = tuple(values[n % VALUES] for values in dimensions)
    return LineInput(summary, account, debit, credit, dimensions=pairs)


def _leaves(company: Company, prefix: str) -> list[Leaf]:
    """Leaf accounts that people may post to, with values for the dimensions that they require."""
    rows = AccountDimension.objects.filter(company=company, is_required=True).select_related("dimension_type")
    needed: dict[int, list[list[tuple[int, int]]]] = {}
    for row in rows:
        code, type_id = row.dimension_type.code, row.dimension_type_id
        values = ensure_values(company.pk, code, [ValueRow(f"{code}{n}", f"{code} {n}") for n in range(VALUES)])
        needed.setdefault(row.account_id, []).append([(type_id, value) for value in list(values.values())[:VALUES]])
    accounts = Account.objects.filter(company=company, code__startswith=prefix, is_leaf=True, is_control=False)
    return [(account.pk, needed.get(account.pk, [])) for account in accounts.order_by("code") if not account.currency]


def _raw_copy(company: Company) -> float:
    """Seconds of COPY of the month's lines into a table like theirs: the better of two."""
    query = f"SELECT {COLUMNS} FROM ledger_voucherline WHERE company_id = {company.pk} ORDER BY id"
    best = float("inf")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            blocks = [bytes(block) for block in copy]
        for _turn in range(2):
            cursor.execute("CREATE TABLE bench_copy (LIKE ledger_voucherline INCLUDING ALL)")
            started = time.perf_counter()
            with cursor.copy(f"COPY bench_copy ({COLUMNS}) FROM STDIN") as copy:
                for block in blocks:
                    copy.write(block)
            best = min(best, time.perf_counter() - started)
            cursor.execute("DROP TABLE bench_copy")
    return best
