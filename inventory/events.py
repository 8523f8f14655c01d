"""What stock documents tell the ledger: the event types, and the events of confirmed documents.

Goods that leave carry positive quantity and cost, goods that come back negative ones (R-SIGN: same accounts, same
sides, red). A reversal repeats the payload of its original with the signs turned.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from inventory.documents.drafts import StoredDocument
from inventory.documents.models import DocumentKind, Reason
from inventory.documents.parties import Party
from inventory.items.facts import ItemFacts
from ledger.dimensions.models import DimensionValue
from ledger.posting.events import EventType, NewEvent, register_event_type

SALES_ORDER = "sales_order"  # source of documents made by the sales app

EVENT_TYPES = (
    EventType(
        "sales_delivery",
        _("Sales delivery"),
        "销售出库",
        ("qty", "cost"),
        ("customer", "customer_group", "department", "warehouse", "item", "item_category"),
    ),
    EventType(
        "sales_return_uninvoiced",
        _("Sales return before invoicing"),
        "销售退货",
        ("qty", "cost"),
        ("part", "customer", "customer_group", "department", "warehouse", "item", "item_category"),
    ),
    EventType(
        "sales_return_invoiced",
        _("Sales return after invoicing"),
        "销售退货",
        ("qty", "cost", "net", "tax", "gross"),
        (
            "part", "customer", "customer_group", "department", "warehouse", "item", "item_category", "service_type",
            "tax_rate",
        ),
    ),
    EventType(
        "other_receipt",
        _("Other receipt"),
        "其他入库",
        ("qty", "cost"),
        ("reason", "department", "warehouse", "item", "item_category"),
    ),
    EventType(
        "other_issue",
        _("Other issue"),
        "其他出库",
        ("qty", "cost", "market_net", "output_tax"),
        ("reason", "customer", "customer_group", "department", "warehouse", "item", "item_category"),
    ),
)  # fmt: skip


def register() -> None:
    """Make the event types known to the ledger."""
    for event_type in EVENT_TYPES:
        register_event_type(event_type)


def event_type(kind: str, source_type: str) -> str:
    """A return that was made from a sales document comes with its red invoice; one entered alone does not."""
    if kind == DocumentKind.DELIVERY:
        return "sales_delivery"
    if kind == DocumentKind.SALES_RETURN:
        return "sales_return_invoiced" if source_type == SALES_ORDER else "sales_return_uninvoiced"
    return str(kind)


def default_departments(company_id: int) -> dict[str, int]:
    """Department codes → values, for documents that name none."""
    return dict(
        DimensionValue.objects.filter(
            company_id=company_id, dimension_type__code="department", code__in=["SALES", "WH"]
        ).values_list("code", "id")
    )


def department_code(kind: str, reason: str) -> str:
    """Deliveries, returns and what is given away for sales' sake belong to sales, the rest to the warehouse."""
    of_sales = kind in (DocumentKind.DELIVERY, DocumentKind.SALES_RETURN) or reason in (Reason.GIFT, Reason.SAMPLE)
    return "SALES" if of_sales else "WH"


def build_events(
    stored: Sequence[StoredDocument],
    items: Mapping[int, ItemFacts],
    parties: Mapping[int, Party],
    warehouses: Mapping[int, int],
    departments: Mapping[str, int],
) -> list[NewEvent]:
    """One event per confirmed document. ``warehouses``: id → dimension value."""
    item_facts = {
        item_id: {"item": item.value_id, "item_category": item.category_value_id} for item_id, item in items.items()
    }
    events = []
    for row in stored:
        document = row.document
        sign = -1 if document.kind == DocumentKind.SALES_RETURN else 1
        facts: dict[str, int | str] = {"warehouse": warehouses[document.warehouse_id]}
        if document.department_id is not None:
            facts["department"] = document.department_id
        elif (code := department_code(document.kind, document.reason)) in departments:
            facts["department"] = departments[code]
        if document.reason:
            facts["reason"] = str(document.reason)
        if document.kind == DocumentKind.SALES_RETURN:
            facts["part"] = "cost"
        party = parties.get(document.party_id) if document.party_id is not None else None
        if party is not None:
            facts |= party.facts
        lines: list[dict[str, Any]] = []
        for line_id, line, value in zip(row.line_ids, document.lines, row.values, strict=True):
            measures = {"qty": str(sign * line.qty), "cost": str(sign * value)}
            if line.market_net or line.output_tax:
                measures |= {"market_net": str(line.market_net), "output_tax": str(line.output_tax)}
            lines.append({"id": line_id, "facts": item_facts[line.item_id], "measures": measures})
        events.append(
            NewEvent(
                event_type=event_type(document.kind, document.source_type),
                source_type=str(document.kind),
                source_id=row.id,
                business_date=document.date,
                document_no=row.number,
                party=party.name if party else "",
                facts=facts,
                lines=lines,
            )
        )
    return events


def reversed_lines(lines: Sequence[Mapping[str, Any]], new_ids: Mapping[int, int]) -> list[dict[str, Any]]:
    """Payload lines of an original with the signs of all measures turned; ``of`` names the original line."""
    return [
        {
            **line,
            "id": new_ids[line["id"]],
            "of": line["id"],
            "measures": {name: str(-Decimal(value)) for name, value in line["measures"].items()},
        }
        for line in lines
    ]
