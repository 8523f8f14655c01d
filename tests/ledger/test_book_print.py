"""Printed books: their text is read back from the PDF."""

# ruff: noqa: F811
import datetime as dt
import io
import re
from decimal import Decimal as D
from itertools import pairwise

import pytest
from pypdf import PdfReader

from erp.core.reports import Column, find
from ledger.books import print as printing
from ledger.books.pages import CARRY, Carrying, PrintedRow, Section, pages_of
from ledger.books.paper import PER_PAGE
from ledger.preferences.services import preferences_of
from ledger.statements import setup
from ledger.statements.models import Statement
from ledger.vouchers import services
from ledger.vouchers.models import Voucher
from tests.ledger.books_kit import book, reader  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db

DECEMBER = {"from": "2025-12", "to": "2025-12"}


@pytest.fixture
def long_december(company, accountant, reviewer, line):
    """Sixty vouchers that bring 1.00, 2.00 … 60.00 of cash from the bank, two a day."""
    made = [
        services.create_voucher(
            company,
            dt.date(2025, 12, 1 + number // 2),
            None,
            [line("1001", debit=f"{number + 1}.00"), line("100201", credit=f"{number + 1}.00")],
            by=accountant,
        )
        for number in range(60)
    ]
    ids = [voucher.pk for voucher in made]
    services.review_many(company, ids, by=reviewer)
    services.post_many(company, ids, by=accountant)
    return Voucher.objects.filter(pk__in=ids)


def pdf(company, by, name, *, every_account=False, **params):
    stream = io.BytesIO()
    report = find(name)
    printing.book_pdf(stream, report, company, report.clean(params), by=by, every_account=every_account)
    return [page.extract_text() for page in PdfReader(stream).pages]


def carried(page, word):
    """The figures on the row of the page that says 承前页 or 过次页."""
    lines = page.split(word)[1].split("\n")
    found = []
    for text in lines:
        numbers = re.findall(r"-?[\d,]+\.\d\d", text)
        if not numbers and found and not re.fullmatch(r"\s*[借贷平]?\s*", text):
            break
        found += numbers
    return found[:3]


def test_a_ledger_of_three_pages_carries_its_sums_and_balance(company, accountant, long_december):
    """C14: 过次页 on every page but the last, 承前页 with the same figures on every page but the first."""
    pages = pdf(company, accountant, "account_lines", account="1001", **DECEMBER)
    assert len(pages) == 3
    assert ["承前页" in page for page in pages] == [False, True, True]
    assert ["过次页" in page for page in pages] == [True, True, False]
    first, second = PER_PAGE - 2, 2 * PER_PAGE - 4  # Lines up to the foot: less the opening and the carried rows.
    for page, following, lines in ((pages[0], pages[1], first), (pages[1], pages[2], second)):
        total = f"{lines * (lines + 1) // 2:,}.00"
        assert carried(page, "过次页") == carried(following, "承前页") == [total, "0.00", total]
    assert "1,830.00" in pages[2], "the total of the period, 60 × 61 ÷ 2"


def test_every_page_has_title_company_period_names_and_its_number(company, accountant, long_december):
    """C15: numbered through without a gap. O02: who answers for the book stands on each page."""
    preferences = preferences_of(company)
    preferences.accounting_head = "陈主管"
    preferences.save()
    pages = pdf(company, accountant, "account_lines", account="1001", **DECEMBER)
    for number, page in enumerate(pages, start=1):
        for part in (
            f"第 {number} 页 共 3 页", "核算单位:杭州礼遇贸易有限公司", "2025-12", "1001 库存现金", "会计主管:陈主管",
            "审核:", "记账:王会计", f"打印日期:{dt.date.today():%Y-%m}",
        ):  # fmt: skip
            assert part in page, part


def test_cash_and_bank_journals_in_one_file_are_numbered_through(company, accountant, long_december):
    """C15: the numbers go on from the cash journal to the bank journal."""
    pages = pdf(company, accountant, "cash_journal", every_account=True, **DECEMBER)
    numbers = [re.search(r"第 (\d+) 页 共 (\d+) 页", page).groups() for page in pages]
    assert numbers == [(str(at), str(len(pages))) for at in range(1, len(pages) + 1)]
    starts = [at for at, page in enumerate(pages) if "承前页" not in page]
    assert len(starts) == 2, "each account begins on a page of its own, without anything carried"
    assert sum("过次页" in page for page in pages) == len(pages) - 2


COLUMNS = (
    Column("account", "科目"),
    Column("summary", "摘要"),
    Column("debit", "借方", "amount"),
    Column("credit", "贷方", "amount"),
    Column("side", "方向"),
    Column("balance", "余额", "amount"),
)


def row(kind, debit, credit, balance, *, period="2025-11", account=""):
    side = "借" if balance else "平"
    return PrintedRow(kind, (account, kind, debit, credit, side, balance), period, account)


def figures(pages):
    return [[printed.values for printed in page.rows if printed.kind == CARRY] for page in pages]


def test_where_months_are_totalled_the_sum_since_the_month_began_goes_over():
    """C14: art. 60(8): an account with a total of the month carries what moved since the month began."""
    rows = [
        row("opening", None, None, D(10)),
        row("line", D(1), D(0), D(11)),
        row("line", D(2), D(0), D(13)),
        row("period", D(3), D(0), D(13)),
        row("year", D(3), D(0), D(13)),
        row("line", D(0), D(-4), D(17), period="2025-12"),
        row("line", D(5), D(0), D(22), period="2025-12"),
        row("line", D(6), D(0), D(28), period="2025-12"),
        row("line", D(7), D(0), D(35), period="2025-12"),
    ]
    pages = pages_of(Section((), COLUMNS, rows, Carrying.MONTH), 4)
    assert [len(page.rows) for page in pages] == [4, 4, 4, 3]
    assert figures(pages) == [
        [(None, "过次页", D(3), D(0), "借", D(13))],
        [(None, "承前页", D(3), D(0), "借", D(13)), (None, "过次页", D(3), D(0), "借", D(13))],
        [(None, "承前页", D(3), D(0), "借", D(13)), (None, "过次页", D(5), D(-4), "借", D(22))],
        [(None, "承前页", D(5), D(-4), "借", D(22))],
    ]
    assert [printed for page in pages for printed in page.rows if printed.kind != CARRY] == rows


def test_a_general_ledger_carries_the_year_to_date_of_its_account():
    """C14: also where a page ends between the month's total and the year's, and where an account begins anew."""
    block = [
        row("opening", None, None, D(10), account="1001"),
        row("period", D(3), D(1), D(12), account="1001"),
        row("year", D(8), D(2), D(12), account="1001"),
        row("opening", None, None, D(0), account="1002"),
        row("period", D(4), D(0), D(4), account="1002"),
        row("year", D(4), D(0), D(4), account="1002"),
    ]
    pages = pages_of(Section((), COLUMNS, block, Carrying.YEAR), 3)
    assert figures(pages)[0] == [("1001", "过次页", D(8), D(2), "借", D(12))]
    assert figures(pages)[1][0] == ("1001", "承前页", D(8), D(2), "借", D(12))
    assert figures(pages)[2][-1] == ("1002", "过次页", D(0), D(0), "平", D(0))


@pytest.mark.parametrize("carrying", [None, *Carrying])
@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 30])
def test_every_row_stands_once_and_no_page_is_overfull(carrying, count):
    rows = [row("line", D(at), D(0), D(at)) for at in range(count)]
    pages = pages_of(Section((), COLUMNS, rows, carrying), 6)
    assert all(len(page.rows) <= 6 for page in pages)
    assert [printed for page in pages for printed in page.rows if printed.kind != CARRY] == rows
    carries = [printed for page in pages for printed in page.rows if printed.kind == CARRY]
    assert len(carries) == (2 * (len(pages) - 1) if carrying else 0)
    for before, after in pairwise(pages):
        if carrying:
            assert before.rows[-1].values[2:] == after.rows[0].values[2:]


def test_red_figures_keep_their_sign_and_tables_carry_nothing(company, accountant, book, line):
    """A trial balance is a table: no page sums, its total once; it names who drew it up. Red amounts stay negative."""
    book(dt.date(2025, 12, 2), [line("1001", debit="-50.00"), line("100201", credit="-50.00")])
    (ledger,) = pdf(company, accountant, "account_lines", account="1001", **DECEMBER)
    assert "-50.00" in ledger and "承前页" not in ledger
    (table,) = pdf(company, accountant, "trial_balance", **DECEMBER)
    assert "制表:王会计" in table and "会计主管:未签" in table and "-50.00" in table and "过次页" not in table
    assert "平 " in table and "不平" not in table, "the checks below the table say that it balances"


@pytest.mark.parametrize("name", ["journal", "general_ledger", "voucher_summary", "multicolumn", "quantity_totals"])
def test_every_book_can_be_printed(company, accountant, long_december, name):
    given = {"account": "1002"} if name == "multicolumn" else {}
    pages = pdf(company, accountant, name, **DECEMBER, **given)
    assert all(f"第 {at} 页 共 {len(pages)} 页" in page for at, page in enumerate(pages, start=1))
    if name == "journal":
        assert len(pages) > 4 and carried(pages[-2], "过次页")[:2] == carried(pages[-1], "承前页")[:2]


def test_a_print_of_too_many_pages_is_refused_before_it_is_drawn(company, accountant, long_december, monkeypatch):
    monkeypatch.setattr(printing, "MOST", 2)
    with pytest.raises(printing.TooManyPages) as refusal:
        pdf(company, accountant, "account_lines", account="1001", **DECEMBER)
    assert refusal.value.facts["most"] == "2"
    answer = reader(accountant).get("/ledger/books/journal/", {**DECEMBER, "export": "pdf"})
    assert answer.status_code == 200 and "Narrow the filter" in answer.content.decode()


def test_the_pages_of_books_offer_their_print(company, accountant, long_december):
    client = reader(accountant)
    for address, given in (
        ("/ledger/books/cash-journal/", {}),
        ("/ledger/books/cash-journal/", {"all": "1"}),
        ("/ledger/books/general-ledger/", {}),
        ("/ledger/trial-balance/", {}),
        ("/ledger/account-lines/", {"all": "1"}),
    ):
        page = client.get(address, DECEMBER).content.decode()
        assert "export=pdf" in page, address
        file = client.get(address, {**DECEMBER, **given, "export": "pdf"})
        assert file["Content-Type"] == "application/pdf", address
        text = PdfReader(io.BytesIO(b"".join(file.streaming_content))).pages[0].extract_text()
        assert ("第 1 页" in text and "记账:王会计" in text) or "制表:王会计" in text


def test_without_figures_there_is_nothing_to_print(company, accountant):
    with pytest.raises(printing.NothingToPrint):
        pdf(company, accountant, "cash_journal", every_account=True, **DECEMBER)


def test_a_statement_is_printed_on_one_page_with_its_signatures(company, accountant, book, line):
    """O02: the head of the unit, the head of accounting and who drew it up; the form's number and all its lines."""
    setup.install(company)
    book(dt.date(2025, 12, 3), [line("100201", debit="512.34"), line("3001", credit="512.34")])
    statement = Statement.objects.get(company=company, code="balance_sheet")
    address = f"/ledger/statements/{statement.pk}/"
    client = reader(accountant)
    assert "export=pdf" in client.get(address, {"period": "2025-12"}).content.decode()
    file = client.get(address, {"period": "2025-12", "export": "pdf"})
    assert file["Content-Type"] == "application/pdf"
    first, *rest = PdfReader(io.BytesIO(b"".join(file.streaming_content))).pages
    text = first.extract_text()
    for part in (
        "资产负债表",
        "2025-12-31",
        "会小企01表",
        "货币资金",
        "资产总计",
        "期末余额",
        "单位负责人:",
        "制表:王会计",
        "第 1 页",
    ):
        assert part in text, part
    assert text.count("512.34") >= 4 and "Closing" not in text and not rest
