"""Masters through the API: the same services and refusals as the pages."""

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from erp.core.access.permissions import Role
from inventory.items.models import Item
from inventory.items.unit_services import NewUnit, units_of
from inventory.lots.models import LotBalance
from inventory.suppliers.models import Supplier
from tests.trading import Trader

pytestmark = pytest.mark.django_db

D = Decimal


def client(user: Any) -> APIClient:
    made = APIClient()
    made.force_authenticate(user, token=Token(user=user))
    return made


@pytest.fixture
def trader(db: Any) -> Trader:
    return Trader()


@pytest.fixture
def api(trader: Trader) -> APIClient:
    return client(trader.user("manager", Role.ADMIN, Role.WAREHOUSE, Role.ACCOUNTANT))


REFUSED = (400, 409)


def made(response: Any, *status: int) -> Any:
    """The answer, which is 201 unless another status is named."""
    assert response.status_code in (status or (201,)), response.data
    return response.data


def test_suppliers_and_groups_are_made_and_changed(trader: Trader, api: APIClient) -> None:
    made(api.post("/api/v1/supplier-groups/", {"code": "f", "name": "厂家"}, format="json"))
    new = {"code": "s1", "name": "景德镇瓷厂", "group": "F", "tax_id": "91360200MA"}
    row = made(api.post("/api/v1/suppliers/", new, format="json"))
    assert (row["code"], row["group"], row["payment_days"]) == ("S1", "F", 30)
    assert made(api.post("/api/v1/suppliers/", new, format="json"), *REFUSED)["code"] == "code_taken"
    address = f"/api/v1/suppliers/{row['id']}/"
    assert made(api.patch(address, {"name": "新瓷厂"}, format="json"), 200)["name"] == "新瓷厂"
    assert made(api.patch(address, {"code": "S2"}, format="json"), *REFUSED)["code"] == "code_stays"
    assert Supplier.objects.get(pk=row["id"]).dimension_value.name == "新瓷厂"
    assert len(api.get("/api/v1/suppliers/?text=xcc").data["results"]) == 1
    assert len(api.get("/api/v1/suppliers/?text=没有").data["results"]) == 0


def test_items_are_made_with_units_and_found_by_barcode(trader: Trader, api: APIClient) -> None:
    made(api.post("/api/v1/item-categories/", {"code": "cups", "name": "茶杯", "parent": "GOODS"}, format="json"))
    new = {
        "code": "c1", "name": "青花杯", "category": "CUPS", "unit": "个", "barcode": "690", "tracking": "lot",
        "default_warehouse": "MAIN", "units": [{"name": "箱", "factor": "48", "barcode": "1690"}],
    }  # fmt: skip
    row = made(api.post("/api/v1/items/", new, format="json"))
    assert (row["code"], row["category"], row["default_warehouse"], len(row["units"])) == ("C1", "CUPS", "MAIN", 1)
    address = f"/api/v1/items/{row['id']}/"
    made(api.patch(address, {"safety_stock": "5"}, format="json"), 200)
    item = Item.objects.get(pk=row["id"])
    assert (item.safety_stock, units_of(item)) == (D(5), [NewUnit("箱", D(48), "1690")])
    made(api.patch(address, {"units": [{"name": "箱", "factor": "50"}]}, format="json"), 200)
    assert units_of(item) == [NewUnit("箱", D(50))]
    assert [one["code"] for one in api.get("/api/v1/items/?barcode=690").data["results"]] == ["C1"]
    refused = made(api.patch(address, {"cost_method": "standard"}, format="json"), *REFUSED)
    assert (refused["code"], refused["field"]) == ("standard_cost_needed", "standard_cost")
    refused = made(api.post("/api/v1/items/", new | {"code": "c2", "units": []}, format="json"), *REFUSED)
    assert refused["code"] == "barcode_taken"
    used = f"/api/v1/items/{trader.items['A1']}/"
    assert made(api.patch(used, {"cost_method": "fifo"}, format="json"), *REFUSED)["code"] == "item_in_use"
    change = {"cost_method": "fifo", "date": "2025-11-01", "reason": "政策"}
    assert made(api.post(f"{used}cost-method/", change, format="json"), *REFUSED)["code"] == "still_in_stock"
    assert made(api.post(f"{address}cost-method/", change, format="json"), 200)["cost_method"] == "fifo"


def test_warehouses_and_bins(trader: Trader, api: APIClient) -> None:
    made(api.post("/api/v1/warehouses/", {"code": "east", "name": "东仓", "has_bins": True}, format="json"))
    row = made(api.post("/api/v1/bins/", {"warehouse": "EAST", "code": "a-01"}, format="json"))
    assert (row["warehouse"], row["code"]) == ("EAST", "A-01")
    assert made(api.post("/api/v1/bins/", {"warehouse": "MAIN", "code": "a-01"}, format="json"), *REFUSED)["code"] == (
        "bins_not_kept"
    )
    assert made(api.patch(f"/api/v1/bins/{row['id']}/", {"is_active": False}, format="json"), 200)["is_active"] is False
    off = api.patch(f"/api/v1/warehouses/{trader.warehouse.pk}/", {"is_active": False}, format="json")
    assert made(off, *REFUSED)["code"] == "warehouse_holds_stock"


def test_lots_are_made_and_suggested(trader: Trader, api: APIClient) -> None:
    new = {"code": "tea", "name": "龙井", "category": "GOODS", "tracking": "lot", "has_expiry": True}
    item = made(api.post("/api/v1/items/", new, format="json"))["id"]
    first = made(api.post("/api/v1/lots/", {"item": "TEA", "number": "L1", "expires_on": "2026-01-31"}, format="json"))
    refused = api.post("/api/v1/lots/", {"item": "TEA", "number": "L2"}, format="json")
    assert made(refused, *REFUSED)["code"] == "expiry_missing"
    LotBalance.objects.create(
        company=trader.company, item_id=item, warehouse=trader.warehouse, lot_id=first["id"], qty=4
    )
    asked = {"item": "TEA", "warehouse": "MAIN", "qty": "5", "on": "2025-12-01"}
    found = made(api.post("/api/v1/lots/suggest/", asked, format="json"), 200)
    assert [(row["number"], D(row["qty"])) for row in found["lots"]] == [("L1", D(4))]
    assert D(found["short"]) == 1
    mended = api.patch(f"/api/v1/lots/{first['id']}/", {"expires_on": "2026-02-28"}, format="json")
    assert made(mended, 200)["expires_on"] == "2026-02-28"


def test_who_may_not_write_is_refused_and_sees_no_costs(trader: Trader) -> None:
    auditor = client(trader.user("auditor", Role.AUDITOR))
    for address in ("items", "item-categories", "warehouses", "bins", "suppliers", "supplier-groups", "lots"):
        assert auditor.get(f"/api/v1/{address}/").status_code == 200, address
        assert auditor.post(f"/api/v1/{address}/", {}, format="json").status_code == 403, address
    keeper = client(trader.user("keeper", Role.WAREHOUSE))
    row = keeper.get(f"/api/v1/items/{trader.items['A1']}/").data
    assert not any(row.get(name) for name in ("reference_cost", "standard_cost", "purchase_price"))


def test_masters_of_another_company_are_not_found(trader: Trader, api: APIClient) -> None:
    other = Trader("other")
    new = {"code": "x1", "name": "x", "category": "GOODS"}
    assert api.patch(f"/api/v1/items/{other.items['A1']}/", {"name": "x"}, format="json").status_code == 404
    assert api.patch(f"/api/v1/warehouses/{other.warehouse.pk}/", {"name": "x"}, format="json").status_code == 404
    refused = api.post("/api/v1/items/", new | {"default_supplier": "NO-SUCH"}, format="json")
    assert refused.data["code"] == "not_found"
