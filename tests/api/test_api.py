"""``/api/v1/`` shows each user the books of their own companies, as far as their roles go, and nothing else."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import call_command
from django.test import Client
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.api.registry import router
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from ledger.vouchers.models import Voucher
from tests.trading import FIRST, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(db: Any) -> Trader:
    shop = Trader()
    shop.sell(2)
    shop.post()
    return shop


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user, token=Token(user=user))
    return client


@pytest.fixture
def api(trader: Trader) -> APIClient:
    return client_of(trader.user("王会计", Role.ACCOUNTANT))


def test_every_part_answers_the_accountant(api: APIClient) -> None:
    for prefix, viewset, _name in router().registry:
        if not hasattr(viewset, "list"):
            continue
        answer = api.get(f"/api/v1/{prefix}/")
        assert answer.status_code == 200, (prefix, answer.data)


def test_a_voucher_shows_its_lines_dimensions_and_events(api: APIClient) -> None:
    found = api.get("/api/v1/vouchers/", {"account": "1122"}).data["results"]
    assert len(found) == 2
    lines = {line["account"]: line for line in found[0]["lines"]}
    assert lines["1122"]["debit"] == "31.64"
    assert lines["1122"]["dimensions"][0] == {"dimension": "customer", "code": "C1", "name": "张三商行"}
    assert lines["22210107"]["credit"] == "3.64"
    assert len(found[0]["events"]) == 1


def test_a_page_costs_a_constant_number_of_statements(trader: Trader, django_assert_max_num_queries: Any) -> None:
    api = client_of(trader.user("王会计", Role.ACCOUNTANT))
    trader.sell(20)
    trader.post()
    with django_assert_max_num_queries(10):
        assert len(api.get("/api/v1/vouchers/").data["results"]) == 44
    with django_assert_max_num_queries(4):
        assert len(api.get("/api/v1/sales-invoices/").data["results"]) == 22


def test_pages_follow_each_other_by_cursor(api: APIClient) -> None:
    seen = []
    address = "/api/v1/accounts/?page_size=100"
    while address:
        page = api.get(address).data
        seen += [row["code"] for row in page["results"]]
        address = page["next"]
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) > 200


def test_without_login_there_is_nothing(trader: Trader) -> None:
    answer = APIClient().get("/api/v1/vouchers/")
    assert answer.status_code == 401
    assert answer.data["code"] == "not_authenticated"


def test_a_foreign_company_does_not_exist(trader: Trader) -> None:
    stranger = client_of(Trader("other", stock="1").user("外人", Role.ADMIN))
    assert stranger.get("/api/v1/vouchers/").data["results"] == []
    for named in ({"data": {"company": "trader"}}, {"HTTP_X_COMPANY": "trader"}):
        answer = stranger.get("/api/v1/vouchers/", **named)
        assert answer.status_code == 404
        assert answer.data["code"] == "company_unknown"
    voucher = Voucher.objects.filter(company=trader.company)[0]
    assert stranger.get(f"/api/v1/vouchers/{voucher.pk}/").status_code == 404


def test_a_role_without_the_permission_is_refused(trader: Trader) -> None:
    keeper = client_of(trader.user("仓管", Role.WAREHOUSE))
    assert keeper.get("/api/v1/stock-balances/").status_code == 200
    answer = keeper.get("/api/v1/vouchers/")
    assert answer.status_code == 403
    assert answer.data["code"] == "not_permitted"


def test_costs_are_null_for_those_who_may_not_see_them(trader: Trader) -> None:
    keeper = client_of(trader.user("仓管", Role.WAREHOUSE))
    row = keeper.get("/api/v1/stock-balances/", {"item": "A1"}).data["results"][0]
    assert (row["qty"], row["value"], row["last_cost"]) == ("996.000000", None, None)
    accountant = client_of(trader.user("王会计", Role.ACCOUNTANT))
    assert accountant.get("/api/v1/stock-balances/", {"item": "A1"}).data["results"][0]["value"] == "5976.00"


def test_who_belongs_to_several_companies_names_one(trader: Trader) -> None:
    user = trader.user("集团会计", Role.ACCOUNTANT)
    second = create_company("second", "第二公司", first_period=FIRST)
    Membership.objects.create(company=second, user=user, role=Role.AUDITOR)
    api = client_of(user)
    answer = api.get("/api/v1/accounts/")
    assert (answer.status_code, answer.data["code"]) == (400, "company_needed")
    assert "second" in answer.data["facts"]["companies"]
    assert api.get("/api/v1/accounts/", HTTP_X_COMPANY="second").status_code == 200
    companies = {row["code"]: row for row in api.get("/api/v1/companies/").data}
    assert companies["second"]["roles"] == ["auditor"]
    assert "ledger.enter_voucher" in companies["trader"]["permissions"]


def test_a_bad_filter_is_refused_at_its_field(api: APIClient) -> None:
    answer = api.get("/api/v1/vouchers/", {"date__gte": "soon"})
    assert answer.status_code == 400
    assert answer.data["field"] == "date__gte"
    assert answer.data["code"] == "invalid"


def test_what_is_only_read_cannot_be_written(api: APIClient) -> None:
    answer = api.post("/api/v1/periods/", {}, format="json")
    assert answer.status_code == 405
    assert answer.data["code"] == "method_not_allowed"


def test_a_session_chooses_its_company(trader: Trader) -> None:
    user = trader.user("集团会计", Role.ACCOUNTANT)
    second = create_company("second", "第二公司", first_period=FIRST)
    Membership.objects.create(company=second, user=user, role=Role.ACCOUNTANT)
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["company_id"] = trader.company.pk
    session.save()
    assert len(browser.get("/api/v1/vouchers/").json()["results"]) == 4


def test_the_trial_balance_is_that_of_the_page_and_the_command(api: APIClient, trader: Trader) -> None:
    answer = api.get("/api/v1/reports/trial_balance/", {"from": "2025-12", "to": "2025-12", "level": "1"})
    assert answer.status_code == 200
    rows = {row["code"]: row for row in answer.data["rows"]}
    assert rows["1122"]["debit"] == "63.28"
    assert rows["1405"]["closing_debit"] == "8466.00"
    assert answer.data["totals"]["debit"] == answer.data["totals"]["credit"]


def test_a_report_refuses_parameters_that_it_does_not_know(api: APIClient) -> None:
    answer = api.get("/api/v1/reports/trial_balance/", {"perid": "2025-12"})
    assert (answer.status_code, answer.data["code"]) == (400, "bad_parameter")


# --- tokens -------------------------------------------------------------------------------------


def token_for(**given: str) -> Any:
    return APIClient().post("/api/v1/token/", given, format="json")


@pytest.fixture
def person(trader: Trader) -> User:
    user = trader.user("program", Role.AUDITOR)
    user.set_password("long enough secret")
    user.save()
    return user


def test_a_token_opens_the_api_until_it_is_taken_back(person: User) -> None:
    answer = token_for(username="program", password="long enough secret")
    assert answer.status_code == 200
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {answer.data['token']}")
    assert api.get("/api/v1/vouchers/").status_code == 200
    assert api.delete("/api/v1/token/").status_code == 204
    assert api.get("/api/v1/vouchers/").status_code == 401


def test_a_wrong_password_gets_no_token(person: User) -> None:
    answer = token_for(username="program", password="wrong")
    assert (answer.status_code, answer.data["code"]) == (401, "authentication_failed")
    assert not Token.objects.exists()


def test_too_many_wrong_passwords_lock_the_token_door_too(person: User, settings: Any) -> None:
    settings.AXES_ENABLED = True
    for _try in range(settings.AXES_FAILURE_LIMIT):
        answer = token_for(username="program", password="wrong")
    assert answer.status_code == 429
    assert answer.json()["code"] == "locked_out"
    assert token_for(username="program", password="long enough secret").status_code == 429


def test_a_second_factor_is_asked_for_here_as_well(person: User) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(person, secret)
    assert Authenticator.objects.filter(user=person).exists()
    answer = token_for(username="program", password="long enough secret")
    assert (answer.status_code, answer.data["code"]) == (400, "code_needed")
    assert token_for(username="program", password="long enough secret", code="000000").status_code == 401
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert token_for(username="program", password="long enough secret", code=code).status_code == 200


# --- schema -------------------------------------------------------------------------------------


def test_the_schema_is_valid_without_a_warning(tmp_path: Any) -> None:
    file = tmp_path / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    schema = json.loads(file.read_text())
    listing = schema["paths"]["/api/v1/vouchers/"]["get"]
    assert {"company", "X-Company", "cursor", "account"} <= {parameter["name"] for parameter in listing["parameters"]}
    assert {"200", "401", "403"} <= listing["responses"].keys()


def test_the_schema_page_needs_no_other_site(trader: Trader) -> None:
    browser = Client()
    browser.force_login(trader.user("王会计", Role.ACCOUNTANT), backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "drf_spectacular_sidecar" in text
    assert "cdn" not in text.lower()
    assert "'unsafe-inline'" in page.headers["Content-Security-Policy"]
