"""Keep items and their categories, each with its value in the ledger's dimensions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.pinyin import search_key
from inventory.items import rules
from inventory.items.models import CostMethod, Item, ItemCategory, ItemKind
from inventory.items.rules import KindInUse
from inventory.items.unit_services import (
    NewUnit,
    barcodes,
    make_units,
    refuse_taken_barcodes,
    save_units,
    units_of,
)
from inventory.moves.models import StockMove
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.dimensions.trees import ensure_tree
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.mappings import watched

__all__ = [
    "BelowItself", "KindInUse", "NewCategory", "NewItem", "NewUnit", "ensure_categories", "ensure_items",
    "follow_value", "refuse_circle", "save_category", "save_item",
]  # fmt: skip

_BATCH = 2_000


class BelowItself(DomainError):
    code = "below_itself"
    template = _("%(node)s cannot stand below itself. Choose another parent.")


@dataclass(frozen=True, slots=True)
class NewCategory:
    """``parent_code``: a category that exists or stands earlier in the same call."""

    code: str
    name: str
    parent_code: str | None = None
    service_type: str = ""


@dataclass(frozen=True, slots=True)
class NewItem:
    """``tax_rate`` is a share (0.13); ``reference_cost`` per unit, for goods whose cost nothing else tells.

    ``standard_cost`` is the opening one. Empty codes of warehouse and supplier: none.
    """

    code: str
    name: str
    category_code: str = "GOODS"
    kind: str = ItemKind.STOCK
    unit: str = "件"
    tax_rate: Decimal = Decimal("0.13")
    spec: str = ""
    reference_cost: Decimal | None = None
    cost_method: str = CostMethod.MOVING_AVERAGE
    standard_cost: Decimal | None = None
    tracking: str = ""
    has_expiry: bool = False
    shelf_life_days: int | None = None
    may_go_negative: bool = False
    barcode: str = ""
    safety_stock: Decimal = Decimal(0)
    maximum_stock: Decimal | None = None
    default_warehouse_code: str = ""
    default_supplier_code: str = ""
    purchase_price: Decimal | None = None
    weight: Decimal | None = None
    volume: Decimal | None = None
    units: Sequence[NewUnit] = field(default=())


def ensure_categories(company: Company, rows: Iterable[NewCategory]) -> dict[str, int]:
    """Make the categories that are missing; code → id for all given. Existing ones stay as they are."""
    return ensure_tree(company, ItemCategory, "item_category", rows, lambda row: {"service_type": row.service_type})


@transaction.atomic
def ensure_items(company: Company, rows: Iterable[NewItem]) -> dict[str, int]:
    """Make the items that are missing, in bulk, with their units; code → id for all given.

    Existing ones stay as they are. Raises ``NotFound`` for an unknown category, warehouse or supplier, the refusals of
    ``rules.check`` and ``BarcodeTaken``.
    """
    wanted = list({row.code: row for row in rows}.values())
    codes = [row.code for row in wanted]
    known = _known(company, codes)
    missing = sorted((row for row in wanted if row.code not in known), key=lambda row: row.code)
    if missing:
        made = _built(company, missing)
        for item in made:
            rules.check(item)
        refuse_taken_barcodes(
            company.pk, [(row.code, code) for row in missing for code in (row.barcode, *(u.barcode for u in row.units))]
        )
        Item.objects.bulk_create(made, batch_size=_BATCH, ignore_conflicts=True)
        known |= _known(company, [row.code for row in missing])
        make_units(company, {known[row.code]: row.units for row in missing if row.units})
    return {code: known[code] for code in codes}


def _built(company: Company, rows: Sequence[NewItem]) -> list[Item]:
    """Items as they would be stored, with the values of their dimension made."""
    categories = _ids(ItemCategory, company, (row.category_code for row in rows))
    warehouses = _ids(Warehouse, company, (row.default_warehouse_code for row in rows))
    suppliers = _ids(Supplier, company, (row.default_supplier_code for row in rows))
    values = ensure_values(company.pk, "item", [ValueRow(row.code, row.name) for row in rows])
    return [
        Item(
            company=company,
            code=row.code,
            name=row.name,
            category_id=categories[row.category_code],
            kind=row.kind,
            unit=row.unit,
            spec=row.spec,
            tax_rate=row.tax_rate,
            reference_cost=row.reference_cost,
            cost_method=row.cost_method,
            standard_cost=row.standard_cost,
            tracking=row.tracking,
            has_expiry=row.has_expiry,
            shelf_life_days=row.shelf_life_days,
            may_go_negative=row.may_go_negative,
            barcode=row.barcode,
            safety_stock=row.safety_stock,
            maximum_stock=row.maximum_stock,
            default_warehouse_id=warehouses.get(row.default_warehouse_code),
            default_supplier_id=suppliers.get(row.default_supplier_code),
            purchase_price=row.purchase_price,
            weight=row.weight,
            volume=row.volume,
            search_key=search_key(row.code, row.name)[:400],
            dimension_value_id=values[row.code],
        )
        for row in rows
    ]


def _ids(model: Any, company: Company, codes: Iterable[str]) -> dict[str, int]:
    """Code → id of the masters named. Raises ``NotFound`` for the first that is missing."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    found: dict[str, int] = dict(model.objects.filter(company=company, code__in=wanted).values_list("code", "id"))
    if missing := sorted(wanted - found.keys()):
        raise NotFound(what=model._meta.verbose_name, key=missing[0])
    return found


def _known(company: Company, codes: Sequence[str]) -> dict[str, int]:
    return dict(Item.objects.filter(company=company, code__in=codes).values_list("code", "id"))


@transaction.atomic
def save_item(item: Item, *, by: Any, units: Sequence[NewUnit] | None = None) -> Item:
    """Save one item from a form, the API or the admin; its dimension value follows its code and name.

    ``units`` become its other units; None leaves them as they are. Raises the refusals of ``rules.check``;
    ``KindInUse`` or ``ItemInUse`` when something that its moves rest on would change; ``BarcodeTaken``; those of
    ``unit_services.save_units``.
    """
    rules.check(item)
    old: Item | None = None
    if item.pk:
        old = Item.objects.select_for_update().get(company_id=item.company_id, pk=item.pk)
        if rules.guarded_changes(old, item):
            hold_costing(item.company_id)
            rules.refuse_changes(old, item, lambda: has_moves(item))
    kept = units if units is not None else units_of(item)
    refuse_taken_barcodes(item.company_id, [(item.code, code) for code in barcodes(item, kept)], item.pk)
    item.search_key = search_key(item.code, item.name)[:400]
    item.dimension_value_id = follow_value(item.company_id, "item", item.dimension_value_id, item.code, item.name)
    if old is not None and old.category_id != item.category_id:
        with watched(item.company_id, "stock", by):  # another category may mean another account: the value follows
            item.save()
    else:
        item.save()
    if units is not None:
        save_units(item, units, by=by)
    return item


def has_moves(item: Item) -> bool:
    return StockMove.objects.filter(company_id=item.company_id, item_id=item.pk).exists()


def hold_costing(company_id: int) -> None:
    """Wait for the documents that are moving goods now, and let none begin until the transaction ends.

    Documents hold the periods of their dates for share, so taking the open ones for ourselves is the lock.
    """
    periods = Period.objects.filter(company_id=company_id, status=PeriodStatus.OPEN).order_by("start")
    list(periods.select_for_update().values_list("pk", flat=True))


@transaction.atomic
def save_category(category: ItemCategory, *, by: Any) -> ItemCategory:
    """Save one category; its dimension value follows, below its parent's. Raises ``BelowItself``."""
    refuse_circle(category)
    category.dimension_value_id = follow_value(
        category.company_id, "item_category", category.dimension_value_id, category.code, category.name
    )
    parent = category.parent.dimension_value_id if category.parent is not None else None
    DimensionValue.objects.filter(pk=category.dimension_value_id).exclude(parent_id=parent).update(parent_id=parent)
    category.save()
    return category


def refuse_circle(node: Any) -> None:
    """Raise ``BelowItself`` when a node of a tree would stand below itself."""
    above = node.parent
    while above is not None:
        if above.pk == node.pk:
            raise BelowItself(field="parent", node=node)
        above = above.parent


def follow_value(company_id: int, type_code: str, value_id: int | None, code: str, name: str) -> int:
    """The dimension value of a master, made or brought up to date with its code and name."""
    if value_id is None:
        return ensure_values(company_id, type_code, [ValueRow(code, name)])[code]
    DimensionValue.objects.filter(company_id=company_id, pk=value_id).exclude(code=code, name=name).update(
        code=code, name=name, search_key=search_key(code, name)[:400]
    )
    return value_id
