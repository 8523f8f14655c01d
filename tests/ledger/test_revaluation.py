"""Revaluation of foreign currency: amounts, sides, rates that are missing, and rates themselves."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.errors import InvalidValue
from ledger.accounts.models import Account
from ledger.closing import revaluation
from ledger.closing.refusals import RateMissing
from ledger.currencies import services as currencies
from ledger.currencies.models import Currency, RateKind
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 12, 31)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


@pytest.fixture
def dollars(company, accountant, reviewer, line):
    """1 000 USD came in at 7.20 as capital."""
    currencies.install_usual(company)
    Account.objects.filter(company=company, code__in=["100201"]).update(currency="*")
    Account.objects.filter(company=company, code="100201").update(is_revalued=True)

    def make(original: str = "1000.00", base: str = "7200.00") -> Voucher:
        foreign = {"currency": "USD", "original_amount": Decimal(original), "rate": Decimal("7.2")}
        lines = [line("100201", debit=base, **foreign), line("3001", credit=base)]
        voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
        services.review(voucher, by=reviewer)
        services.post(voucher, by=accountant)
        return voucher

    return make


def figures(voucher: Voucher) -> list[tuple[str, str, Decimal, Decimal]]:
    rows = VoucherLine.objects.filter(company=voucher.company, voucher=voucher).order_by("line_no")
    return [(row.account.code, row.currency, row.debit, row.credit) for row in rows.select_related("account")]


def test_a_loss_is_charged_and_the_balance_shrinks_in_red_on_its_own_side(company, december, dollars, accountant):
    """exchange_revalued: Dr exchange_loss 35.00, Dr the account −35.00."""
    dollars()
    currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.165")
    (voucher,) = revaluation.revalue(company, december, accountant)
    assert voucher.kind == VoucherKind.REVALUATION
    assert figures(voucher) == [
        ("560303", "CNY", Decimal("35.00"), Decimal(0)),
        ("100201", "USD", Decimal("-35.00"), Decimal(0)),
    ]
    assert VoucherLine.objects.get(voucher=voucher, currency="USD").original_amount == 0


def test_a_gain_goes_to_the_account_of_gains(company, december, dollars, accountant):
    dollars()
    currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.25")
    (voucher,) = revaluation.revalue(company, december, accountant)
    assert figures(voucher) == [
        ("530105", "CNY", Decimal(0), Decimal("50.00")),
        ("100201", "USD", Decimal("50.00"), Decimal(0)),
    ]


def test_after_posting_nothing_is_left_until_the_rate_changes(company, december, dollars, accountant, reviewer):
    dollars()
    currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.25")
    revaluation.revalue(company, december, accountant)
    (voucher,) = revaluation.revalue(company, december, accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    assert revaluation.revalue(company, december, accountant) == []
    currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.26")
    (supplement,) = revaluation.revalue(company, december, accountant)
    assert figures(supplement)[1] == ("100201", "USD", Decimal("10.00"), Decimal(0))


def test_a_missing_closing_rate_is_refused_and_named(company, december, dollars, accountant):
    dollars()
    currencies.set_rate(company, "USD", RateKind.CLOSING, dt.date(2025, 11, 30), "7.10")
    with pytest.raises(RateMissing) as refused:
        revaluation.revalue(company, december, accountant)
    assert "USD" in refused.value.message
    assert "2025-12" in refused.value.message


def test_without_foreign_balances_nothing_is_made(company, december, posted, accountant):
    posted()
    assert revaluation.revalue(company, december, accountant) == []


def test_the_usual_currencies_are_added_once(company):
    assert currencies.install_usual(company) == 5
    assert currencies.install_usual(company) == 0
    assert Currency.objects.get(company=company, code="HKD").name == "港币"


def test_the_base_currency_is_none_of_them(company):
    with pytest.raises(currencies.BaseCurrency):
        currencies.save_currency(company, "CNY", "人民币")


def test_a_booking_rate_counts_from_its_date_on(company):
    currencies.install_usual(company)
    currencies.set_rate(company, "USD", RateKind.BOOKING, dt.date(2025, 12, 1), "7.1")
    currencies.set_rate(company, "USD", RateKind.BOOKING, dt.date(2025, 12, 10), "7.2")
    assert currencies.rate_on(company, "USD", dt.date(2025, 12, 9)) == Decimal("7.1")
    assert currencies.rate_on(company, "USD", dt.date(2025, 12, 31)) == Decimal("7.2")
    assert currencies.rate_on(company, "USD", dt.date(2025, 11, 30)) is None
    assert currencies.rate_on(company, "CNY", dt.date(2025, 11, 30)) == 1


@pytest.mark.parametrize("rate", ["0", "-7", "seven", "NaN"])
def test_a_rate_is_a_number_above_zero(company, rate):
    currencies.install_usual(company)
    with pytest.raises(InvalidValue):
        currencies.set_rate(company, "USD", RateKind.BOOKING, DAY, rate)


def test_the_closing_rate_of_a_closed_period_stays(company, december):
    currencies.install_usual(company)
    row = currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.2")
    Period.objects.filter(pk=december.pk).update(status=PeriodStatus.CLOSED)
    with pytest.raises(currencies.RateIsFixed):
        currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.3")
    with pytest.raises(currencies.RateIsFixed):
        currencies.delete_rate(row)


def test_a_currency_with_rates_is_not_deleted(company):
    currencies.install_usual(company)
    currencies.set_rate(company, "USD", RateKind.CLOSING, DAY, "7.2")
    with pytest.raises(currencies.CurrencyInUse):
        currencies.delete_currency(Currency.objects.get(company=company, code="USD"))
    currencies.delete_currency(Currency.objects.get(company=company, code="GBP"))
