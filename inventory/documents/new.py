"""A stock document before it has rows: what pages, imports and other subjects hand in, and the rows' ids afterwards."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

_ZERO = Decimal(0)


@dataclass(slots=True)
class NewStockLine:
    """``qty`` in the item's base unit, never negative; 0 on lines of value (``amount``, or ``unit_cost`` for a standard
    cost). ``unit_cost``: of receipts, and of returns without an original. ``of_line_id``: the line that comes back.
    ``source_line_id``: line of the order (or of an upper app's document) that it was made from."""

    item_id: int
    qty: Decimal
    unit_cost: Decimal | None = None
    market_net: Decimal = _ZERO
    output_tax: Decimal = _ZERO
    of_line_id: int | None = None
    source_line_id: int | None = None
    note: str = ""
    lot_id: int | None = None
    bin_id: int | None = None
    to_bin_id: int | None = None
    unit_id: int | None = None
    unit_qty: Decimal | None = None
    role: str = ""
    reason: str = ""
    share: Decimal | None = None
    amount: Decimal | None = None
    tax_rate: Decimal | None = None
    input_tax_out: Decimal = _ZERO


@dataclass(slots=True)
class NewStockDocument:
    """``party_id`` and ``department_id`` are dimension values; without a department the kind's own is taken.
    ``amount``: fee of an assembly, whole landed cost; see ``StockDocument``."""

    kind: str
    date: dt.date
    warehouse_id: int
    lines: list[NewStockLine]
    reason: str = ""
    party_id: int | None = None
    department_id: int | None = None
    source_type: str = ""
    source_id: int | None = None
    external_no: str = ""
    note: str = ""
    to_warehouse_id: int | None = None
    of_document_id: int | None = None
    amount: Decimal | None = None
    tax: Decimal = _ZERO
    allocate_by: str = ""


@dataclass(slots=True)
class StoredDocument:
    """A document with its row ids."""

    document: NewStockDocument
    id: int
    number: str
    line_ids: list[int]
    reversal_of_id: int | None = None
