"""Keep items and their categories, each with its value in the ledger's dimensions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.pinyin import search_key
from inventory.items.models import Item, ItemCategory, ItemKind
from inventory.moves.models import StockMove
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.dimensions.trees import ensure_tree

_BATCH = 2_000


class KindInUse(DomainError):
    code = "kind_in_use"
    template = _("%(item)s has stock moves and cannot become a service. Make a new item instead.")


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
    """``tax_rate`` is a share (0.13); ``reference_cost`` per unit, for goods whose cost nothing else tells."""

    code: str
    name: str
    category_code: str = "GOODS"
    kind: str = ItemKind.STOCK
    unit: str = "件"
    tax_rate: Decimal = Decimal("0.13")
    spec: str = ""
    reference_cost: Decimal | None = None


def ensure_categories(company: Company, rows: Iterable[NewCategory]) -> dict[str, int]:
    """Make the categories that are missing; code → id for all given. Existing ones stay as they are."""
    return ensure_tree(company, ItemCategory, "item_category", rows, lambda row: {"service_type": row.service_type})


@transaction.atomic
def ensure_items(company: Company, rows: Iterable[NewItem]) -> dict[str, int]:
    """Make the items that are missing, in bulk; code → id for all given. Existing ones stay as they are.

    Raises ``NotFound`` for an unknown category.
    """
    wanted = list({row.code: row for row in rows}.values())
    codes = [row.code for row in wanted]
    known = _known(company, codes)
    missing = sorted((row for row in wanted if row.code not in known), key=lambda row: row.code)
    if missing:
        categories = dict(ItemCategory.objects.filter(company=company).values_list("code", "id"))
        if unknown := next((row for row in missing if row.category_code not in categories), None):
            raise NotFound(what=ItemCategory._meta.verbose_name, key=unknown.category_code)
        values = ensure_values(company.pk, "item", [ValueRow(row.code, row.name) for row in missing])
        Item.objects.bulk_create(
            [
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
                    search_key=search_key(row.code, row.name)[:400],
                    dimension_value_id=values[row.code],
                )
                for row in missing
            ],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
        known |= _known(company, [row.code for row in missing])
    return {code: known[code] for code in codes}


def _known(company: Company, codes: Sequence[str]) -> dict[str, int]:
    return dict(Item.objects.filter(company=company, code__in=codes).values_list("code", "id"))


@transaction.atomic
def save_item(item: Item, *, by: Any) -> Item:
    """Save one item from a form or the admin; its dimension value follows its code and name.

    Raises ``KindInUse`` when goods that have moved would become a service.
    """
    if item.pk and not item.is_stock and StockMove.objects.filter(company_id=item.company_id, item=item).exists():
        raise KindInUse(field="kind", item=item.code)
    item.search_key = search_key(item.code, item.name)[:400]
    item.dimension_value_id = follow_value(item.company_id, "item", item.dimension_value_id, item.code, item.name)
    item.save()
    return item


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
