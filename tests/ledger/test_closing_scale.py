"""Period end of a large month: a constant number of statements, whatever the number of lines."""

import datetime as dt
import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.accounts.models import Account
from ledger.closing import profit
from ledger.dimensions.services import ValueRow, ensure_values, type_ids
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.checks import LineInput

pytestmark = pytest.mark.django_db


def book_items(company, accountant, reviewer, count: int) -> None:
    """One voucher with a line of income for each of ``count`` items."""
    values = ensure_values(company.pk, "item", [ValueRow(f"N{number:06d}", f"物料{number}") for number in range(count)])
    item = type_ids(company.pk)["item"]
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    lines = [
        LineInput("销售", accounts["500101"], credit=Decimal("1.00"), dimensions=((item, value),))
        for value in values.values()
    ]
    lines.append(LineInput("销售", accounts["1001"], debit=Decimal(count)))
    voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)


def test_profit_of_many_items_is_cleared_by_as_many_statements_as_of_few(company, accountant, reviewer):
    december = Period.objects.get(company=company, year=2025, number=12)
    counts = []
    for count in (3, 2_000):
        book_items(company, accountant, reviewer, count)
        started = time.perf_counter()
        with CaptureQueriesContext(connection) as asked:
            (voucher,) = profit.transfer(company, december, accountant)
        counts.append(len(asked))
        assert voucher.lines.filter(company=company).count() >= count
        assert time.perf_counter() - started < 10
        services.review(voucher, by=reviewer)
        services.post(voucher, by=accountant)
    assert counts[1] <= counts[0] + 1
