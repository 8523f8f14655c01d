"""What the tests of the books share: posted vouchers of any lines, opening balances, values, and asking a report."""

import pytest
from django.test import Client

from erp.core.reports import find
from ledger.balances.models import OpeningBalance
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.dimensions.services import empty_set_id
from ledger.vouchers import services
from ledger.vouchers.models import VoucherKind


@pytest.fixture
def value(company):
    def make(kind, code, name="", parent=None):
        dimension = DimensionType.objects.get(company=company, code=kind)
        found, _made = DimensionValue.objects.get_or_create(
            company=company, dimension_type=dimension, code=code, defaults={"name": name or code, "parent": parent}
        )
        return dimension.pk, found.pk

    return make


@pytest.fixture
def book(company, accountant, reviewer):
    """``book(day, lines)``: a posted voucher; ``posted=False`` leaves it a draft."""

    def make(day, lines, *, posted=True, kind=VoucherKind.MANUAL, **header):
        voucher = services.create_voucher(company, day, None, lines, by=None, kind=kind, **header)
        if posted:
            services.review(voucher, by=reviewer)
            services.post(voucher, by=accountant)
            voucher.refresh_from_db()
        return voucher

    return make


@pytest.fixture
def opening(company, account):
    def make(code, **amounts):
        return OpeningBalance.objects.create(
            company=company, account=account(code), dimension_set_id=empty_set_id(company.pk), currency="CNY", **amounts
        )

    return make


def report(company, name, **params):
    found = find(name)
    result = found.query(company, found.clean(params))
    result.rows = list(result.rows)
    return result


def reader(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client
