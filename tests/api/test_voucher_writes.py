"""Vouchers through the API: the same services and refusals as the pages, exactly once, alone and by the thousand."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.api.models import IdempotentAnswer
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.vouchers.models import Voucher, VoucherLine

DAY = "2025-12-05"
ALL = "/api/v1/vouchers/"


@pytest.fixture
def company(db: Any) -> Company:
    return create_company("books", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 11, 1))


def client_for(company: Company, name: str, *roles: Role) -> APIClient:
    user = User.objects.create_user(username=name, password="not-a-secret", display_name=name)
    Membership.objects.bulk_create([Membership(company=company, user=user, role=role) for role in roles])
    client = APIClient()
    client.force_authenticate(user, token=Token(user=user))
    return client


@pytest.fixture
def api(company: Company) -> APIClient:
    return client_for(company, "王会计", Role.ACCOUNTANT)


@pytest.fixture
def reviewer(company: Company) -> APIClient:
    return client_for(company, "李审核", Role.REVIEWER)


def voucher(amount: str = "100.00", **more: Any) -> dict[str, Any]:
    return {
        "date": DAY,
        "lines": [
            {"summary": "提取备用金", "account": "1001", "debit": amount},
            {"summary": "提取备用金", "account": "100201", "credit": amount},
        ],
        **more,
    }


def test_a_voucher_is_entered_changed_and_deleted_by_codes(api, company):
    made = api.post(ALL, voucher(reference="ERP-1"), format="json")
    assert made.status_code == 201, made.data
    assert (made.data["word"], made.data["number"], made.data["status"]) == ("记", 1, "draft")
    assert made.data["preparer_name"] == "王会计"
    assert [line["account"] for line in made.data["lines"]] == ["1001", "100201"]
    address = f"{ALL}{made.data['id']}/"
    changed = api.put(address, voucher("250.00"), format="json")
    assert changed.data["total"] == "250.00"
    assert api.delete(address).status_code == 204
    assert not Voucher.objects.filter(company=company).exists()
    assert api.post(ALL, voucher(), format="json").data["number"] == 1


def test_every_refusal_of_a_voucher_has_its_row_and_field(api):
    wrong = voucher()
    wrong["lines"][0]["account"] = "9999"
    wrong["lines"][1]["dimensions"] = {"customer": "C404"}
    answer = api.post(ALL, wrong, format="json")
    assert answer.status_code == 400
    found = [(error["row"], error["field"], error["code"]) for error in answer.data["errors"]]
    assert found == [(1, "account", "unknown_account"), (2, "dimensions", "unknown_dimension_value")]
    wrong = voucher()
    wrong["lines"][1]["credit"] = "99.00"
    wrong["lines"][0]["account"] = "1122"
    answer = api.post(ALL, wrong, format="json")
    assert answer.status_code == 400
    codes = {error["code"] for error in answer.data["errors"]}
    assert {"voucher_not_balanced", "dimension_missing"} <= codes


def test_a_voucher_goes_its_way_and_never_changes_once_posted(api, reviewer):
    """V03, V06: review by another, post, then only a red-letter reversal."""
    address = f"{ALL}{api.post(ALL, voucher(), format='json').data['id']}/"
    assert reviewer.post(f"{address}review/").data["status"] == "reviewed"
    assert reviewer.post(f"{address}unreview/").data["status"] == "draft"
    assert reviewer.post(f"{address}review/").data["reviewer_name"] == "李审核"
    assert api.post(f"{address}post/").data["status"] == "posted"
    for refused in (
        api.put(address, voucher("1.00"), format="json"),
        api.delete(address),
        api.post(f"{address}void/"),
        reviewer.post(f"{address}unreview/"),
        api.post(f"{address}post/"),
    ):
        assert (refused.status_code, refused.data["code"]) == (409, "voucher_state")
    red = api.post(f"{address}reverse/", {"date": "2025-12-31"}, format="json")
    assert red.status_code == 201
    assert [line["debit"] for line in red.data["lines"]] == ["-100.00", "0.00"]
    assert api.post(f"{address}reverse/", {"date": "2025-12-31"}, format="json").data["code"] == "already_reversed"


def test_the_preparer_cannot_review_by_any_door(company):
    """V05: preparer and reviewer are two people, through the API as well."""
    both = client_for(company, "王二任", Role.ACCOUNTANT, Role.REVIEWER)
    made = both.post(ALL, voucher(), format="json").data["id"]
    alone = both.post(f"{ALL}{made}/review/")
    assert alone.data["code"] == "preparer_is_not_reviewer"
    many = both.post(f"{ALL}actions/", {"action": "review", "ids": [made, 10**9]}, format="json")
    assert [row["code"] for row in many.data["refused"]] == ["preparer_is_not_reviewer"]
    assert (many.data["done"], many.data["unknown"]) == ([], [10**9])
    assert Voucher.objects.get(pk=made).status == "draft"


def test_each_action_asks_its_own_permission(api, reviewer, company):
    made = api.post(ALL, voucher(), format="json").data["id"]
    address = f"{ALL}{made}/"
    assert reviewer.post(ALL, voucher(), format="json").status_code == 403
    assert reviewer.put(address, voucher(), format="json").status_code == 403
    assert reviewer.delete(address).status_code == 403
    assert api.post(f"{address}review/").status_code == 403
    assert api.post(f"{address}unreview/").status_code == 403
    assert reviewer.post(f"{address}void/").status_code == 403
    assert api.post(f"{ALL}actions/", {"action": "review", "ids": [made]}, format="json").status_code == 403
    other = client_for(create_company("other", "另一家", first_period=dt.date(2025, 1, 1)), "钱", Role.ACCOUNTANT)
    assert other.put(address, voucher(), format="json").status_code == 404
    assert other.delete(address).status_code == 404


def test_the_same_key_does_it_once_and_answers_the_same(api, company):
    first = api.post(ALL, voucher(), format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    again = api.post(ALL, voucher(), format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Voucher.objects.filter(company=company).count() == 1
    other = api.post(ALL, voucher("7.00"), format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert (other.status_code, other.data["code"]) == (409, "idempotency_key_reused")
    elsewhere = api.post(f"{ALL}{first.data['id']}/void/", HTTP_IDEMPOTENCY_KEY="k-1")
    assert elsewhere.data["code"] == "idempotency_key_reused"


def test_a_refused_request_leaves_its_key_unused(api):
    wrong = voucher()
    wrong["date"] = "2031-01-01"
    assert api.post(ALL, wrong, format="json", HTTP_IDEMPOTENCY_KEY="k-2").status_code == 400
    assert not IdempotentAnswer.objects.exists()
    assert api.post(ALL, voucher(), format="json", HTTP_IDEMPOTENCY_KEY="k-2").status_code == 201
    assert api.post(ALL, voucher(), format="json", HTTP_IDEMPOTENCY_KEY="k" * 101).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_eight_times_at_once_makes_one_voucher(company):
    user = User.objects.create_user(username="王会计", password="not-a-secret")
    Membership.objects.create(company=company, user=user, role=Role.ACCOUNTANT)
    answers: list[Any] = []

    def send() -> None:
        client = APIClient()
        client.force_authenticate(user, token=Token(user=user))
        try:
            answers.append(client.post(ALL, voucher(), format="json", HTTP_IDEMPOTENCY_KEY="same").json())
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)
    assert Voucher.objects.filter(company=company).count() == 1


def test_thousands_of_vouchers_in_one_request(api, company, django_assert_max_num_queries):
    ensure_values(company.pk, "customer", [ValueRow(f"C{n}", f"客户{n}") for n in range(20)])
    vouchers = [voucher(str(n + 1)) for n in range(900)]
    vouchers += [
        {
            "date": "2025-11-30",
            "lines": [
                {"summary": "赊销", "account": "1001", "credit": "10"},
                {"summary": "赊销", "account": "1122", "debit": "10", "dimensions": {"customer": f"C{n % 20}"}},
            ],
        }
        for n in range(100)
    ]
    with django_assert_max_num_queries(45):
        answer = api.post(f"{ALL}bulk/", {"vouchers": vouchers[:900]}, format="json")
    assert answer.status_code == 201, answer.data
    assert [row["number"] for row in answer.data["results"]] == list(range(1, 901))
    assert VoucherLine.objects.filter(company=company).count() == 1800
    # 1122 is kept by documents: without that right all 100 are refused, and with partial the others are saved.
    refused = api.post(f"{ALL}bulk/", {"vouchers": vouchers[899:]}, format="json")
    assert refused.status_code == 400
    assert {(error["voucher"], error["code"]) for error in refused.data["errors"]} >= {(1, "control_account")}
    assert Voucher.objects.filter(company=company).count() == 900
    partly = api.post(f"{ALL}bulk/", {"vouchers": vouchers[899:], "partial": True}, format="json")
    assert (partly.data["made"], partly.data["refused"]) == (1, 100)
    assert partly.data["results"][0]["number"] == 901
    assert Voucher.objects.get(company=company, number=901).total == Decimal(900)


def test_partial_names_the_row_of_each_refused_voucher(api, company):
    wrong = voucher()
    wrong["lines"][1]["account"] = "9999"
    late = voucher()
    late["date"] = "2040-01-01"
    answer = api.post(f"{ALL}bulk/", {"vouchers": [wrong, voucher(), late], "partial": True}, format="json")
    first, second, third = answer.data["results"]
    assert (first["errors"][0]["row"], first["errors"][0]["code"]) == (2, "unknown_account")
    assert second["number"] == 1
    assert third["errors"][0]["code"] == "no_period"


def test_many_are_reviewed_and_posted_by_one_call(api, reviewer, company):
    rows = api.post(f"{ALL}bulk/", {"vouchers": [voucher() for _n in range(30)]}, format="json").data["results"]
    ids = [row["id"] for row in rows]
    assert reviewer.post(f"{ALL}actions/", {"action": "review", "ids": ids}, format="json").data["done"] == ids
    api.post(f"{ALL}actions/", {"action": "post", "ids": ids[:10]}, format="json")
    answer = api.post(f"{ALL}actions/", {"action": "post", "ids": ids}, format="json")
    assert sorted(answer.data["done"]) == ids[10:]
    assert {row["code"] for row in answer.data["refused"]} == {"voucher_state"}
    assert Voucher.objects.filter(company=company, status="posted").count() == 30


def test_a_period_is_reviewed_posted_and_renumbered_by_the_month(api, reviewer, company):
    rows = api.post(f"{ALL}bulk/", {"vouchers": [voucher() for _n in range(6)]}, format="json").data["results"]
    api.delete(f"{ALL}{rows[1]['id']}/")
    month = {"period": "2025-12"}
    assert api.get(f"{ALL}gaps/", month).data == [{"word": "记", "numbers": [2]}]
    assert reviewer.post(f"{ALL}renumber/", month, format="json").status_code == 403
    assert api.post(f"{ALL}renumber/", month, format="json").data == {"changed": 4, "gaps": []}
    assert api.post(f"{ALL}review-period/", month, format="json").status_code == 403
    assert reviewer.post(f"{ALL}review-period/", month, format="json").data["done"] == 5
    posted = api.post(f"{ALL}post-period/", month, format="json")
    assert posted.data == {"done": 5, "refused": 0, "reasons": []}
    assert api.post(f"{ALL}post-period/", {"period": "1999-01"}, format="json").status_code == 404
    assert api.get(f"{ALL}gaps/", {"period": "x"}).status_code == 400


def test_the_admin_lets_nobody_touch_vouchers():
    """V05: vouchers are not in the admin, so nobody reviews or edits one there."""
    from django.contrib import admin

    models = {model._meta.label for model in admin.site._registry}
    assert "ledger.Account" in models
    assert not models & {"ledger.Voucher", "ledger.VoucherLine", "ledger.VoucherSeal", "ledger.SealBlock"}
