"""Items found by what a clerk types or a scanner sends."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from erp.core.companies.models import Company
from inventory.items import lookup
from inventory.items.models import Tracking
from inventory.items.services import NewItem, NewUnit, ensure_items
from inventory.lots.services import ensure_lots
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def company() -> Company:
    company = CompanyFactory()
    items = ensure_items(
        company,
        [
            NewItem("85123A", "白色烛台", barcode="6901234567892", units=(NewUnit("箱", D(12), "16901234567899"),)),
            NewItem("85123B", "红色烛台"),
            NewItem("T1", "龙井茶", tracking=Tracking.LOT),
            NewItem("T100%", "棉布_一"),
        ],
    )
    ensure_lots(company, [(items["T1"], "LJ-2025-01", None, None)])
    return company


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("85123", ["85123A", "85123B"]),
        ("85123b", ["85123B"]),
        ("烛台", ["85123A", "85123B"]),
        ("bszt", ["85123A"]),
        ("longjing", ["T1"]),
        ("zhutai", ["85123A", "85123B"]),
        ("6901234567892", ["85123A"]),
        ("t100%", ["T100%"]),
        ("布_一", ["T100%"]),
        ("%", ["T100%"]),
        ("没有", []),
    ],
)
def test_items_are_found_nearest_first(company: Company, text: str, codes: list[str]) -> None:
    assert [hit.code for hit in lookup.search(company.pk, text)] == codes


def test_the_exact_code_comes_before_longer_ones(company: Company) -> None:
    ensure_items(company, [NewItem("85123", "烛台")])
    assert [hit.code for hit in lookup.search(company.pk, "85123")] == ["85123", "85123A", "85123B"]


def test_the_barcode_of_a_box_tells_unit_and_factor(company: Company) -> None:
    (hit,) = lookup.search(company.pk, " 16901234567899 ")
    assert (hit.code, hit.unit_name, hit.factor) == ("85123A", "箱", 12)
    row = lookup.as_json(hit)
    assert (row["unit_name"], row["factor"]) == ("箱", "12")


def test_the_number_of_a_lot_finds_its_item(company: Company) -> None:
    (hit,) = lookup.search(company.pk, "LJ-2025-01")
    assert (hit.code, hit.lot) == ("T1", "LJ-2025-01")
    assert lookup.as_json(hit)["lot"] == "LJ-2025-01"


def test_nothing_of_another_company_is_found(company: Company) -> None:
    other = CompanyFactory()
    assert not any(lookup.search(other.pk, text) for text in ("85123", "6901234567892", "LJ-2025-01"))


@pytest.mark.parametrize("text", ["85123A", "85123a", "85123A 白色烛台", "6901234567892"])
def test_what_was_typed_whole_names_one_item(company: Company, text: str) -> None:
    found = lookup.by_code(company.pk, text)
    assert found is not None and found.code == "85123A"
    assert lookup.by_code(company.pk, "85123") is None


def test_the_search_takes_four_statements_at_most(company: Company, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        lookup.search(company.pk, "烛")


def test_what_begins_with_the_text_is_read_from_the_index(company: Company) -> None:
    ensure_items(company, [NewItem(f"N{number:05d}", "杂货") for number in range(3000)])
    asked = {"company": company.pk, "head": "n01%", "only_stock": False, "stock": "stock", "limit": 20}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inventory_item")
        cursor.execute("EXPLAIN " + lookup.HEADS, asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "items_by_search_key" in plan and "Sort" not in plan, plan
