"""Read moves and balances for services."""

from collections import defaultdict
from collections.abc import Collection

from inventory.moves.models import StockBalance


def holding_warehouses(company_id: int, item_ids: Collection[int]) -> dict[int, list[int]]:
    """Item → the warehouses that hold or have held it, in order of id."""
    found: dict[int, list[int]] = defaultdict(list)
    if item_ids:
        rows = StockBalance.objects.filter(company_id=company_id, item_id__in=item_ids)
        for item, warehouse in rows.order_by("item_id", "warehouse_id").values_list("item_id", "warehouse_id"):
            found[item].append(warehouse)
    return found
