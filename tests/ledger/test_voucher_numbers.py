"""Numbers under concurrency: no gap and no double, whoever saves, deletes or gives up at the same time (V02)."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from ledger.vouchers import services
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import FreeVoucherNumber, Voucher
from tests.ledger.conftest import DAY


@pytest.mark.django_db(transaction=True)
def test_fifty_saves_at_once_leave_no_gap_and_no_double(company, accountant, account):
    """V02: also under concurrency."""
    lines = [
        LineInput("提取备用金", account("1001").pk, debit=Decimal("1.00")),
        LineInput("提取备用金", account("100201").pk, credit=Decimal("1.00")),
    ]
    errors: list[BaseException] = []

    def save() -> None:
        try:
            for turn in range(10):
                voucher = services.create_voucher(company, DAY, None, lines, by=accountant)
                if turn == 4:
                    services.delete_draft(voucher, by=accountant)
                try:
                    with transaction.atomic():
                        services.create_voucher(company, dt.date(2025, 12, 6), None, lines, by=accountant)
                        raise RuntimeError("gave up")
                except RuntimeError:
                    pass
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save) for _number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    used = set(Voucher.objects.filter(company=company).values_list("number", flat=True))
    free = set(FreeVoucherNumber.objects.filter(company=company).values_list("number", flat=True))
    assert len(used) == 45 and not used & free
    assert used | free == set(range(1, len(used) + len(free) + 1))
