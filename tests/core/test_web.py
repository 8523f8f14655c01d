"""The frame of the pages: whose company a request is about, who may open a page, what the navigation shows, how
figures look, and what browsers are allowed to run."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from erp.core.web import navigation
from erp.core.web.middleware import SESSION_KEY, CompanyMiddleware
from erp.core.web.navigation import NavItem
from erp.core.web.templatetags import ui
from erp.core.web.views import allowed, page


def _company(code: str, **fields: Any) -> Company:
    return Company.objects.create(code=code, name=f"公司 {code}", first_period=dt.date(2025, 1, 1), **fields)


def _user(name: str = "wang", **fields: Any) -> User:
    return User.objects.create_user(name, password="correct-horse-9", **fields)


def _join(user: User, company: Company, *roles: Role) -> None:
    for role in roles:
        Membership.objects.create(user=user, company=company, role=role)


def _request(user: Any, chosen: int | None = None, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    request.session = {SESSION_KEY: chosen} if chosen else {}  # type: ignore[assignment]
    CompanyMiddleware(lambda _request: HttpResponse())(request)
    return request


# --- company of the request ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_first_company_is_active_until_another_is_chosen() -> None:
    user, first, second = _user(), _company("aaa"), _company("bbb")
    _join(user, first, Role.CLERK)
    _join(user, second, Role.ACCOUNTANT, Role.REVIEWER)
    assert _request(user).company == first  # type: ignore[attr-defined]
    chosen = _request(user, second.pk)
    assert chosen.company == second  # type: ignore[attr-defined]
    assert chosen.roles == {"accountant", "reviewer"}  # type: ignore[attr-defined]
    assert chosen.companies == [first, second]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_foreign_or_inactive_company_is_never_active() -> None:
    user, mine, foreign, closed = _user(), _company("mine"), _company("foreign"), _company("closed", is_active=False)
    _join(user, mine, Role.CLERK)
    _join(user, closed, Role.ADMIN)
    for other in (foreign, closed):
        request = _request(user, other.pk)
        assert request.company == mine  # type: ignore[attr-defined]
        assert request.roles == {"clerk"}  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_nobody_and_people_without_membership_have_no_company() -> None:
    for user in (AnonymousUser(), _user()):
        request = _request(user)
        assert (request.company, request.roles, request.companies) == (None, frozenset(), [])  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_switching_company_is_remembered_and_never_leads_outside(client: Client) -> None:
    user, first, second, foreign = _user(), _company("aaa"), _company("bbb"), _company("ccc")
    _join(user, first, Role.CLERK)
    _join(user, second, Role.CLERK)
    client.force_login(user)
    answer = client.post("/company/switch/", {"company": second.pk, "next": "https://elsewhere.example/"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session[SESSION_KEY] == second.pk
    client.post("/company/switch/", {"company": foreign.pk})
    client.post("/company/switch/", {"company": "nonsense"})
    assert client.session[SESSION_KEY] == second.pk
    assert client.get("/company/switch/").status_code == 405


# --- who may open a page ------------------------------------------------------------------------------------------


@page("ledger.enter_voucher")
def _entry(request: HttpRequest) -> HttpResponse:
    return HttpResponse("entered")


@pytest.mark.django_db
def test_a_page_opens_only_with_its_permission() -> None:
    company, accountant, sales = _company("demo"), _user("wang"), _user("chen")
    _join(accountant, company, Role.ACCOUNTANT)
    _join(sales, company, Role.SALES)
    assert _entry(_request(accountant)).content == b"entered"
    with translation.override("en"), pytest.raises(PermissionDenied, match=r"Enter vouchers.*公司 demo"):
        _entry(_request(sales))


@pytest.mark.django_db
def test_a_page_sends_strangers_to_login_and_says_when_there_is_no_company() -> None:
    answer = _entry(_request(AnonymousUser(), path="/ledger/vouchers/new/"))
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/ledger/vouchers/new/"
    refused = _entry(_request(_user()))
    assert refused.status_code == 403
    assert "/accounts/logout/" in refused.content.decode()


@pytest.mark.django_db
def test_a_refused_page_names_the_missing_permission(client: Client) -> None:
    company, user = _company("demo"), _user()
    _join(user, company, Role.SALES)
    client.force_login(user)
    with translation.override("en"):
        answer = client.get("/ledger/vouchers/new/", headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "Enter vouchers" in answer.content.decode()


def test_an_unknown_permission_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        allowed(HttpRequest(), "ledger.frobnicate")


# --- navigation ---------------------------------------------------------------------------------------------------


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_ITEMS", {})
    navigation.register(
        NavItem("ledger", "Vouchers", "voucher_list", "file-text", "ledger.view_voucher", 20),
        NavItem("ledger", "New voucher", "voucher_create", "pencil", "ledger.enter_voucher", 30),
        NavItem("sales", "Orders", "sales_order_list", "shopping-cart", "sales.view_document", 10),
        NavItem("sales", "Not built yet", "no_such_address", "x", "sales.view_document", 90),
    )


def _labels(roles: set[str], path: str = "") -> list[tuple[str, bool]]:
    return [(e["label"], e["is_current"]) for section in navigation.entries(roles, path) for e in section["items"]]


@pytest.mark.usefixtures("entries")
def test_the_navigation_shows_what_the_roles_allow() -> None:
    assert _labels({"sales"}) == [("Orders", False)]
    assert _labels({"accountant"}) == [("Orders", False), ("Vouchers", False), ("New voucher", False)]
    assert _labels({"cashier"}) == [("Vouchers", False)]
    assert _labels(set()) == []


@pytest.mark.usefixtures("entries")
def test_the_entry_with_the_longest_matching_address_is_current() -> None:
    assert dict(_labels({"accountant"}, "/ledger/vouchers/new/"))["New voucher"] is True
    assert dict(_labels({"accountant"}, "/ledger/vouchers/new/"))["Vouchers"] is False
    assert dict(_labels({"accountant"}, "/ledger/vouchers/17/"))["Vouchers"] is True


def test_entries_name_known_sections_and_permissions() -> None:
    for section, permission in (("nowhere", "sales.view_document"), ("sales", "sales.unheard_of")):
        with pytest.raises(KeyError):
            navigation.register(NavItem(section, "X", "home", "x", permission))


# --- figures and small components ---------------------------------------------------------------------------------


def test_amounts_have_two_decimals_separators_and_a_red_minus() -> None:
    assert ui.money(Decimal("1234567.5")) == "1,234,567.50"
    assert ui.money(Decimal("-0.05")) == '<span class="red">-0.05</span>'
    assert ui.money(0) == "0.00"
    assert ui.money(None) == ui.money("") == ui.money("no figure") == ""


def test_books_leave_zero_blank() -> None:
    assert ui.money_blank(Decimal("0.00")) == ""
    assert ui.money_blank(Decimal("12.3")) == "12.30"


def test_quantities_drop_zeros_that_say_nothing() -> None:
    assert ui.qty(Decimal("1280.000000")) == "1,280"
    assert ui.qty(Decimal("0.250000")) == "0.25"
    assert ui.qty(Decimal("-3")) == '<span class="red">-3</span>'


def test_unit_costs_keep_at_least_cents() -> None:
    assert ui.unit_cost(Decimal("2.5500000000")) == "2.55"
    assert ui.unit_cost(Decimal("1.2345670000")) == "1.234567"
    assert ui.unit_cost(Decimal("3")) == "3.00"
    assert ui.percent(Decimal("0.125")) == "12.5%"


def test_text_of_users_is_escaped_in_badges_and_tiles() -> None:
    assert "<b>" not in ui.badge("posted", "<b>")
    tile = Template("{% load ui %}{% kpi label 3 '/x/' '' 'bad' 'scale' %}").render(Context({"label": "<script>"}))
    assert "<script>" not in tile
    assert 'class="kpi bad"' in tile


def test_a_changed_query_keeps_the_other_filters() -> None:
    request = RequestFactory().get("/", {"status": "posted", "page": "3"})
    context = Context({"request": request})
    assert Template("{% load ui %}{% with_query page=4 %}").render(context) == "?status=posted&amp;page=4"
    assert Template("{% load ui %}{% with_query page=None export='xlsx' %}").render(context) == (
        "?status=posted&amp;export=xlsx"
    )


# --- what browsers may run ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_our_pages_allow_no_inline_code_and_no_foreign_source(client: Client) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.django_db
def test_only_the_admin_may_style_inline(client: Client) -> None:
    user = _user(is_staff=True)
    _join(user, _company("demo"), Role.ADMIN)
    client.force_login(user)
    answer = client.get("/admin/")
    directives = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert answer.status_code == 200
    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert "script-src" not in directives


@pytest.mark.django_db
def test_the_style_guide_and_the_pages_of_an_account_carry_no_inline_code(client: Client) -> None:
    user = _user()
    _join(user, _company("demo"), Role.ACCOUNTANT)
    client.force_login(user)
    for address in ("/styleguide/", "/accounts/2fa/", "/accounts/password/change/", "/admin-nowhere/"):
        text = client.get(address).content.decode()
        assert "<main" in text
        for forbidden in (" style=", " onclick=", "<style", "javascript:", "<script>"):
            assert forbidden not in text, (address, forbidden)


# --- entry to the admin -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_admin_has_no_login_of_its_own(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"


@pytest.mark.django_db
def test_the_admin_refuses_people_who_are_not_staff(client: Client) -> None:
    user = _user()
    _join(user, _company("demo"), Role.SALES)
    client.force_login(user)
    assert client.get("/admin/", follow=True).status_code == 403
