"""Keep lots and serial numbers of items."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from inventory.items.models import Item, Tracking
from inventory.lots.models import Lot

# (item id, number, produced on, expires on)
NewLot = tuple[int, str, dt.date | None, dt.date | None]


class NumberMissing(DomainError):
    code = "lot_number_missing"
    template = _("%(item)s: a lot needs a number. Enter the one on the goods, or one of your own.")


class NotTracked(DomainError):
    code = "not_tracked"
    template = _("%(item)s is not kept by lots. Leave the lot out, or choose a tracking in the item first.")


class ExpiryMissing(DomainError):
    code = "expiry_missing"
    template = _(
        "%(item)s, lot %(lot)s: enter when it expires, or when it was produced if the item has a shelf life: then the "
        "date of expiry follows."
    )


class ExpiresBeforeProduced(DomainError):
    code = "expires_before_produced"
    template = _("%(item)s, lot %(lot)s: it would expire on %(expires)s, before %(produced)s, when it was produced.")


class LotDatesDiffer(DomainError):
    code = "lot_dates_differ"
    template = _(
        "%(item)s: lot %(lot)s is there already and expires on %(known)s, not on %(given)s. Leave the date empty to "
        "mean that lot, or enter another number."
    )


@transaction.atomic
def ensure_lots(company: Company, rows: Iterable[NewLot]) -> dict[tuple[int, str], int]:
    """Make the lots that are missing, in bulk; (item id, number) → id for all given. Existing ones stay as they are.

    Without a date of expiry it follows from the date of production and the item's shelf life. Raises ``NotFound``,
    ``NotTracked``, ``NumberMissing``, ``ExpiryMissing``, ``ExpiresBeforeProduced``, ``LotDatesDiffer``; their ``row``
    counts from 1.
    """
    wanted = [(item_id, number.strip(), produced, expires) for item_id, number, produced, expires in rows]
    items = Item.objects.filter(company=company).in_bulk({row[0] for row in wanted})
    known = _known(company, wanted)
    new: dict[tuple[int, str], Lot] = {}
    for position, (item_id, number, produced, expires) in enumerate(wanted, start=1):
        item = items.get(item_id)
        if item is None:
            raise NotFound(row=position, what=Item._meta.verbose_name, key=item_id)
        there = known.get((item_id, number)) or new.get((item_id, number))
        if there is None:
            lot = Lot(company=company, item=item, number=number, produced_on=produced, expires_on=expires)
            new[item_id, number] = checked(lot, row=position)
        elif expires is not None and there.expires_on is not None and there.expires_on != expires:
            facts: dict[str, Any] = {"item": item.code, "lot": number, "known": there.expires_on, "given": expires}
            raise LotDatesDiffer(row=position, field="expires_on", **facts)
    Lot.objects.bulk_create([new[key] for key in sorted(new)], ignore_conflicts=True)
    if new:
        known |= _known(company, wanted)
    return {(row[0], row[1]): known[row[0], row[1]].pk for row in wanted}


def _known(company: Company, rows: Iterable[NewLot]) -> dict[tuple[int, str], Lot]:
    rows = list(rows)
    found = Lot.objects.filter(
        company=company, item_id__in={row[0] for row in rows}, number__in={row[1] for row in rows}
    ).order_by()
    return {(lot.item_id, lot.number): lot for lot in found}


def checked(lot: Lot, *, row: int | None = None) -> Lot:
    """The lot with its date of expiry. Raises what ``ensure_lots`` does."""
    item = lot.item
    if item.tracking == Tracking.NONE:
        raise NotTracked(row=row, field="item", item=item.code)
    if not lot.number:
        raise NumberMissing(row=row, field="number", item=item.code)
    if lot.expires_on is None and lot.produced_on is not None and item.shelf_life_days is not None:
        lot.expires_on = lot.produced_on + dt.timedelta(days=item.shelf_life_days)
    if item.has_expiry and lot.expires_on is None:
        raise ExpiryMissing(row=row, field="expires_on", item=item.code, lot=lot.number)
    if lot.expires_on is not None and lot.produced_on is not None and lot.expires_on < lot.produced_on:
        facts: dict[str, Any] = {
            "item": item.code,
            "lot": lot.number,
            "expires": lot.expires_on,
            "produced": lot.produced_on,
        }
        raise ExpiresBeforeProduced(row=row, field="expires_on", **facts)
    return lot


@transaction.atomic
def save_lot(lot: Lot, *, by: Any) -> Lot:
    """Save one lot from a form or the API: its dates and its note. Its item and number never change afterwards."""
    checked(lot)
    lot.save()
    return lot
