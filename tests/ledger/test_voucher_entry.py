"""The entry form: every dimension, currencies, quantities, settlement, cash flow, and saving once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from ledger.accounts.models import Account, AccountDimension
from ledger.cash_flow.models import CashFlowEntry, CashFlowItem
from ledger.currencies.models import Currency, ExchangeRate
from ledger.dimensions.models import DimensionType
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherLine
from ledger.vouchers.refusals import VoucherRefused
from tests.ledger.test_pages import browser, grid, text

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 12, 9)


@pytest.fixture
def dollars(company, account) -> Account:
    """The basic bank account kept in US dollars, 7.10 on 1 December and 7.20 from the 8th on."""
    currency, _made = Currency.objects.get_or_create(company=company, code="USD", defaults={"name": "美元"})
    for day, rate in ((1, "7.10"), (8, "7.20")):
        ExchangeRate.objects.create(company=company, currency=currency, date=dt.date(2025, 12, day), rate=rate)
    Account.objects.filter(company=company, code="100201").update(currency="USD")
    return account("100201")


def codes(refused: pytest.ExceptionInfo[VoucherRefused]) -> list[tuple[str, str | None, int | None]]:
    return [(error.code, error.field, error.row) for error in refused.value.errors]


def head(**more: object) -> dict[str, object]:
    return {"date": DAY.isoformat(), "word": "记", "attachments": "0", **more}


def two_lines(account, amount: str = "10", **second: object) -> list[dict[str, object]]:
    return [
        {"summary": "提取备用金", "account": account("1001").pk, "account_text": "1001", "debit": amount},
        {
            "summary": "提取备用金",
            "account": account("100201").pk,
            "account_text": "100201",
            "credit": amount,
            **second,
        },
    ]


def test_the_same_form_sent_twice_saves_one_voucher(company, accountant, account):
    client: Client = browser(accountant)
    page = text(client.get(reverse("voucher_create")))
    token = page.split('name="entry_token" value="')[1].split('"')[0]
    given = {**head(entry_token=token), **grid(two_lines(account))}
    first, second = (client.post(reverse("voucher_create"), given) for _time in range(2))
    voucher = Voucher.objects.get(company=company)
    assert first["Location"] == second["Location"] == reverse("voucher_detail", args=[voucher.pk])
    assert voucher.entry_token == token and len(token) == 32


def test_a_foreign_line_carries_amount_and_rate_that_give_the_base_amount(company, accountant, dollars, line):
    def save(**foreign):
        lines = [line("1001", debit="720.00"), line("100201", credit="720.00", currency="USD", **foreign)]
        return services.create_voucher(company, DAY, None, lines, by=accountant)

    for given, refusal in (
        ({}, ("original_amount_missing", "original_amount", 2)),
        ({"original_amount": Decimal(100)}, ("rate_missing", "rate", 2)),
        ({"original_amount": Decimal(100), "rate": Decimal("7.1")}, ("base_amount_differs", "credit", 2)),
    ):
        with pytest.raises(VoucherRefused) as refused:
            save(**given)
        assert codes(refused) == [refusal]
    saved = save(original_amount=Decimal(100), rate=Decimal("7.2"))
    kept = VoucherLine.objects.get(voucher=saved, line_no=2)
    assert (kept.currency, kept.original_amount, kept.rate) == ("USD", Decimal(100), Decimal("7.2"))


def test_an_account_of_one_currency_refuses_another_and_a_base_account_refuses_any(company, accountant, dollars, line):
    Currency.objects.get_or_create(company=company, code="EUR", defaults={"name": "欧元"})
    facts = {"original_amount": Decimal(10), "rate": Decimal(1)}
    lines = [line("1001", debit="10", currency="USD", **facts), line("100201", credit="10", currency="EUR", **facts)]
    with pytest.raises(VoucherRefused) as refused:
        services.create_voucher(company, DAY, None, lines, by=accountant)
    assert codes(refused) == [("base_currency_only", "currency", 1), ("wrong_currency", "currency", 2)]
    with pytest.raises(VoucherRefused) as refused:
        services.create_voucher(
            company, DAY, None, [line("1001", debit="1"), line("100201", credit="1")], by=accountant
        )
    assert codes(refused) == [("wrong_currency", "currency", 2)]


def test_the_look_up_proposes_the_booking_rate_of_the_day(accountant, dollars):
    client = browser(accountant)
    for day, rate in (("2025-12-05", "7.1"), ("2025-12-09", "7.2"), ("2025-11-05", "")):
        rows = client.get(reverse("currency_lookup"), {"q": "USD", "date": day}).json()["results"]
        assert [(row["code"], row["fill"]["rate"]) for row in rows] == [("USD", rate)]


def test_every_dimension_of_an_account_has_its_cell_and_a_missing_one_is_refused_there(company, accountant, account):
    wages = account("560101")
    types = {row.code: row for row in DimensionType.objects.filter(company=company)}
    AccountDimension.objects.filter(company=company, account=wages, dimension_type=types["project"]).update(
        is_required=True
    )
    rows = [
        {"summary": "工资", "account": wages.pk, "account_text": "560101", "debit": "10"},
        {"summary": "工资", "account": account("1001").pk, "account_text": "1001", "credit": "10"},
    ]
    page = text(browser(accountant).post(reverse("voucher_create"), {**head(), **grid(rows)}))
    assert 'name="lines-0-value3_text"' in page
    for cell, wrong in (("value1_text", True), ("value2_text", True), ("value3_text", False)):
        part = page.split(f'name="lines-0-{cell}"')[1].split("</td>")[0]
        assert ("cell-error" in part) is wrong, cell
    assert not Voucher.objects.filter(company=company).exists()


def test_settlement_and_cash_flow_item_of_the_form_are_kept(company, accountant, account):
    item = CashFlowItem.objects.filter(company=company, flow="out").last()
    wages = account("222101") if Account.objects.filter(company=company, code="222101").exists() else account("1001")
    counter = Account.objects.filter(company=company, is_leaf=True, is_control=False, cash_kind="", dimensions=None)
    wages = counter.exclude(currency="*").order_by("code").first()
    rows = [
        {
            "summary": "付款",
            "account": wages.pk,
            "account_text": wages.code,
            "debit": "10",
            "cash_flow": item.pk,
            "cash_flow_text": str(item),
        },
        {
            "summary": "付款",
            "account": account("100201").pk,
            "account_text": "100201",
            "credit": "10",
            "settlement_method": "转账支票",
            "settlement_no": "88",
        },
    ]
    browser(accountant).post(reverse("voucher_create"), {**head(), **grid(rows)})
    voucher = Voucher.objects.get(company=company)
    bank = VoucherLine.objects.get(voucher=voucher, line_no=2)
    assert (bank.settlement_method, bank.settlement_no) == ("转账支票", "88")
    assert list(CashFlowEntry.objects.filter(voucher=voucher).values_list("item_id", "source")) == [(item.pk, "manual")]


def test_the_balance_of_an_account_counts_posted_and_waiting_apart(accountant, posted, draft, account):
    posted("100.00")
    draft("7.00")
    answer = browser(accountant).get(reverse("account_balance", args=[account("1001").pk])).json()
    assert (answer["posted"], answer["waiting"]) == ("100.00", "7.00")
    assert "100.00" in answer["text"] and "107.00" in answer["text"]


def test_an_unbalanced_voucher_is_refused_with_the_difference_and_the_cursor_at_the_amount(accountant, account):
    page = text(browser(accountant).post(reverse("voucher_create"), {**head(), **grid(two_lines(account, credit="9"))}))
    assert "1.00" in page.split('role="alert"')[1].split("</ul>")[0]
    field = page.split('name="lines-1-credit"')[1].split(">")[0]
    assert 'aria-invalid="true"' in field


def test_a_copy_keeps_lines_and_asks_for_a_new_date(accountant, posted, account):
    voucher = posted("33.00")
    page = text(browser(accountant).get(reverse("voucher_create"), {"copy": voucher.pk}))
    assert page.count('value="33.00"') == 2 and f'value="{account("1001").pk}"' in page


def test_a_voucher_of_many_lines_is_shown_page_by_page_with_the_totals_of_all(company, accountant, line):
    lines = [line("1001", debit="1.00") for _number in range(450)] + [line("100201", credit="450.00")]
    voucher = services.create_voucher(company, DAY, None, lines, by=accountant)
    client = browser(accountant)
    first = text(client.get(reverse("voucher_detail", args=[voucher.pk])))
    last = text(client.get(reverse("voucher_detail", args=[voucher.pk]), {"page": 3}))
    assert first.count("account-lines/?account=") == 200 and last.count("account-lines/?account=") == 51
    assert "肆佰伍拾元整" in first and "肆佰伍拾元整" in last


def test_everything_that_was_refused_in_a_batch_stands_on_one_page(company, accountant, reviewer, draft):
    vouchers = [draft() for _number in range(8)]
    services.review(vouchers[0], by=reviewer)
    given = {"voucher": [voucher.pk for voucher in vouchers], "action": "post"}
    page = text(browser(accountant).post(reverse("voucher_bulk"), given))
    assert page.count('class="reason"') == 7 and "记-8" in page
    assert Voucher.objects.filter(company=company, status="posted").count() == 1


def test_the_list_names_the_missing_numbers_of_its_period(accountant, draft):
    first = draft()
    draft()
    services.delete_draft(first, by=accountant)
    page = text(browser(accountant).get(reverse("voucher_list"), {"first": "2025-12", "last": "2025-12"}))
    assert "Missing numbers in 2025-12: 记-1." in page
