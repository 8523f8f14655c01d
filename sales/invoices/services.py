"""Issue sales invoices, blue and red, in bulk: written confirmed, and the ledger is told in the same transaction."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.core.bulk import copy_rows, next_ids
from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO
from erp.core.retries import transactional
from inventory.events import default_departments
from inventory.items.facts import ItemFacts
from inventory.items.queries import item_facts
from ledger.periods.services import hold_open
from ledger.posting.events import raise_events
from sales import events
from sales.customers.queries import customer_facts
from sales.invoices.models import InvoiceKind, InvoiceStatus
from sales.orders.errors import OrderHasNoLines
from sales.orders.services import numbers

PREFIXES = {InvoiceKind.BLUE: "XSFP", InvoiceKind.RED: "HZFP"}


@dataclass(slots=True)
class NewInvoiceLine:
    """Amounts in company currency, negative on red invoices; ``gross = net + tax``."""

    item_id: int
    qty: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    order_line_id: int | None = None


@dataclass(slots=True)
class NewInvoice:
    kind: str
    date: dt.date
    customer_id: int
    lines: list[NewInvoiceLine]
    order_id: int | None = None
    external_no: str = ""


@dataclass(slots=True)
class StoredInvoice:
    invoice: NewInvoice
    id: int
    number: str
    line_ids: list[int]


def refusals(company: Company, invoices: Sequence[NewInvoice]) -> dict[int, DomainError]:
    """Position → why the invoice cannot be issued (closed period, no lines). Holds the periods open."""
    closed = hold_open(company.pk, {invoice.date for invoice in invoices})
    found: dict[int, DomainError] = {}
    for position, invoice in enumerate(invoices):
        problem = closed.get(invoice.date) or (None if invoice.lines else OrderHasNoLines(field="lines"))
        if problem is not None:
            found[position] = problem
    return found


@transactional
def create_invoices(company: Company, invoices: Sequence[NewInvoice], *, by: Any) -> list[int]:
    """Issue invoices; ids in the order given. Raises ``PeriodClosed``, ``NoPeriod``, ``OrderHasNoLines``."""
    if problems := refusals(company, invoices):
        raise problems[min(problems)]
    items = item_facts(company.pk, {line.item_id for invoice in invoices for line in invoice.lines})
    return [stored.id for stored in write_invoices(company, invoices, items, by=by)]


_HEADER = (
    "id", "company_id", "kind", "number", "date", "status", "customer_id", "order_id", "net", "tax", "gross",
    "external_no", "created_by_id", "created_at", "confirmed_by_id", "confirmed_at",
)  # fmt: skip
_LINE = (
    "id", "company_id", "invoice_id", "line_no", "order_line_id", "item_id", "qty", "unit_price", "tax_rate", "net",
    "tax", "gross",
)  # fmt: skip


def write_invoices(
    company: Company, invoices: Sequence[NewInvoice], items: Mapping[int, ItemFacts], *, by: Any
) -> list[StoredInvoice]:
    """COPY confirmed invoices with their lines, and raise their events. The caller has checked ``refusals``."""
    if not invoices:
        return []
    customers = customer_facts(company.pk, {invoice.customer_id for invoice in invoices})
    now, user_id = timezone.now(), by.pk if by is not None else None
    ids = next_ids("sales_salesinvoice", len(invoices))
    line_ids = iter(next_ids("sales_salesinvoiceline", sum(len(invoice.lines) for invoice in invoices)))
    given = numbers(company.pk, PREFIXES, [(invoice.kind, invoice.date) for invoice in invoices])
    stored = [
        StoredInvoice(invoice, invoice_id, number, [next(line_ids) for _line in invoice.lines])
        for invoice, invoice_id, number in zip(invoices, ids, given, strict=True)
    ]
    copy_rows("sales_salesinvoice", _HEADER, (_header_row(company.pk, row, user_id, now) for row in stored))
    copy_rows(
        "sales_salesinvoiceline",
        _LINE,
        (
            (
                line_id, company.pk, row.id, line_no, line.order_line_id, line.item_id, line.qty, line.unit_price,
                line.tax_rate, line.net, line.tax, line.gross,
            )
            for row in stored
            for line_no, (line_id, line) in enumerate(zip(row.line_ids, row.invoice.lines, strict=True), start=1)
        ),
    )  # fmt: skip
    department = default_departments(company.pk).get("SALES")
    raise_events(company.pk, events.build_events(stored, items, customers, department))
    return stored


def _header_row(company_id: int, row: StoredInvoice, user_id: int | None, now: dt.datetime) -> tuple[Any, ...]:
    invoice = row.invoice
    net = sum((line.net for line in invoice.lines), ZERO)
    tax = sum((line.tax for line in invoice.lines), ZERO)
    return (
        row.id, company_id, str(invoice.kind), row.number, invoice.date, str(InvoiceStatus.CONFIRMED),
        invoice.customer_id, invoice.order_id, net, tax, net + tax, invoice.external_no, user_id, now, user_id, now,
    )  # fmt: skip
