"""V15: the cashier keeps no books and reviews none in the same company, unless a reason is given and kept."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from erp.core.access.conflicts import ConflictingRoles
from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.access.services import grant
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User

REASON = "公司只有两名财务人员,经总经理批准"


@pytest.fixture
def company(db: Any) -> Company:
    return create_company("books", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 11, 1))


@pytest.fixture
def person(db: Any) -> User:
    return User.objects.create_user(username="chen", display_name="陈出纳")


@pytest.mark.parametrize("other", [Role.REVIEWER, Role.ACCOUNTANT])
@pytest.mark.parametrize("cashier_first", [True, False])
def test_cashier_with_books_in_one_person_needs_a_reason(company, person, other, cashier_first):
    """V15"""
    first, second = (Role.CASHIER, other) if cashier_first else (other, Role.CASHIER)
    grant(company, person, first)
    with pytest.raises(ConflictingRoles) as refused:
        grant(company, person, second)
    assert (refused.value.field, str(refused.value.facts["user"])) == ("conflict_reason", "陈出纳")
    made = grant(company, person, second, reason=REASON)
    assert made.conflict_reason == REASON
    assert grant(company, person, second, reason=REASON) == made


def test_other_roles_and_other_companies_do_not_conflict(company, person):
    other = create_company("other", "另一家", first_period=dt.date(2025, 1, 1))
    grant(company, person, Role.CASHIER)
    grant(company, person, Role.CLERK)
    grant(other, person, Role.ACCOUNTANT)
    grant(other, person, Role.REVIEWER)
    assert Membership.objects.filter(user=person).count() == 4


def test_the_database_refuses_it_to_everybody(company, person):
    """V15: also in one statement, by raw SQL, and when the reason is taken away later."""
    both = [Membership(company=company, user=person, role=role) for role in (Role.CASHIER, Role.REVIEWER)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.bulk_create(both)
    both[0].conflict_reason = REASON
    Membership.objects.bulk_create(both)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user=person).update(conflict_reason="")


def test_the_history_keeps_the_reason(company, person):
    grant(company, person, Role.CASHIER)
    grant(company, person, Role.ACCOUNTANT, reason=REASON)
    event = Membership.pgh_event_models["insert"] if hasattr(Membership, "pgh_event_models") else None
    rows = (event or Membership.pgh_event_model).objects.filter(role=Role.ACCOUNTANT)  # type: ignore[attr-defined]
    assert [row.conflict_reason for row in rows] == [REASON]


def test_the_admin_asks_for_the_reason_at_its_field(company, person):
    chief = User.objects.create_user(username="chief", is_staff=True)
    grant(company, chief, Role.ADMIN)
    grant(company, person, Role.CASHIER)
    browser = Client()
    browser.force_login(chief, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("admin:core_membership_add")
    sent = {"user": person.pk, "role": Role.ACCOUNTANT, "conflict_reason": ""}
    refused = browser.post(address, sent)
    assert refused.status_code == 200
    assert "conflict_reason" in refused.context["adminform"].form.errors
    assert browser.post(address, {**sent, "conflict_reason": REASON}).status_code == 302
    assert Membership.objects.get(user=person, role=Role.ACCOUNTANT).conflict_reason == REASON
