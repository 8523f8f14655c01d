"""The month end of stock over the API: the same services and refusals as the pages."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from erp.core.access.permissions import Role
from inventory.costing.models import StockClosing
from ledger.periods.services import period_of
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


def client(trader: Trader, name: str, role: Role) -> APIClient:
    found = APIClient(headers={"accept-language": "en"})
    found.force_authenticate(trader.user(name, role))
    return found


def test_a_period_of_stock_is_checked_closed_and_reopened(db: Any) -> None:
    trader = Trader()
    trader.sell(1)
    period = period_of(trader.company.pk, DAY)
    accountant, reviewer = client(trader, "acc", Role.ACCOUNTANT), client(trader, "rev", Role.REVIEWER)
    where = f"?company={trader.company.code}"
    base = f"/api/v1/stock-periods/{period.pk}/"
    states = {row["code"]: row["state"] for row in accountant.get(f"{base}checklist/{where}").json()}
    assert states["events"] == "failed" and states["to_recost"] == "done"
    refused = accountant.post(f"{base}close/{where}", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "stock_not_ready") or refused.status_code == 400
    assert accountant.post(f"{base}steps/post/{where}").status_code == 202
    trader.post()
    closed = accountant.post(f"{base}close/{where}", {}, format="json")
    assert closed.status_code == 200 and closed.json()["stock"] == "closed", closed.content
    assert accountant.post(f"{base}reopen/{where}", {"reason": "补单"}, format="json").status_code == 403
    assert reviewer.post(f"{base}reopen/{where}", {"reason": "补单"}, format="json").json()["stock"] == "open"
    assert [row["is_closing"] for row in reviewer.get(f"{base}trace/{where}").json()] == [False, True]
    assert not StockClosing.objects.exists()
    assert reviewer.get(f"/api/v1/cost-runs/{where}").status_code == 200
    rows = reviewer.get(f"/api/v1/reports/stock_summary/{where}&from=2025-12").json()["rows"]
    assert [row["code"] for row in rows] == ["A1", "A2"]
