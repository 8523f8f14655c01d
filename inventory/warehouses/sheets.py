"""Warehouses and bins as sheets."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.excel import values
from inventory.items.sheet_rows import ACTIVE_HELP, Col, active, checked, sheet, yes
from inventory.warehouses.models import Bin, Warehouse, WarehouseKind
from inventory.warehouses.services import save_bin, save_warehouse

KINDS = {
    "普通仓": WarehouseKind.STOCK, "在途仓": WarehouseKind.TRANSIT, "不良品仓": WarehouseKind.DEFECTS,
    "": WarehouseKind.STOCK,
}  # fmt: skip


def _save_warehouse(company: Company, given: Mapping[str, Any], by: Any) -> None:
    row = Warehouse.objects.filter(company=company, code__iexact=given["code"]).first() or Warehouse(
        company=company, code=given["code"]
    )
    for key, value in given.items():
        if key != "code":
            setattr(row, key, value)
    save_warehouse(checked(row), by=by)


def _warehouses(company: Company) -> Iterator[list[Any]]:
    for row in Warehouse.objects.filter(company=company).order_by("code"):
        yield [row.code, row.name, row.kind, "是" if row.has_bins else "否", "是" if row.is_active else "否"]


def _save_bin(company: Company, given: Mapping[str, Any], by: Any) -> None:
    warehouse = Warehouse.objects.filter(company=company, code__iexact=given["warehouse"]).first()
    if warehouse is None:
        raise NotFound(field="warehouse", what=Warehouse._meta.verbose_name, key=given["warehouse"])
    row = Bin.objects.filter(warehouse=warehouse, code__iexact=given["code"]).first() or Bin(
        company=company, warehouse=warehouse, code=given["code"]
    )
    row.name = given.get("name", row.name)
    row.is_active = given.get("is_active", row.is_active)
    save_bin(checked(row), by=by)


def _bins(company: Company) -> Iterator[list[Any]]:
    for row in Bin.objects.filter(company=company).select_related("warehouse").order_by("warehouse__code", "code"):
        yield [row.warehouse.code, row.code, row.name, "是" if row.is_active else "否"]


WAREHOUSES = sheet(
    code="warehouses",
    label=_("Warehouses"),
    title="仓库",
    permission="inventory.manage_item",
    view_permission="inventory.view_stock",
    back="warehouse_list",
    columns=(
        Col("编码", "code", values.code, is_required=True),
        Col("名称", "name", is_required=True),
        Col("类型", "kind", words=KINDS),
        Col("启用库位", "has_bins", yes, help="是 / 否"),
        Col("启用", "is_active", active, help=ACTIVE_HELP),
    ),
    save=_save_warehouse,
    rows=_warehouses,
    examples=[["EAST", "东仓", "普通仓", "是", "是"]],
)
BINS = sheet(
    code="bins",
    label=_("Bins"),
    title="库位",
    permission="inventory.manage_item",
    view_permission="inventory.view_stock",
    back="warehouse_list",
    columns=(
        Col("仓库编码", "warehouse", values.code, is_required=True),
        Col("库位编码", "code", values.code, is_required=True),
        Col("名称", "name"),
        Col("启用", "is_active", active, help=ACTIVE_HELP),
    ),
    save=_save_bin,
    rows=_bins,
    examples=[["EAST", "A-01-01", "A 区一排一层", "是"]],
)
