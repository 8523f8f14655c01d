"""Ledger pages as people use them: who may open them, what they show, what their buttons do."""

import datetime as dt
import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from ledger.posting.models import AccountMapping, BusinessEvent
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherLine, VoucherStatus
from tests.trading import Trader

pytestmark = pytest.mark.django_db


def browser(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response) -> str:
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def sheet(response):
    content = b"".join(response) if response.streaming else response.content
    return openpyxl.load_workbook(io.BytesIO(content)).active


@pytest.mark.parametrize(
    "name",
    ["voucher_list", "trial_balance", "account_lines", "account_list", "period_list", "posting_monitor"],
)
def test_every_list_opens_for_an_auditor_and_not_without_login(auditor, posted, name):
    posted()
    assert "<h1>" in text(browser(auditor).get(reverse(name)))
    assert Client().get(reverse(name)).status_code == 302


def test_an_auditor_reads_but_does_nothing(auditor, draft):
    voucher = draft()
    client = browser(auditor)
    assert "formaction" not in text(client.get(reverse("voucher_detail", args=[voucher.pk])))
    for action in ("review", "post", "void", "delete", "reverse"):
        assert client.post(reverse("voucher_action", args=[voucher.pk, action])).status_code == 403
    assert client.get(reverse("voucher_create")).status_code == 403


def test_a_voucher_of_another_company_does_not_exist(draft):
    stranger = Trader("other").user("stranger", Role.ACCOUNTANT)
    assert browser(stranger).get(reverse("voucher_detail", args=[draft().pk])).status_code == 404


def test_the_trial_balance_drills_to_lines_and_voucher(accountant, posted):
    voucher = posted("100.00", dt.date(2025, 12, 5))
    client = browser(accountant)
    page = text(client.get(reverse("trial_balance")))
    assert f"{reverse('account_lines')}?from=2025-12&amp;to=2025-12&amp;account=1001" in page
    lines = text(client.get(reverse("account_lines"), {"account": "1001", "from": "2025-12", "to": "2025-12"}))
    assert reverse("voucher_detail", args=[voucher.pk]) in lines
    sheet_page = text(client.get(reverse("voucher_detail", args=[voucher.pk])))
    assert "壹佰元整" in sheet_page and "1001" in sheet_page


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("trial_balance", {"export": "xlsx"}),
        ("account_lines", {"export": "xlsx", "account": "1001"}),
        ("voucher_export", {"status": "posted"}),
        ("account_list", {"export": "xlsx"}),
        ("posting_monitor", {"export": "xlsx"}),
    ],
)
def test_every_list_goes_to_excel(accountant, posted, name, query):
    posted("100.00")
    response = browser(accountant).get(reverse(name), query)
    assert response.status_code == 200
    assert sheet(response).max_row > 1


def test_a_voucher_is_entered_in_the_grid(company, accountant, account):
    client = browser(accountant)
    rows = [
        {"summary": "提取备用金", "account": account("1001").pk, "account_text": "1001", "debit": "1,234.50"},
        {"summary": "提取备用金", "account": account("100201").pk, "account_text": "100201", "credit": "1234.50"},
        {"summary": "提取备用金"},
    ]
    response = client.post(
        reverse("voucher_create"), {"date": "2025-12-09", "word": "记", "attachments": "1", **grid(rows)}
    )
    voucher = Voucher.objects.get(company=company)
    assert response["Location"] == reverse("voucher_detail", args=[voucher.pk])
    assert (str(voucher.total), voucher.lines.count(), voucher.preparer) == ("1234.50", 2, accountant)


def test_a_wrong_line_is_named_in_its_cell_and_nothing_is_saved(company, accountant, account):
    rows = [
        {"summary": "工资", "account": account("560101").pk, "account_text": "560101", "debit": "10"},
        {"summary": "工资", "account": account("1001").pk, "account_text": "1001", "credit": "9"},
    ]
    page = text(
        browser(accountant).post(
            reverse("voucher_create"), {"date": "2025-12-09", "word": "记", "attachments": "0", **grid(rows)}
        )
    )
    assert page.count('class="cell-error"') == 1 and "1.00" in page
    assert not Voucher.objects.filter(company=company).exists()


def test_an_account_that_was_typed_but_not_chosen_is_asked_for(accountant):
    rows = [{"summary": "x", "account_text": "no such account", "debit": "1"}]
    page = text(
        browser(accountant).post(
            reverse("voucher_create"), {"date": "2025-12-09", "word": "记", "attachments": "0", **grid(rows)}
        )
    )
    assert "no such account" in page and 'class="cell-error"' in page


def test_vouchers_are_reviewed_and_posted_from_the_list(company, draft, accountant, reviewer):
    first, second = draft(), draft()
    picked = {"voucher": [first.pk, second.pk]}
    assert browser(accountant).post(reverse("voucher_bulk"), {**picked, "action": "review"}).status_code == 403
    browser(reviewer).post(reverse("voucher_bulk"), {**picked, "action": "review"})
    browser(accountant).post(reverse("voucher_bulk"), {**picked, "action": "post"})
    assert set(Voucher.objects.filter(company=company).values_list("status", flat=True)) == {VoucherStatus.POSTED}


def test_a_reversal_from_the_page_links_both_vouchers(accountant, posted):
    wrong = posted()
    client = browser(accountant)
    response = client.post(reverse("voucher_action", args=[wrong.pk, "reverse"]), {"date": "2025-12-20"})
    red = services.live_reversal(wrong)
    assert response["Location"] == reverse("voucher_detail", args=[red.pk])
    assert response["Location"] in text(client.get(reverse("voucher_detail", args=[wrong.pk])))
    assert reverse("voucher_detail", args=[wrong.pk]) in text(client.get(response["Location"]))
    assert "订正12月5日记-1号凭证" in text(client.get(reverse("voucher_create"), {"correct": wrong.pk}))


def test_the_list_finds_vouchers_by_amount_account_and_words(accountant, draft):
    draft("123.45")
    draft("6.00")
    client = browser(accountant)
    for query, found in (
        ({"amount": "123.45"}, 1),
        ({"account": "1002"}, 2),
        ({"account": "5601"}, 0),
        ({"text": "备用金", "first": "2025-12"}, 2),
        ({"number_from": "2"}, 1),
        ({"last": "2025-11"}, 0),
    ):
        page = text(client.get(reverse("voucher_list"), query))
        assert page.count('name="voucher"') == found, query


def test_lookups_find_by_code_name_and_pinyin_and_hide_control_accounts(accountant, company):
    client = browser(accountant)

    def codes(query: str) -> list[str]:
        return [row["code"] for row in client.get(reverse("account_lookup"), {"q": query}).json()["results"]]

    assert codes("1001") == ["1001"]
    assert "1001" in codes("kcxj") and "1001" in codes("库存现金")
    assert codes("1122") == []
    values = client.get(reverse("value_lookup"), {"q": "SALES"}).json()["results"]
    assert [row["code"] for row in values] == ["SALES"]


def test_the_monitor_groups_failures_and_retries_them_after_the_cure(reviewer):
    trader = Trader()
    accountant = trader.user("kuaiji", Role.ACCOUNTANT)
    mapping = AccountMapping.objects.get(company=trader.company, key__code="output_vat", is_active=True)
    AccountMapping.objects.filter(pk=mapping.pk).update(is_active=False)
    trader.sell(2)
    trader.post()
    client = browser(accountant)
    page = text(client.get(reverse("posting_monitor")))
    assert "output_vat" in page and reverse("admin:ledger_accountmapping_changelist") in page
    failed = BusinessEvent.objects.filter(company=trader.company, state="failed")
    assert failed.count() == 2
    assert "output_vat" in text(client.get(reverse("event_detail", args=[failed[0].pk])))
    AccountMapping.objects.filter(pk=mapping.pk).update(is_active=True)
    import json

    client.post(reverse("posting_retry"), {"code": failed[0].reason_code, "facts": json.dumps(failed[0].reason_facts)})
    trader.post()
    assert not BusinessEvent.objects.filter(company=trader.company, state="failed").exists()


def test_a_generated_line_says_why_in_the_drawer():
    trader = Trader()
    trader.sell(1)
    trader.post()
    client = browser(trader.user("kuaiji", Role.ACCOUNTANT))
    line = VoucherLine.objects.filter(company=trader.company, rule_line__isnull=False).latest("id")
    assert reverse("line_why", args=[line.pk]) in text(client.get(reverse("voucher_detail", args=[line.voucher_id])))
    assert "sales-" in text(client.get(reverse("line_why", args=[line.pk])))


def test_periods_close_in_order_and_only_when_everything_is_posted(company, accountant, draft):
    client = browser(accountant)
    voucher = draft(date=dt.date(2025, 11, 5))
    period = voucher.period
    client.post(reverse("period_action", args=[period.pk, "close"]))
    period.refresh_from_db()
    assert period.status == "open"
    services.void(voucher, by=accountant)
    client.post(reverse("period_action", args=[period.pk, "close"]))
    period.refresh_from_db()
    assert period.status == "closed"
    assert client.post(reverse("period_action", args=[period.pk, "reopen"])).status_code == 403


def grid(rows: list[dict[str, object]]) -> dict[str, object]:
    """The rows as the browser sends them."""
    posted = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        posted |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return posted
