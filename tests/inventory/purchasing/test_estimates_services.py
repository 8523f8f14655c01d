"""The monthly reversal on its page and in the API, and what a period's end says of it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import GrniPolicy
from erp.core.users.models import User
from inventory.purchasing import closing
from ledger.periods.services import period_of
from tests.inventory.purchasing.kit import Buyer, books, day
from tests.inventory.purchasing.test_api_services import client_for, post

pytestmark = pytest.mark.django_db


def test_the_page_reverses_and_estimates_again(client: Client) -> None:
    buyer = Buyer(grni_policy=GrniPolicy.MONTHLY_REVERSAL)
    buyer.receive(day(20), buyer.item(), "100", "10")
    user = User.objects.create_user(username="cost", password="not-a-secret", display_name="成本会计")
    Membership.objects.create(company=buyer.company, user=user, role=Role.ACCOUNTANT)
    client.force_login(user)
    february = period_of(buyer.company.pk, day(1, 2))
    step: dict[str, Any] = {"period": february.pk, "step": "reverse"}
    answer = client.post(reverse("estimate_step"), step, follow=True)
    assert "CGRK202401-0001" in answer.content.decode()
    assert buyer.books() == {}
    assert closing.estimates(buyer.company, february).count == 1
    client.post(reverse("estimate_step"), {"period": february.pk, "step": "renew"})
    assert buyer.books() == books(stock="1000.00", grni="-1000.00")
    assert closing.estimates(buyer.company, february).count == 0
    buyer.holds()


def test_the_api_does_a_months_steps_and_refuses_them_under_another_policy() -> None:
    buyer = Buyer(grni_policy=GrniPolicy.MONTHLY_REVERSAL)
    receipt, _line = buyer.receive(day(20), buyer.item(), "100", "10")
    api = client_for(buyer, "boss", Role.ADMIN)
    given = {"period": "2024-02"}
    assert post(api, "estimate-reversals/reverse/", given, code=200) == {"receipts": [receipt]}
    (row,) = api.get("/api/v1/estimate-reversals/").data["results"]
    assert (row["document"], row["amount"], row["renewed"]) == (receipt, "1000.00", False)
    assert post(api, "estimate-reversals/renew/", given, code=200) == {"receipts": [receipt]}
    other = Buyer("other")
    api = client_for(other, "other", Role.ADMIN)
    assert post(api, "estimate-reversals/reverse/", given, code=409)["code"] == "not_monthly_reversal"
