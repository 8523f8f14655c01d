"""Reverse a confirmed supplier invoice: a second one with the opposite amounts takes back what it did.

Without a date it is as if the invoice had never been entered: its own date. What later documents rest on it keeps it:
red invoices, allocations of payments.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.retries import transactional
from inventory.purchasing import events, goods, numbers
from inventory.purchasing.invoices import lock_invoice
from inventory.purchasing.models import (
    EstimateReversal,
    InvoiceKind,
    InvoiceMatch,
    InvoiceStatus,
    PayableAllocation,
    SupplierInvoice,
    SupplierInvoiceLine,
)
from inventory.purchasing.payments import lock_suppliers
from inventory.purchasing.refusals import HasDependents, InvoiceState
from inventory.purchasing.variance_documents import take_back
from ledger.periods.services import hold_open
from ledger.posting.events import NewEvent, raise_events
from ledger.posting.models import BusinessEvent


@transactional
def reverse_invoice(company: Company, invoice_id: int, *, by: Any, date: dt.date | None = None) -> SupplierInvoice:
    """Reverse it on ``date`` (its own if not given) and return the reversing invoice.

    Raises ``InvoiceState``, ``HasDependents``, ``PeriodClosed``, ``NoPeriod`` and what stock refuses.
    """
    owners = SupplierInvoice.objects.filter(company=company, pk=invoice_id).values_list("supplier_id", flat=True)
    lock_suppliers(company, set(owners))  # nobody settles it meanwhile
    row = lock_invoice(company, invoice_id)
    if row.status != InvoiceStatus.CONFIRMED or row.reversal_of_id is not None:
        raise InvoiceState(number=row.number, state=row.get_status_display(), needed=InvoiceStatus.CONFIRMED.label)
    day = max(date or row.date, row.date)
    matches = list(InvoiceMatch.objects.filter(company=company, invoice_line__invoice=row, is_live=True))
    goods.lock_lines(company.pk, {match.stock_line_id for match in matches})
    if problem := hold_open(company.pk, [day]).get(day) or _dependents(company, row, matches):
        raise problem
    told = events.told(company.pk, events.INVOICE, row.pk)
    InvoiceMatch.objects.filter(pk__in=[match.pk for match in matches]).update(is_live=False)
    row.status = InvoiceStatus.REVERSED
    row.save(update_fields=["status"])
    back = take_back(company, row.pk, by=by, date=date)
    mirror = _mirror(company, row, day, by)
    for event in told:
        if event.event_type != "input_vat_certified":
            _hold_again(company, event, matches)
    raise_events(company.pk, [_turned(event, mirror, back) for event in told])
    return mirror


def _dependents(company: Company, row: SupplierInvoice, matches: list[InvoiceMatch]) -> DomainError | None:
    allocations = PayableAllocation.objects.filter(company=company, undoes=None, undone_by=None)
    for allocation in (allocations.filter(invoice=row) | allocations.filter(credit=row)).select_related("payment"):
        if allocation.payment is None or allocation.payment.status == InvoiceStatus.CONFIRMED:
            later = allocation.payment.number if allocation.payment is not None else allocation.number
            return HasDependents(number=row.number, later=later)
    followers = SupplierInvoice.objects.filter(
        company=company, of_invoice=row, status=InvoiceStatus.CONFIRMED, reversal_of=None
    )
    if follower := followers.first():
        return HasDependents(number=row.number, later=follower.number)
    if row.kind == InvoiceKind.BLUE:
        states = goods.receipts(company.pk, {match.stock_line_id for match in matches})
        for match in matches:
            state = states.get(match.stock_line_id)
            if state is not None and state.invoiced_qty - match.qty < state.red_qty:
                red = InvoiceMatch.objects.filter(
                    company=company, stock_line__of_line=match.stock_line_id, is_live=True
                ).select_related("invoice_line__invoice")
                return HasDependents(number=row.number, later=", ".join(m.invoice_line.invoice.number for m in red))
    return None


def _mirror(company: Company, row: SupplierInvoice, day: dt.date, by: Any) -> SupplierInvoice:
    """The reversing invoice, confirmed, with the amounts turned."""
    kind = InvoiceKind.RED if row.kind == InvoiceKind.BLUE else InvoiceKind.BLUE
    prefix = numbers.INVOICE if kind == InvoiceKind.BLUE else numbers.RED_INVOICE
    mirror = SupplierInvoice.objects.create(
        company=company,
        kind=kind,
        number=numbers.number(company.pk, prefix, day),
        invoice_no=row.invoice_no,
        date=day,
        due_on=day,
        status=InvoiceStatus.CONFIRMED,
        supplier_id=row.supplier_id,
        is_deductible=row.is_deductible,
        is_certified=row.is_certified,
        net=-row.net,
        tax=-row.tax,
        gross=-row.gross,
        estimate=-row.estimate,
        reversal_of=row,
        note=row.note,
        created_by=by,
        confirmed_by=by,
        confirmed_at=timezone.now(),
    )
    SupplierInvoiceLine.objects.bulk_create(
        [
            SupplierInvoiceLine(
                company=company,
                invoice=mirror,
                line_no=line.line_no,
                item_id=line.item_id,
                description=line.description,
                qty=-line.qty,
                unit_price=line.unit_price,
                tax_rate=line.tax_rate,
                net=-line.net,
                tax=-line.tax,
                estimate=-line.estimate,
            )
            for line in row.lines.order_by("line_no")
        ]
    )
    return mirror


def _turned(event: BusinessEvent, mirror: SupplierInvoice, back: dict[int, list[Decimal]]) -> NewEvent:
    """The event turned round; what stock has of a variance today, which recosting may have changed, is given back."""
    lines = events.turned(event.payload["lines"])
    for line in lines:
        values = back.get(line.get("receipt_line", 0))
        if not values:
            continue
        measures = line["measures"]
        whole = Decimal(measures.get("variance_stock", 0)) + Decimal(measures.get("variance_cogs", 0))
        stock = values.pop(0)
        measures["variance_stock"], measures["variance_cogs"] = str(stock), str(whole - stock)
    return NewEvent(
        event_type=event.event_type,
        source_type=event.source_type,
        source_id=mirror.pk,
        business_date=mirror.date,
        document_no=mirror.number,
        party=event.party,
        facts=event.payload["facts"],
        lines=lines,
        line_group=event.line_group,
        reversal_of_id=event.pk,
    )


def _hold_again(company: Company, event: BusinessEvent, matches: list[InvoiceMatch]) -> None:
    """An invoice that took the place of an estimate held by the monthly reversal leaves that place again."""
    if not any("back" in line["measures"] for line in event.payload["lines"]):
        return
    for match in matches:
        row = (
            EstimateReversal.objects.filter(company=company, stock_line_id=match.stock_line_id).order_by("-pk").first()
        )
        if row is None:
            continue
        held = row.renewed
        row.qty = match.qty if held else row.qty + match.qty
        row.amount = match.estimate if held else row.amount + match.estimate
        row.renewed = False
        row.save(update_fields=["qty", "amount", "renewed"])
