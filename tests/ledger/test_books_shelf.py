"""Every book against vouchers that were made by hand: sums, signs, order, and the words that the law wants."""

# ruff: noqa: F811
import datetime as dt
from decimal import Decimal as D

import pytest

from erp.core.reports import find
from ledger.books import line_books
from ledger.books.account_lines import account_lines
from ledger.books.journal import journal_part
from ledger.books.ranges import period_range
from ledger.books.rows import book_rows
from ledger.books.trial_balance import trial_balance
from ledger.vouchers.models import Voucher
from tests.ledger.books_kit import book, opening, report  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


# --- account lines ----------------------------------------------------------------------------------------------


def test_a_balance_of_zero_stands_level_and_red_amounts_stay_on_their_side(company, book, line, account):
    """C12: zero shows 平. B60: a red debit lowers the debits."""
    book(dt.date(2025, 12, 1), [line("1001", debit="50.00"), line("100201", credit="50.00")])
    book(dt.date(2025, 12, 2), [line("1001", debit="-50.00"), line("100201", credit="-50.00")])
    found = account_lines(company, account("1001"), period_range(company, "2025-12"))
    rows = [row for row in book_rows(found) if row.kind == "line"]
    assert [(row.debit, row.side, row.balance) for row in rows] == [
        (D("50.00"), "借", D("50.00")),
        (D("-50.00"), "平", D("0.00")),
    ]
    total = next(row for row in book_rows(found) if row.kind == "period")
    assert (total.debit, total.credit) == (0, 0)


def test_january_begins_with_what_december_left(company, book, line, account):
    """C10: December → January, first row 上年结转; the year's sums begin anew."""
    book(dt.date(2025, 12, 30), [line("1001", debit="70.00"), line("100201", credit="70.00")])
    book(dt.date(2026, 1, 2), [line("1001", debit="5.00"), line("100201", credit="5.00")])
    january = account_lines(company, account("1001"), period_range(company, "2026-01"))
    first, *_lines, year = list(book_rows(january))
    assert (first.kind, first.balance) == ("carried", D("70.00"))
    assert (year.kind, year.debit, year.balance) == ("year", D("5.00"), D("75.00"))
    both = list(book_rows(account_lines(company, account("1001"), period_range(company, "2025-12", "2026-01"))))
    assert [row.kind for row in both] == [
        "opening", "line", "period", "year", "forward", "carried", "line", "period", "year",
    ]  # fmt: skip
    ledger = [row for row in report(company, "general_ledger", **{"from": "2026-01", "to": "2026-01"}).rows]
    assert ledger[0]["kind"] == "carried" and ledger[0]["balance"] == D("70.00")


def test_unposted_vouchers_are_absent_unless_asked_for_and_then_marked(company, book, line, account):
    """C07: a draft is absent from the book; the preview says that it is one."""
    book(dt.date(2025, 12, 1), [line("1001", debit="1.00"), line("100201", credit="1.00")])
    book(dt.date(2025, 12, 3), [line("1001", debit="9.00"), line("100201", credit="9.00")], posted=False)
    plain = report(company, "account_lines", account="1001", **{"from": "2025-12"})
    assert [row.debit for row in plain.rows if row.kind == "line"] == [D("1.00")]
    preview = report(company, "account_lines", account="1001", unposted="1", **{"from": "2025-12"})
    lines = [row for row in preview.rows if row.kind == "line"]
    assert [(row.debit, bool(row.posted)) for row in lines] == [(D("1.00"), False), (D("9.00"), True)]
    assert lines[-1].balance == D("10.00") and preview.subtitle[-1] != plain.subtitle[-1]
    table = trial_balance(company, period_range(company, "2025-12"), unposted=True)
    assert table.totals["debit"] == D("10.00") and all(check.holds for check in table.checks)


def test_pages_of_a_book_put_together_are_the_book(company, book, line, account):
    for month in (11, 12):
        for day in range(1, 6):
            amount = f"{month}.0{day}"
            book(dt.date(2025, month, day), [line("1001", debit=amount), line("100201", credit=amount)])
    periods = period_range(company, "2025-11", "2025-12")
    whole = list(account_lines(company, account("1001"), periods, limit=None).lines)
    assert len(whole) == 10
    for size in (1, 3, 4, 5, 7):
        parts = []
        for offset in range(0, 10, size):
            part = account_lines(company, account("1001"), periods, offset=offset, limit=size)
            assert part.count == 10
            parts += part.lines
        key = [(row.id, row.balance, row.is_last_of_period, row.is_first_of_period) for row in parts]
        assert key == [(row.id, row.balance, row.is_last_of_period, row.is_first_of_period) for row in whole], size


def test_a_start_in_the_middle_of_a_year_counts_the_months_before(company, opening, book, line, account):
    opening("1001", debit=D("30.00"), year_debit=D("80.00"), year_credit=D("60.00"))
    opening("3001", credit=D("30.00"), year_debit=D("0.00"), year_credit=D("20.00"))
    book(dt.date(2025, 11, 3), [line("1001", debit="5.00"), line("100201", credit="5.00")])
    table = trial_balance(company, period_range(company, "2025-11"))
    cash = next(row for row in table.rows if row.code == "1001")
    assert (cash.year_debit, cash.year_credit) == (D("85.00"), D("60.00"))
    assert (cash.year_opening_debit, cash.opening_debit, cash.closing_debit) == (D("10.00"), D("30.00"), D("35.00"))
    found = account_lines(company, account("1001"), period_range(company, "2025-11"))
    assert next(iter(found.totals.values())).year_debit == D("85.00")
    january = trial_balance(company, period_range(company, "2026-01"))
    cash = next(row for row in january.rows if row.code == "1001")
    assert (cash.year_debit, cash.year_opening_debit) == (0, D("35.00"))


# --- cash journal -----------------------------------------------------------------------------------------------


def test_two_entries_on_one_day_have_one_total_of_the_day(company, book, line):
    """C13: 本日合计 with the balance, each day."""
    day = dt.date(2025, 12, 5)
    book(day, [line("1001", debit="100.00"), line("100201", credit="100.00")])
    book(day, [line("100201", debit="30.00"), line("1001", credit="30.00")])
    book(dt.date(2025, 12, 6), [line("1001", debit="-10.00"), line("100201", credit="-10.00")])
    rows = report(company, "cash_journal", **{"from": "2025-12"}).rows
    days = [(row.date.day, row.debit, row.credit, row.balance) for row in rows if row.kind == "day"]
    assert days == [(5, D("100.00"), D("30.00"), D("70.00")), (6, D("-10.00"), 0, D("60.00"))]
    kinds = [row.kind for row in rows]
    assert kinds == ["opening", "line", "line", "day", "line", "day", "period", "year", "forward"]


def test_the_total_of_a_day_is_whole_also_where_a_page_ends_inside_the_day(company, book, line):
    day = dt.date(2025, 12, 5)
    for _number in range(3):
        book(day, [line("1001", debit="1.00"), line("100201", credit="1.00")])
    params = line_books.CASH_JOURNAL.clean({"from": "2025-12", "to": "2025-12"})
    first = line_books.cash_journal_part(company, params, 0, 2).result.rows
    second = line_books.cash_journal_part(company, params, 2, 2).result.rows
    assert [row.kind for row in first] == ["opening", "line", "line"]
    assert [(row.kind, row.debit) for row in second][:2] == [("line", D("1.00")), ("day", D("3.00"))]


# --- general ledger, journal, summary ---------------------------------------------------------------------------


def test_the_general_ledger_has_a_block_for_each_account_with_the_numbers_of_its_vouchers(company, book, line):
    book(dt.date(2025, 11, 3), [line("1001", debit="5.00"), line("100201", credit="5.00")])
    book(dt.date(2025, 12, 3), [line("1001", debit="7.00"), line("100201", credit="7.00")])
    rows = report(company, "general_ledger", **{"from": "2025-12", "to": "2025-12"}).rows
    cash = [(row["kind"], row["debit"], row["balance"]) for row in rows if row["code"] == "1001"]
    assert cash == [
        ("opening", None, D("5.00")), ("period", D("7.00"), D("12.00")), ("year", D("12.00"), D("12.00")),
        ("forward", None, D("12.00")),
    ]  # fmt: skip
    assert next(row["vouchers"] for row in rows if row["kind"] == "period") == "记1~1"
    assert {row["code"] for row in rows} == {"1001", "1002"}, "level 1 by default"
    deeper = report(company, "general_ledger", level="2", **{"from": "2025-12", "to": "2025-12"}).rows
    assert "100201" in {row["code"] for row in deeper}


def test_the_journal_has_all_lines_in_time_order_from_either_end(company, book, line):
    for day in range(1, 8):
        book(dt.date(2025, 12, 8 - day), [line("1001", debit=f"{day}.00"), line("100201", credit=f"{day}.00")])
    whole = report(company, "journal", **{"from": "2025-12"})
    assert [row["date"].day for row in whole.rows][::2] == [1, 2, 3, 4, 5, 6, 7]
    assert whole.totals["debit"] == D("28.00") == sum(row["debit"] for row in whole.rows)
    params = find("journal").clean({"from": "2025-12", "to": "2025-12"})
    parts = [row for offset in (0, 2, 4, 6) for row in journal_part(company, params, offset, 2).result.rows]
    assert [row["debit"] for row in parts] == [row["debit"] for row in whole.rows]


def test_the_summary_counts_vouchers_and_names_missing_numbers(company, book, line):
    for amount in ("1.00", "2.00", "3.00"):
        book(dt.date(2025, 12, 3), [line("1001", debit=amount), line("100201", credit=amount)], attachments=2)
    numbers = [book(dt.date(2025, 12, 4), [line("1001", debit="9.00"), line("100201", credit="9.00")], posted=False)
               for _number in range(3)]  # fmt: skip
    Voucher.objects.filter(pk__in=[voucher.pk for voucher in numbers[:2]]).delete()
    result = report(company, "voucher_summary", **{"from": "2025-12"})
    assert [(row["code"], row["debit"], row["credit"]) for row in result.rows] == [
        ("1001", D("6.00"), 0), ("1002", 0, D("6.00")),
    ]  # fmt: skip
    assert "3" in result.notes[0] and "6" in result.notes[0]
    assert result.totals["debit"] == result.totals["credit"] == D("6.00")
    one = report(company, "voucher_summary", number_from="2", number_to="2", level="2", **{"from": "2025-12"})
    assert [(row["code"], row["debit"]) for row in one.rows] == [("1001", D("2.00")), ("100201", 0)]
    assert "2025-12 记-4~5" in result.notes[2]
