"""The chart, dimensions and openings through the API: the same services and refusals as the pages."""

from typing import Any

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.openings.queries import trial

pytestmark = pytest.mark.django_db


def _client(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user, token=Token(user=user))
    return client


@pytest.fixture
def api(accountant: Any) -> APIClient:
    return _client(accountant)


def test_accounts_are_added_changed_and_moved(api, company, auditor):
    made = api.post("/api/v1/chart/", {"parent": "5601", "name": "直播推广费"}, format="json")
    assert made.status_code == 201, made.data
    address = f"/api/v1/chart/{made.data['id']}/"
    changed = api.patch(address, {"name": "直播费", "tracks_quantity": True, "unit": "场"}, format="json")
    assert (changed.status_code, changed.data["name"], changed.data["unit"]) == (200, "直播费", "场"), changed.data
    moved = api.post(f"{address}move/", {"parent": "5602"}, format="json")
    assert moved.data["code"].startswith("5602")
    refused = api.post(f"{address}move/", {"parent": "1002"}, format="json")
    assert (refused.status_code, refused.data["code"]) == (409, "other_account_class")
    first = api.post(
        "/api/v1/chart/",
        {"code": "1098", "name": "其他", "account_class": "asset", "direction": "debit"},
        format="json",
    )
    assert first.status_code == 201
    assert _client(auditor).post("/api/v1/chart/", {"parent": "5601", "name": "x"}, format="json").status_code == 403
    assert Account.objects.filter(company=company, code="1098").exists()


def test_dimensions_and_values_are_added(api, company):
    made = api.post("/api/v1/dimensions/", {"code": "vehicle", "name": "车辆"}, format="json")
    assert made.status_code == 201, made.data
    address = f"/api/v1/dimensions/{made.data['id']}/"
    assert api.post(f"{address}add_value/", {"code": "A1", "name": "浙A1"}, format="json").status_code == 201
    assert api.post(f"{address}add_value/", {"code": "A1", "name": "浙A1"}, format="json").status_code == 400
    assert api.patch(address, {"is_active": False}, format="json").data["is_active"] is False
    assert DimensionValue.objects.filter(company=company, code="A1").count() == 1
    assert not DimensionType.objects.get(company=company, code="vehicle").is_active


def test_openings_are_set_by_codes(api, company):
    rows = [{"account": "1001", "debit": "100.00"}, {"account": "3001", "credit": "90.00"}]
    answer = api.post("/api/v1/openings/set/", {"rows": rows}, format="json")
    assert answer.status_code == 200, answer.data
    assert (answer.data["rows"], answer.data["difference"]) == (2, "10.00")
    assert trial(company).debit == 100
    listed = api.get("/api/v1/openings/").data["results"]
    assert {row["account"] for row in listed} == {"1001", "3001"}
    wrong = api.post("/api/v1/openings/set/", {"rows": [{"account": "9999", "debit": "1"}]}, format="json")
    assert (wrong.status_code, wrong.data["code"]) == (404, "not_found")
