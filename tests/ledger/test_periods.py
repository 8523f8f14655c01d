"""Closing and reopening: order, permission, reason and the trace that both leave."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from erp.core.errors import NotPermitted, PeriodClosed
from ledger.closing.models import PeriodTrace
from ledger.periods import services
from ledger.periods.models import Period
from ledger.statements.models import StatementSnapshot
from ledger.vouchers import services as vouchers
from ledger.vouchers.models import Voucher
from ledger.vouchers.seals.models import VoucherSeal

pytestmark = pytest.mark.django_db


@pytest.fixture
def november(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=11)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


def traces(period: Period) -> list[tuple[str, str, str]]:
    rows = PeriodTrace.objects.filter(period=period).order_by("id")
    return [(row.action, row.user_name, row.reason) for row in rows]


def test_periods_close_in_order(december, accountant):
    with pytest.raises(services.EarlierPeriodOpen):
        services.close(december, by=accountant)
    assert traces(december) == [("close_refused", "王会计", "")]


def test_closing_and_reopening_leave_who_when_and_why(november, accountant, reviewer):
    """C11: reopening has its own permission, a reason and a log."""
    services.close(november, by=accountant)
    services.reopen(november, by=reviewer, reason="补记十一月电费")
    services.close(november, by=accountant)
    assert traces(november) == [
        ("close", "王会计", ""),
        ("reopen", "李审核", "补记十一月电费"),
        ("close", "王会计", ""),
    ]


def test_reopening_without_permission_is_refused_and_traced(november, accountant):
    """C11."""
    services.close(november, by=accountant)
    with pytest.raises(NotPermitted):
        services.reopen(november, by=accountant, reason="想改一下")
    november.refresh_from_db()
    assert november.status == "closed"
    assert traces(november)[-1] == ("reopen_refused", "王会计", "想改一下")


def test_reopening_needs_a_reason(november, accountant, reviewer):
    """C11."""
    services.close(november, by=accountant)
    with pytest.raises(services.ReopenReason):
        services.reopen(november, by=reviewer, reason="  ")
    assert traces(november)[-1][0] == "reopen_refused"


def test_periods_reopen_from_the_last_backwards(november, december, accountant, reviewer):
    services.close(november, by=accountant)
    services.close(december, by=accountant)
    with pytest.raises(services.LaterPeriodClosed):
        services.reopen(november, by=reviewer, reason="补记")
    services.reopen(december, by=reviewer, reason="补记")
    services.reopen(november, by=reviewer, reason="补记")


def test_an_open_period_is_not_reopened(november, reviewer):
    with pytest.raises(services.PeriodNotClosed):
        services.reopen(november, by=reviewer, reason="补记")


def test_a_closed_period_is_not_closed_again(november, accountant):
    services.close(november, by=accountant)
    with pytest.raises(PeriodClosed):
        services.close(november, by=accountant)


def test_what_was_posted_stays_immutable_in_a_reopened_period(november, posted, draft, accountant, reviewer):
    """C11: posted vouchers stay as they are; what is new is posted beside them."""
    voucher = posted(date=dt.date(2025, 11, 5))
    services.close(november, by=accountant)
    with pytest.raises(PeriodClosed):
        draft(date=dt.date(2025, 11, 6))
    services.reopen(november, by=reviewer, reason="补记")
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(attachments=9)
    late = draft(date=dt.date(2025, 11, 6))
    vouchers.review(late, by=reviewer)
    vouchers.post(late, by=accountant)
    services.close(november, by=accountant)


def test_the_trace_never_changes(november, accountant):
    services.close(november, by=accountant)
    for change in (
        lambda: PeriodTrace.objects.update(reason="改了"),
        lambda: PeriodTrace.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_year_begins_in_january(company):
    """C05: the fiscal year is the calendar year; periods are its months."""
    services.ensure_year(company, 2028)
    rows = Period.objects.filter(company=company, year=2028).order_by("number")
    assert [(row.start.month, row.number) for row in rows] == [(month, month) for month in range(1, 13)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Period.objects.create(
            company=company, year=2029, number=13, start=dt.date(2029, 12, 31), end=dt.date(2029, 12, 31)
        )


def test_closing_issues_statements_and_reopening_supersedes_them(company, november, posted, accountant, reviewer):
    """C11: statements already issued are marked superseded and kept."""
    posted(date=dt.date(2025, 11, 5))
    services.close(november, by=accountant)
    issued = StatementSnapshot.objects.filter(company=company, period=november)
    first = set(issued.values_list("id", flat=True))
    assert first
    assert not issued.exclude(superseded_at=None).exists()
    services.reopen(november, by=reviewer, reason="补记")
    assert not issued.filter(superseded_at=None).exists()
    services.close(november, by=accountant)
    assert set(issued.exclude(superseded_at=None).values_list("id", flat=True)) == first
    assert issued.filter(superseded_at=None).count() == len(first)


def test_closing_seals_what_was_posted(company, november, posted, accountant):
    voucher = posted(date=dt.date(2025, 11, 5))
    services.close(november, by=accountant)
    assert VoucherSeal.objects.get(company=company, voucher_id=voucher.pk).block_id is not None
