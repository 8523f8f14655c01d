"""Keep suppliers and their groups, each with its value in the ledger's dimensions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.pinyin import plain, search_key
from inventory.items.services import follow_value, refuse_circle
from inventory.suppliers.models import Supplier, SupplierGroup
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.dimensions.trees import ensure_tree

GENERAL = "GENERAL"
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class NewSupplierGroup:
    """``parent_code``: a group that exists or stands earlier in the same call."""

    code: str
    name: str
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class NewSupplier:
    """``tax_rate`` is a share (0.13). ``group_code`` empty: in no group."""

    code: str
    name: str
    group_code: str = ""
    tax_id: str = ""
    bank_name: str = ""
    bank_account: str = ""
    contact: str = ""
    phone: str = ""
    address: str = ""
    payment_days: int = 30
    tax_rate: Decimal = Decimal("0.13")
    note: str = ""


def ensure_groups(company: Company, rows: Iterable[NewSupplierGroup]) -> dict[str, int]:
    """Make the groups that are missing (parents first); code → id for all given."""
    return ensure_tree(company, SupplierGroup, "supplier_group", rows)


@transaction.atomic
def ensure_suppliers(company: Company, rows: Iterable[NewSupplier]) -> dict[str, int]:
    """Make the suppliers that are missing, in bulk; code → id for all given. Existing ones stay as they are.

    Raises ``NotFound`` for an unknown group.
    """
    wanted = list({row.code: row for row in rows}.values())
    codes = [row.code for row in wanted]
    known = _known(company, codes)
    missing = sorted((row for row in wanted if row.code not in known), key=lambda row: row.code)
    if missing:
        groups = dict(SupplierGroup.objects.filter(company=company).values_list("code", "id"))
        if unknown := next((row for row in missing if row.group_code and row.group_code not in groups), None):
            raise NotFound(what=SupplierGroup._meta.verbose_name, key=unknown.group_code)
        values = ensure_values(company.pk, "supplier", [ValueRow(row.code, row.name) for row in missing])
        Supplier.objects.bulk_create(
            [_made(company, row, groups.get(row.group_code), values[row.code]) for row in missing],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
        known |= _known(company, [row.code for row in missing])
    return {code: known[code] for code in codes}


def _made(company: Company, row: NewSupplier, group_id: int | None, value_id: int) -> Supplier:
    return Supplier(
        company=company,
        code=row.code,
        name=row.name,
        group_id=group_id,
        tax_id=row.tax_id,
        bank_name=row.bank_name,
        bank_account=row.bank_account,
        contact=row.contact,
        phone=row.phone,
        address=row.address,
        payment_days=row.payment_days,
        tax_rate=row.tax_rate,
        note=row.note,
        search_key=key_of(row.code, row.name, row.tax_id),
        dimension_value_id=value_id,
    )


def _known(company: Company, codes: Sequence[str]) -> dict[str, int]:
    return dict(Supplier.objects.filter(company=company, code__in=codes).values_list("code", "id"))


def key_of(code: str, name: str, tax_id: str) -> str:
    """What a supplier is found by: code, name, pinyin, tax number."""
    key = search_key(code, name)[: 399 - len(tax_id)]
    return f"{key} {plain(tax_id)}".strip()


@transaction.atomic
def save_supplier(supplier: Supplier, *, by: Any) -> Supplier:
    """Save one supplier from a form, the API or the admin; its dimension value follows its code and name."""
    supplier.search_key = key_of(supplier.code, supplier.name, supplier.tax_id)
    supplier.dimension_value_id = follow_value(
        supplier.company_id, "supplier", supplier.dimension_value_id, supplier.code, supplier.name
    )
    supplier.save()
    return supplier


@transaction.atomic
def save_group(group: SupplierGroup, *, by: Any) -> SupplierGroup:
    """Save one group; its dimension value follows, below its parent's. Raises ``BelowItself``."""
    refuse_circle(group)
    group.dimension_value_id = follow_value(
        group.company_id, "supplier_group", group.dimension_value_id, group.code, group.name
    )
    parent = group.parent.dimension_value_id if group.parent is not None else None
    DimensionValue.objects.filter(pk=group.dimension_value_id).exclude(parent_id=parent).update(parent_id=parent)
    group.save()
    return group
