"""Vouchers from draft to posted, and what is refused on the way."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.errors import PeriodClosed
from ledger.balances.models import AccountBalance
from ledger.periods.models import Period
from ledger.vouchers import refusals, services
from ledger.vouchers.models import Voucher, VoucherLine, VoucherStatus
from tests.ledger.conftest import DAY

pytestmark = pytest.mark.django_db


def test_numbers_run_without_gap_and_a_deleted_number_is_taken_first(draft, accountant):
    """V02: numbers of one word are continuous."""
    first, second, third = draft(), draft(), draft()
    assert [v.number for v in (first, second, third)] == [1, 2, 3]
    services.delete_draft(second, by=accountant)
    assert draft().number == 2
    assert draft().number == 4


def test_each_period_counts_its_own_numbers(draft):
    assert draft(date=dt.date(2025, 11, 30)).number == 1
    assert draft(date=dt.date(2025, 12, 1)).number == 1


def test_an_unbalanced_voucher_is_refused_with_the_difference(company, accountant, line):
    """V13: debit = credit."""
    with pytest.raises(refusals.VoucherRefused) as refused:
        services.create_voucher(
            company, DAY, None, [line("1001", debit="10.00"), line("100201", credit="9.99")], by=accountant
        )
    assert refused.value.code == "voucher_not_balanced"
    assert refused.value.facts["difference"] == "0.01"
    assert not Voucher.objects.exists()


def test_every_wrong_line_is_named_with_its_row(company, accountant, line):
    lines = [line("1002", debit="5.00"), line("1001", summary=" "), line("100201", credit="5.00")]
    with pytest.raises(refusals.VoucherRefused) as refused:
        services.create_voucher(company, DAY, None, lines, by=accountant)
    assert [(e.code, e.row) for e in refused.value.errors] == [
        ("account_not_postable", 1),
        ("summary_missing", 2),
        ("line_has_one_side", 2),
    ]


def test_a_control_account_is_refused_by_hand(company, accountant, line):
    with pytest.raises(refusals.VoucherRefused) as refused:
        services.create_voucher(
            company, DAY, None, [line("1122", debit="1.00"), line("1001", credit="1.00")], by=accountant
        )
    assert "control_account" in [e.code for e in refused.value.errors]


def test_an_expense_needs_its_department(company, accountant, line):
    lines = [line("560101", debit="1.00"), line("1001", credit="1.00")]
    with pytest.raises(refusals.VoucherRefused) as refused:
        services.create_voucher(company, DAY, None, lines, by=accountant)
    assert refused.value.errors[0].code == "dimension_missing"


def test_nobody_reviews_their_own_voucher(company, draft, accountant, reviewer):
    """V14: preparer and reviewer are two people."""
    mine, theirs = draft(), draft()
    outcome = services.review_many(company.pk, [mine.pk], by=accountant)
    assert outcome.done == [] and outcome.refused[0].error.code == "preparer_is_not_reviewer"
    assert services.review_many(company.pk, [mine.pk, theirs.pk], by=reviewer).done == [mine.pk, theirs.pk]


def test_a_draft_is_not_posted_before_its_review(draft, accountant):
    """V17: posting needs a review."""
    with pytest.raises(refusals.VoucherChanged):
        services.post(draft(), by=accountant)


def test_a_review_can_be_taken_back_until_posting(draft, posted, reviewer):
    voucher = draft()
    services.review(voucher, by=reviewer)
    services.unreview(voucher, by=reviewer)
    voucher.refresh_from_db()
    assert voucher.status == VoucherStatus.DRAFT and voucher.reviewer_name == ""
    with pytest.raises(refusals.VoucherChanged):
        services.unreview(posted(), by=reviewer)


def test_posting_writes_the_turnover_once(posted, account):
    posted("100.00")
    posted("20.00")
    turnover = AccountBalance.objects.get(account=account("1001"))
    assert (turnover.debit, turnover.credit) == (Decimal("120.00"), Decimal(0))


def test_a_reversal_mirrors_the_voucher_in_red_and_balances_return(posted, account, accountant, reviewer):
    wrong = posted("100.00")
    red = services.reverse(wrong, by=accountant, date=dt.date(2025, 12, 9))
    lines = list(VoucherLine.objects.filter(voucher=red).order_by("line_no"))
    assert [(row.debit, row.credit) for row in lines] == [(Decimal("-100.00"), 0), (0, Decimal("-100.00"))]
    assert lines[0].summary == "注销12月5日记-1号凭证"
    assert red.reversal_of == wrong and services.live_reversal(wrong) == red
    services.review(red, by=reviewer)
    services.post(red, by=accountant)
    assert AccountBalance.objects.get(account=account("1001")).debit == 0
    with pytest.raises(refusals.AlreadyReversed):
        services.reverse(wrong, by=accountant, date=DAY)


def test_a_void_draft_keeps_its_number_and_cannot_come_back(draft, reviewer, accountant):
    voucher = services.void(draft(), by=accountant)
    assert draft().number == 2
    outcome = services.review_many(voucher.company_id, [voucher.pk], by=reviewer)
    assert outcome.refused[0].error.code == "voucher_state"


def test_changing_a_draft_into_another_period_frees_its_number(draft, line, accountant):
    voucher = draft()
    lines = [line("1001", debit="7.00"), line("100201", credit="7.00")]
    changed = services.update_draft(
        voucher, date=dt.date(2025, 11, 3), word=None, lines=lines, attachments=2, by=accountant
    )
    assert (changed.number, changed.total, changed.attachments) == (1, Decimal("7.00"), 2)
    assert VoucherLine.objects.filter(voucher=voucher).count() == 2
    assert draft().number == 1


def test_a_closed_period_takes_no_voucher(company, draft):
    Period.objects.filter(company=company, year=2025, number=11).update(status="closed")
    with pytest.raises(PeriodClosed):
        draft(date=dt.date(2025, 11, 20))


def test_with_three_words_the_word_follows_the_cash_line(company, accountant, line):
    company.voucher_words = "three"
    company.save()
    transfer = [line("1001", debit="1.00"), line("100201", credit="1.00")]
    assert services.create_voucher(company, DAY, None, transfer, by=accountant).word == "付"
    with pytest.raises(refusals.VoucherRefused) as refused:
        services.create_voucher(company, DAY, "转", transfer, by=accountant)
    assert refused.value.facts["needed"] == "付"
