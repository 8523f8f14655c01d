"""``verify`` names what somebody changed past the services: cash-flow parts, bank matches, clearings."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from erp.core.companies.models import Company
from erp.core.verify import verify
from ledger.accounts.models import Account
from ledger.bank.models import BankLine, BankMatch, BankMatchItem
from ledger.cash_flow.models import CashFlowEntry
from ledger.clearing.models import Clearing, ClearingItem
from ledger.vouchers.models import Voucher, VoucherLine

DAY = dt.date(2025, 12, 5)


@pytest.fixture
def paid(posted: Callable[..., Voucher]) -> VoucherLine:
    """A posted credit of 100.00 on the bank."""
    return VoucherLine.objects.get(voucher=posted("100.00"), credit=100)


def broken(company: Company) -> dict[str, list[str]]:
    return {result.check.code: list(result.differences) for result in verify(company) if not result.holds}


def test_a_part_beyond_its_line_is_named(company: Company, draft: Callable[..., Voucher], line: Any) -> None:
    voucher = draft("100.00")
    entry_line = VoucherLine.objects.filter(voucher=voucher).first()
    assert broken(company) == {}
    CashFlowEntry.objects.create(
        company=company, voucher=voucher, line=entry_line, period=voucher.period, item=None, amount=Decimal("7.00")
    )
    assert "7.00" in broken(company)["cash_flow_is_effect"][0]


def test_a_match_of_two_sums_is_named(company: Company, paid: VoucherLine) -> None:
    bank = Account.objects.get(pk=paid.account_id)
    match = BankMatch.objects.create(company=company, account=bank)
    theirs = BankLine.objects.create(company=company, account=bank, date=DAY, payment=Decimal("100.00"))
    BankMatchItem.objects.create(company=company, match=match, bank_line=theirs)
    BankMatchItem.objects.create(company=company, match=match, voucher_line=paid)
    assert broken(company) == {}
    BankLine.objects.filter(pk=theirs.pk).update(payment=Decimal("90.00"))
    assert "-90.00" in broken(company)["bank_matches"][0]


def test_a_clearing_that_does_not_sum_to_zero_is_named(company: Company, paid: VoucherLine) -> None:
    clearing = Clearing.objects.create(company=company, account_id=paid.account_id, date=DAY)
    ClearingItem.objects.create(company=company, clearing=clearing, voucher_line=paid, amount=Decimal("-150.00"))
    sentences = broken(company)["clearings"]
    assert len(sentences) == 2 and all("-150.00" in sentence for sentence in sentences)
