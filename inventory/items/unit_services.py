"""Keep the other units of items and the barcodes of both: a barcode means one thing in a company."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import quantity
from inventory.items.models import Item, ItemUnit


class BarcodeTaken(DomainError):
    code = "barcode_taken"
    template = _("Barcode %(barcode)s is that of %(item)s. Take it from there first, or enter another one.")


class FactorNotPositive(DomainError):
    code = "factor_not_positive"
    template = _(
        "Unit %(unit)s: its factor says how many base units are in one and is more than 0, at most 6 decimals."
    )


class UnitTwice(DomainError):
    code = "unit_twice"
    template = _("Unit %(unit)s is there twice. Each unit has one factor.")


class UnitInUse(DomainError):
    code = "unit_in_use"
    template = _(
        "Unit %(unit)s of %(item)s is on documents: its factor stays and it is not removed. Add another unit instead."
    )


@dataclass(frozen=True, slots=True)
class NewUnit:
    """One ``name`` is ``factor`` base units."""

    name: str
    factor: Decimal
    barcode: str = ""


def make_units(company: Company, rows: Mapping[int, Sequence[NewUnit]]) -> None:
    """Units of new items, in bulk: item id → units. Barcodes are checked by the caller."""
    bases = dict(Item.objects.filter(company=company, pk__in=rows).values_list("id", "unit"))
    for item_id, units in rows.items():
        refuse_units(units, bases[item_id])
    ItemUnit.objects.bulk_create(
        [
            ItemUnit(company=company, item_id=item_id, name=unit.name, factor=unit.factor, barcode=unit.barcode)
            for item_id, units in rows.items()
            for unit in units
        ],
        ignore_conflicts=True,
    )


def units_of(item: Item) -> list[NewUnit]:
    """The item's other units as they are kept, smallest first."""
    rows = ItemUnit.objects.filter(item_id=item.pk).order_by("factor", "name") if item.pk else ()
    return [NewUnit(row.name, row.factor, row.barcode) for row in rows]


@transaction.atomic
def save_units(item: Item, rows: Sequence[NewUnit], *, by: Any) -> None:
    """Make these the other units of the item; what is not among them is removed.

    Raises ``FactorNotPositive``, ``UnitTwice``, ``BarcodeTaken``, and ``UnitInUse`` where documents name a unit whose
    factor would change or that would go.
    """
    refuse_units(rows, item.unit)
    refuse_taken_barcodes(item.company_id, [(item.code, code) for code in barcodes(item, rows)], item.pk)
    known = {unit.name: unit for unit in ItemUnit.objects.select_for_update().filter(item=item).order_by("pk")}
    wanted = {row.name: row for row in rows}
    touched = [unit for name, unit in known.items() if name not in wanted or unit.factor != wanted[name].factor]
    _refuse_used(item, touched)
    for name, unit in known.items():
        if name not in wanted:
            unit.delete()
    # Barcodes may change places: those that change are let go before they are given anew.
    changed = [unit for name, unit in known.items() if name in wanted and unit.barcode != wanted[name].barcode]
    ItemUnit.objects.filter(pk__in=[unit.pk for unit in changed]).update(barcode="")
    for row in rows:
        unit = known.get(row.name) or ItemUnit(company_id=item.company_id, item=item, name=row.name)
        if unit.pk is None or (unit.factor, unit.barcode) != (row.factor, row.barcode):
            unit.factor, unit.barcode = row.factor, row.barcode
            unit.save()


def barcodes(item: Item, rows: Iterable[NewUnit]) -> list[str]:
    """The barcodes of an item and of its units."""
    return [item.barcode, *(row.barcode for row in rows)]


def refuse_units(rows: Iterable[NewUnit], base: str) -> None:
    """Raise ``FactorNotPositive`` or ``UnitTwice``; the base unit itself is no other unit. ``row`` counts from 1."""
    seen = {base}
    for number, row in enumerate(rows, start=1):
        if row.name in seen:
            raise UnitTwice(field=f"lines-{number}-name", unit=row.name)
        seen.add(row.name)
        if row.factor <= 0 or quantity(row.factor) != row.factor:
            raise FactorNotPositive(field=f"lines-{number}-factor", unit=row.name)


def _refuse_used(item: Item, units: Sequence[ItemUnit]) -> None:
    """Whoever protects a unit from being deleted also rests on its factor."""
    if not units:
        return
    for relation in ItemUnit._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is not models.PROTECT:
            continue
        name = relation.field.name
        rows: Any = relation.related_model._base_manager.filter(**{f"{name}__in": units})
        if (used := rows.values_list(name, flat=True).first()) is not None:
            raise UnitInUse(field="units", unit=next(u.name for u in units if u.pk == used), item=item.code)


def refuse_taken_barcodes(company_id: int, rows: Collection[tuple[str, str]], item_id: int | None = None) -> None:
    """Raise ``BarcodeTaken`` for the first (item code, barcode) that another item or unit has, or that comes twice.

    ``item_id``: the item that the barcodes are for; its own units are looked at by the caller.
    """
    seen: dict[str, str] = {}
    for code, barcode in rows:
        if barcode in seen:
            raise BarcodeTaken(field="barcode", barcode=barcode, item=seen[barcode])
        if barcode:
            seen[barcode] = code
    if not seen:
        return
    items = Item.objects.filter(company_id=company_id, barcode__in=seen)
    units = ItemUnit.objects.filter(company_id=company_id, barcode__in=seen)
    if item_id is not None:
        items, units = items.exclude(pk=item_id), units.exclude(item_id=item_id)
    taken = [
        *items.values_list("barcode", "code").order_by("code")[:1],
        *units.values_list("barcode", "item__code").order_by("item__code")[:1],
    ]
    if taken:
        raise BarcodeTaken(field="barcode", barcode=taken[0][0], item=taken[0][1])


def unit_of(company_id: int, item_id: int, text: str) -> ItemUnit:
    """The item's unit of that name. Raises ``NotFound``."""
    found = ItemUnit.objects.filter(company_id=company_id, item_id=item_id, name=text.strip()).first()
    if found is None:
        raise NotFound(what=ItemUnit._meta.verbose_name, key=text)
    return found
