"""Masters and the values that stand for them in the ledger."""

from typing import Any

import pytest

from erp.core.errors import NotFound
from inventory.documents.confirm import confirm
from inventory.documents.models import DocumentKind, Reason
from inventory.items.models import Item, ItemCategory, ItemKind
from inventory.items.services import (
    BelowItself,
    KindInUse,
    NewCategory,
    NewItem,
    ensure_categories,
    ensure_items,
    save_category,
    save_item,
)
from ledger.dimensions.models import DimensionValue
from tests.factories import CompanyFactory, ItemFactory, stock_document

pytestmark = pytest.mark.django_db


def test_items_are_made_once_with_their_dimension_values(django_assert_max_num_queries: Any) -> None:
    company = CompanyFactory()
    new = [NewItem(f"I{number}", f"商品{number}") for number in range(500)]
    with django_assert_max_num_queries(20):
        first = ensure_items(company, new)
    assert ensure_items(company, new) == first
    values = DimensionValue.objects.filter(company=company, dimension_type__code="item")
    assert values.count() == Item.objects.filter(company=company).count() == 500
    assert "sp7" in Item.objects.get(company=company, code="I7").search_key


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(NotFound):
        ensure_items(CompanyFactory(), [NewItem("A", "某物", "NO-SUCH")])


def test_renaming_an_item_renames_its_value_in_the_ledger() -> None:
    item = ItemFactory(code="85123A", name="白色烛台")
    item.name = "白色心形烛台"
    save_item(item, by=None)
    assert item.dimension_value_id == DimensionValue.objects.get(name="白色心形烛台", code="85123A").pk


def test_a_category_stands_below_its_parent_in_the_ledger_too() -> None:
    company = CompanyFactory()
    ensure_categories(company, [NewCategory("HOME", "家居", "GOODS"), NewCategory("LIGHT", "灯饰", "HOME")])
    light = ItemCategory.objects.get(company=company, code="LIGHT")
    assert light.dimension_value.parent.code == "HOME"
    light.parent = ItemCategory.objects.get(company=company, code="GOODS")
    save_category(light, by=None)
    assert DimensionValue.objects.get(pk=light.dimension_value_id).parent.code == "GOODS"


def test_a_category_never_stands_below_itself() -> None:
    company = CompanyFactory()
    ensure_categories(company, [NewCategory("HOME", "家居", "GOODS")])
    goods = ItemCategory.objects.get(company=company, code="GOODS")
    goods.parent = ItemCategory.objects.get(company=company, code="HOME")
    with pytest.raises(BelowItself):
        save_category(goods, by=None)


def test_goods_that_have_moved_never_become_a_service() -> None:
    company = CompanyFactory()
    item = ItemFactory(company=company)
    receipt = stock_document(company, DocumentKind.OTHER_RECEIPT, (item, "1", "1.00"), reason=Reason.OPENING)
    confirm(company, receipt.pk, by=None)
    item.kind = ItemKind.SERVICE
    with pytest.raises(KindInUse):
        save_item(item, by=None)
