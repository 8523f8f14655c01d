"""What invoices tell the ledger. A red invoice of a return is the invoice part of ``sales_return_invoiced``."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from inventory.items.facts import ItemFacts
from ledger.posting.events import EventType, NewEvent, register_event_type
from sales.customers.queries import CustomerFacts
from sales.invoices.models import InvoiceKind

if TYPE_CHECKING:
    from sales.invoices.services import StoredInvoice

SALES_INVOICE = "sales_invoice"


def register() -> None:
    """Make the event type known to the ledger."""
    register_event_type(
        EventType(
            SALES_INVOICE,
            _("Sales invoice"),
            "销售发票",
            ("qty", "net", "tax", "gross"),
            ("customer", "customer_group", "department", "item", "item_category", "service_type", "tax_rate"),
        )
    )


def build_events(
    stored: Sequence["StoredInvoice"],
    items: Mapping[int, ItemFacts],
    customers: Mapping[int, CustomerFacts],
    department_id: int | None,
) -> list[NewEvent]:
    """One event per confirmed invoice. Amounts are those of its lines: negative on red ones."""
    facts_of: dict[tuple[int, Decimal], dict[str, int | str]] = {}
    events = []
    for row in stored:
        invoice = row.invoice
        customer = customers[invoice.customer_id]
        facts: dict[str, int | str] = dict(customer.facts)
        if department_id is not None:
            facts["department"] = department_id
        is_red = invoice.kind == InvoiceKind.RED
        if is_red:
            facts["part"] = "invoice"
        lines: list[dict[str, Any]] = []
        for line_id, line in zip(row.line_ids, invoice.lines, strict=True):
            key = (line.item_id, line.tax_rate)
            line_facts = facts_of.get(key)
            if line_facts is None:
                line_facts = facts_of[key] = _line_facts(items[line.item_id], line.tax_rate)
            measures = {
                "qty": str(line.qty),
                "net": str(line.net),
                "tax": str(line.tax),
                "gross": str(line.gross),
            }
            lines.append({"id": line_id, "facts": line_facts, "measures": measures})
        events.append(
            NewEvent(
                event_type="sales_return_invoiced" if is_red else SALES_INVOICE,
                source_type=SALES_INVOICE,
                source_id=row.id,
                business_date=invoice.date,
                document_no=row.number,
                party=customer.name,
                facts=facts,
                lines=lines,
            )
        )
    return events


def _line_facts(item: ItemFacts, rate: Decimal) -> dict[str, int | str]:
    facts: dict[str, int | str] = {
        "item": item.value_id,
        "item_category": item.category_value_id,
        "tax_rate": rate_text(rate),
    }
    if item.service_type:
        facts["service_type"] = item.service_type
    return facts


@lru_cache(maxsize=200)
def rate_text(rate: Decimal) -> str:
    """0.1300 → ``0.13``: the form in which mappings and filters name a tax rate."""
    return f"{rate.normalize():f}" if rate else "0"
