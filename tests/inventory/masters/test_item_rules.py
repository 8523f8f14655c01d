"""What an item may be, and what of it stays once goods have moved."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from inventory.costing.models import StockClosing
from inventory.documents.confirm import confirm
from inventory.documents.models import DocumentKind
from inventory.items.method_changes import change_cost_method
from inventory.items.models import CostMethod, CostMethodChange, Item, ItemKind, ItemUnit, Tracking
from inventory.items.queries import item_facts
from inventory.items.services import NewItem, ensure_items, save_item
from inventory.items.unit_services import NewUnit, UnitInUse, save_units, units_of
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from ledger.periods.models import Period, PeriodStatus
from tests.factories import FIRST, CompanyFactory, ItemFactory, stock_document

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


def moved(company: Company, **fields: Any) -> Item:
    """An item with 10 received in January 2025."""
    item = ItemFactory(company=company, **fields)
    confirm(company, stock_document(company, DocumentKind.OTHER_RECEIPT, (item, "10", "6.00")).pk, by=None)
    return item


def issue_all(company: Company, item: Item, date: dt.date = FIRST) -> None:
    confirm(company, stock_document(company, DocumentKind.OTHER_ISSUE, (item, "10"), date=date).pk, by=None)


def refusal(of: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused:
        of()
    assert "%(" not in refused.value.message
    return refused.value.code


def test_items_are_made_with_all_they_have(company: Company) -> None:
    ensure_suppliers(company, [NewSupplier("S1", "景德镇瓷厂")])
    new = NewItem(
        "TEA", "龙井茶", cost_method=CostMethod.STANDARD, standard_cost=D("58.5"), tracking=Tracking.LOT,
        has_expiry=True, shelf_life_days=540, barcode="6901234567892", safety_stock=D(20), maximum_stock=D(200),
        default_warehouse_code="MAIN", default_supplier_code="S1", purchase_price=D("60"), weight=D("0.25"),
        units=(NewUnit("箱", D(24), "16901234567899"),),
    )  # fmt: skip
    item = Item.objects.get(pk=ensure_items(company, [new])["TEA"])
    assert (item.default_warehouse and item.default_warehouse.code) == "MAIN"
    assert (item.default_supplier and item.default_supplier.code) == "S1"
    assert units_of(item) == [NewUnit("箱", D(24), "16901234567899")]
    facts = item_facts(company.pk, [item.pk])[item.pk]
    assert (facts.cost_method, facts.standard_cost, facts.tracking, facts.has_expiry, facts.weight) == (
        "standard", D("58.5"), "lot", True, D("0.25"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"cost_method": CostMethod.SPECIFIC}, "specific_needs_lots"),
        ({"cost_method": CostMethod.STANDARD}, "standard_cost_needed"),
        ({"tracking": Tracking.LOT, "may_go_negative": True}, "lots_are_never_short"),
        ({"has_expiry": True}, "expiry_needs_lots"),
        ({"kind": ItemKind.SERVICE, "tracking": Tracking.LOT}, "service_is_not_stocked"),
        ({"safety_stock": D(10), "maximum_stock": D(5)}, "maximum_below_safety"),
        ({"units": (NewUnit("箱", D(0)),)}, "factor_not_positive"),
        ({"units": (NewUnit("箱", D(12)), NewUnit("箱", D(24)))}, "unit_twice"),
        ({"units": (NewUnit("件", D(12)),)}, "unit_twice"),
        ({"barcode": "690", "units": (NewUnit("箱", D(12), "690"),)}, "barcode_taken"),
        ({"category_code": "NO-SUCH"}, "not_found"),
        ({"default_supplier_code": "NO-SUCH"}, "not_found"),
    ],
)
def test_what_contradicts_itself_is_refused(company: Company, fields: dict[str, Any], code: str) -> None:
    assert refusal(lambda: ensure_items(company, [NewItem("A", "某物", **fields)])) == code
    assert not Item.objects.filter(company=company, code="A").exists()


def test_a_barcode_means_one_thing(company: Company) -> None:
    first = ItemFactory(company=company, barcode="690")
    save_units(first, [NewUnit("箱", D(12), "691")], by=None)
    for taken in ("690", "691"):
        assert refusal(lambda code=taken: ItemFactory(company=company, barcode=code)) == "barcode_taken"
        other = ItemFactory(company=company)
        assert (
            refusal(lambda i=other, code=taken: save_units(i, [NewUnit("箱", D(9), code)], by=None)) == "barcode_taken"
        )
    # Another company has its own.
    ItemFactory(barcode="690")


def test_an_item_and_its_unit_may_swap_barcodes(company: Company) -> None:
    item = ItemFactory(company=company, barcode="690")
    save_units(item, [NewUnit("箱", D(12), "691"), NewUnit("盒", D(4), "692")], by=None)
    item.barcode = "691"
    save_item(item, by=None, units=[NewUnit("箱", D(12), "692"), NewUnit("盒", D(4), "690")])
    item.refresh_from_db()
    assert item.barcode == "691"
    assert {unit.name: unit.barcode for unit in units_of(item)} == {"箱": "692", "盒": "690"}


def test_units_that_documents_name_keep_their_factor(company: Company) -> None:
    item = ItemFactory(company=company)
    save_units(item, [NewUnit("箱", D(12)), NewUnit("盒", D(4))], by=None)
    document = stock_document(company, DocumentKind.OTHER_RECEIPT, (item, "24", "6.00"))
    document.lines.update(unit=ItemUnit.objects.get(item=item, name="箱"), unit_qty=2)
    for rows in ([NewUnit("盒", D(4))], [NewUnit("箱", D(10)), NewUnit("盒", D(4))]):
        with pytest.raises(UnitInUse):
            save_units(item, rows, by=None)
    save_units(item, [NewUnit("箱", D(12), "691")], by=None)  # a barcode may come, an unused unit may go
    assert units_of(item) == [NewUnit("箱", D(12), "691")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cost_method", CostMethod.FIFO),
        ("standard_cost", D(7)),
        ("tracking", Tracking.LOT),
        ("may_go_negative", True),
        ("unit", "箱"),
    ],
)
def test_what_moves_rest_on_stays(company: Company, name: str, value: Any) -> None:
    fresh, used = ItemFactory(company=company), moved(company)
    setattr(fresh, name, value)
    save_item(fresh, by=None)
    setattr(used, name, value)
    assert refusal(lambda: save_item(used, by=None)) == "item_in_use"
    used.refresh_from_db()
    used.name = "新名"
    save_item(used, by=None)


def test_the_cost_method_changes_at_a_period_start_with_a_reason_that_is_kept(company: Company) -> None:
    """C03: moving average → FIFO in the middle of a month is refused; from its start it is recorded."""
    item = moved(company)
    issue_all(company, item)
    january = Period.objects.get(company=company, start=FIRST)

    def change(date: dt.date, reason: str = "改用先进先出") -> CostMethodChange:
        return change_cost_method(company, item.pk, CostMethod.FIFO, date=date, reason=reason, by=None)

    assert refusal(lambda: change(dt.date(2025, 1, 15))) == "not_period_start"
    assert refusal(lambda: change(dt.date(2025, 2, 1))) == "not_period_start"  # January could still be costed anew
    assert refusal(lambda: change(FIRST)) == "moved_since"
    StockClosing.objects.create(company=company, period=january, closed_at="2025-02-01T00:00Z")
    february = dt.date(2025, 2, 1)
    assert refusal(lambda: change(dt.date(2025, 2, 15))) == "not_period_start"
    assert refusal(lambda: change(february, "  ")) == "reason_needed"
    kept = change(february)
    item.refresh_from_db()
    assert item.cost_method == CostMethod.FIFO
    assert (kept.old_method, kept.new_method, kept.reason, kept.date) == (
        "moving_average", "fifo", "改用先进先出", february,
    )  # fmt: skip


def test_the_cost_method_stays_while_goods_lie_there(company: Company) -> None:
    item = moved(company)
    Period.objects.filter(company=company, start=FIRST).update(status=PeriodStatus.CLOSED)

    def change(method: str, **more: Any) -> CostMethodChange:
        return change_cost_method(
            company, item.pk, method, date=dt.date(2025, 2, 1), reason="年度政策", by=None, **more
        )

    assert refusal(lambda: change(CostMethod.FIFO)) == "still_in_stock"
    Period.objects.filter(company=company, start=FIRST).update(status=PeriodStatus.OPEN)
    issue_all(company, item)
    Period.objects.filter(company=company, start=FIRST).update(status=PeriodStatus.CLOSED)
    assert refusal(lambda: change(CostMethod.MOVING_AVERAGE)) == "same_method"
    assert refusal(lambda: change(CostMethod.SPECIFIC)) == "specific_needs_lots"
    assert refusal(lambda: change(CostMethod.STANDARD)) == "standard_cost_needed"
    change(CostMethod.STANDARD, standard_cost=D("5.5"))
    item.refresh_from_db()
    assert (item.cost_method, item.standard_cost) == ("standard", D("5.5"))


def test_the_item_of_another_company_is_not_found(company: Company) -> None:
    item = ItemFactory()
    with pytest.raises(NotFound):
        change_cost_method(company, item.pk, CostMethod.FIFO, date=FIRST, reason="x", by=None)
