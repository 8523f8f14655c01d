"""What an item may be, and what of it stays once goods have moved. Pure: services bring what the database knows."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from inventory.items.models import CostMethod, Item, ItemKind, Tracking


class KindInUse(DomainError):
    code = "kind_in_use"
    template = _("%(item)s has stock moves and cannot become a service. Make a new item instead.")


class SpecificNeedsLots(DomainError):
    code = "specific_needs_lots"
    template = _("%(item)s: cost by lot or serial number needs lots. Choose a tracking or another cost method.")


class StandardCostNeeded(DomainError):
    code = "standard_cost_needed"
    template = _("%(item)s: the standard-cost method needs a standard cost. Enter one or choose another cost method.")


class LotsAreNeverShort(DomainError):
    code = "lots_are_never_short"
    template = _("%(item)s is tracked by lot: a lot cannot go below zero. Forbid it, or do not track the item.")


class ExpiryNeedsLots(DomainError):
    code = "expiry_needs_lots"
    template = _("%(item)s: dates of expiry belong to lots. Choose a tracking, or leave out the date of expiry.")


class ServiceIsNotStocked(DomainError):
    code = "service_is_not_stocked"
    template = _("%(item)s is a service: it lies in no warehouse. Leave “%(what)s” out, or make it goods.")


class MaximumBelowSafety(DomainError):
    code = "maximum_below_safety"
    template = _("%(item)s: the maximum stock is below the safety stock. Raise it or leave it out.")


class ItemInUse(DomainError):
    """``template`` is chosen by what was to change."""

    code = "item_in_use"


# What stays once the item has moved, with the cure of each.
STAYS: Mapping[str, Any] = {
    "unit": _("%(item)s has stock moves, counted in its unit. Add another unit with its factor, or make a new item."),
    "cost_method": _(
        "%(item)s has stock moves costed by its method. Choose “Change the cost method” on its page: that is possible "
        "from the start of a period, while nothing is in stock."
    ),
    "standard_cost": _(
        "%(item)s has stock moves at its standard cost. Enter a change of standard cost: it revalues what is in stock."
    ),
    "tracking": _("%(item)s has stock moves, tracked as it is. Make a new item for goods tracked otherwise."),
    "may_go_negative": _(
        "%(item)s has stock moves, checked by this setting. Make a new item for goods that need the other one."
    ),
}


def check(item: Item) -> None:
    """Refuse an item that cannot be kept: costs, tracking and kind that contradict each other."""
    if item.kind == ItemKind.SERVICE:
        for name in ("tracking", "has_expiry", "may_go_negative"):
            if getattr(item, name):
                column: Any = Item._meta.get_field(name)
                raise ServiceIsNotStocked(field=name, item=item.code, what=column.verbose_name)
    if item.cost_method == CostMethod.SPECIFIC and not item.tracking:
        raise SpecificNeedsLots(field="tracking", item=item.code)
    if item.cost_method == CostMethod.STANDARD and item.standard_cost is None:
        raise StandardCostNeeded(field="standard_cost", item=item.code)
    if item.tracking != Tracking.NONE and item.may_go_negative:
        raise LotsAreNeverShort(field="may_go_negative", item=item.code)
    if item.has_expiry and not item.tracking:
        raise ExpiryNeedsLots(field="has_expiry", item=item.code)
    if item.maximum_stock is not None and item.maximum_stock < item.safety_stock:
        raise MaximumBelowSafety(field="maximum_stock", item=item.code)


def guarded_changes(old: Item, new: Item) -> list[str]:
    """Which of the fields that stay would change, in the order they are told."""
    changes = [] if old.kind == new.kind else ["kind"]
    return changes + [name for name in STAYS if getattr(old, name) != getattr(new, name)]


def refuse_changes(old: Item, new: Item, has_moves: Callable[[], bool]) -> None:
    """Raise ``KindInUse`` or ``ItemInUse`` when goods that have moved would change what their moves rest on."""
    changes = guarded_changes(old, new)
    if not changes or not has_moves():
        return
    if changes[0] == "kind":
        raise KindInUse(field="kind", item=old.code)
    raise ItemInUse(template=STAYS[changes[0]], field=changes[0], item=old.code)
