"""Clearing of open items: the rules, parts, undo, as of a day, ages that tie to the account, two people at once."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.balances.models import OpeningBalance
from ledger.clearing import rules, services
from ledger.clearing.models import Clearing, ClearingItem
from ledger.clearing.queries import ageing, balance_of, open_lines
from ledger.clearing.reports import buckets_of
from ledger.clearing.rules import OpenItem
from ledger.clearing.services import ClearedBeyondAmount, ClearingUnequal, NothingToClear
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values, intern_sets
from ledger.vouchers import services as vouchers
from ledger.vouchers.models import VoucherLine

END = dt.date(2025, 12, 31)


def day(number: int, month: int = 12) -> dt.date:
    return dt.date(2025, month, number)


@pytest.fixture
def parties(company: Company) -> list[DimensionValue]:
    ensure_values(company.pk, "employee", [ValueRow("E1", "张三"), ValueRow("E2", "李四")])
    return list(DimensionValue.objects.filter(company=company, dimension_type__code="employee").order_by("code"))


@pytest.fixture
def receivable(company: Company) -> Account:
    return Account.objects.get(company=company, code="122101")


@pytest.fixture
def book(company: Company, accountant: User, reviewer: User, line: Any, parties: Any) -> Callable[..., int]:
    """``book("100.00", date, number, party)``: a posted line of 员工借款 (negative: credit); gives its id."""

    def make(amount: str, date: dt.date, number: str = "", party: int = 0) -> int:
        side, other = ("credit", "debit") if amount.startswith("-") else ("debit", "credit")
        value = parties[party]
        dims = ((value.dimension_type_id, value.pk),)
        lines = [
            line("122101", **{side: amount.lstrip("-")}, dimensions=dims, business_no=number),
            line("100201", **{other: amount.lstrip("-")}),
        ]
        voucher = vouchers.create_voucher(company, date, None, lines, by=accountant)
        vouchers.review(voucher, by=reviewer)
        vouchers.post(voucher, by=accountant)
        return int(VoucherLine.objects.get(voucher=voucher, line_no=1).pk)

    return make


def item(key: int, number: int, amount: str, business_no: str = "") -> OpenItem:
    return OpenItem(key, day(number), Decimal(amount), business_no)


# --- the rules --------------------------------------------------------------------------------------------------


def test_the_same_business_number_settles_first_then_the_same_amount_then_the_oldest() -> None:
    items = [item(1, 1, "50"), item(2, 2, "30"), item(3, 3, "70", "N1"), item(4, 9, "-70", "N1"), item(5, 9, "-30")]
    items += [item(6, 9, "-20")]
    assert rules.pair(items) == [
        {3: Decimal(70), 4: Decimal(-70)},
        {2: Decimal(30), 5: Decimal(-30)},
        {1: Decimal(20), 6: Decimal(-20)},
    ]


def test_oldest_first_explains_the_balance_by_the_newest_debits() -> None:
    rest = rules.fifo_rest([item(1, 1, "50"), item(2, 5, "30"), item(3, 9, "-60")])
    assert [(row.id, row.amount) for row in rest] == [(2, Decimal(20))]


def test_ages_fall_into_the_buckets_by_their_limits() -> None:
    items = [OpenItem(n, END - dt.timedelta(days=n), Decimal(1)) for n in (0, 30, 31, 90, 181, 366)]
    assert rules.age(items, END) == [2, 1, 1, 0, 1, 1]
    assert buckets_of("15, 45") == [15, 45]
    with pytest.raises(DomainError):
        buckets_of("45,15")


# --- clearing ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_parts_are_cleared_by_hand_never_beyond_what_is_open_and_undone(
    company: Company, receivable: Account, accountant: User, parties: Any, book: Any
) -> None:
    debit, credit = book("100.00", day(1)), book("-60.00", day(5))
    party = parties[0].pk
    args = (company, receivable, party)
    with pytest.raises(ClearingUnequal):
        services.clear(*args, {debit: Decimal("50.00"), credit: Decimal("-60.00")}, by=accountant)
    with pytest.raises(ClearedBeyondAmount):
        services.clear(*args, {debit: Decimal("70.00"), credit: Decimal("-70.00")}, by=accountant)
    with pytest.raises(NothingToClear):
        services.clear(*args, {debit: Decimal("50.00")}, by=accountant)
    made = services.clear(*args, {debit: Decimal("40.00"), credit: Decimal("-40.00")}, by=accountant)
    opened = {row.line_id: row.open for row in open_lines(company, receivable, END, party_id=party)}
    assert opened == {debit: Decimal("60.00"), credit: Decimal("-20.00")}
    with pytest.raises(ClearedBeyondAmount):
        services.clear(*args, {debit: Decimal("30.00"), credit: Decimal("-30.00")}, by=accountant)
    services.undo(company, made.pk, by=accountant)
    assert [row.open for row in open_lines(company, receivable, END, party_id=party)] == [
        Decimal("100.00"),
        Decimal("-60.00"),
    ]


@pytest.mark.django_db
def test_parties_are_cleared_apart_and_a_past_day_shows_what_it_showed_then(
    company: Company, receivable: Account, accountant: User, book: Any
) -> None:
    book("100.00", day(1))
    book("-100.00", day(20))
    book("-100.00", day(2), party=1)
    assert services.auto_clear(company, receivable, by=accountant) == 1
    assert Clearing.objects.get().date == day(20)
    at_end = ageing(company, receivable, END)
    assert [(row.code, row.balance) for row in at_end] == [("E2", Decimal("-100.00"))]
    before = ageing(company, receivable, day(10))
    assert [(row.code, row.balance) for row in before] == [("E1", Decimal("100.00")), ("E2", Decimal("-100.00"))]
    assert services.undo_automatic(company, receivable, by=accountant) == 1
    assert not ClearingItem.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["clearing", "fifo"])
def test_ages_sum_to_the_balance_of_the_account_with_its_opening_balance(
    company: Company, receivable: Account, accountant: User, parties: Any, book: Any, method: str
) -> None:
    pair = ((parties[0].dimension_type_id, parties[0].pk),)
    OpeningBalance.objects.create(
        company=company,
        account=receivable,
        dimension_set_id=intern_sets(company.pk, {pair})[pair],
        currency=company.currency,
        debit=Decimal("500.00"),
    )
    book("100.00", day(1))
    book("-450.00", day(3))
    services.auto_clear(company, receivable, by=accountant)
    (row,) = ageing(company, receivable, END, method=method)
    assert row.balance == balance_of(company, receivable, END) == Decimal("150.00")
    assert row.ages == [Decimal("100.00"), Decimal("0.00"), Decimal("50.00"), 0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_two_people_never_clear_a_line_beyond_its_amount(
    company: Company, receivable: Account, accountant: User, parties: Any, book: Any
) -> None:
    debit = book("100.00", day(1))
    credits_ = [book("-80.00", day(5)), book("-80.00", day(6))]
    start, refused = threading.Barrier(2), list[str]()

    def work(credit: int) -> None:
        try:
            start.wait(timeout=10)
            amounts = {debit: Decimal("80.00"), credit: Decimal("-80.00")}
            services.clear(company, receivable, parties[0].pk, amounts, by=accountant)
        except DomainError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(credit,)) for credit in credits_]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert refused == ["cleared_beyond_amount"]
    assert sum(ClearingItem.objects.filter(voucher_line=debit).values_list("amount", flat=True)) == Decimal("80.00")


# --- pages and API ----------------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    return str(response.content.decode())


@pytest.mark.django_db
def test_a_party_is_cleared_and_undone_on_the_pages(
    receivable: Account, accountant: User, auditor: User, parties: Any, book: Any
) -> None:
    debit, credit = book("100.00", day(1)), book("-60.00", day(5))
    client = browser(accountant)
    tail = f"?account=122101&as_of={END}"
    assert "张三" in text(client.get(reverse("clearing_ageing") + tail))
    assert "line-" in text(client.get(reverse("clearing_open_items") + tail + "&party=E1"))
    given = {"account": "122101", "party": parties[0].pk, f"line-{debit}": "60.00", f"line-{credit}": "-60.00"}
    assert "The items are cleared." in text(client.post(reverse("clearing_clear"), given, follow=True))
    made = Clearing.objects.get()
    assert "-60.00" in text(client.get(reverse("clearing_list")))
    client.post(reverse("clearing_undo", args=[made.pk]))
    assert not Clearing.objects.exists()
    client.post(reverse("clearing_automatic"), {"account": "122101"})
    assert Clearing.objects.get().is_automatic
    for name in ("clearing_ageing", "clearing_open_items"):
        assert client.get(reverse(name) + tail + "&export=xlsx").status_code == 200
    assert browser(auditor).post(reverse("clearing_automatic"), {"account": "122101"}).status_code == 403


@pytest.mark.django_db
def test_the_api_clears_and_undoes(company: Company, accountant: User, parties: Any, book: Any) -> None:
    debit, credit = book("100.00", day(1)), book("-60.00", day(5))
    client = browser(accountant)
    tail = f"?company={company.code}"
    items = [{"line": debit, "amount": "60.00"}, {"line": credit, "amount": "-60.00"}]
    body = {"account": "122101", "party": "E1", "items": items}
    made = client.post(f"/api/v1/clearings/{tail}", body, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["date"] == "2025-12-05"
    again = client.post(f"/api/v1/clearings/{tail}", body, content_type="application/json")
    assert again.status_code >= 400
    address = f"/api/v1/clearings/{made.json()['id']}/undo/{tail}"
    assert client.post(address, {}, content_type="application/json").status_code == 204


@pytest.mark.django_db
def test_ages_open_with_the_first_party_account_that_was_posted_to(accountant: User, parties: Any, book: Any) -> None:
    book("100.00", day(1))
    assert "张三" in text(browser(accountant).get(reverse("clearing_ageing")))
