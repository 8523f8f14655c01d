"""Pages of period end, transfer templates and currencies: who may, what they show, what their buttons do."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from ledger.accounts.models import Account
from ledger.closing.models import PeriodTrace, TransferTemplate
from ledger.currencies import services as currencies
from ledger.currencies.models import Currency, ExchangeRate
from ledger.periods import services as periods
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherKind

pytestmark = pytest.mark.django_db


def browser(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response) -> str:
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


@pytest.fixture
def november(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=11)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


@pytest.fixture
def output_vat(company, accountant, reviewer, line):
    voucher = services.create_voucher(
        company,
        dt.date(2025, 12, 5),
        None,
        [line("1001", debit="130.00"), line("22210107", credit="130.00")],
        by=accountant,
    )
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)


def page(period) -> str:
    return reverse("closing_period", args=[period.pk])


def test_the_first_open_period_is_next(company, november, accountant):
    assert browser(accountant).get(reverse("closing_home")).url == page(november)


def test_the_checklist_names_what_blocks_and_where_it_is_cured(december, draft, accountant):
    voucher = draft()
    shown = text(browser(accountant).get(page(december)))
    assert f"{voucher}" in shown
    assert "status=draft" in shown
    assert "Blocks closing" in shown
    assert reverse("closing_step", args=[december.pk, "profit"]) in shown


def test_an_auditor_looks_but_runs_closes_and_reopens_nothing(december, auditor):
    client = browser(auditor)
    assert "formaction" not in text(client.get(page(december)))
    for name, more in (("closing_step", ["profit"]), ("closing_run_all", []), ("closing_close", [])):
        assert client.post(reverse(name, args=[december.pk, *more])).status_code == 403
    assert client.post(reverse("closing_reopen", args=[december.pk])).status_code == 403
    assert client.get(reverse("closing_transfer_new")).status_code == 403
    assert client.post(reverse("currency_usual")).status_code == 403


def test_a_step_makes_its_draft_and_shows_it(company, december, output_vat, accountant):
    client = browser(accountant)
    client.post(reverse("closing_step", args=[december.pk, "transfers"]))
    made = Voucher.objects.filter(company=company, kind=VoucherKind.TRANSFER)
    assert made.count() == 2
    shown = text(client.get(page(december)))
    assert all(reverse("voucher_detail", args=[voucher.pk]) in shown for voucher in made)
    refused = client.post(reverse("closing_step", args=[december.pk, "profit"]), follow=True)
    assert "are not posted" in text(refused)


def test_run_all_is_a_job(december, accountant):
    response = browser(accountant).post(reverse("closing_run_all", args=[december.pk]))
    assert response.status_code == 302
    assert "/jobs/" in response.url


def test_closing_and_reopening_on_the_page(november, accountant, reviewer):
    client = browser(accountant)
    client.post(reverse("closing_close", args=[november.pk]), {"reason": ""})
    november.refresh_from_db()
    assert november.status == "closed"
    shown = browser(reviewer).post(
        reverse("closing_reopen", args=[november.pk]), {"reason": "补记十一月电费"}, follow=True
    )
    assert "补记十一月电费" in text(shown)
    november.refresh_from_db()
    assert november.status == "open"


def test_reopening_without_permission_answers_403_and_is_traced(november, accountant):
    """C11."""
    periods.close(november, by=accountant)
    for name, args in (("closing_reopen", [november.pk]), ("period_action", [november.pk, "reopen"])):
        response = browser(accountant).post(reverse(name, args=args), {"reason": "想改"})
        assert response.status_code == 403
    assert PeriodTrace.objects.filter(period=november, action="reopen_refused", user=accountant).count() == 2


def test_the_page_asks_a_constant_number_of_statements(december, posted, accountant, django_assert_max_num_queries):
    client = browser(accountant)
    for _number in range(3):
        posted()
    with django_assert_max_num_queries(110):
        client.get(page(december))


def test_templates_are_listed_previewed_and_run(company, december, output_vat, accountant):
    client = browser(accountant)
    vat = TransferTemplate.objects.get(company=company, code="vat")
    assert "转出未交增值税" in text(client.get(reverse("closing_transfers"), {"period": "2025-12"}))
    shown = text(client.get(reverse("closing_transfer_preview", args=[vat.pk]), {"period": "2025-12"}))
    assert "130.00" in shown
    assert "22210104" in shown
    assert not Voucher.objects.filter(company=company, kind=VoucherKind.TRANSFER).exists()
    response = client.post(reverse("closing_transfer_action", args=[vat.pk, "run"]), {"period": "2025-12"})
    voucher = Voucher.objects.get(company=company, kind=VoucherKind.TRANSFER)
    assert response.url == reverse("voucher_detail", args=[voucher.pk])


def grid(rows: list[dict[str, object]]) -> dict[str, object]:
    posted = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        posted |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return posted


def test_a_template_is_written_on_the_page_and_a_bad_formula_is_named_at_its_cell(company, account, accountant):
    client = browser(accountant)
    head = {
        "code": "depreciation",
        "name": "计提折旧",
        "summary": "计提折旧",
        "frequency": "month",
        "sequence": 40,
        "is_active": "on",
    }
    cash, income = account("1001"), account("530111")
    rows = [
        {"account": cash.pk, "account_text": str(cash), "side": "debit", "source": "formula", "formula": "BAL_D(7777)"},
        {"account": income.pk, "account_text": str(income), "side": "credit", "source": "rest"},
    ]
    shown = text(client.post(reverse("closing_transfer_new"), head | grid(rows)))
    assert "no account begins with 7777" in shown
    assert "cell-error" in shown
    rows[0]["formula"] = "BAL_D(1001) * 0.01"
    assert client.post(reverse("closing_transfer_new"), head | grid(rows)).status_code == 302
    saved = TransferTemplate.objects.get(company=company, code="depreciation")
    assert saved.lines.count() == 2
    assert "BAL_D(1001)" in text(client.get(reverse("closing_transfer_edit", args=[saved.pk])))
    again = text(client.post(reverse("closing_transfer_new"), head | grid(rows)))
    assert "Another template has this code" in again
    client.post(reverse("closing_transfer_action", args=[saved.pk, "disable"]))
    saved.refresh_from_db()
    assert not saved.is_active
    client.post(reverse("closing_transfer_action", args=[saved.pk, "delete"]))
    assert not TransferTemplate.objects.filter(pk=saved.pk).exists()


def test_currencies_and_rates_are_kept_on_one_page(company, accountant):
    client = browser(accountant)
    client.post(reverse("currency_usual"))
    client.post(reverse("currency_new"), {"code": "sgd", "name": "新加坡元", "is_active": "on"})
    given = {"currency": "USD", "kind": "closing", "date": "2025-12-31", "rate": "7.0288"}
    assert client.post(reverse("currency_rate_add"), given).status_code == 302
    shown = text(client.get(reverse("currency_list")))
    assert "7.0288" in shown
    assert "SGD" in shown
    refused = text(client.post(reverse("currency_rate_add"), given | {"rate": "0"}))
    assert "above zero" in refused
    rate = ExchangeRate.objects.get(company=company)
    client.post(reverse("currency_rate_delete", args=[rate.pk]))
    assert not ExchangeRate.objects.filter(company=company).exists()
    sgd = Currency.objects.get(company=company, code="SGD")
    client.post(reverse("currency_delete", args=[sgd.pk]))
    assert not Currency.objects.filter(pk=sgd.pk).exists()


def test_foreign_balances_without_rate_lead_to_the_rates(company, december, accountant, reviewer, line):
    currencies.install_usual(company)
    Account.objects.filter(company=company, code="100201").update(currency="*", is_revalued=True)
    foreign = {"currency": "USD", "original_amount": Decimal("10.00"), "rate": Decimal("7.2")}
    lines = [line("100201", debit="72.00", **foreign), line("3001", credit="72.00")]
    voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    assert reverse("currency_list") in text(browser(accountant).get(page(december)))
