"""Pages of masters as people use them: entered, found, refused where it stands."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.items.models import CostMethod, Item, ItemCategory, Tracking
from inventory.items.services import NewItem, ensure_items
from inventory.items.unit_services import NewUnit, units_of
from inventory.lots.models import Lot, LotBalance
from inventory.lots.services import ensure_lots
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from inventory.warehouses.models import Bin, Warehouse
from tests.trading import Trader

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def trader(db: Any) -> Trader:
    return Trader()


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def manager(trader: Trader) -> Client:
    return browser(trader.user("manager", Role.ADMIN, Role.WAREHOUSE, Role.ACCOUNTANT))


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, (response.status_code, response.content[:800])
    return str(response.content.decode())


def item_form(trader: Trader, *units: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a browser posts for an item with these units."""
    category = ItemCategory.objects.get(company=trader.company, code="GOODS").pk
    form = {
        "code": "v9", "name": "玻璃花瓶", "category": category, "kind": "stock", "unit": "件", "tax_rate": "0.13",
        "cost_method": "moving_average", "is_active": "on", "safety_stock": "5",
        "units-TOTAL_FORMS": len(units), "units-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, unit in enumerate(units):
        form |= {f"units-{number}-{name}": value for name, value in unit.items()}
    return form | more


def test_an_item_is_entered_with_units_and_supplier(trader: Trader, manager: Client) -> None:
    ensure_suppliers(trader.company, [NewSupplier("S1", "景德镇瓷厂")])
    box = {"name": "箱", "factor": "12", "barcode": "16901"}
    form = item_form(trader, box, {}, supplier_text="景德镇瓷厂", barcode="6901", tracking="lot", has_expiry="on")
    page = text(manager.post(reverse("item_new"), form, follow=True))
    item = Item.objects.get(company=trader.company, code="V9")
    assert units_of(item) == [NewUnit("箱", D(12), "16901")]
    assert (item.default_supplier and item.default_supplier.code) == "S1"
    assert "16901" in page and "景德镇瓷厂" in page
    assert "玻璃花瓶" in text(manager.get(reverse("item_edit", args=[item.pk])))


@pytest.mark.parametrize(
    ("more", "unit", "said"),
    [
        ({"cost_method": "specific"}, {}, "needs lots"),
        ({"cost_method": "standard"}, {}, "needs a standard cost"),
        ({"barcode": "690"}, {}, "is that of A1"),
        ({"supplier_text": "没有"}, {}, "is not found"),
        ({}, {"name": "箱", "factor": "0"}, "more than 0"),
        ({}, {"name": "箱"}, "how many base units"),
        ({}, {"name": "件", "factor": "2"}, "is there twice"),
    ],
)
def test_what_is_wrong_is_said_on_the_form(
    trader: Trader, manager: Client, more: dict[str, Any], unit: dict[str, Any], said: str
) -> None:
    Item.objects.filter(pk=trader.items["A1"]).update(barcode="690")
    form = item_form(trader, unit, **more)
    assert said in text(manager.post(reverse("item_new"), form))
    assert not Item.objects.filter(company=trader.company, code="V9").exists()


def test_what_moves_rest_on_is_shown_but_stays(trader: Trader, manager: Client) -> None:
    item = Item.objects.get(pk=trader.items["A1"])
    form = item_form(trader, name="新名", cost_method="fifo", tracking="lot", unit="箱", may_go_negative="on")
    text(manager.post(reverse("item_edit", args=[item.pk]), form, follow=True))
    item.refresh_from_db()
    assert (item.name, item.cost_method, item.tracking, item.unit) == ("新名", "moving_average", "", "件")


def test_the_method_is_changed_on_its_own_page(trader: Trader, manager: Client) -> None:
    item = Item.objects.get(pk=ensure_items(trader.company, [NewItem("N1", "新品")])["N1"])
    address = reverse("item_method_change", args=[item.pk])
    assert "2025-11-01" in text(manager.get(address))
    given = {"method": CostMethod.FIFO, "date": "2025-11-15", "reason": "政策"}
    assert "changes at the start of a period" in text(manager.post(address, given), 422)
    assert "政策" in text(manager.post(address, given | {"date": "2025-11-01"}, follow=True))
    item.refresh_from_db()
    assert item.cost_method == CostMethod.FIFO


def test_items_are_listed_by_branch_of_the_tree_and_by_barcode(trader: Trader, manager: Client) -> None:
    goods = ItemCategory.objects.get(company=trader.company, code="GOODS")
    form = {"code": "cups", "name": "茶杯类", "parent": goods.pk}
    text(manager.post(reverse("item_category_new"), form, follow=True))
    cups = ItemCategory.objects.get(company=trader.company, code="CUPS")
    ensure_items(trader.company, [NewItem("C7", "青花杯", "CUPS", barcode="690", units=(NewUnit("箱", D(6), "1690"),))])
    address = reverse("item_list")
    for query in (f"category={goods.pk}", f"category={cups.pk}", "text=690", "text=1690", "text=qhb"):
        assert "青花杯" in text(manager.get(f"{address}?{query}")), query
    assert "白色烛台" not in text(manager.get(f"{address}?category={cups.pk}"))
    assert manager.get(f"{address}?export=xlsx").content.startswith(b"PK")
    page = text(manager.get(reverse("item_category_list")))
    assert "茶杯类" in page
    above = {"name": "商品", "parent": cups.pk}
    assert "below itself" in text(manager.post(reverse("item_category_edit", args=[goods.pk]), above), 422)


def test_a_scanner_is_answered_with_unit_and_factor(trader: Trader, manager: Client) -> None:
    ensure_items(trader.company, [NewItem("C7", "青花杯", units=(NewUnit("箱", D(6), "1690"),))])
    (row,) = manager.get(reverse("item_lookup"), {"q": "1690"}).json()["results"]
    assert (row["code"], row["unit_name"], row["factor"]) == ("C7", "箱", "6")


def test_suppliers_and_groups_are_entered_and_found(trader: Trader, manager: Client) -> None:
    text(manager.post(reverse("supplier_group_new"), {"code": "f", "name": "厂家"}, follow=True))
    group = SupplierGroup.objects.get(company=trader.company, code="F")
    form = {
        "code": "s1", "name": "景德镇瓷厂", "group": group.pk, "tax_id": "9133 0106 ma2b", "tax_rate": "0.13",
        "payment_days": "45", "is_active": "on",
    }  # fmt: skip
    page = text(manager.post(reverse("supplier_new"), form, follow=True))
    assert "景德镇瓷厂" in page and "91330106MA2B" in page
    assert "is taken" in text(manager.post(reverse("supplier_new"), form), 422)
    assert "景德镇瓷厂" in text(manager.get(reverse("supplier_list"), {"text": "jdz", "group": group.pk}))
    assert "厂家" in text(manager.get(reverse("supplier_group_list")))
    (row,) = manager.get(reverse("supplier_lookup"), {"q": "91330106"}).json()["results"]
    assert row["code"] == "S1"
    supplier = Supplier.objects.get(company=trader.company, code="S1")
    text(manager.post(reverse("supplier_edit", args=[supplier.pk]), form | {"name": "新瓷厂"}, follow=True))
    supplier.refresh_from_db()
    assert (supplier.name, supplier.payment_days) == ("新瓷厂", 45)


def test_a_warehouse_is_entered_with_bins(trader: Trader, manager: Client) -> None:
    form = {"code": "e", "name": "东仓", "kind": "defects", "has_bins": "on", "is_active": "on"}
    text(manager.post(reverse("warehouse_new"), form, follow=True))
    east = Warehouse.objects.get(company=trader.company, code="E")
    assert (east.kind, east.has_bins) == ("defects", True)
    new = {"code": "a-01", "name": "一排", "is_active": "on"}
    assert "A-01" in text(manager.post(reverse("bin_new", args=[east.pk]), new, follow=True))
    assert "is taken" in text(manager.post(reverse("bin_new", args=[east.pk]), new), 422)
    row = Bin.objects.get(warehouse=east)
    text(manager.post(reverse("bin_edit", args=[east.pk, row.pk]), {"name": "二排"}, follow=True))
    row.refresh_from_db()
    assert (row.name, row.is_active) == ("二排", False)
    assert "keeps no bins" in text(manager.get(reverse("bin_list", args=[trader.warehouse.pk])))
    kept = {"name": trader.warehouse.name, "kind": "stock"}
    listed = text(manager.get(reverse("warehouse_list")))
    assert "8,500.00" in listed and "2,000" in listed  # 1,000 candlesticks at 6.00 and as many cups at 2.50
    assert manager.get(reverse("warehouse_list"), {"export": "xlsx"}).content.startswith(b"PK")
    page = text(manager.post(reverse("warehouse_edit", args=[trader.warehouse.pk]), kept))
    assert "Move everything out" in page


def test_lots_are_listed_first_to_expire_first_and_mended(trader: Trader, manager: Client) -> None:
    new = NewItem("TEA", "龙井茶", tracking=Tracking.LOT, has_expiry=True)
    item = Item.objects.get(pk=ensure_items(trader.company, [new])["TEA"])
    days = {"L-OLD": "2025-10-01", "L-LATE": "2026-12-01", "L-SOON": "2026-01-31"}
    lots = ensure_lots(
        trader.company, [(item.pk, name, None, dt.date.fromisoformat(day)) for name, day in days.items()]
    )
    for name in days:
        LotBalance.objects.create(
            company=trader.company, item=item, warehouse=trader.warehouse, lot_id=lots[item.pk, name], qty=4
        )
    ensure_lots(trader.company, [(item.pk, "L-EMPTY", None, dt.date(2026, 1, 1))])
    page = text(manager.get(reverse("lot_list")))
    assert page.index("L-OLD") < page.index("L-SOON") < page.index("L-LATE")
    assert "L-EMPTY" not in page
    assert "L-EMPTY" in text(manager.get(reverse("lot_list"), {"there": "all"}))
    asked = {"item": item.pk, "warehouse": trader.warehouse.pk, "qty": "10", "on": "2025-12-05"}
    found = manager.get(reverse("lot_suggestion"), asked).json()
    assert [(row["number"], row["qty"]) for row in found["lots"]] == [("L-SOON", "4"), ("L-LATE", "4")]
    assert (found["short"], found["expired"]) == ("2", "4")
    lot = Lot.objects.get(number="L-SOON")
    text(manager.post(reverse("lot_edit", args=[lot.pk]), {"expires_on": "2026-02-28", "note": "改期"}, follow=True))
    assert "2026-02-28" in text(manager.get(reverse("lot_detail", args=[lot.pk])))
    assert "L-SOON" in text(manager.get(reverse("item_detail", args=[item.pk])))


def test_costs_are_for_those_who_may_see_them(trader: Trader) -> None:
    keeper = browser(trader.user("keeper", Role.WAREHOUSE))
    page = text(keeper.get(reverse("item_detail", args=[trader.items["A1"]])))
    assert "6,000.00" not in page
    assert "reference_cost" not in text(keeper.get(reverse("item_new")))
    assert keeper.get(reverse("item_method_change", args=[trader.items["A1"]])).status_code == 403


def test_nothing_of_another_company_is_opened(trader: Trader, manager: Client) -> None:
    other = Trader("other")
    supplier = ensure_suppliers(other.company, [NewSupplier("S1", "别人的")])["S1"]
    item = ensure_items(other.company, [NewItem("TEA", "茶", tracking=Tracking.LOT)])["TEA"]
    lot = ensure_lots(other.company, [(item, "L1", None, None)])[item, "L1"]
    for name, pk in (
        ("item_edit", item), ("item_method_change", item), ("supplier_detail", supplier), ("supplier_edit", supplier),
        ("lot_detail", lot), ("lot_edit", lot), ("bin_list", other.warehouse.pk), ("bin_new", other.warehouse.pk),
    ):  # fmt: skip
        assert manager.get(reverse(name, args=[pk])).status_code == 404, name
    asked = {"item": item, "warehouse": other.warehouse.pk, "qty": "1"}
    assert manager.get(reverse("lot_suggestion"), asked).json()["lots"] == []
