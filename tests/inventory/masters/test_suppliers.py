"""Suppliers, their groups and the values that stand for them in the ledger."""

from typing import Any

import pytest

from erp.core.errors import NotFound
from inventory.documents.parties import parties
from inventory.items.services import BelowItself
from inventory.suppliers import lookup
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.suppliers.queries import supplier_facts
from inventory.suppliers.services import (
    NewSupplier,
    NewSupplierGroup,
    ensure_groups,
    ensure_suppliers,
    save_group,
    save_supplier,
)
from ledger.dimensions.models import DimensionValue
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db

TAX_ID = "91330106MA2B12345X"


def test_suppliers_are_made_once_with_their_dimension_values(django_assert_max_num_queries: Any) -> None:
    company = CompanyFactory()
    new = [NewSupplier(f"S{number}", f"供应商{number}") for number in range(300)]
    with django_assert_max_num_queries(20):
        first = ensure_suppliers(company, new)
    assert ensure_suppliers(company, new) == first
    values = DimensionValue.objects.filter(company=company, dimension_type__code="supplier")
    assert values.count() == Supplier.objects.filter(company=company).count() == 300


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(NotFound):
        ensure_suppliers(CompanyFactory(), [NewSupplier("S1", "某厂", group_code="NO-SUCH")])


def test_a_supplier_on_a_document_brings_its_group_to_posting_rules() -> None:
    company = CompanyFactory()
    ensure_groups(company, [NewSupplierGroup("FACTORY", "生产厂家"), NewSupplierGroup("CERAMIC", "陶瓷厂", "FACTORY")])
    ids = ensure_suppliers(
        company, [NewSupplier("S1", "景德镇瓷厂", group_code="CERAMIC"), NewSupplier("S2", "义乌小商品行")]
    )
    facts = supplier_facts(company.pk, ids.values())
    grouped, single = facts[ids["S1"]], facts[ids["S2"]]
    found = parties(company.pk, [grouped.value_id, single.value_id])
    group = SupplierGroup.objects.get(company=company, code="CERAMIC")
    assert found[grouped.value_id].name == "景德镇瓷厂"
    assert found[grouped.value_id].facts == {
        "supplier": grouped.value_id,
        "supplier_group": group.dimension_value_id,
    }
    assert found[single.value_id].facts == {"supplier": single.value_id}
    assert (
        group.dimension_value.parent_id == SupplierGroup.objects.get(company=company, code="FACTORY").dimension_value_id
    )


def test_facts_of_another_company_are_not_given() -> None:
    ids = ensure_suppliers(CompanyFactory(), [NewSupplier("S1", "某厂")])
    with pytest.raises(NotFound):
        supplier_facts(CompanyFactory().pk, ids.values())


@pytest.mark.parametrize("text", ["S1", "s1", "瓷厂", "jdzcc", "jingdezhen", TAX_ID, TAX_ID.lower(), "2b12345"])
def test_a_supplier_is_found_by_code_name_pinyin_and_tax_number(text: str) -> None:
    company = CompanyFactory()
    ids = ensure_suppliers(company, [NewSupplier("S1", "景德镇瓷厂", tax_id=TAX_ID), NewSupplier("Q9", "义乌商行")])
    assert [found.pk for found in lookup.search(company.pk, text)] == [ids["S1"]]


@pytest.mark.parametrize("text", ["S1", "s1 景德镇瓷厂", "景德镇瓷厂", TAX_ID])
def test_what_was_typed_whole_names_one_supplier(text: str) -> None:
    company = CompanyFactory()
    ensure_suppliers(company, [NewSupplier("S1", "景德镇瓷厂", tax_id=TAX_ID)])
    found = lookup.by_code(company.pk, text)
    assert found is not None and found.code == "S1"
    assert lookup.by_code(company.pk, "S") is None


def test_the_dimension_value_follows_a_new_name() -> None:
    company = CompanyFactory()
    supplier = save_supplier(Supplier(company=company, code="S1", name="旧名厂"), by=None)
    supplier.name = "新名厂"
    save_supplier(supplier, by=None)
    supplier.refresh_from_db()
    assert (supplier.dimension_value.code, supplier.dimension_value.name) == ("S1", "新名厂")
    assert "xmc" in supplier.search_key


def test_a_group_cannot_stand_below_itself() -> None:
    company = CompanyFactory()
    ensure_groups(company, [NewSupplierGroup("A", "甲"), NewSupplierGroup("B", "乙", "A")])
    above = SupplierGroup.objects.get(company=company, code="A")
    above.parent = SupplierGroup.objects.get(company=company, code="B")
    with pytest.raises(BelowItself):
        save_group(above, by=None)
