"""The road of a purchase through the API: order, receipt, invoice, payment, allocation; with the pages' refusals."""

from typing import Any

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.users.models import User
from tests.inventory.purchasing.kit import Buyer, books

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/"


def client_for(buyer: Buyer, name: str, *roles: Role) -> APIClient:
    user = User.objects.create_user(username=name, password="not-a-secret", display_name=name)
    Membership.objects.bulk_create([Membership(company=buyer.company, user=user, role=role) for role in roles])
    client = APIClient()
    client.force_authenticate(user, token=Token(user=user))
    return client


def post(client: APIClient, path: str, data: Any = None, *, code: int = 201, **headers: str) -> Any:
    answer = client.post(f"{ROOT}{path}", data or {}, format="json", headers=headers)
    assert answer.status_code == code, answer.data
    return answer.data


def test_from_order_to_allocation() -> None:
    buyer = Buyer()
    buyer.item(code="A")
    api = client_for(buyer, "boss", Role.ADMIN)
    lines = [{"item": "A", "qty": "10", "unit_price": "12.50"}]
    order = post(api, "purchase-orders/", {"supplier": "S1", "date": "2024-01-02", "lines": lines})
    assert (order["status"], order["lines"][0]["net"], order["lines"][0]["tax"]) == ("draft", "125.00", "16.25")
    post(api, f"purchase-orders/{order['id']}/receive/", code=409)
    assert post(api, "purchase-orders/confirm/", {"ids": [order["id"]]}, code=200) == {
        "done": [order["id"]],
        "refused": [],
    }
    receipt = post(api, f"purchase-orders/{order['id']}/receive/", {"date": "2024-01-03"})
    given = {"receipts": [receipt["id"]], "date": "2024-01-05", "invoice_no": "25332000"}
    invoice = post(api, "supplier-invoices/of-receipts/", given, **{"Idempotency-Key": "k1"})
    assert (invoice["gross"], invoice["status"]) == ("141.25", "confirmed")
    assert invoice["lines"][0]["matches"][0]["document"] == receipt["id"]
    assert post(api, "supplier-invoices/of-receipts/", given, **{"Idempotency-Key": "k1"})["id"] == invoice["id"]
    payment = post(api, "supplier-payments/", {"supplier": "S1", "date": "2024-01-20", "amount": "200.00"})
    assert post(api, f"supplier-payments/{payment['id']}/confirm/", code=200)["status"] == "confirmed"
    pairs = [{"invoice": invoice["id"], "payment": payment["id"], "amount": "150.00"}]
    refused = post(api, "payable-allocations/", {"pairs": pairs}, code=400)
    assert refused["code"] == "more_than_open"
    made = post(api, "payable-allocations/automatic/", {"supplier": "S1", "date": "2024-01-21"})
    assert [row["amount"] for row in made] == ["141.25"]
    assert buyer.books() == books(stock="125.00", input_vat="16.25", prepayments="58.75", bank="-200.00")
    undone = post(api, f"payable-allocations/{made[0]['id']}/undo/")
    assert undone["amount"] == "-141.25"
    assert post(api, f"supplier-payments/{payment['id']}/reverse/")["amount"] == "-200.00"
    assert post(api, f"supplier-invoices/{invoice['id']}/reverse/")["gross"] == "-141.25"
    assert buyer.books() == books(stock="125.00", grni="-125.00")
    assert api.get(f"{ROOT}supplier-invoices/?supplier=S1&status=reversed").data["results"][0]["id"] == invoice["id"]


def test_drafts_are_changed_and_deleted_and_one_refusal_need_not_stop_the_others() -> None:
    buyer = Buyer()
    item = buyer.item(code="A")
    _receipt, line_id = buyer.receive(buyer.company.first_period, item, "10", "10")
    api = client_for(buyer, "boss", Role.ADMIN)
    line = {"item": "A", "qty": "4", "unit_price": "10", "matches": [{"stock_line": line_id, "qty": "4"}]}
    head = {"supplier": "S1", "date": "2024-01-05"}
    good = post(api, "supplier-invoices/", {**head, "lines": [line]})
    bad = post(api, "supplier-invoices/", {**head, "lines": [{**line, "matches": []}]})
    outcome = post(api, "supplier-invoices/confirm/", {"ids": [good["id"], bad["id"]], "partial": True}, code=200)
    assert (outcome["done"], outcome["refused"][0]["code"]) == ([good["id"]], "match_needed")
    changed = api.put(f"{ROOT}supplier-invoices/{bad['id']}/", {**head, "lines": [line]}, format="json")
    assert changed.data["gross"] == "45.20"
    assert api.delete(f"{ROOT}supplier-invoices/{bad['id']}/").status_code == 204


def test_each_action_needs_its_permission() -> None:
    buyer = Buyer()
    buyer.item(code="A")
    viewer = client_for(buyer, "auditor", Role.AUDITOR)
    lines = [{"item": "A", "qty": "10", "unit_price": "12.50"}]
    order = {"supplier": "S1", "date": "2024-01-02", "lines": lines}
    assert post(viewer, "purchase-orders/", order, code=403)["code"] == "not_permitted"
    assert viewer.get(f"{ROOT}purchase-orders/").status_code == 200
