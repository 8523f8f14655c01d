"""Transfer of profit and loss: what is cleared, where to, and when it refuses."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.companies.setup import create_company
from erp.core.errors import PeriodClosed
from ledger.accounts.models import Account
from ledger.closing import profit
from ledger.closing.balances import profit_and_loss
from ledger.closing.models import ClosingRun
from ledger.closing.refusals import RunWaits, VouchersWait
from ledger.dimensions.models import DimensionValue
from ledger.periods.models import Period, PeriodStatus
from ledger.preferences.models import LedgerPreferences
from ledger.preferences.services import preferences_of
from ledger.vouchers import services
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine, VoucherStatus
from ledger.vouchers.refusals import OwnVoucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


@pytest.fixture
def department(company):
    value = DimensionValue.objects.get(company=company, dimension_type__code="department", code="ADMIN")
    return ((value.dimension_type_id, value.pk),)


@pytest.fixture
def book(company, accountant, reviewer):
    """Enter, review and post a voucher of the lines."""

    def make(*lines: LineInput, date: dt.date = dt.date(2025, 12, 5)) -> Voucher:
        voucher = services.create_voucher(company, date, None, list(lines), by=accountant)
        services.review(voucher, by=reviewer)
        services.post(voucher, by=accountant)
        return voucher

    return make


@pytest.fixture
def business(book, line, department):
    """Income 50 000.00, office expense 8 000.00 of a department, bank charges 200.00."""

    def make() -> None:
        book(line("100201", debit="50000.00"), line("530111", credit="50000.00"))
        book(line("560201", debit="8000.00", dimensions=department), line("100201", credit="8000.00"))
        book(line("560304", debit="200.00"), line("100201", credit="200.00"))

    return make


def figures(voucher: Voucher) -> list[tuple[str, Decimal, Decimal]]:
    rows = VoucherLine.objects.filter(company=voucher.company, voucher=voucher).order_by("line_no")
    return [(row.account.code, row.debit, row.credit) for row in rows.select_related("account")]


def post(voucher, reviewer, accountant) -> None:
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)


def test_profit_and_loss_is_cleared_per_dimension_set_to_the_profit_of_the_year(
    company, december, business, accountant, reviewer, department
):
    business()
    (voucher,) = profit.transfer(company, december, accountant)
    assert (voucher.kind, voucher.status, voucher.date) == (VoucherKind.CLOSING_PL, "draft", dt.date(2025, 12, 31))
    assert figures(voucher) == [
        ("530111", Decimal("50000.00"), Decimal(0)),
        ("560201", Decimal(0), Decimal("8000.00")),
        ("560304", Decimal(0), Decimal("200.00")),
        ("3103", Decimal(0), Decimal("41800.00")),
    ]
    wages = VoucherLine.objects.get(voucher=voucher, account__code="560201")
    assert wages.dimension_set.key == f"{department[0][0]}:{department[0][1]}"
    post(voucher, reviewer, accountant)
    assert profit_and_loss(december) == []
    assert profit.transfer(company, december, accountant) == []


def test_the_draft_is_reviewed_by_somebody_else(company, december, business, accountant):
    business()
    (voucher,) = profit.transfer(company, december, accountant)
    with pytest.raises(OwnVoucher):
        services.review(voucher, by=accountant)


def test_a_second_run_replaces_its_draft_and_supplements_what_is_posted(
    company, december, business, book, line, accountant, reviewer
):
    business()
    (first,) = profit.transfer(company, december, accountant)
    (second,) = profit.transfer(company, december, accountant)
    assert second.number == first.number
    assert Voucher.objects.filter(company=company, kind=VoucherKind.CLOSING_PL).count() == 1
    post(second, reviewer, accountant)
    book(line("560304", debit="30.00"), line("100201", credit="30.00"))
    (supplement,) = profit.transfer(company, december, accountant)
    assert figures(supplement) == [("560304", Decimal(0), Decimal("30.00")), ("3103", Decimal("30.00"), Decimal(0))]
    assert ClosingRun.objects.filter(company=company, voucher__isnull=False).count() == 2


def test_a_reviewed_draft_of_an_earlier_run_is_named(company, december, business, accountant, reviewer):
    business()
    (voucher,) = profit.transfer(company, december, accountant)
    services.review(voucher, by=reviewer)
    with pytest.raises(RunWaits) as refused:
        profit.transfer(company, december, accountant)
    assert str(voucher) in refused.value.message


def test_vouchers_that_are_not_posted_are_named(company, december, business, draft, accountant):
    business()
    waiting = draft()
    with pytest.raises(VouchersWait) as refused:
        profit.transfer(company, december, accountant)
    assert str(waiting) in refused.value.message


def test_each_account_gets_its_own_entry_if_the_company_wants_it(company, december, business, accountant):
    preferences_of(company)
    LedgerPreferences.objects.filter(company=company).update(profit_transfer="single")
    business()
    (voucher,) = profit.transfer(company, december, accountant)
    assert [row[0] for row in figures(voucher)] == ["530111", "3103", "560201", "3103", "560304", "3103"]


def test_income_and_expenses_get_two_vouchers_if_the_company_wants_it(company, december, business, accountant):
    preferences_of(company)
    LedgerPreferences.objects.filter(company=company).update(profit_transfer="two")
    business()
    income, expense = profit.transfer(company, december, accountant)
    assert figures(income) == [
        ("530111", Decimal("50000.00"), Decimal(0)),
        ("3103", Decimal(0), Decimal("50000.00")),
    ]
    assert figures(expense)[-1] == ("3103", Decimal("8200.00"), Decimal(0))


def test_income_in_debit_is_cleared_by_its_actual_side(company, december, book, line, accountant):
    book(line("530111", debit="12.00"), line("100201", credit="12.00"))
    (voucher,) = profit.transfer(company, december, accountant)
    assert figures(voucher) == [("530111", Decimal(0), Decimal("12.00")), ("3103", Decimal("12.00"), Decimal(0))]


def test_a_closed_period_takes_no_transfer(company, december, business, accountant):
    business()
    Period.objects.filter(pk=december.pk).update(status=PeriodStatus.CLOSED)
    with pytest.raises(PeriodClosed):
        profit.transfer(company, december, accountant)


def test_prior_year_adjustments_go_to_undistributed_profit(accountant, reviewer):
    """R: 6901 以前年度损益调整 never passes through the profit of this year."""
    company = create_company(
        "kaiyuan", "宁波开源贸易有限公司", first_period=dt.date(2025, 12, 1), standard="enterprise"
    )
    december = Period.objects.get(company=company, year=2025, number=12)
    ids = dict(Account.objects.filter(company=company).values_list("code", "id"))
    lines = [
        LineInput("补提上年折旧", ids["6901"], debit=Decimal("70.00")),
        LineInput("补提上年折旧", ids["100201"], credit=Decimal("70.00")),
    ]
    voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
    post(voucher, reviewer, accountant)
    (made,) = profit.transfer(company, december, accountant)
    assert figures(made) == [("6901", Decimal(0), Decimal("70.00")), ("410401", Decimal("70.00"), Decimal(0))]
    assert made.status == VoucherStatus.DRAFT
