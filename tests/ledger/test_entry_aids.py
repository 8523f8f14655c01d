"""Summary library, voucher templates, recurring vouchers."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from ledger.entry_aids import phrases, recurring, templates
from ledger.entry_aids.models import RecurringRun, SummaryPhrase, VoucherTemplate
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher
from tests.ledger.test_pages import browser, text

pytestmark = pytest.mark.django_db
DECEMBER = dt.date(2025, 12, 1)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


@pytest.fixture
def rent(company, accountant, line) -> VoucherTemplate:
    return templates.save(
        company,
        "支付房租",
        [line("1001", debit="800.00", summary="房租"), line("100201", credit="800.00", summary="房租")],
        by=accountant,
        category="月末",
    )


def test_a_summary_is_found_by_code_text_and_pinyin_and_those_used_most_come_first(company):
    phrases.save(company, "提取备用金", "01")
    phrases.save(company, "提取现金", "02")
    phrases.count_used(company, ["提取现金"])
    assert [row.text for row in phrases.find(company, "tq")] == ["提取现金", "提取备用金"]
    assert [row.text for row in phrases.find(company, "01")] == ["提取备用金"]
    assert [row.text for row in phrases.find(company, "备用")] == ["提取备用金"]


def test_the_key_of_the_grid_adds_a_summary_once(company, accountant):
    client = browser(accountant)
    assert client.post(reverse("summary_keep"), {"text": "支付运费"}).status_code == 200
    again = client.post(reverse("summary_keep"), {"text": "支付运费"})
    assert again.status_code == 409 and "支付运费" in again.json()["message"]
    assert SummaryPhrase.objects.filter(company=company).count() == 1
    rows = client.get(reverse("summary_lookup"), {"q": "zfyf"}).json()["results"]
    assert [row["name"] for row in rows] == ["支付运费"]


def test_the_library_page_adds_changes_and_deletes(company, accountant, auditor):
    client = browser(accountant)
    client.post(reverse("aids_summary_save"), {"code": "a", "text": "付水费"})
    phrase = SummaryPhrase.objects.get(company=company)
    client.post(reverse("aids_summary_save"), {"phrase": phrase.pk, "code": "a", "text": "付电费"})
    assert "付电费" in text(client.get(reverse("aids_summaries")))
    assert browser(auditor).post(reverse("aids_summary_delete", args=[phrase.pk])).status_code == 403
    client.post(reverse("aids_summary_delete", args=[phrase.pk]))
    assert not SummaryPhrase.objects.filter(company=company).exists()


@pytest.mark.parametrize("with_amounts", [True, False])
def test_a_voucher_becomes_a_template_with_or_without_amounts_and_begins_another(
    company, accountant, posted, with_amounts
):
    voucher = posted("123.45")
    client = browser(accountant)
    given = {"code": "001", "name": "备用金", "category": "", **({"with_amounts": "on"} if with_amounts else {})}
    client.post(reverse("aids_template_save", args=[voucher.pk]), given)
    template = VoucherTemplate.objects.get(company=company)
    assert "备用金" in text(client.get(reverse("aids_templates"), {"q": "byj"}))
    page = text(client.get(reverse("voucher_create"), {"template": template.pk}))
    assert page.count('value="123.45"') == (2 if with_amounts else 0)
    assert "1001 " in page
    client.post(reverse("aids_template_delete", args=[template.pk]))
    assert not VoucherTemplate.objects.filter(company=company).exists()


def test_a_template_of_a_recurring_voucher_is_not_deleted(company, rent):
    recurring.save(company, template_id=rent.pk, name="房租", first_month=DECEMBER)
    with pytest.raises(templates.TemplateInUse):
        templates.delete(company, rent.pk)


def test_a_recurring_voucher_is_made_once_in_a_period(company, accountant, rent, december):
    recurring.save(company, template_id=rent.pk, name="房租", first_month=DECEMBER)
    first = recurring.run_recurring(company, december, accountant)
    second = recurring.run_recurring(company, december, accountant)
    assert (len(first.made), len(second.made)) == (1, 0)
    voucher = Voucher.objects.get(company=company)
    assert (voucher.date, str(voucher.total), voucher.status) == (dt.date(2025, 12, 31), "800.00", "draft")
    services.delete_draft(voucher, by=accountant)
    assert len(recurring.run_recurring(company, december, accountant).made) == 1
    assert RecurringRun.objects.filter(company=company).count() == 1


@pytest.mark.parametrize(
    ("first", "last", "every", "month", "due"),
    [
        ((2025, 12), None, 1, (2025, 12), True),
        ((2025, 12), None, 1, (2025, 11), False),
        ((2025, 11), None, 3, (2026, 2), True),
        ((2025, 11), None, 3, (2026, 1), False),
        ((2025, 11), (2025, 12), 1, (2026, 1), False),
    ],
)
def test_a_recurring_voucher_is_due_every_so_many_months(first, last, every, month, due):
    end = last and dt.date(*last, 1)
    assert recurring.is_due(dt.date(*first, 1), end, every, dt.date(*month, 1)) is due


def test_a_template_without_amounts_is_refused_by_name_and_the_others_are_made(
    company, accountant, line, rent, december
):
    bare = templates.save(
        company, "空", [line("1001", debit="1"), line("100201", credit="1")], by=accountant, with_amounts=False
    )
    recurring.save(company, template_id=bare.pk, name="空白", first_month=DECEMBER)
    recurring.save(company, template_id=rent.pk, name="房租", first_month=DECEMBER, day=15)
    client = browser(accountant)
    client.post(reverse("aids_recurring_run", args=[december.pk]))
    page = text(client.get(reverse("aids_recurring"), {"period": "2025-12"}))
    assert "空白" in page and Voucher.objects.get(company=company).date == dt.date(2025, 12, 15)


def test_the_recurring_page_adds_one_by_form(company, accountant, rent):
    given = {"template": rent.pk, "name": "房租", "first_month": "2025-12", "last_month": "", "every_months": "1"}
    response = browser(accountant).post(reverse("aids_recurring_add"), {**given, "day": "31", "is_active": "on"})
    assert response["Location"] == reverse("aids_recurring")
    assert [row.name for row in recurring.due(company, Period.objects.get(company=company, year=2025, number=12))] == [
        "房租"
    ]


def test_the_api_keeps_phrases_templates_and_recurring_vouchers(company, accountant, auditor, posted):
    voucher = posted("123.45")
    root = "/api/v1"
    client = browser(accountant)

    def post(path: str, body: dict[str, object], status: int = 201, who: Client = client) -> dict[str, object]:
        answer = who.post(f"{root}/{path}/?company=books", body, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    phrase = post("summary-phrases", {"text": "支付运费", "code": "yf"})
    post("summary-phrases", {"text": "支付运费"}, 400)
    post("summary-phrases", {"text": "x"}, 403, browser(auditor))
    assert client.delete(f"{root}/summary-phrases/{phrase['id']}/?company=books").status_code == 204
    template = post("voucher-templates", {"voucher": voucher.pk, "name": "备用金"})
    assert [row["debit"] for row in template["lines"]] == ["123.45", "0.00"]
    post("recurring-vouchers", {"name": "备用金", "template": template["id"], "first_month": "2025-12-01"})
    first = post("recurring-vouchers/run", {"period": "2025-12"}, 200)
    again = post("recurring-vouchers/run", {"period": "2025-12"}, 200)
    assert (len(first["made"]), again["made"], first["refused"]) == (1, [], [])


def test_the_demo_company_has_a_rent_that_becomes_a_draft(company, accountant, december):
    from demo.parts import entry
    from erp.core.access.permissions import Role

    for _time in range(2):
        entry.add(company, {Role.ACCOUNTANT: accountant}, dt.date(2025, 12, 9))
    assert len(recurring.run_recurring(company, december, accountant).made) == 1
    assert SummaryPhrase.objects.filter(company=company).count() == len(entry.PHRASES)
