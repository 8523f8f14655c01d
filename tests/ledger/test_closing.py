"""Period end: the checklist, what blocks closing, year end, and the job that runs all steps."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from ledger.accounts.models import Account
from ledger.closing import checks, profit, steps, transfers, year_end
from ledger.closing.balances import of_accounts
from ledger.closing.models import PeriodTrace, TransferTemplate
from ledger.closing.refusals import NotYearEnd, ProfitNotTransferred
from ledger.currencies import services as currencies
from ledger.periods import services as periods
from ledger.periods.models import Period
from ledger.posting.models import BusinessEvent
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine
from tests.trading import Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def november(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=11)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


@pytest.fixture
def book(company, accountant, reviewer):
    def make(*lines, date: dt.date = dt.date(2025, 12, 5)) -> Voucher:
        voucher = services.create_voucher(company, date, None, list(lines), by=accountant)
        post(voucher, reviewer, accountant)
        return voucher

    return make


def post(voucher, reviewer, accountant) -> None:
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)


def figures(voucher: Voucher) -> list[tuple[str, Decimal, Decimal]]:
    rows = VoucherLine.objects.filter(company=voucher.company, voucher=voucher).order_by("line_no")
    return [(row.account.code, row.debit, row.credit) for row in rows.select_related("account")]


def item(company, period, code) -> checks.Item:
    return next(one for one in checks.checklist(company, period) if one.check.code == code)


def test_an_empty_past_period_closes_with_a_clean_list(company, november, accountant):
    assert [one.check.code for one in checks.checklist(company, november) if not one.is_fine] == []
    periods.close(november, by=accountant)
    assert Period.objects.get(pk=november.pk).status == "closed"


def test_a_draft_blocks_and_is_named(company, november, draft, accountant):
    """C08: a voucher of the period that is not posted refuses the closing."""
    voucher = draft(date=dt.date(2025, 11, 5))
    with pytest.raises(periods.PeriodNotReady) as refused:
        periods.close(november, by=accountant)
    assert str(voucher) in refused.value.message
    assert refused.value.facts["checks"] == "drafts"
    assert item(company, november, "drafts").finding.url.endswith("status=draft")


def test_a_reviewed_voucher_blocks(company, november, draft, accountant, reviewer):
    """C08."""
    services.review(draft(date=dt.date(2025, 11, 5)), by=reviewer)
    assert item(company, november, "unposted").blocks
    with pytest.raises(periods.PeriodNotReady):
        periods.close(november, by=accountant)


def test_a_pending_event_blocks_and_its_document_is_named():
    """C09: all business of the period is booked before closing."""
    trader = Trader()
    trader.sell(1)
    event = BusinessEvent.objects.filter(company=trader.company, state="pending").first()
    assert event is not None
    period = periods.period_of(trader.company.pk, event.business_date)
    Period.objects.filter(company=trader.company, start__lt=period.start).update(status="closed")
    with pytest.raises(periods.PeriodNotReady) as refused:
        periods.close(period, by=None)
    assert event.document_no in refused.value.message


def test_closing_before_the_periods_end_warns_and_the_trace_keeps_it(company, accountant):
    """C09: no closing ahead of time goes unseen."""
    last = Period.objects.filter(company=company).order_by("-start").first()
    assert last is not None
    Period.objects.filter(company=company, start__lt=last.start).update(status="closed")
    Period.objects.filter(pk=last.pk).update(end=last.end.replace(year=2999))
    last.refresh_from_db()
    found = item(company, last, "date")
    assert not found.is_fine
    assert not found.blocks
    periods.close(last, by=accountant)
    trace = PeriodTrace.objects.get(period=last)
    assert (trace.action, "date" in trace.facts["warnings"]) == ("close", True)


def test_cash_without_its_item_blocks(company, november, book, line, account, accountant):
    Account.objects.create(
        company=company, code="9001", name="无默认项目", account_class="asset", direction="debit", is_leaf=True
    )
    book(line("9001", debit="5.00"), line("100201", credit="5.00"), date=dt.date(2025, 11, 5))
    found = item(company, november, "cash_flow")
    assert found.blocks
    assert "9001" in found.finding.text


def test_cash_in_credit_is_a_warning(company, december, book, line):
    book(line("560304", debit="5.00"), line("1001", credit="5.00"))
    found = item(company, december, "negative_cash")
    assert not found.blocks
    assert found.finding.text == "1001 -5.00"


def test_a_gap_in_the_numbers_is_a_warning(company, december, draft, accountant):
    first, _second = draft(), draft()
    assert item(company, december, "numbers").is_fine
    services.delete_draft(first, by=accountant)
    assert item(company, december, "numbers").finding.count == 1


def test_a_missing_closing_rate_is_named_by_the_list(company, december, book, line):
    currencies.install_usual(company)
    Account.objects.filter(company=company, code="100201").update(currency="*", is_revalued=True)
    foreign = {"currency": "USD", "original_amount": Decimal("1000.00"), "rate": Decimal("7.2")}
    book(line("100201", debit="7200.00", **foreign), line("3001", credit="7200.00"))
    assert "USD" in item(company, december, "revaluation").finding.text
    currencies.set_rate(company, "USD", "closing", dt.date(2025, 12, 31), "7.2")
    assert item(company, december, "revaluation").is_fine


def test_profit_and_loss_warns_in_a_month_and_blocks_the_year(company, november, december, book, line, accountant):
    book(line("1001", debit="9.00"), line("530111", credit="9.00"), date=dt.date(2025, 11, 5))
    assert item(company, november, "profit").state == "pending"
    periods.close(november, by=accountant)
    assert item(company, december, "profit").blocks


def test_profit_posted_after_the_transfer_turns_the_list_red_again(company, december, book, line, accountant, reviewer):
    book(line("1001", debit="9.00"), line("530111", credit="9.00"))
    (voucher,) = profit.transfer(company, december, accountant)
    post(voucher, reviewer, accountant)
    assert item(company, december, "profit").is_fine
    book(line("1001", debit="1.00"), line("530111", credit="1.00"))
    assert not item(company, december, "profit").is_fine


def test_stock_differences_at_year_end_need_a_reason(company, november, december, book, line, accountant):
    """C21: a balance on 1901 lets the year close only with a reason."""
    book(line("190101", debit="8.00"), line("3001", credit="8.00"))
    assert not any(one.check.code == "pending_losses" for one in checks.checklist(company, november))
    periods.close(november, by=accountant)
    with pytest.raises(periods.ReasonNeeded) as refused:
        periods.close(december, by=accountant)
    assert "190101 8.00" in refused.value.message
    periods.close(december, by=accountant, reason="盘亏待董事会批准")
    assert PeriodTrace.objects.filter(period=december, action="close").get().reason == "盘亏待董事会批准"


def test_the_year_ends_with_its_profit_and_appropriations_undistributed(
    company, december, book, line, accountant, reviewer, account
):
    """C10: the next year's opening is this closing; year_profit_transferred and appropriation_cleared."""
    book(line("1001", debit="100000.00"), line("530111", credit="100000.00"))
    with pytest.raises(ProfitNotTransferred):
        year_end.transfer(company, december, accountant)
    (voucher,) = profit.transfer(company, december, accountant)
    post(voucher, reviewer, accountant)
    book(line("310402", debit="10000.00"), line("310101", credit="10000.00"))
    assert item(company, december, "year_end").blocks
    year, appropriations = year_end.transfer(company, december, accountant)
    assert (year.kind, appropriations.kind) == (VoucherKind.CLOSING_YEAR, VoucherKind.CLOSING_YEAR)
    assert figures(year) == [
        ("3103", Decimal("100000.00"), Decimal(0)),
        ("310401", Decimal(0), Decimal("100000.00")),
    ]
    assert figures(appropriations) == [
        ("310402", Decimal(0), Decimal("10000.00")),
        ("310401", Decimal("10000.00"), Decimal(0)),
    ]
    for one in (year, appropriations):
        post(one, reviewer, accountant)
    assert year_end.transfer(company, december, accountant) == []
    january = Period.objects.get(company=company, year=2026, number=1)
    (row,) = of_accounts(january, [account("310401").pk])
    assert row.amount == Decimal("-90000.00")


def test_only_december_has_a_year_end(company, november, accountant):
    with pytest.raises(NotYearEnd):
        year_end.transfer(company, november, accountant)


def test_closing_december_makes_the_next_year(company, accountant):
    Period.objects.filter(company=company, start__year=2026).delete()
    for period in Period.objects.filter(company=company, start__year=2025).order_by("start"):
        periods.close(period, by=accountant)
    assert Period.objects.filter(company=company, year=2026).count() == 12


def test_transfers_that_would_move_something_are_listed(company, december, book, line, accountant):
    book(line("1001", debit="13.00"), line("22210107", credit="13.00"))
    assert item(company, december, "transfers").finding.text.startswith("转出未交增值税")
    transfers.run(company, TransferTemplate.objects.get(company=company, code="vat"), december, accountant)
    assert "转出未交增值税" not in str(item(company, december, "transfers").finding.text)


def test_all_steps_run_in_order_and_stop_where_people_must_act(company, december, book, line, accountant, reviewer):
    book(line("1001", debit="1130.00"), line("530111", credit="1000.00"), line("22210107", credit="130.00"))
    job = _run(company, december, accountant)
    assert job.state == "done"
    assert len(job.outcome["vouchers"]) == 2
    assert "结转" in job.outcome["refused"][0] or "profit" in job.outcome["refused"][0]
    for voucher in Voucher.objects.filter(company=company, kind=VoucherKind.TRANSFER):
        post(voucher, reviewer, accountant)
    again = _run(company, december, accountant)
    assert len(again.outcome["vouchers"]) == 1
    made = Voucher.objects.get(company=company, kind=VoucherKind.CLOSING_PL)
    post(made, reviewer, accountant)
    last = _run(company, december, accountant)
    assert Voucher.objects.get(company=company, kind=VoucherKind.CLOSING_YEAR).total == Decimal("984.40")
    assert last.outcome["refused"] == []


def _run(company, period, by) -> Job:
    job = steps.start_all(company, period, by=by)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job
