"""Period end, transfers and rates in the API: the same services, permissions and traces as the pages."""

import datetime as dt

import pytest
from rest_framework.test import APIClient

from ledger.closing.models import PeriodTrace, TransferTemplate
from ledger.currencies import services as currencies
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherKind

pytestmark = pytest.mark.django_db
API = "/api/v1"


def client(user) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


@pytest.fixture
def november(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=11)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


def test_the_checklist_says_what_blocks(december, draft, accountant):
    draft()
    rows = client(accountant).get(f"{API}/periods/{december.pk}/checklist/").json()
    states = {row["code"]: row["state"] for row in rows}
    assert (states["drafts"], states["unposted"]) == ("failed", "done")


def test_closing_names_what_blocks_and_reopening_is_traced_when_refused(november, draft, accountant, reviewer):
    """C08, C11."""
    voucher = draft(date=dt.date(2025, 11, 5))
    api = client(accountant)
    refused = api.post(f"{API}/periods/{november.pk}/close/", {}, format="json")
    assert refused.status_code in (400, 409)
    assert refused.json()["code"] == "period_not_ready"
    assert str(voucher) in refused.json()["message"]
    services.void(voucher, by=accountant)
    assert api.post(f"{API}/periods/{november.pk}/close/", {}, format="json").json()["status"] == "closed"
    forbidden = api.post(f"{API}/periods/{november.pk}/reopen/", {"reason": "改"}, format="json")
    assert forbidden.status_code == 403
    opened = client(reviewer).post(f"{API}/periods/{november.pk}/reopen/", {"reason": "补记电费"}, format="json")
    assert opened.json()["status"] == "open"
    rows = client(reviewer).get(f"{API}/periods/{november.pk}/trace/").json()
    assert [row["action"] for row in rows] == ["reopen", "reopen_refused", "close", "close_refused"]
    assert PeriodTrace.objects.filter(period=november).count() == 4


def test_an_auditor_closes_and_runs_nothing(november, auditor):
    api = client(auditor)
    for path in ("close", "steps/profit", "run-all"):
        assert api.post(f"{API}/periods/{november.pk}/{path}/", {}, format="json").status_code == 403
    assert api.post(f"{API}/transfers/", {}, format="json").status_code == 403
    assert api.post(f"{API}/exchange-rates/", {}, format="json").status_code == 403


def test_steps_make_drafts_and_run_all_starts_a_job(company, december, accountant, reviewer, line):
    lines = [line("1001", debit="130.00"), line("22210107", credit="130.00")]
    voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    api = client(accountant)
    made = api.post(f"{API}/periods/{december.pk}/steps/transfers/", format="json").json()
    assert [row["total"] for row in made["vouchers"]] == ["130.00", "15.60"]
    refused = api.post(f"{API}/periods/{december.pk}/steps/profit/", format="json")
    assert refused.json()["code"] == "vouchers_wait"
    assert "job" in api.post(f"{API}/periods/{december.pk}/run-all/", format="json").json()
    assert api.post(f"{API}/periods/{december.pk}/steps/nothing/", format="json").status_code == 404


def test_transfers_are_read_written_previewed_and_run(company, december, posted, accountant):
    posted("50.00")
    api = client(accountant)
    given = {
        "code": "own",
        "name": "自定义结转",
        "summary": "自定义结转",
        "lines": [
            {"account": "530111", "side": "credit", "source": "formula", "formula": "BAL_D(1001) * 0.1"},
            {"account": "1001", "side": "debit", "source": "rest"},
        ],
    }
    made = api.post(f"{API}/transfers/", given, format="json")
    assert made.status_code == 201
    own = made.json()["id"]
    lines = api.get(f"{API}/transfers/{own}/preview/", {"period": "2025-12"}).json()
    assert [(row["account"], row["debit"], row["credit"]) for row in lines] == [
        ("530111", "0.00", "5.00"),
        ("1001", "5.00", "0.00"),
    ]
    ran = api.post(f"{API}/transfers/{own}/run/", {"period": "2025-12"}, format="json").json()
    assert Voucher.objects.get(pk=ran["vouchers"][0]["id"]).kind == VoucherKind.TRANSFER
    given["lines"][0]["formula"] = "BAL_D("
    wrong = api.put(f"{API}/transfers/{own}/", given, format="json")
    assert wrong.json()["field"] == "lines-1-formula"
    assert api.delete(f"{API}/transfers/{own}/").status_code in (400, 409)
    listed = api.get(f"{API}/transfers/").json()["results"]
    assert {row["code"] for row in listed} == set(
        TransferTemplate.objects.filter(company=company).values_list("code", flat=True)
    )


def test_rates_are_entered_and_listed(company, accountant):
    currencies.install_usual(company)
    api = client(accountant)
    given = {"currency": "USD", "kind": "closing", "date": "2025-12-31", "rate": "7.02880000"}
    made = api.post(f"{API}/exchange-rates/", given, format="json")
    assert made.status_code == 201
    assert api.get(f"{API}/exchange-rates/", {"currency": "USD"}).json()["results"][0]["rate"] == "7.02880000"
    assert api.delete(f"{API}/exchange-rates/{made.json()['id']}/").status_code == 204
    new = api.post(f"{API}/currencies/", {"code": "SGD", "name": "新加坡元"}, format="json")
    assert new.status_code == 201
    again = api.post(f"{API}/currencies/", {"code": "SGD", "name": "新加坡元"}, format="json")
    assert again.status_code in (400, 409)
    changed = api.put(f"{API}/currencies/{new.json()['id']}/", {"code": "SGD", "name": "新元"}, format="json")
    assert changed.json()["name"] == "新元"
    assert api.delete(f"{API}/currencies/{new.json()['id']}/").status_code == 204
