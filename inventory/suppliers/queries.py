"""Read suppliers in bulk."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import NamedTuple

from erp.core.errors import NotFound
from inventory.documents.parties import Party
from inventory.suppliers.models import Supplier


class SupplierFacts(NamedTuple):
    """``value_id`` and ``group_value_id`` are the supplier's and its group's values in the ledger's dimensions."""

    id: int
    code: str
    name: str
    payment_days: int
    tax_rate: Decimal
    value_id: int
    group_value_id: int | None

    @property
    def facts(self) -> dict[str, int | str]:
        """What posting rules and account mappings may ask."""
        own: dict[str, int | str] = {"supplier": self.value_id}
        return own if self.group_value_id is None else own | {"supplier_group": self.group_value_id}


_FIELDS = ("id", "code", "name", "payment_days", "tax_rate", "dimension_value_id", "group__dimension_value_id")


def supplier_facts(company_id: int, supplier_ids: Iterable[int]) -> dict[int, SupplierFacts]:
    """Supplier id → facts, one statement. Raises ``NotFound`` for an id that is not this company's."""
    wanted = set(supplier_ids)
    rows = Supplier.objects.filter(company_id=company_id, pk__in=wanted).order_by()
    found = {row[0]: SupplierFacts(*row) for row in rows.values_list(*_FIELDS)}
    if missing := wanted - found.keys():
        raise NotFound(what=Supplier._meta.verbose_name, key=min(missing))
    return found


def suppliers_of_values(company_id: int, value_ids: Collection[int]) -> dict[int, SupplierFacts]:
    """Dimension value id → facts of the supplier it stands for; values of others are left out."""
    rows = Supplier.objects.filter(company_id=company_id, dimension_value_id__in=value_ids).order_by()
    found = (SupplierFacts(*row) for row in rows.values_list(*_FIELDS))
    return {facts.value_id: facts for facts in found}


def parties(company_id: int, value_ids: Collection[int]) -> dict[int, Party]:
    """What a supplier on a stock document means to posting rules, by its dimension value."""
    found = suppliers_of_values(company_id, value_ids)
    return {value_id: Party(facts.name, facts.facts) for value_id, facts in found.items()}
