"""The events of confirmed stock documents, and of what recosting changes in them.

Measures are linear in quantity, value and price, so the difference that a recosting makes posts by the same rule, to
the same accounts, as the document itself did.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from erp.core.money import ZERO
from inventory.documents.kinds import KINDS, Flow
from inventory.documents.models import DocumentKind, Reason
from inventory.documents.new import NewStockDocument, StoredDocument
from inventory.documents.parties import Party
from inventory.items.facts import ItemFacts
from inventory.valuation.engine import Effect
from inventory.warehouses.models import WarehouseKind
from ledger.posting.events import NewEvent

SALES_ORDER = "sales_order"  # source of documents made by the sales app
ADJUSTED = "stock_cost_adjusted"
SETTLED = "monthly_average_settled"

_OUTGOING = {Effect.OUT, Effect.CONSUME, Effect.ISSUE}


class WarehouseFacts(NamedTuple):
    """Name, value of the dimension, and whether it stands for goods on the way."""

    label: str
    value_id: int
    kind: str = WarehouseKind.STOCK


@dataclass(slots=True)
class Costed:
    """A move as its event needs it: signed quantity and value, what the document stated (positive), and what a return
    was worth by its original where that differs."""

    line: int
    item_id: int
    warehouse_id: int
    effect: Effect
    qty: Decimal
    value: Decimal
    given: Decimal = ZERO
    at_original: Decimal | None = None


def event_type(kind: str, source_type: str) -> str:
    """A return that was made from a sales document comes with its red invoice; one entered alone does not."""
    if kind == DocumentKind.SALES_RETURN and source_type == SALES_ORDER:
        return "sales_return_invoiced"
    return KINDS[kind].event_type


def measures(kind: str, move: Costed) -> dict[str, Decimal]:
    """What a move measures in the event of its document. Linear in quantity, value and given."""
    spec, effect, qty, value, given = KINDS[kind], move.effect, move.qty, move.value, move.given
    if spec.flow in (Flow.MOVE, Flow.MAKE):
        if effect == Effect.FEE:
            return {"fee": given}
        if effect not in _OUTGOING:
            return {"qty_in": qty, "cost_in": value}
        found = {"qty_out": -qty, "cost_out": -value}
        if effect == Effect.ISSUE:
            found["loss"] = -value
        return found
    if kind == DocumentKind.INVOICE_VARIANCE:
        return {"variance_stock": value, "variance_cogs": given - value}
    if kind == DocumentKind.PRICE_CHANGE:
        return {"cost": value}
    if spec.flow is Flow.VALUE:
        return {"cost": value, "price": given, "variance": given - value}
    found = {"qty": spec.sign * qty, "cost": spec.sign * value}
    if kind in (DocumentKind.PURCHASE_RECEIPT, DocumentKind.PURCHASE_RETURN):
        price = -given if qty < 0 else given
        found |= {"price": price, "variance": price - value}
    elif move.at_original is not None:
        found["variance"] = spec.sign * (move.at_original - abs(value))
    return found


def default_departments(company_id: int) -> dict[str, int]:
    """Department codes → values, for documents that name none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT v.code, v.id FROM ledger_dimensionvalue v
                 JOIN ledger_dimensiontype t ON t.id = v.dimension_type_id AND t.company_id = v.company_id
                  AND t.code = 'department'
                WHERE v.company_id = %s AND v.code IN ('SALES', 'WH')""",
            [company_id],
        )
        return dict(cursor.fetchall())


def department_code(kind: str, reason: str) -> str:
    """Deliveries, returns and what is given away for sales' sake belong to sales, the rest to the warehouse."""
    return "SALES" if reason in (Reason.GIFT, Reason.SAMPLE) else KINDS[kind].department


@dataclass(slots=True)
class Known:
    """What facts of events are made of, read once for a batch."""

    items: Mapping[int, ItemFacts]
    parties: Mapping[int, Party]
    warehouses: Mapping[int, WarehouseFacts]
    departments: Mapping[str, int]
    count_in_one_step: bool = False

    def facts(self, document: NewStockDocument, reason: str = "") -> dict[str, int | str]:
        """Facts that hold for the whole document."""
        reason = reason or document.reason
        found: dict[str, int | str] = {"warehouse": self.warehouses[document.warehouse_id].value_id}
        if document.department_id is not None:
            found["department"] = document.department_id
        elif (code := department_code(document.kind, document.reason)) in self.departments:
            found["department"] = self.departments[code]
        if reason:
            found["reason"] = str(reason)
        if document.kind == DocumentKind.SALES_RETURN:
            found["part"] = "cost"
        if document.kind in (DocumentKind.COUNT_GAIN, DocumentKind.COUNT_LOSS) and self.count_in_one_step:
            found["one_step"] = "1"
        if document.kind == DocumentKind.LANDED_COST:
            found["has_supplier"] = "1" if document.party_id is not None else ""
        party = self.parties.get(document.party_id) if document.party_id is not None else None
        return found | dict(party.facts) if party is not None else found

    def party_name(self, document: NewStockDocument) -> str:
        party = self.parties.get(document.party_id) if document.party_id is not None else None
        return party.name if party else ""

    def line_facts(self, document: NewStockDocument, move: Costed) -> dict[str, int | str]:
        """Facts of one move: the item, and of transfers the end where it is."""
        item = self.items[move.item_id]
        found: dict[str, int | str] = {"item": item.value_id, "item_category": item.category_value_id}
        warehouse = self.warehouses[move.warehouse_id]
        if move.warehouse_id != document.warehouse_id:
            found["warehouse"] = warehouse.value_id
        if warehouse.kind == WarehouseKind.TRANSIT:
            found["place"] = "transit"
        if document.kind in _BOUGHT and item.cost_method == "standard":
            found["method"] = "standard"
        return found


_BOUGHT = (DocumentKind.PURCHASE_RECEIPT, DocumentKind.PURCHASE_RETURN, DocumentKind.LANDED_COST)


def build_events(documents: Sequence[tuple[StoredDocument, Sequence[Costed], dt.date]], known: Known) -> list[NewEvent]:
    """One event per confirmed document, a payload line per move in their order. The date is the voucher's."""
    found = []
    for row, moves, date in documents:
        document = row.document
        if document.kind == DocumentKind.INVOICE_VARIANCE:
            continue  # the invoice tells of it
        lines: list[dict[str, Any]] = []
        for move in moves:
            facts = known.line_facts(document, move)
            line = document.lines[move.line]
            if line.reason:
                facts["reason"] = str(line.reason)
            figures = {name: str(value) for name, value in measures(document.kind, move).items() if value}
            if line.market_net or line.output_tax:
                figures |= {"market_net": str(line.market_net), "output_tax": str(line.output_tax)}
            if line.input_tax_out:
                figures["input_tax_out"] = str(line.input_tax_out)
            lines.append({"id": row.line_ids[move.line], "facts": facts, "measures": figures})
        if document.tax and lines:
            lines[0]["measures"]["tax"] = str(document.tax)
        if KINDS[document.kind].flow in (Flow.MOVE, Flow.MAKE) and (rest := gap(lines)):
            lines[0]["measures"]["gap"] = str(rest)
        found.append(
            NewEvent(
                event_type=event_type(document.kind, document.source_type),
                source_type=str(document.kind),
                source_id=row.id,
                business_date=date,
                document_no=row.number,
                party=known.party_name(document),
                facts=known.facts(document),
                lines=lines,
            )
        )
    return found


def gap(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    """What transfers and assemblies took out and did not bring in: issues that had gone short and were put right,
    products at a standard cost."""
    total = Decimal(0)
    for line in lines:
        figures = {name: Decimal(value) for name, value in line["measures"].items()}
        total += figures.get("cost_out", ZERO) + figures.get("fee", ZERO)
        total -= figures.get("cost_in", ZERO) + figures.get("loss", ZERO)
    return total if any(line["measures"].keys() & {"cost_out", "cost_in"} for line in lines) else ZERO


def reversed_lines(
    lines: Sequence[Mapping[str, Any]], new_ids: Mapping[int, int], now: Sequence[Mapping[str, Decimal]]
) -> list[dict[str, Any]]:
    """Payload lines of an original turned round; ``of`` names the original line. ``now``: what each of its moves
    measures today, which recosting may have made another figure than was told."""
    turned = []
    for line, current in zip(lines, now, strict=True):
        figures = {name: Decimal(value) for name, value in line["measures"].items()} | dict(current)
        turned.append(
            {
                **line,
                "id": new_ids[line["id"]],
                "of": line["id"],
                "measures": {name: str(-value) for name, value in figures.items() if value and name != "gap"},
            }
        )
    if rest := gap(turned):
        turned[0]["measures"]["gap"] = str(rest)
    return turned
