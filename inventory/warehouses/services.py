"""Keep warehouses, each with its value in the ledger's dimensions."""

from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from inventory.items.services import follow_value
from inventory.warehouses.models import Warehouse
from ledger.dimensions.services import ValueRow, ensure_values

MAIN = "MAIN"


@transaction.atomic
def ensure_warehouse(company: Company, code: str, name: str) -> Warehouse:
    """The warehouse of the code, made if it is missing."""
    value_id = ensure_values(company.pk, "warehouse", [ValueRow(code, name)])[code]
    warehouse, _made = Warehouse.objects.get_or_create(
        company=company, code=code, defaults={"name": name, "dimension_value_id": value_id}
    )
    return warehouse


def main_warehouse(company: Company) -> Warehouse:
    """The warehouse that documents take when they name none: MAIN, else the first active one. Raises ``NotFound``."""
    active = Warehouse.objects.filter(company=company, is_active=True)
    warehouse = active.filter(code=MAIN).first() or active.order_by("code").first()
    if warehouse is None:
        raise NotFound(what=Warehouse._meta.verbose_name, key=MAIN)
    return warehouse


@transaction.atomic
def save_warehouse(warehouse: Warehouse, *, by: Any) -> Warehouse:
    """Save one warehouse from a form or the admin; its dimension value follows its code and name."""
    warehouse.dimension_value_id = follow_value(
        warehouse.company_id, "warehouse", warehouse.dimension_value_id, warehouse.code, warehouse.name
    )
    warehouse.save()
    return warehouse
