"""Pages and API of availability, reservations and the stock settings."""

import json
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.availability.models import Reservation
from inventory.availability.services import reserve_by_hand
from inventory.preferences import preferences_of
from tests.trading import Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader() -> Trader:
    return Trader(stock="100")


def login(trader: Trader, *roles: Role) -> Client:
    client = Client()
    client.force_login(trader.user("-".join(roles), *roles))
    return client


def test_reserving_and_releasing_on_pages(trader: Trader) -> None:
    keeper = login(trader, Role.WAREHOUSE)
    assert (
        "Nothing is reserved"
        in keeper.get(reverse("reservation_list"), headers={"accept-language": "en"}).content.decode()
    )
    url = reverse("reservation_new")
    assert keeper.get(url, {"item": trader.items["A1"]}).status_code == 200
    body = {"item_text": "A1", "warehouse": trader.warehouse.pk, "qty": "101", "purpose": "张三自提"}
    assert keeper.post(url, body).status_code == 422
    assert keeper.post(url, body | {"item_text": "ZZZ"}).status_code == 422
    keeper.post(url, body | {"qty": "12"})
    row = Reservation.objects.get()
    assert row.qty == 12
    item_page = keeper.get(reverse("availability_item", args=[trader.items["A1"]])).content.decode()
    assert "张三自提" in item_page
    listing = keeper.get(reverse("availability"), {"only": "reserved"}).content.decode()
    assert "A1" in listing and "A2" not in listing
    assert keeper.get(reverse("availability"), {"export": "xlsx"}).content.startswith(b"PK")
    assert "张三自提" in keeper.get(reverse("reservation_list")).content.decode()
    keeper.post(reverse("reservation_release", args=[row.pk]))
    assert not Reservation.objects.exists()
    keeper.post(reverse("reservation_release_stale"))
    seller = login(trader, Role.SALES)
    assert seller.get(reverse("availability")).status_code == 200
    assert seller.get(url).status_code == 403


def test_availability_through_the_api(trader: Trader) -> None:
    client = login(trader, Role.ADMIN)
    made = client.post(
        "/api/v1/reservations/",
        json.dumps({"item": "A1", "warehouse": "MAIN", "qty": "30"}),
        content_type="application/json",
    )
    assert made.status_code == 201, made.json()
    (row,) = client.get("/api/v1/availability/", {"item": "A1", "warehouse": "MAIN"}).json()
    assert (Decimal(row["on_hand"]), Decimal(row["reserved"]), Decimal(row["free"])) == (100, 30, 70)
    assert client.get("/api/v1/availability/schedule/", {"item": "A1"}).json()["steps"] == []
    assert client.get("/api/v1/availability/", {"item": "ZZZ"}).status_code == 404
    assert client.post(f"/api/v1/reservations/{made.json()['id']}/release/").status_code == 204


def test_nobody_sees_or_releases_another_companys_reservations(trader: Trader) -> None:
    other = Trader("other")
    reserve_by_hand(other.company, other.items["A1"], other.warehouse.pk, Decimal(1), by=None)
    keeper = login(trader, Role.WAREHOUSE)
    row = Reservation.objects.get()
    keeper.post(reverse("reservation_release", args=[row.pk]))
    assert Reservation.objects.count() == 1
    assert keeper.get(reverse("availability_item", args=[other.items["A1"]])).status_code == 404


def test_stock_settings_are_changed_by_who_may_and_their_history_is_kept(trader: Trader) -> None:
    accountant, keeper = login(trader, Role.ACCOUNTANT), login(trader, Role.WAREHOUSE)
    url = reverse("stock_preferences")
    assert keeper.get(url).status_code == 200
    body = {"count_in_one_step": "on", "over_receipt": "0.05", "recost_at_once": "5000", "reserve_orders": "on"}
    assert keeper.post(url, body).status_code == 403
    assert accountant.post(url, body).status_code == 302
    row = preferences_of(trader.company)
    assert (row.count_in_one_step, row.over_receipt, row.reserve_orders) == (True, Decimal("0.05"), True)
    assert "0.0500" in accountant.get(url).content.decode()
    assert accountant.post(url, body | {"over_receipt": "x"}).status_code == 422
