"""What costing, documents and events need to know of an item, without its model."""

from decimal import Decimal
from typing import NamedTuple


class ItemFacts(NamedTuple):
    """``value_id`` and ``category_value_id`` are the item's and its category's values in the ledger's dimensions."""

    code: str
    name: str
    is_stock: bool
    tax_rate: Decimal
    reference_cost: Decimal | None
    value_id: int
    category_value_id: int
    service_type: str
