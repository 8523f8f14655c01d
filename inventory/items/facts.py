"""What costing, documents and events need to know of an item, without its model."""

from decimal import Decimal
from typing import NamedTuple


class ItemFacts(NamedTuple):
    """``value_id`` and ``category_value_id`` are the item's and its category's values in the ledger's dimensions.

    ``cost_method`` and ``tracking`` are those of ``inventory.items.models``; ``standard_cost`` is the opening one, per
    unit; ``weight`` (kg) and ``volume`` (m³) are of one unit.
    """

    code: str
    name: str
    is_stock: bool
    tax_rate: Decimal
    reference_cost: Decimal | None
    value_id: int
    category_value_id: int
    service_type: str
    cost_method: str = "moving_average"
    standard_cost: Decimal | None = None
    tracking: str = ""
    has_expiry: bool = False
    may_go_negative: bool = False
    weight: Decimal | None = None
    volume: Decimal | None = None
