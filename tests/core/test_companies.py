"""Companies, users and roles are made in the admin and on the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from ledger.accounts.models import Account
from tests.trading import Trader

pytestmark = pytest.mark.django_db


def test_a_superuser_makes_a_company_with_its_chart_and_becomes_its_administrator(client, admin_user):
    client.force_login(admin_user)
    form = {
        "code": "acme", "name": "杭州新公司", "standard": "enterprise", "currency": "CNY", "first_period": "2026-01-01",
        "taxpayer": "general", "voucher_words": "three", "grni_policy": "reverse_on_invoice",
        "delivery_policy": "cogs_at_delivery", "revenue_policy": "at_invoice", "cost_pool": "warehouse",
        "purchase_variance_policy": "stock_then_cogs", "purchase_freight_policy": "expense",
        "purchase_return_vat": "red_input", "is_active": "on",
    }  # fmt: skip
    response = client.post(reverse("admin:core_company_add"), form)
    assert response.status_code == 302, response.context["adminform"].form.errors
    company = Company.objects.get(code="acme")
    assert Account.objects.filter(company=company, code="6001").exists()
    assert Membership.objects.get(company=company).user == admin_user
    assert client.get(reverse("admin:core_company_change", args=[company.pk])).status_code == 200


def test_the_command_makes_a_company_or_says_why_not():
    User.objects.create_user("boss")
    out = StringIO()
    call_command("create_company", "acme", "新公司", "--first-period", "2026-01", "--admin", "boss", stdout=out)
    assert "acme" in out.getvalue()
    with pytest.raises(CommandError, match="acme"):
        call_command("create_company", "acme", "新公司", "--first-period", "2026-01", "--admin", "boss")
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("create_company", "other", "新公司", "--first-period", "2026-01", "--admin", "nobody")


def test_an_administrator_makes_users_and_gives_roles_in_their_company_only(client):
    trader = Trader()
    admin = trader.user("chief", Role.ADMIN)
    admin.is_staff = True
    admin.save()
    superuser = User.objects.create_superuser("root")
    client.force_login(admin)
    new = {
        "username": "wang",
        "display_name": "王会计",
        "usable_password": "true",
        "password1": "long-enough-9",
        "password2": "long-enough-9",
    }
    assert client.post(reverse("admin:core_user_add"), new).status_code == 302
    wang = User.objects.get(username="wang")
    assert client.post(reverse("admin:core_membership_add"), {"user": wang.pk, "role": Role.CLERK}).status_code == 302
    assert Membership.objects.get(user=wang).company == trader.company
    page = client.get(reverse("admin:core_user_change", args=[wang.pk]))
    assert b"is_superuser" not in page.content
    assert client.get(reverse("admin:core_user_change", args=[superuser.pk])).status_code == 302, "not theirs to see"


def test_an_accountant_manages_no_users(client):
    trader = Trader()
    accountant = trader.user("acc", Role.ACCOUNTANT)
    accountant.is_staff = True
    accountant.save()
    client.force_login(accountant)
    assert client.get(reverse("admin:core_user_changelist")).status_code == 403
    assert client.get(reverse("admin:core_company_changelist")).status_code == 403
