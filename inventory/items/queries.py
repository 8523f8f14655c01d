"""Read items in bulk."""

from collections.abc import Iterable

from erp.core.errors import NotFound
from inventory.items.facts import ItemFacts
from inventory.items.models import Item, ItemKind


def item_facts(company_id: int, item_ids: Iterable[int]) -> dict[int, ItemFacts]:
    """Item id → facts, one statement. Raises ``NotFound`` for an id that is not this company's."""
    wanted = sorted(set(item_ids))
    rows = Item.objects.filter(company_id=company_id).extra(where=["inventory_item.id = ANY(%s)"], params=[wanted])
    found = {
        row[0]: ItemFacts(row[1], row[2], row[3] == ItemKind.STOCK, *row[4:])
        for row in rows.order_by().values_list(
            "id",
            "code",
            "name",
            "kind",
            "tax_rate",
            "reference_cost",
            "dimension_value_id",
            "category__dimension_value_id",
            "category__service_type",
            "cost_method",
            "standard_cost",
            "tracking",
            "has_expiry",
            "may_go_negative",
            "weight",
            "volume",
        )
    }
    if missing := [item_id for item_id in wanted if item_id not in found]:
        raise NotFound(what=Item._meta.verbose_name, key=missing[0])
    return found
