"""What drives one scenario: its world (company, masters, what was entered so far) and the register of steps.

A step is entered by the function of its name; the name tells more than the file does: an ``invoice`` of a receipt is a
``supplier_invoice``, one of a delivery a ``sales_invoice``. Upper apps register the steps that only they know.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from inventory.documents.models import StockDocumentLine
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.scenarios.files import Line, Scenario, Step
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse
from ledger.posting import service
from ledger.posting.service import PostingResult


class NoSuchStep(DomainError):
    code = "no_such_step"
    template = _("Nothing here enters a step of kind “%(kind)s” (%(step)s).")


@dataclass(slots=True)
class Made:
    """What a step made: ids of stock documents, and anything else under the name that its own functions give it."""

    documents: list[int] = field(default_factory=list)
    other: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """``made``: step → what it made. A step that was refused, or is cancelled, is not there (any more)."""

    company: Company
    scenario: Scenario
    items: dict[str, Item]
    warehouses: dict[str, Warehouse]
    supplier: Supplier
    made: dict[str, Made] = field(default_factory=dict)
    lots: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def first_day(self) -> dt.date:
        return min(step.on for step in self.scenario.steps)

    @property
    def last_day(self) -> dt.date:
        return max(step.on for step in self.scenario.steps)

    def settle(self) -> PostingResult:
        """Let the workers finish: what waits to be recosted, then what waits to be posted."""
        from inventory.costing import recost

        recost.run_pending(self.company)
        return service.post_pending(self.company.pk)

    def lot(self, line: Line) -> int | None:
        """The id of the line's lot; made when it is named for the first time."""
        if not line.lot:
            return None
        key = line.item, line.lot
        if key not in self.lots:
            self.lots[key] = Lot.objects.create(company=self.company, item=self.items[line.item], number=line.lot).pk
        return self.lots[key]

    def documents_of(self, ref: str) -> list[int]:
        """Stock documents of a step; none when it was refused."""
        return self.made[ref].documents if ref in self.made else []

    def lines_of(self, ref: str) -> list[StockDocumentLine]:
        rows = StockDocumentLine.objects.filter(company=self.company, document__in=self.documents_of(ref))
        return list(rows.order_by("document_id", "line_no"))

    def original(self, lines: list[StockDocumentLine], line: Line) -> int:
        """The line of the original that ``line`` returns; another lot or item of it where there is no such line, and
        a line that does not exist where there is no original, so that the service refuses and not we."""
        item, lot = self.items[line.item].pk, self.lot(line)
        for fits in (
            lambda row: row.item_id == item and row.lot_id == lot and row.qty >= line.qty,
            lambda row: row.item_id == item and row.lot_id == lot,
            lambda row: row.item_id == item,
            lambda row: True,
        ):
            if found := next((row.pk for row in lines if fits(row)), None):
                return found
        return 0


Enter = Callable[[World, Step], Made]
_STEPS: dict[str, Enter] = {}


def register_step(name: str, enter: Enter) -> None:
    """Make a kind of step known. ``enter`` calls the service that a user's click would reach."""
    if _STEPS.setdefault(name, enter) is not enter:
        raise ValueError(f"step {name} is registered twice")


def enter(world: World, step: Step) -> Made:
    """Enter one step. Raises what its service raises, and ``NoSuchStep``."""
    kind = kind_of(world.scenario, step)
    if kind not in _STEPS:
        raise NoSuchStep(kind=kind, step=step.ref)
    return _STEPS[kind](world, step)


_INVOICES = {
    "delivery": "sales_invoice",
    "sales_return": "credit_note",
    "receipt": "supplier_invoice",
    "purchase_return": "supplier_credit_note",
}
_ALLOWANCES = {"sales_invoice": "sales_allowance", "supplier_invoice": "supplier_allowance"}
_PAYMENTS = {
    "sales_invoice": "customer_payment",
    "sales_allowance": "customer_refund",
    "credit_note": "customer_refund",
    "supplier_invoice": "supplier_payment",
    "supplier_allowance": "supplier_refund",
    "supplier_credit_note": "supplier_refund",
}


def kind_of(scenario: Scenario, step: Step) -> str:
    """The name under which the step is registered."""
    of = scenario.step(step.of) if step.of else None
    if step.do == "invoice" and of is not None:
        base = _INVOICES.get(of.do)
        return base or _ALLOWANCES.get(kind_of(scenario, of), "allowance")
    if step.do == "payment" and of is not None:
        return _PAYMENTS.get(kind_of(scenario, of), "payment")
    if step.do == "cancel" and of is not None:
        return f"cancel_{cancelled}" if (cancelled := kind_of(scenario, of)) in _OWN_CANCEL else "cancel"
    if step.do == "delivery" and (of is not None or _is_sold(scenario, step)):
        return "delivery_of_order"
    if step.do == "sales_return" and of is not None and _is_invoiced(scenario, step):
        return "return_of_order"
    return step.do


_OWN_CANCEL = {*_INVOICES.values(), *_ALLOWANCES.values(), *_PAYMENTS.values(), "order", "count"}


def _is_invoiced(scenario: Scenario, step: Step) -> bool:
    return any(later.do == "invoice" and later.of == step.ref for later in scenario.steps)


def _is_sold(scenario: Scenario, step: Step) -> bool:
    """Whether the delivery is invoiced later, or something that came back of it is."""
    back = {later.ref for later in scenario.steps if later.do == "sales_return" and later.of == step.ref}
    return any(later.do == "invoice" and later.of in {step.ref, *back} for later in scenario.steps)


def names_of(scenario: Scenario, step: Step) -> set[str]:
    """All names under which the step may be left out: what the file calls it, and what it is here."""
    kind = kind_of(scenario, step)
    return {step.do, kind, kind.removeprefix("cancel_")}
