"""The page of a whole period: review and post everything, what is left by reason, gaps closed."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher


@pytest.fixture
def period(company):
    return Period.objects.get(company=company, year=2025, number=12)


def _client(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_reviewer_reviews_and_posts_a_whole_period_but_not_the_own_drafts(draft, reviewer, period):
    mine = draft("7.00", by=reviewer)
    others = [draft("5.00"), draft("6.00")]
    client = _client(reviewer)
    answer = client.post(reverse("voucher_period_action", args=[period.pk, "review"]), follow=True)
    assert f"记-{mine.number}" in answer.content.decode()
    client.post(reverse("voucher_period_action", args=[period.pk, "post"]))
    assert {v.status for v in Voucher.objects.filter(pk__in=[v.pk for v in others])} == {"posted"}
    mine.refresh_from_db()
    assert mine.status == "draft"


def test_gaps_are_shown_and_closed(draft, accountant, period):
    first, _second, third = draft("1.00", dt.date(2025, 12, 3)), draft("2.00"), draft("3.00")
    services.delete_draft(first, by=accountant)
    client = _client(accountant)
    page = reverse("voucher_period", args=[period.pk])
    assert [gap.numbers for gap in client.get(page).context["gaps"]] == [(1,)]
    client.post(reverse("voucher_period_action", args=[period.pk, "renumber"]))
    third.refresh_from_db()
    assert third.number == 2


def test_what_is_not_permitted_is_refused(auditor, period):
    client = _client(auditor)
    assert client.get(reverse("voucher_period", args=[period.pk])).status_code == 200
    for action in ("review", "post", "renumber"):
        assert client.post(reverse("voucher_period_action", args=[period.pk, action])).status_code == 403
