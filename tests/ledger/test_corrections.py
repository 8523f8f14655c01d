"""Corrections of posted vouchers: red and blue, the difference, and former years in blue only."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from ledger.accounts.models import Account
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import corrections, services
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine
from ledger.vouchers.refusals import FormerYear, VoucherRefused
from tests.ledger.test_pages import browser, grid, text

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 12, 20)


@pytest.fixture
def of_last_year(company, posted) -> Voucher:
    """A voucher of December 2025 whose year is closed."""
    voucher = posted("100.00", dt.date(2025, 12, 5))
    Period.objects.filter(company=company, year=2025).update(status=PeriodStatus.CLOSED)
    return voucher


def balance(company, code: str) -> Decimal:
    rows = VoucherLine.objects.filter(company=company, account__code=code).values_list("debit", "credit")
    return sum((debit - credit for debit, credit in rows), Decimal(0))


def test_a_wrong_account_is_corrected_by_a_red_and_a_blue_voucher(company, accountant, posted, line):
    """V06: red mirrors the wrong voucher, blue says what is right, both name its day and number."""
    wrong = posted("100.00", dt.date(2025, 12, 5))
    lines = [line("1001", debit="100", summary="")]
    other = Account.objects.filter(
        company=company, is_leaf=True, is_control=False, dimensions=None, cash_kind="", currency=""
    ).first()
    lines.append(line(other.code, credit="100", summary=""))
    red, blue = corrections.correct_account(wrong, lines, by=accountant, date=DAY)
    assert (red.kind, red.reversal_of, blue.kind, blue.corrects) == ("reversal", wrong, "correction", wrong)
    assert {row.summary for row in red.lines.all()} == {"注销12月5日记-1号凭证"}
    assert {row.summary for row in blue.lines.all()} == {"订正12月5日记-1号凭证"}
    assert balance(company, "1001") == 100 and balance(company, "100201") == 0


def test_the_form_of_the_blue_voucher_makes_the_red_one_with_it(company, accountant, posted, account):
    """V06: one form, both drafts, linked."""
    wrong = posted("100.00", dt.date(2025, 12, 5))
    client = browser(accountant)
    address = f"{reverse('voucher_create')}?correct={wrong.pk}&red=1"
    assert text(client.get(address)).count("订正12月5日记-1号凭证") >= 2
    rows = [
        {"summary": "订正", "account": account("1001").pk, "account_text": "1001", "debit": "90"},
        {"summary": "订正", "account": account("100201").pk, "account_text": "100201", "credit": "90"},
    ]
    given = {"date": "2025-12-20", "word": "记", "attachments": "0", "entry_token": "t1", **grid(rows)}
    blue = client.post(address, given)
    assert client.post(address, given)["Location"] == blue["Location"]
    kinds = list(Voucher.objects.filter(company=company).order_by("id").values_list("kind", flat=True))
    assert kinds == [VoucherKind.MANUAL, VoucherKind.REVERSAL, VoucherKind.CORRECTION]
    assert blue["Location"] in text(client.get(reverse("voucher_detail", args=[wrong.pk])))
    assert reverse("voucher_detail", args=[wrong.pk]) in text(client.get(blue["Location"]))


def test_wrong_lines_of_the_blue_voucher_leave_no_red_one(company, accountant, posted, line):
    """V06: both or none."""
    wrong = posted("100.00")
    with pytest.raises(VoucherRefused):
        corrections.correct_account(wrong, [line("1001", debit="5")], by=accountant, date=DAY)
    assert Voucher.objects.filter(company=company).count() == 1


def test_only_a_wrong_amount_is_corrected_by_the_difference_and_a_decrease_is_red(company, accountant, posted):
    """V06: difference voucher."""
    wrong = posted("100.00", dt.date(2025, 12, 5))
    less = corrections.correct_amounts(wrong, {1: Decimal(80), 2: Decimal(80)}, by=accountant, date=DAY)
    rows = list(less.lines.order_by("line_no").values_list("debit", "credit", "summary"))
    assert rows == [(-20, 0, "订正12月5日记-1号凭证"), (0, -20, "订正12月5日记-1号凭证")]
    assert balance(company, "1001") == 80
    response = browser(accountant).post(
        reverse("voucher_correct", args=[wrong.pk]), {"date": "2025-12-20", "right-1": "130.00", "right-2": "130"}
    )
    more = Voucher.objects.latest("id")
    assert response["Location"] == reverse("voucher_detail", args=[more.pk])
    assert (str(more.total), more.corrects) == ("30.00", wrong)
    with pytest.raises(corrections.NothingDiffers):
        corrections.correct_amounts(wrong, {1: Decimal(100), 2: Decimal(100)}, by=accountant, date=DAY)
    with pytest.raises(VoucherRefused):
        corrections.correct_amounts(wrong, {1: Decimal(80), 2: Decimal(100)}, by=accountant, date=DAY)


def test_a_voucher_of_a_closed_former_year_is_not_reversed_but_corrected_in_blue(
    company, accountant, of_last_year, line
):
    """V07: red is refused with the reason, blue is offered and linked."""
    day = dt.date(2026, 1, 10)
    with pytest.raises(FormerYear) as refused:
        services.reverse(of_last_year, by=accountant, date=day)
    assert "2025" in refused.value.message
    with pytest.raises(FormerYear):
        corrections.correct_amounts(of_last_year, {1: Decimal(1), 2: Decimal(1)}, by=accountant, date=day)
    client = browser(accountant)
    page = text(client.get(reverse("voucher_correct", args=[of_last_year.pk])))
    assert f"?correct={of_last_year.pk}&amp;red=1" not in page and f"?correct={of_last_year.pk}" in page
    assert "订正2025年12月5日记-1号凭证" in page and "right-1" not in page
    lines = [line("1001", debit="5"), line("100201", credit="5")]
    blue = corrections.correct_in_blue(of_last_year, lines, by=accountant, date=day)
    assert (blue.corrects, blue.kind, blue.period.year) == (of_last_year, "correction", 2026)
