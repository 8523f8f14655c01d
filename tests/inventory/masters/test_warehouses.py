"""Warehouses, the one for goods on their way, and bins."""

import pytest

from erp.core.errors import DomainError, NotFound
from inventory.documents.confirm import confirm
from inventory.documents.models import DocumentKind
from inventory.setup import complete
from inventory.warehouses.models import Bin, Warehouse, WarehouseKind
from inventory.warehouses.services import (
    NewBin,
    ensure_bins,
    ensure_warehouse,
    main_warehouse,
    save_bin,
    save_warehouse,
    transit_warehouse,
)
from tests.factories import CompanyFactory, ItemFactory, stock_document

pytestmark = pytest.mark.django_db


def test_a_company_has_one_warehouse_for_goods_on_their_way() -> None:
    company = CompanyFactory()
    complete(company)
    (transit,) = Warehouse.objects.filter(company=company, kind=WarehouseKind.TRANSIT)
    assert transit_warehouse(company) == transit and transit.code == "TRANSIT"
    assert main_warehouse(company).code == "MAIN"


def test_an_older_company_gets_it_when_it_is_completed() -> None:
    company = CompanyFactory()
    old = transit_warehouse(company)
    old.kind = WarehouseKind.STOCK
    old.save()
    with pytest.raises(NotFound):
        transit_warehouse(company)
    complete(company)
    assert transit_warehouse(company).code == "TRANSIT-2"


def test_goods_are_never_sold_from_the_way() -> None:
    company = CompanyFactory()
    main = main_warehouse(company)
    ensure_warehouse(company, "W2", "二号仓")
    main.is_active = False
    save_warehouse(main, by=None)
    assert main_warehouse(company).code == "W2"


def test_a_warehouse_that_holds_goods_is_not_disabled_and_keeps_its_kind() -> None:
    company = CompanyFactory()
    ensure_warehouse(company, "W2", "二号仓")
    item = ItemFactory(company=company)
    confirm(company, stock_document(company, DocumentKind.OTHER_RECEIPT, (item, "3", "1.00")).pk, by=None)
    for field, value, code in (("is_active", False, "warehouse_holds_stock"), ("kind", "defects", "warehouse_in_use")):
        main = main_warehouse(company)
        setattr(main, field, value)
        with pytest.raises(DomainError) as refused:
            save_warehouse(main, by=None)
        assert refused.value.code == code
        assert "%(" not in refused.value.message


def test_the_last_warehouse_is_not_disabled() -> None:
    company = CompanyFactory()
    for warehouse in (main_warehouse(company), transit_warehouse(company)):
        warehouse.is_active = False
        with pytest.raises(DomainError) as refused:
            save_warehouse(warehouse, by=None)
        assert refused.value.code == "last_warehouse"


def test_bins_belong_to_warehouses_that_keep_them() -> None:
    company = CompanyFactory()
    main = main_warehouse(company)
    with pytest.raises(DomainError) as refused:
        save_bin(Bin(company=company, warehouse=main, code="A-01"), by=None)
    assert refused.value.code == "bins_not_kept"
    rows = [NewBin("MAIN", "A-01", "一排一号"), NewBin("MAIN", "A-02"), NewBin("MAIN", "A-01")]
    made = ensure_bins(company, rows)
    assert ensure_bins(company, rows) == made
    assert set(made) == {("MAIN", "A-01"), ("MAIN", "A-02")}
    main.refresh_from_db()
    assert main.has_bins
    with pytest.raises(NotFound):
        ensure_bins(company, [NewBin("NO-SUCH", "A-01")])
