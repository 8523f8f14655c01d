"""Read items in bulk. Plain SQL: every document that is confirmed asks."""

from collections.abc import Iterable

from django.db import connection

from erp.core.errors import NotFound
from inventory.items.facts import ItemFacts
from inventory.items.models import Item, ItemKind


def item_facts(company_id: int, item_ids: Iterable[int]) -> dict[int, ItemFacts]:
    """Item id → facts, one statement. Raises ``NotFound`` for an id that is not this company's."""
    wanted = sorted(set(item_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.id, i.code, i.name, i.kind = %s, i.tax_rate, i.reference_cost, i.dimension_value_id,
                      c.dimension_value_id, c.service_type, i.cost_method, i.standard_cost, i.tracking, i.has_expiry,
                      i.may_go_negative, i.weight, i.volume
                 FROM inventory_item i
                 JOIN inventory_itemcategory c ON c.id = i.category_id AND c.company_id = i.company_id
                WHERE i.company_id = %s AND i.id = ANY(%s)""",
            [ItemKind.STOCK, company_id, wanted],
        )
        found = {row[0]: ItemFacts(*row[1:]) for row in cursor.fetchall()}
    if missing := [item_id for item_id in wanted if item_id not in found]:
        raise NotFound(what=Item._meta.verbose_name, key=missing[0])
    return found
