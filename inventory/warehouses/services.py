"""Keep warehouses, each with its value in the ledger's dimensions, and the bins in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from inventory.items.services import follow_value
from inventory.moves.models import StockBalance, StockMove
from inventory.warehouses.models import Bin, Warehouse, WarehouseKind
from ledger.dimensions.services import ValueRow, ensure_values

MAIN = "MAIN"
TRANSIT = "TRANSIT"


class WarehouseInUse(DomainError):
    code = "warehouse_in_use"
    template = _("%(warehouse)s has stock moves: its kind stays. Make another warehouse for the other kind.")


class WarehouseHoldsStock(DomainError):
    code = "warehouse_holds_stock"
    template = _("%(qty)s of %(item)s lie in %(warehouse)s. Move everything out before you disable it.")


class LastWarehouse(DomainError):
    code = "last_warehouse"
    template = _("%(warehouse)s is the last active warehouse of its kind. Make another one before you disable it.")


class BinsNotKept(DomainError):
    code = "bins_not_kept"
    template = _("%(warehouse)s keeps no bins. Tick “has bins” in the warehouse first.")


@dataclass(frozen=True, slots=True)
class NewBin:
    warehouse_code: str
    code: str
    name: str = ""


@transaction.atomic
def ensure_warehouse(
    company: Company, code: str, name: str, kind: WarehouseKind = WarehouseKind.STOCK, *, has_bins: bool = False
) -> Warehouse:
    """The warehouse of the code, made if it is missing."""
    value_id = ensure_values(company.pk, "warehouse", [ValueRow(code, name)])[code]
    warehouse, _made = Warehouse.objects.get_or_create(
        company=company,
        code=code,
        defaults={"name": name, "kind": kind, "has_bins": has_bins, "dimension_value_id": value_id},
    )
    return warehouse


def main_warehouse(company: Company) -> Warehouse:
    """The warehouse that documents take when they name none: MAIN, else the first active one. Raises ``NotFound``."""
    active = Warehouse.objects.filter(company=company, is_active=True).exclude(kind=WarehouseKind.TRANSIT)
    warehouse = active.filter(code=MAIN).first() or active.order_by("code").first()
    if warehouse is None:
        raise NotFound(what=Warehouse._meta.verbose_name, key=MAIN)
    return warehouse


def transit_warehouse(company: Company) -> Warehouse:
    """Where goods lie between two warehouses: TRANSIT, else the first active one of that kind. Raises ``NotFound``."""
    active = Warehouse.objects.filter(company=company, is_active=True, kind=WarehouseKind.TRANSIT)
    warehouse = active.filter(code=TRANSIT).first() or active.order_by("code").first()
    if warehouse is None:
        raise NotFound(what=WarehouseKind.TRANSIT.label, key=TRANSIT)
    return warehouse


def ensure_transit(company: Company) -> None:
    """Give a company its warehouse for goods on their way, unless it has one of that kind."""
    if not Warehouse.objects.filter(company=company, kind=WarehouseKind.TRANSIT).exists():
        # A warehouse of that code that is used otherwise stays what it is.
        taken = Warehouse.objects.filter(company=company, code=TRANSIT).exists()
        ensure_warehouse(company, f"{TRANSIT}-2" if taken else TRANSIT, "在途仓", WarehouseKind.TRANSIT)


@transaction.atomic
def save_warehouse(warehouse: Warehouse, *, by: Any) -> Warehouse:
    """Save one warehouse from a form, the API or the admin; its dimension value follows its code and name.

    Raises ``WarehouseInUse`` when its kind changes after goods moved there; ``WarehouseHoldsStock`` or
    ``LastWarehouse`` when it would be disabled.
    """
    if warehouse.pk:
        old = Warehouse.objects.select_for_update().get(company_id=warehouse.company_id, pk=warehouse.pk)
        _refuse_change(old, warehouse)
    warehouse.dimension_value_id = follow_value(
        warehouse.company_id, "warehouse", warehouse.dimension_value_id, warehouse.code, warehouse.name
    )
    warehouse.save()
    return warehouse


def _refuse_change(old: Warehouse, new: Warehouse) -> None:
    if old.kind != new.kind and _has_moves(old):
        raise WarehouseInUse(field="kind", warehouse=old.name)
    if old.is_active and not new.is_active:
        there = StockBalance.objects.filter(company_id=old.company_id, warehouse=old).exclude(qty=0)
        if (balance := there.select_related("item").order_by("item__code").first()) is not None:
            qty = f"{balance.qty.normalize():f}"
            raise WarehouseHoldsStock(field="is_active", qty=qty, item=balance.item.code, warehouse=old.name)
        rest = Warehouse.objects.filter(company_id=old.company_id, is_active=True, kind=old.kind).exclude(pk=old.pk)
        if old.kind != WarehouseKind.DEFECTS and not rest.exists():
            raise LastWarehouse(field="is_active", warehouse=old.name)


def _has_moves(warehouse: Warehouse) -> bool:
    # Balances are never deleted, and there is one for each item that ever moved here.
    if StockBalance.objects.filter(company_id=warehouse.company_id, warehouse=warehouse).exists():
        return StockMove.objects.filter(company_id=warehouse.company_id, warehouse=warehouse).exists()
    return False


@transaction.atomic
def ensure_bins(company: Company, rows: Iterable[NewBin]) -> dict[tuple[str, str], int]:
    """Make the bins that are missing; (warehouse code, bin code) → id. A warehouse that gets one has bins.

    Raises ``NotFound`` for an unknown warehouse.
    """
    wanted = list({(row.warehouse_code, row.code): row for row in rows}.values())
    warehouses = dict(Warehouse.objects.filter(company=company).values_list("code", "id"))
    if unknown := next((row for row in wanted if row.warehouse_code not in warehouses), None):
        raise NotFound(what=Warehouse._meta.verbose_name, key=unknown.warehouse_code)
    ids = {warehouses[row.warehouse_code] for row in wanted}
    for warehouse in Warehouse.objects.filter(company=company, pk__in=ids, has_bins=False):
        warehouse.has_bins = True
        warehouse.save(update_fields=["has_bins"])
    Bin.objects.bulk_create(
        [
            Bin(company=company, warehouse_id=warehouses[row.warehouse_code], code=row.code, name=row.name)
            for row in wanted
        ],
        ignore_conflicts=True,
    )
    found = Bin.objects.filter(company=company, warehouse_id__in=ids).values_list("warehouse__code", "code", "id")
    known = {(warehouse, code): pk for warehouse, code, pk in found}
    return {(row.warehouse_code, row.code): known[row.warehouse_code, row.code] for row in wanted}


@transaction.atomic
def save_bin(row: Bin, *, by: Any) -> Bin:
    """Save one bin. Raises ``BinsNotKept`` when its warehouse has none."""
    if not row.warehouse.has_bins:
        raise BinsNotKept(field="warehouse", warehouse=row.warehouse.name)
    row.save()
    return row
