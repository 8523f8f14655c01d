"""What the entry form of each kind of document looks like: fields of the head, columns of the grid, its original.

One form serves all kinds; a kind that needs another field gets it here. What a document may say is decided by the
services, not by this table.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from inventory.documents.kinds import RETURNS_OF
from inventory.documents.models import DocumentKind

ENTER, ADJUST = "inventory.enter_document", "inventory.adjust_cost"
_QTY = ("qty", "unit", "base")
_PLACE = ("lot", "bin")


@dataclass(frozen=True, slots=True)
class Shape:
    """``columns`` in the order of the grid; those of cost go without the permission. ``fee``: label of the head's
    amount. ``takes``: goods leave, so lots are suggested; else new lots may be named. ``permission`` to enter it.
    """

    columns: tuple[str, ...]
    to_warehouse: bool = False
    department: bool = True
    fee: Any = ""
    tax: bool = False
    spread: bool = False
    takes: bool = False
    permission: str = ENTER
    group: str = "store"

    @property
    def has_lines(self) -> bool:
        return bool(self.columns)


_IN = ("item_text", "on_hand", *_QTY, "lot", "expires_on", "bin")
_OUT = ("item_text", "on_hand", "available", *_QTY, *_PLACE)
GROUPS = {
    "purchasing": _("Purchasing"),
    "sales": _("Sales"),
    "store": _("Store-keeping"),
    "production": _("Production"),
    "costs": _("Costs"),
}

SHAPES: dict[str, Shape] = {
    DocumentKind.PURCHASE_RECEIPT: Shape(
        (*_IN, "unit_cost", "cost_amount", "note"), department=False, group="purchasing"
    ),
    DocumentKind.PURCHASE_RETURN: Shape(
        ("item_text", "open_qty", *_QTY, *_PLACE, "note"),
        department=False,
        takes=True,
        group="purchasing",
    ),
    DocumentKind.DELIVERY: Shape((*_OUT, "note"), takes=True, group="sales"),
    DocumentKind.SALES_RETURN: Shape(
        ("item_text", "open_qty", *_QTY, *_PLACE, "unit_cost", "note"),
        group="sales",
    ),
    DocumentKind.OTHER_RECEIPT: Shape((*_IN, "unit_cost", "cost_amount", "note"), group="store"),
    DocumentKind.OTHER_ISSUE: Shape(
        (*_OUT, "market_net", "output_tax", "input_tax_out", "note"), takes=True, group="store"
    ),
    DocumentKind.TRANSFER: Shape(
        (*_OUT, "to_bin", "note"), to_warehouse=True, department=False, takes=True, group="store"
    ),
    DocumentKind.TRANSFER_OUT: Shape((*_OUT, "note"), to_warehouse=True, department=False, takes=True, group="store"),
    DocumentKind.TRANSFER_IN: Shape(
        ("item_text", "open_qty", *_QTY, "lost", "lot", "to_bin", "note"),
        to_warehouse=True,
        department=False,
        group="store",
    ),
    DocumentKind.COUNT_GAIN: Shape((*_IN, "unit_cost", "cost_amount", "note"), group="store"),
    DocumentKind.COUNT_LOSS: Shape((*_OUT, "reason", "input_tax_out", "note"), takes=True, group="store"),
    DocumentKind.SCRAP: Shape((*_OUT, "reason", "input_tax_out", "note"), takes=True, group="store"),
    DocumentKind.ASSEMBLY: Shape((*_OUT, "role", "note"), fee=_("Fee"), takes=True, group="production"),
    DocumentKind.DISASSEMBLY: Shape((*_OUT, "role", "share", "note"), fee=_("Fee"), takes=True, group="production"),
    DocumentKind.PRODUCTION_ISSUE: Shape((*_OUT, "note"), takes=True, group="production"),
    DocumentKind.PRODUCTION_RETURN: Shape(
        ("item_text", "open_qty", *_QTY, *_PLACE, "unit_cost", "note"),
        group="production",
    ),
    DocumentKind.FINISHED_RECEIPT: Shape((*_IN, "unit_cost", "cost_amount", "note"), group="production"),
    DocumentKind.LANDED_COST: Shape(
        (),
        department=False,
        fee=_("Charge, net"),
        tax=True,
        spread=True,
        permission=ADJUST,
        group="costs",
    ),
    DocumentKind.COST_ADJUSTMENT: Shape(
        ("item_text", "on_hand", "lot", "amount", "note"), permission=ADJUST, group="costs"
    ),
    DocumentKind.PRICE_CHANGE: Shape(
        ("item_text", "on_hand", "standard_cost", "note"), department=False, permission=ADJUST, group="costs"
    ),
}
# Columns that are seen and filled in with the permission to see costs only.
COST_COLUMNS = frozenset({"unit_cost", "cost_amount", "amount", "standard_cost"})


def original_kind(kind: str) -> str:
    """Kind of the documents that one of ``kind`` is made of; '' for kinds that stand alone."""
    return str(RETURNS_OF.get(kind, ("",))[0])


def entry_groups() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Kinds that can be entered, under the headings of the menu."""
    return [
        (label, [(str(kind), DocumentKind(kind).label) for kind, shape in SHAPES.items() if shape.group == group])
        for group, label in GROUPS.items()
    ]
