"""Bank reconciliation: reading files, match rules, matching by hand, and the statement whose sides are equal."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from demo.parts import cash
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.bank import rules, services
from ledger.bank.models import BankMatch, BankStatement, OpenSide
from ledger.bank.queries import BankAccount, open_lines, reconciliation
from ledger.bank.rules import Item
from ledger.bank.services import MatchUnequal, NothingChosen, NotOpen, SameStatement, StatementHasErrors, StatementInUse
from ledger.bank.statement_file import NoStatementColumns, guess_columns, parse
from ledger.vouchers import services as vouchers
from ledger.vouchers.models import VoucherLine

pytestmark = pytest.mark.django_db
END = dt.date(2025, 12, 31)
FILE = """账号：4402 0001,,,,,,
交易日期,摘要,对方户名,流水号,收入(元),支出(元),余额
2025-12-02,投资款,股东甲,A1,10000.00,,10000.00
2025-12-05,取现,,A2,,500.00,9500.00
2025-12-06,手续费,,A3,,12.00,9488.00
2025-12-20,货款,客户乙,A4,300.00,,9788.00
合计,,,,10300.00,512.00,
"""


def day(number: int) -> dt.date:
    return dt.date(2025, 12, number)


@pytest.fixture
def bank(company: Company) -> BankAccount:
    return BankAccount(Account.objects.get(company=company, code="100201"))


@pytest.fixture
def book(company: Company, accountant: User, reviewer: User, line: Any) -> Callable[..., VoucherLine]:
    """``book("100.00", date)``: a posted receipt of the bank account (negative: a payment); gives the bank line."""

    def make(amount: str, date: dt.date, reference: str = "") -> VoucherLine:
        side, other = ("credit", "debit") if amount.startswith("-") else ("debit", "credit")
        value = amount.lstrip("-")
        lines = [line("100201", **{side: value}, settlement_no=reference), line("3001", **{other: value})]
        voucher = vouchers.create_voucher(company, date, None, lines, by=accountant)
        vouchers.review(voucher, by=reviewer)
        vouchers.post(voucher, by=accountant)
        return VoucherLine.objects.get(voucher=voucher, line_no=1)

    return make


@pytest.fixture
def imported(company: Company, bank: BankAccount, accountant: User) -> BankStatement:
    return services.import_statement(company, bank, parse(FILE.encode(), "12月.csv"), by=accountant)


# --- the file ---------------------------------------------------------------------------------------------------


def test_columns_are_found_by_their_headings_below_title_lines_and_totals_are_left_out() -> None:
    file = parse(FILE.encode("gb18030"), "12月.csv")
    assert [(row.receipt, row.payment) for row in file.rows][:2] == [
        (Decimal("10000.00"), Decimal("0.00")),
        (Decimal("0.00"), Decimal("500.00")),
    ]
    assert (len(file.rows), file.errors, file.opening, file.closing) == (4, [], Decimal("0.00"), Decimal("9788.00"))


def test_credit_of_the_bank_is_money_in_and_a_workbook_with_the_newest_line_first_is_read() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["记账日期", "借方发生额", "贷方发生额", "余额"],
        ["20251206", 12, None, 88],
        ["20251205", None, 100, 100],
    ):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    file = parse(stream.getvalue(), "a.xlsx")
    assert [(row.date, row.receipt, row.payment) for row in file.rows] == [
        (day(5), Decimal("100.00"), Decimal("0.00")),
        (day(6), Decimal("0.00"), Decimal("12.00")),
    ]


def test_one_amount_with_a_side_column_is_read() -> None:
    file = parse("交易时间,交易金额,借贷标志\n2025-12-05 10:00,5.00,借\n2025-12-06 10:00,7.00,贷\n".encode(), "a.csv")
    assert [(row.receipt, row.payment) for row in file.rows] == [
        (Decimal("0.00"), Decimal("5.00")),
        (Decimal("7.00"), Decimal("0.00")),
    ]


def test_each_wrong_row_says_what_is_wrong(company: Company, bank: BankAccount, accountant: User) -> None:
    text = "日期,收入,支出,余额\n2025-12-05,5.00,,5.00\n昨天,1.00,,6.00\n2025-12-06,1.00,2.00,\n2025-12-07,1.00,,9.00\n"
    file = parse(text.encode(), "a.csv")
    assert [error.row for error in file.errors] == [3, 4, 5]
    assert "昨天" in file.errors[0].message and "3" in file.errors[0].message
    with pytest.raises(StatementHasErrors):
        services.import_statement(company, bank, file, by=accountant)


def test_a_file_without_the_columns_is_refused_and_the_same_content_taken_once(
    company: Company, bank: BankAccount, accountant: User, imported: BankStatement
) -> None:
    with pytest.raises(NoStatementColumns):
        parse(b"a,b\n1,2\n", "a.csv")
    with pytest.raises(SameStatement):
        services.import_statement(company, bank, parse(FILE.encode(), "copy.csv"), by=accountant)
    assert guess_columns(["交易日期", "贷方金额（元）", "借方金额"]) == {"date": 0, "receipt": 1, "payment": 2}


# --- the rules --------------------------------------------------------------------------------------------------


def item(key: int, number: int, amount: str, reference: str = "") -> Item:
    return Item(key, day(number), Decimal(amount), reference)


def test_the_same_reference_wins_over_a_nearer_date() -> None:
    (pair, other) = rules.match([item(1, 5, "9", "X"), item(2, 5, "9")], [item(7, 5, "9"), item(8, 20, "9", "X")])
    assert (pair.bank, pair.book, pair.rule) == ((1,), (8,), "reference")
    assert (other.bank, other.book, other.rule) == ((2,), (7,), "amount")


def test_the_same_amount_matches_within_the_days_only_and_nearest_first() -> None:
    pairs = rules.match([item(1, 5, "9"), item(2, 8, "9")], [item(7, 8, "9"), item(8, 6, "9"), item(9, 30, "9")])
    assert {(pair.bank, pair.book) for pair in pairs} == {((1,), (8,)), ((2,), (7,))}
    assert rules.match([item(1, 5, "9")], [item(7, 9, "9")]) == []


def test_one_line_matches_several_of_one_day_in_both_directions() -> None:
    (pair,) = rules.match([item(1, 5, "9")], [item(7, 5, "4"), item(8, 5, "5")])
    assert (pair.bank, pair.book, pair.rule) == ((1,), (7, 8), "sum")
    (pair,) = rules.match([item(1, 5, "4"), item(2, 5, "5")], [item(7, 6, "9")])
    assert (pair.bank, pair.book) == ((1, 2), (7,))


# --- matching ---------------------------------------------------------------------------------------------------


def test_the_statement_of_four_kinds_of_open_items_has_equal_sides(
    company: Company, bank: BankAccount, accountant: User, imported: BankStatement, book: Any
) -> None:
    """C17: automatic reconciliation against the imported statement; 4 kinds of open items; both sides equal."""
    book("10000.00", day(2))
    book("-500.00", day(4))
    book("80.00", day(30))
    book("-33.00", day(31))
    assert services.auto_match(company, bank, by=accountant) == {"amount": 2}
    found = reconciliation(company, bank, END)
    amounts = {
        (side, direction): [abs(row.amount) for row in found.of(side, direction)]
        for side in ("bank", "book")
        for direction in ("receipt", "payment")
    }
    assert amounts == {
        ("bank", "receipt"): [Decimal("300.00")],
        ("bank", "payment"): [Decimal("12.00")],
        ("book", "receipt"): [Decimal("80.00")],
        ("book", "payment"): [Decimal("33.00")],
    }
    assert (found.book_balance, found.bank_balance) == (Decimal("9547.00"), Decimal("9788.00"))
    assert found.adjusted_book == found.adjusted_bank == Decimal("9835.00")


def test_as_of_a_day_what_the_other_side_has_later_is_open(
    company: Company, bank: BankAccount, accountant: User, imported: BankStatement, book: Any
) -> None:
    book("10000.00", day(2))
    book("-500.00", day(4))
    services.auto_match(company, bank, by=accountant)
    found = reconciliation(company, bank, day(4))
    assert [row.amount for row in found.book] == [Decimal("-500.00")]
    assert found.difference == 0


def test_by_hand_both_sides_must_sum_to_the_same_and_a_match_can_be_taken_apart(
    company: Company, bank: BankAccount, accountant: User, imported: BankStatement, book: Any
) -> None:
    ours = [book("100.00", day(25)).pk, book("200.00", day(26)).pk]
    theirs = imported.lines.get(reference="A4").pk
    with pytest.raises(MatchUnequal):
        services.match(company, bank, [theirs], ours[:1], by=accountant)
    with pytest.raises(NothingChosen):
        services.match(company, bank, [theirs], [], by=accountant)
    made = services.match(company, bank, [theirs], ours, by=accountant)
    with pytest.raises(NotOpen):
        services.match(company, bank, [theirs], ours, by=accountant)
    with pytest.raises(StatementInUse):
        services.delete_statement(company, imported.pk, by=accountant)
    services.unmatch(company, made.pk, by=accountant)
    theirs_open, ours_open = open_lines(company, bank, END)
    assert (len(theirs_open), len(ours_open)) == (4, 2)
    services.delete_statement(company, imported.pk, by=accountant)
    assert open_lines(company, bank, END)[0] == []


def test_what_was_open_at_the_start_is_matched_with_the_first_statement(
    company: Company, bank: BankAccount, accountant: User, imported: BankStatement, book: Any
) -> None:
    book("300.00", dt.date(2025, 11, 28))  # before the first statement's month: taken as settled
    services.add_opening_item(
        company, bank, side=OpenSide.BOOK, date=dt.date(2025, 11, 28), receipt=Decimal("300.00"), reference="A4"
    )
    assert services.auto_match(company, bank, by=accountant) == {"reference": 1}
    assert reconciliation(company, bank, dt.date(2025, 11, 30)).difference == 0


# --- pages and API ----------------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    return str(response.content.decode())


def test_a_file_is_previewed_imported_matched_and_taken_apart_on_the_pages(
    company: Company, bank: BankAccount, accountant: User, book: Any
) -> None:
    ours = book("300.00", day(28))
    client = browser(accountant)
    upload = SimpleUploadedFile("12月.csv", FILE.encode())
    preview = client.post(reverse("bank_statements"), {"account": bank.key, "file": upload})
    assert "客户乙" in text(preview) and not BankStatement.objects.exists()
    content = preview.context["content"]
    given = {"account": bank.key, "name": "12月.csv", "content": content, "save": "1"}
    assert "4 lines are imported." in text(client.post(reverse("bank_statements"), given, follow=True))
    statement = BankStatement.objects.get()
    chosen = {"account": bank.key, "bank": statement.lines.get(reference="A4").pk, "book": ours.pk}
    assert "The lines are matched." in text(client.post(reverse("bank_match"), chosen, follow=True))
    made = BankMatch.objects.get()
    assert "by hand" in text(client.get(reverse("bank_matches")))
    client.post(reverse("bank_unmatch", args=[made.pk]), {"account": bank.key})
    assert not BankMatch.objects.exists()
    client.post(reverse("bank_auto_match"), {"account": bank.key})
    for name in ("bank_accounts", "bank_reconcile", "bank_reconciliation_statement", "bank_opening_items"):
        assert "<h1>" in text(client.get(reverse(name)))
    assert client.get(reverse("bank_reconciliation_statement") + "?export=xlsx").status_code == 200


def test_an_auditor_looks_and_matches_nothing(bank: BankAccount, auditor: User) -> None:
    client = browser(auditor)
    assert "<h1>" in text(client.get(reverse("bank_accounts")))
    for name in ("bank_match", "bank_auto_match"):
        assert client.post(reverse(name), {"account": bank.key}).status_code == 403
    assert client.get(reverse("bank_opening_items")).status_code == 403


def test_the_api_lists_open_lines_and_matches_them(
    company: Company, bank: BankAccount, accountant: User, imported: BankStatement, book: Any
) -> None:
    ours = book("300.00", day(28))
    client = browser(accountant)
    tail = f"?company={company.code}"
    shown = client.get(f"/api/v1/bank-lines/open/{tail}&account={bank.key}").json()
    assert [row["id"] for row in shown["book"]] == [ours.pk]
    body = {"account": bank.key, "bank_lines": [imported.lines.get(reference="A4").pk], "voucher_lines": [ours.pk]}
    made = client.post(f"/api/v1/bank-matches/{tail}", body, content_type="application/json")
    assert made.status_code == 201
    undone = client.post(f"/api/v1/bank-matches/{made.json()['id']}/undo/{tail}", {}, content_type="application/json")
    assert undone.status_code == 204


def test_the_demo_statement_is_matched_in_part_and_its_sides_are_equal(
    company: Company, bank: BankAccount, accountant: User, book: Any
) -> None:
    for number in range(2, 22, 2):
        book(f"{number}00.00", day(number))
    cash.add(company, {Role.CASHIER: accountant, Role.ACCOUNTANT: accountant}, END)
    found = reconciliation(company, bank, END)
    assert found.difference == 0
    assert {row.summary for row in found.bank} == {"账户管理费", "结息"}
    assert len(found.book) == 2
    assert BankMatch.objects.count() == 8
    cash.add(company, {Role.CASHIER: accountant, Role.ACCOUNTANT: accountant}, END)
    assert BankStatement.objects.count() == 1
