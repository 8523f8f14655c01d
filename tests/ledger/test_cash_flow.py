"""Cash-flow items: who names the item of a counter line, splitting, checks, and the month of the worked example."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from erp.core.companies.models import Company, Standard
from erp.core.companies.setup import create_company
from erp.core.errors import PeriodClosed
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.cash_flow import assignment, queries
from ledger.cash_flow import services as cash_flow
from ledger.cash_flow.models import CashFlowDefault, CashFlowEntry, CashFlowItem
from ledger.cash_flow.services import NoCashEffect, NonCashNotZero, Part, PartsDoNotAddUp
from ledger.cash_flow.setup import install
from ledger.dimensions.models import DimensionType
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.periods.models import Period
from ledger.preferences.services import preferences_of
from ledger.vouchers import services
from ledger.vouchers.forms import initial_lines
from ledger.vouchers.models import Voucher
from ledger.vouchers.refusals import VoucherRefused

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 12, 5)
Line = Callable[..., Any]


@pytest.fixture
def save(company: Company, accountant: User, line: Line) -> Callable[..., Voucher]:
    """``save(("1001", "5.00"), ("5602…", "-5.00"))``: positive debits, negative credits; drafts."""

    def make(*rows: tuple[str, str] | tuple[str, str, dict[str, Any]], by: User = accountant) -> Voucher:
        lines = []
        for code, amount, *more in rows:
            side = {"credit": amount[1:]} if amount.startswith("-") else {"debit": amount}
            lines.append(line(code, **side, **(more[0] if more else {})))
        return services.create_voucher(company, DAY, None, lines, by=by)

    return make


def item(company: Company, code: str) -> CashFlowItem:
    return CashFlowItem.objects.get(company=company, code=code)


def items_of(voucher: Voucher) -> list[tuple[str, str, str, str]]:
    rows = CashFlowEntry.objects.filter(voucher=voucher).select_related("item").order_by("line__line_no", "id")
    return [
        (row.line.account.code, row.item.code if row.item else "", str(row.amount), row.source)
        for row in rows.select_related("line__account")
    ]


def december(company: Company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


def test_a_new_company_has_the_items_of_its_form_and_installing_again_adds_nothing(company: Company) -> None:
    assert CashFlowItem.objects.filter(company=company).count() == 16
    defaults = CashFlowDefault.objects.filter(company=company)
    assert defaults.filter(account_prefix="1122", direction="out").get().item.code == "1"
    before = defaults.count()
    install(company)
    assert defaults.count() == before == 158


def test_an_enterprise_has_the_items_of_its_form(db: Any) -> None:
    company = create_company("big", "大公司", standard=Standard.ENTERPRISE, first_period=dt.date(2025, 11, 1))
    items = dict(CashFlowItem.objects.filter(company=company).values_list("code", "name"))
    assert items["5"] == "购买商品、接受劳务支付的现金"
    assert items["32"] == "汇率变动对现金及现金等价物的影响"
    assert len(items) == 23
    codes = set(Account.objects.filter(company=company).values_list("code", flat=True))
    prefixes = set(CashFlowDefault.objects.filter(company=company).values_list("account_prefix", flat=True))
    assert prefixes <= codes, "a default names an account that the chart does not have"


def test_vat_follows_the_price_of_a_cash_sale(save: Any) -> None:
    voucher = save(("100201", "226.00"), ("500101", "-200.00"), ("22210107", "-26.00"))
    assert items_of(voucher) == [("500101", "1", "200.00", "default"), ("22210107", "1", "26.00", "default")]


def test_moving_cash_between_cash_accounts_is_no_cash_flow(draft: Any) -> None:
    assert items_of(draft()) == []


def test_a_voucher_without_cash_has_no_cash_flow(save: Any) -> None:
    assert items_of(save(("3103", "100.00"), ("3001", "-100.00"))) == []


def test_the_longest_prefix_of_the_defaults_wins(save: Any) -> None:
    voucher = save(("560301", "250.00"), ("100201", "-250.00"))
    assert items_of(voucher) == [("560301", "17", "-250.00", "default")]


def test_the_accounts_own_item_goes_before_the_defaults(company: Company, save: Any) -> None:
    Account.objects.filter(company=company, code="3001").update(cash_flow_in=item(company, "14"))
    assert items_of(save(("100201", "9.00"), ("3001", "-9.00"))) == [("3001", "14", "9.00", "default")]


def test_what_a_person_chose_goes_before_the_defaults_and_comes_back_on_the_form(company: Company, save: Any) -> None:
    chosen = {"cash_flow_item": item(company, "14").pk}
    voucher = save(("100201", "9.00"), ("3001", "-9.00", chosen))
    assert items_of(voucher) == [("3001", "14", "9.00", "manual")]
    assert services.read_lines(voucher)[1].cash_flow_item == chosen["cash_flow_item"]


def test_changing_a_draft_replaces_its_entries_and_deleting_it_removes_them(
    company: Company, accountant: User, save: Any, line: Line
) -> None:
    voucher = save(("100201", "9.00"), ("3001", "-9.00"))
    lines = [line("100201", debit="7.00"), line("3001", credit="7.00")]
    services.update_draft(voucher, date=DAY, word=None, lines=lines, attachments=0, by=accountant)
    assert items_of(voucher) == [("3001", "15", "7.00", "default")]
    services.delete_draft(voucher, by=accountant)
    assert not CashFlowEntry.objects.filter(company=company).exists()


def test_an_account_without_a_default_is_unassigned(company: Company, save: Any) -> None:
    save(("100201", "9.00"), ("3103", "-9.00"))
    save(("100201", "1.00"), ("3103", "-1.00"))
    (row,) = cash_flow.unassigned(company, december(company))
    assert (row.account, row.direction, row.lines, row.amount) == ("3103", "in", 2, Decimal("10.00"))


def test_saving_without_an_item_is_refused_where_the_settings_ask_for_one(company: Company, save: Any) -> None:
    preferences = preferences_of(company)
    preferences.cash_flow_required = True
    preferences.save()
    with pytest.raises(VoucherRefused) as refused:
        save(("100201", "9.00"), ("3103", "-9.00"))
    assert [(error.code, error.row) for error in refused.value.errors] == [("cash_flow_missing", 2)]
    save(("100201", "9.00"), ("3103", "-9.00", {"cash_flow_item": item(company, "15").pk}))


def test_a_line_is_split_and_its_parts_must_add_up(company: Company, accountant: User, save: Any) -> None:
    voucher = save(("100201", "9.00"), ("3001", "-9.00"))
    line_id = voucher.lines.get(line_no=2).pk
    a, b = item(company, "14").pk, item(company, "15").pk
    with pytest.raises(PartsDoNotAddUp):
        cash_flow.set_items(company, line_id, [Part(a, Decimal("4.00")), Part(b, Decimal("4.00"))], by=accountant)
    cash_flow.set_items(company, line_id, [Part(a, Decimal("4.00")), Part(b, Decimal("5.00"))], by=accountant)
    assert items_of(voucher) == [("3001", "14", "4.00", "manual"), ("3001", "15", "5.00", "manual")]
    with pytest.raises(NoCashEffect):
        cash_flow.set_items(company, voucher.lines.get(line_no=1).pk, [Part(a, Decimal("9.00"))], by=accountant)


def test_parts_that_are_no_cash_sum_to_zero_in_their_voucher(company: Company, accountant: User, save: Any) -> None:
    voucher = save(("100201", "90.00"), ("3103", "10.00"), ("3001", "-100.00"))
    allowance, capital = (voucher.lines.get(line_no=n).pk for n in (2, 3))
    with pytest.raises(NonCashNotZero):
        cash_flow.set_items(company, allowance, [Part(None, Decimal("-10.00"))], by=accountant)
    parts = {
        allowance: [Part(None, Decimal("-10.00"))],
        capital: [Part(None, Decimal("10.00")), Part(item(company, "15").pk, Decimal("90.00"))],
    }
    cash_flow.set_voucher_items(company, voucher.pk, parts, by=accountant)
    assert [row[1:3] for row in items_of(voucher)] == [("", "-10.00"), ("", "10.00"), ("15", "90.00")]


def test_a_posted_voucher_takes_another_item_until_its_period_is_closed_and_history_keeps_the_old_one(
    company: Company, accountant: User, reviewer: User, save: Any
) -> None:
    voucher = save(("100201", "9.00"), ("3001", "-9.00"))
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    line_id = voucher.lines.get(line_no=2).pk
    cash_flow.set_items(company, line_id, [Part(item(company, "14").pk, Decimal("9.00"))], by=accountant)
    assert items_of(voucher) == [("3001", "14", "9.00", "manual")]
    kept = apps.get_model("ledger", "CashFlowEntryEvent").objects.get()
    assert kept.item_id == item(company, "15").pk
    Period.objects.filter(pk=voucher.period_id).update(status="closed")
    with pytest.raises(PeriodClosed):
        cash_flow.set_items(company, line_id, [Part(item(company, "15").pk, Decimal("9.00"))], by=accountant)


def test_a_group_is_assigned_at_once(company: Company, accountant: User, save: Any) -> None:
    for _ in range(3):
        save(("100201", "9.00"), ("3103", "-9.00"))
    account = Account.objects.get(company=company, code="3103")
    period = december(company)
    args = (company, period, account.pk, "in")
    assert cash_flow.assign_group(*args, item(company, "15").pk, was=None, by=accountant) == 3
    assert cash_flow.unassigned(company, period) == []
    assert cash_flow.assign_group(*args, item(company, "2").pk, was=item(company, "15").pk, by=accountant) == 3
    (group,) = queries.groups(company, period)
    assert (group.item.split()[0], group.lines, group.amount) == ("2", 3, Decimal("27.00"))


def test_a_reversal_takes_the_money_back_where_it_was_put(
    company: Company, accountant: User, reviewer: User, save: Any
) -> None:
    voucher = save(("100201", "9.00"), ("3001", "-9.00"))
    a, b = item(company, "14").pk, item(company, "15").pk
    parts = [Part(a, Decimal("4.00")), Part(b, Decimal("5.00"))]
    cash_flow.set_items(company, voucher.lines.get(line_no=2).pk, parts, by=accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    red = services.reverse(voucher, by=accountant, date=DAY)
    assert items_of(red) == [("3001", "14", "-4.00", "manual"), ("3001", "15", "-5.00", "manual")]


def test_the_month_of_the_worked_example(company: Company, accountant: User, reviewer: User, save: Any) -> None:
    """statements.md §4: the lines of the statement and its net increase."""
    customer = DimensionType.objects.get(company=company, code="customer")
    supplier = DimensionType.objects.get(company=company, code="supplier")
    ensure_values(company.pk, "customer", [ValueRow("C1", "客户")])
    ensure_values(company.pk, "supplier", [ValueRow("S1", "供应商")])
    by_customer = {"dimensions": ((customer.pk, customer.values.get(code="C1").pk),)}
    by_supplier = {"dimensions": ((supplier.pk, supplier.values.get(code="S1").pk),)}
    Account.objects.filter(company=company).update(is_control=False)
    made = [
        save(("1001", "226.00"), ("500101", "-200.00"), ("22210107", "-26.00")),
        save(("220201", "1186.50", by_supplier), ("100201", "-1186.50")),
        save(("221101", "8000.00"), ("100201", "-8000.00")),
        save(("222102", "11600.00"), ("100201", "-11600.00")),
        save(("100201", "50000.00"), ("2001", "-50000.00")),
        save(("560301", "250.00"), ("100201", "-250.00")),
        save(("1001", "1000.00"), ("100201", "-1000.00")),
        save(("1122", "74.00", by_customer), ("100201", "-74.00")),
    ]
    for voucher in made:
        services.review(voucher, by=reviewer)
        services.post(voucher, by=accountant)
    period = december(company)
    codes = dict(CashFlowItem.objects.filter(company=company).values_list("id", "code"))
    found = {codes[key]: value for key, value in queries.amounts_by_item(company, period.start, period.end).items()}
    assert found == {
        "1": Decimal("152.00"),
        "3": Decimal("-1186.50"),
        "4": Decimal("-8000.00"),
        "5": Decimal("-11600.00"),
        "14": Decimal("50000.00"),
        "17": Decimal("-250.00"),
    }
    check = queries.check(company, period, period)
    assert check.holds and check.net_cash == Decimal("29115.50")


def test_assigning_is_one_statement_for_any_number_of_vouchers(company: Company, save: Any) -> None:
    ids = [save(("100201", "9.00"), ("3001", "-9.00")).pk for _ in range(5)]
    CashFlowEntry.objects.filter(company=company).delete()
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert assignment.assign(company.pk, ids) == 5
    assert len(counted) == 1
    assert assignment.backfill(company.pk) == 0


# --- pages and API ----------------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    return str(response.content.decode())


def test_the_workbench_lists_and_assigns_a_group(company: Company, accountant: User, save: Any) -> None:
    save(("100201", "9.00"), ("3103", "-9.00"))
    client = browser(accountant)
    address = reverse("cash_flow_workbench") + "?period=2025-12"
    assert "Rows without an item: 1" in text(client.get(address))
    row = f"{Account.objects.get(company=company, code='3103').pk}:in:"
    answer = client.post(
        reverse("cash_flow_assign_group"),
        {"period": december(company).pk, "row": row, f"item-{row}": item(company, "15").pk},
        follow=True,
    )
    assert "1 line is assigned." in text(answer)
    assert cash_flow.unassigned(company, december(company)) == []


def test_a_voucher_is_split_on_its_page_and_a_wrong_sum_is_refused_there(
    company: Company, accountant: User, save: Any
) -> None:
    voucher = save(("100201", "9.00"), ("3001", "-9.00"))
    line_id = voucher.lines.get(line_no=2).pk
    address = reverse("cash_flow_voucher", args=[voucher.pk])
    items = [item(company, "14").pk, item(company, "15").pk]
    client = browser(accountant)
    wrong = client.post(address, {f"item-{line_id}": items, f"amount-{line_id}": ["4.00", "4.00"]})
    assert "add up to 8.00" in text(wrong)
    client.post(address, {f"item-{line_id}": items, f"amount-{line_id}": ["4.00", "5.00"]})
    assert [row[1:3] for row in items_of(voucher)] == [("14", "4.00"), ("15", "5.00")]


def test_the_query_and_the_t_account_tie_to_the_cash_accounts(
    company: Company, accountant: User, reviewer: User, auditor: User, save: Any
) -> None:
    voucher = save(("100201", "226.00"), ("500101", "-200.00"), ("22210107", "-26.00"))
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    client = browser(auditor)
    assert "226.00" in text(client.get(reverse("cash_flow_lines") + "?from=2025-12&item=1"))
    assert "✓" in text(client.get(reverse("cash_flow_t_account") + "?from=2025-12"))
    assert client.get(reverse("cash_flow_lines") + "?export=xlsx").status_code == 200
    assert client.post(reverse("cash_flow_assign_group"), {}).status_code == 403


def test_items_and_defaults_have_their_pages(company: Company, accountant: User, auditor: User) -> None:
    client = browser(accountant)
    fields = {
        "code": "6a",
        "name": "支付的押金",
        "section": "operating",
        "flow": "out",
        "sequence": 6,
        "is_active": "on",
    }
    client.post(reverse("cash_flow_item_new"), fields)
    deposit = item(company, "6a")
    client.post(reverse("cash_flow_defaults"), {"account_prefix": "122104", "direction": "out", "item": deposit.pk})
    row = CashFlowDefault.objects.get(company=company, account_prefix="122104")
    assert row.item == deposit
    client.post(reverse("cash_flow_default_delete", args=[row.pk]))
    assert not CashFlowDefault.objects.filter(pk=row.pk).exists()
    assert "支付的押金" in text(browser(auditor).get(reverse("cash_flow_items")))
    assert browser(auditor).get(reverse("cash_flow_item_new")).status_code == 403


def test_the_api_lists_what_is_unassigned_and_assigns_it(company: Company, accountant: User, save: Any) -> None:
    voucher = save(("100201", "9.00"), ("3103", "-9.00"))
    client = browser(accountant)
    answer = client.get(f"/api/v1/cash-flow-items/unassigned/?period=2025-12&company={company.code}").json()
    assert [row["account"] for row in answer["rows"]] == ["3103"]
    body = {
        "voucher": voucher.pk,
        "lines": [
            {"line": voucher.lines.get(line_no=2).pk, "parts": [{"item": item(company, "15").pk, "amount": "9.00"}]}
        ],
    }
    address = f"/api/v1/cash-flow-items/assign/?company={company.code}"
    assert client.post(address, body, content_type="application/json").status_code == 200
    assert items_of(voucher) == [("3103", "15", "9.00", "manual")]


def test_an_item_chosen_by_hand_is_there_when_the_draft_is_opened_again(
    company: Company, accountant: User, line: Any
) -> None:
    chosen = CashFlowItem.objects.get(company=company, code="6")
    lines = [line("3001", credit="50.00", cash_flow_item=chosen.pk), line("100201", debit="50.00")]
    voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
    again = services.read_lines(voucher)
    assert [each.cash_flow_item for each in again] == [chosen.pk, None]
    shown = initial_lines(company, again)
    assert shown[0]["cash_flow"] == chosen.pk and str(chosen) == shown[0]["cash_flow_text"]
    services.update_draft(voucher, date=voucher.date, word=None, lines=again, attachments=0, by=accountant)
    assert list(CashFlowEntry.objects.filter(voucher=voucher).values_list("item_id", "source")) == [
        (chosen.pk, "manual")
    ]
