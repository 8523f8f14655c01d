"""Trial balance and account lines, on figures that can be added up by hand."""

import datetime as dt
from decimal import Decimal as D

import pytest
from django.utils import translation

from ledger.balances.models import OpeningBalance
from ledger.books.account_lines import account_lines
from ledger.books.ranges import BadRange, UnknownPeriod, period_range
from ledger.books.trial_balance import trial_balance
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.dimensions.services import empty_set_id
from ledger.vouchers import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(company, account, line, accountant, reviewer, posted):
    """Opening 1,000 cash against capital; November: 100 to cash; December: 30 to cash, 12 of it spent on travel."""
    empty = empty_set_id(company.pk)
    OpeningBalance.objects.create(
        company=company, account=account("1001"), dimension_set_id=empty, currency="CNY", debit=D("1000.00")
    )
    OpeningBalance.objects.create(
        company=company, account=account("3001"), dimension_set_id=empty, currency="CNY", credit=D("1000.00")
    )
    posted("100.00", dt.date(2025, 11, 10))
    posted("30.00", dt.date(2025, 12, 10))
    department = DimensionType.objects.get(company=company, code="department")
    sales = DimensionValue.objects.get(company=company, dimension_type=department, code="SALES")
    spent = [
        line("560101", debit="12.00", dimensions=((department.pk, sales.pk),), summary="差旅"),
        line("1001", credit="12.00", summary="差旅"),
    ]
    voucher = services.create_voucher(company, dt.date(2025, 12, 11), None, spent, by=accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    return company


def row_of(table, code, value=""):
    return next(
        row for row in table.rows if row.code == code and row.value.startswith(value) and bool(value) == row.is_value
    )


def test_opening_turnover_year_and_closing_of_a_month(books):
    table = trial_balance(books, period_range(books, "2025-12"))
    cash = row_of(table, "1001")
    assert (cash.opening_debit, cash.debit, cash.credit) == (D("1100.00"), D("30.00"), D("12.00"))
    assert (cash.year_debit, cash.year_credit, cash.closing_debit) == (D("130.00"), D("12.00"), D("1118.00"))
    bank = row_of(table, "1002")
    assert (bank.opening_credit, bank.credit, bank.closing_credit) == (D("100.00"), D("30.00"), D("130.00"))
    assert bank.is_on_wrong_side and not cash.is_on_wrong_side


def test_parents_are_the_sum_of_their_leaves_and_totals_add_level_one_only(books):
    table = trial_balance(books, period_range(books, "2025-11", "2025-12"))
    assert row_of(table, "5601").debit == row_of(table, "560101").debit == D("12.00")
    assert table.totals["debit"] == table.totals["credit"] == D("142.00")
    assert table.totals["opening_debit"] == table.totals["opening_credit"] == D("1000.00")
    assert all(check.holds for check in table.checks)
    assert {row.level for row in trial_balance(books, period_range(books, "2025-12"), level=1).rows} == {1}


def test_accounts_without_any_figure_are_hidden_unless_asked_for(books):
    periods = period_range(books, "2025-12")
    assert "1402" not in {row.code for row in trial_balance(books, periods).rows}
    assert "1402" in {row.code for row in trial_balance(books, periods, hide_empty=False).rows}
    only_cash = trial_balance(books, periods, code_from="1001", code_to="1002")
    assert {row.code for row in only_cash.rows} == {"1001", "1002", "100201"}


def test_a_dimension_unfolds_below_the_accounts_that_have_it(books):
    department = DimensionType.objects.get(company=books, code="department")
    table = trial_balance(books, period_range(books, "2025-12"), dimension=department)
    assert row_of(table, "560101", "SALES").debit == D("12.00")
    assert table.totals["debit"] == D("42.00")


def test_unposted_vouchers_do_not_count(books, draft):
    draft("999.00")
    assert trial_balance(books, period_range(books, "2025-12")).totals["debit"] == D("42.00")


def test_the_running_balance_follows_every_line_and_ends_in_the_trial_balance(books, account):
    book = account_lines(books, account("1001"), period_range(books, "2025-11", "2025-12"))
    assert book.opening == D("1000.00")
    assert [(row.debit, row.credit, row.balance) for row in book.lines] == [
        (D("100.00"), 0, D("1100.00")),
        (D("30.00"), 0, D("1130.00")),
        (0, D("12.00"), D("1118.00")),
    ]
    assert [row.is_last_of_period for row in book.lines] == [True, False, True]
    december = list(book.totals.values())[-1]
    assert (december.debit, december.credit, december.year_debit, december.balance) == (
        D("30.00"),
        D("12.00"),
        D("130.00"),
        D("1118.00"),
    )
    assert book.lines[0].counter == "100201 基本存款户"


def test_a_page_of_the_book_keeps_the_balance_of_the_whole(books, account):
    book = account_lines(books, account("1001"), period_range(books, "2025-11", "2025-12"), offset=2, limit=5)
    assert [row.balance for row in book.lines] == [D("1118.00")] and book.count == 3


def test_a_parent_shows_the_lines_of_its_sub_accounts_and_a_value_keeps_its_own(books, account):
    periods = period_range(books, "2025-12")
    assert len(account_lines(books, account("5601"), periods).lines) == 1
    sales = DimensionValue.objects.get(company=books, code="SALES")
    finance = DimensionValue.objects.get(company=books, code="FIN")
    assert account_lines(books, account("5601"), periods, value=sales).closing == D("12.00")
    assert account_lines(books, account("5601"), periods, value=finance).closing == 0


def test_names_follow_the_language(books):
    with translation.override("en"):
        assert row_of(trial_balance(books, period_range(books, "2025-12")), "1001").name == "Cash on hand"


def test_a_wrong_range_is_refused_with_its_cure(books):
    with pytest.raises(UnknownPeriod):
        period_range(books, "2031-13")
    with pytest.raises(BadRange):
        period_range(books, "2025-12", "2025-11")
