"""A company with its chart and periods, people with roles, and vouchers of two lines."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.vouchers import services
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import Voucher

DAY = dt.date(2025, 12, 5)


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """A page opened in English by one test leaves its language to the next otherwise."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def company(db: Any) -> Company:
    return create_company("books", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 11, 1))


def _user(company: Company, name: str, *roles: Role) -> User:
    user = User.objects.create_user(username=name, password="not-a-secret", display_name=name)
    Membership.objects.bulk_create([Membership(company=company, user=user, role=role) for role in roles])
    return user


@pytest.fixture
def accountant(company: Company) -> User:
    return _user(company, "王会计", Role.ACCOUNTANT)


@pytest.fixture
def reviewer(company: Company) -> User:
    return _user(company, "李审核", Role.REVIEWER)


@pytest.fixture
def auditor(company: Company) -> User:
    return _user(company, "张审计", Role.AUDITOR)


@pytest.fixture
def account(company: Company) -> Callable[[str], Account]:
    return lambda code: Account.objects.get(company=company, code=code)


@pytest.fixture
def line(account: Callable[[str], Account]) -> Callable[..., LineInput]:
    """``line("1001", debit="5.00")``."""

    def make(code: str, *, debit: str = "0", credit: str = "0", summary: str = "提取备用金", **more: Any) -> LineInput:
        return LineInput(summary, account(code).pk, Decimal(debit), Decimal(credit), **more)

    return make


@pytest.fixture
def draft(company: Company, accountant: User, line: Callable[..., LineInput]) -> Callable[..., Voucher]:
    """A draft that takes cash from the bank: ``draft("100.00", date)``."""

    def make(amount: str = "100.00", date: dt.date = DAY, by: User = accountant) -> Voucher:
        lines = [line("1001", debit=amount), line("100201", credit=amount)]
        return services.create_voucher(company, date, None, lines, by=by)

    return make


@pytest.fixture
def posted(draft: Callable[..., Voucher], accountant: User, reviewer: User) -> Callable[..., Voucher]:
    """The same, reviewed and posted."""

    def make(amount: str = "100.00", date: dt.date = DAY) -> Voucher:
        voucher = draft(amount, date)
        services.review(voucher, by=reviewer)
        services.post(voucher, by=accountant)
        voucher.refresh_from_db()
        return voucher

    return make
