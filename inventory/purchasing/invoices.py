"""Supplier invoices as drafts: enter, change, delete; and the matches that a draft starts with.

Figures are given as printed, without sign: the kind decides. What is stored of red invoices is negative, only the
quantity of a match is not. Confirming is in ``invoice_confirm``, reversing in ``invoice_reverse``.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO, cents, tax_of, times
from erp.core.retries import transactional
from inventory.items.queries import item_facts
from inventory.purchasing import numbers
from inventory.purchasing.models import (
    InvoiceKind,
    InvoiceMatch,
    InvoiceStatus,
    SupplierInvoice,
    SupplierInvoiceLine,
)
from inventory.purchasing.refusals import (
    AmountMissing,
    InvoiceNumberTaken,
    InvoiceState,
    NumberNotPositive,
    PriceNegative,
    PurchaseNoLines,
    RateRange,
)
from inventory.suppliers.queries import supplier_facts


@dataclass(slots=True)
class NewMatch:
    """So much (base unit) of the invoice line settles this line of a receipt or, on red invoices, of a return."""

    stock_line_id: int
    qty: Decimal


@dataclass(slots=True)
class NewInvoiceLine:
    """Goods: item, ``qty`` (base unit), net ``unit_price``; or a charge or allowance: ``net`` alone, with or without
    an item. ``net`` and ``tax`` None are computed; ``tax_rate`` None: the supplier's."""

    item_id: int | None = None
    qty: Decimal = ZERO
    unit_price: Decimal = ZERO
    tax_rate: Decimal | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    description: str = ""
    matches: list[NewMatch] = field(default_factory=list)


@dataclass(slots=True)
class NewInvoice:
    """``due_on`` None: the invoice's date and the supplier's days to pay. ``of_invoice_id``: what a red one lowers."""

    supplier_id: int
    date: dt.date
    lines: list[NewInvoiceLine]
    kind: str = InvoiceKind.BLUE
    invoice_no: str = ""
    due_on: dt.date | None = None
    of_invoice_id: int | None = None
    is_deductible: bool = True
    is_certified: bool = True
    note: str = ""


@transactional
def create_invoices(company: Company, invoices: Sequence[NewInvoice], *, by: Any) -> list[int]:
    """Write drafts with their lines and matches; ids in the order given. Raises the refusals of the first bad one."""
    return [_create(company, invoice, by).pk for invoice in invoices]


def create_invoice(company: Company, invoice: NewInvoice, *, by: Any) -> SupplierInvoice:
    """Write one draft."""
    (invoice_id,) = create_invoices(company, [invoice], by=by)
    return SupplierInvoice.objects.get(company=company, pk=invoice_id)


@transactional
def update_invoice(company: Company, invoice_id: int, invoice: NewInvoice, *, by: Any) -> SupplierInvoice:
    """Replace head, lines and matches of a draft; number and kind stay. Raises ``InvoiceState`` and as for creating."""
    row = lock_draft(company, invoice_id)
    invoice.kind = row.kind
    lines = _prepared(company, invoice)
    _fill(row, company, invoice, lines)
    row.save()
    SupplierInvoiceLine.objects.filter(company=company, invoice=row).delete()
    _write_lines(company, row, invoice, lines)
    return row


@transactional
def delete_invoice(company: Company, invoice_id: int, *, by: Any) -> None:
    """Delete a draft. Raises ``InvoiceState``: a confirmed one is reversed instead."""
    lock_draft(company, invoice_id).delete()


def lock_draft(company: Company, invoice_id: int) -> SupplierInvoice:
    """The draft, locked until the transaction ends. Raises ``NotFound``, ``InvoiceState``."""
    row = lock_invoice(company, invoice_id)
    if row.status != InvoiceStatus.DRAFT:
        raise InvoiceState(number=row.number, state=row.get_status_display(), needed=InvoiceStatus.DRAFT.label)
    return row


def lock_invoice(company: Company, invoice_id: int) -> SupplierInvoice:
    """The invoice, locked until the transaction ends. Raises ``NotFound``."""
    row = SupplierInvoice.objects.select_for_update().filter(company=company, pk=invoice_id).first()
    if row is None:
        raise NotFound(what=SupplierInvoice._meta.verbose_name, key=invoice_id)
    return row


def _create(company: Company, invoice: NewInvoice, by: Any) -> SupplierInvoice:
    lines = _prepared(company, invoice)
    prefix = numbers.INVOICE if invoice.kind == InvoiceKind.BLUE else numbers.RED_INVOICE
    row = SupplierInvoice(company=company, kind=invoice.kind, created_by=by)
    _fill(row, company, invoice, lines)
    row.number = numbers.number(company.pk, prefix, invoice.date)
    row.save()
    _write_lines(company, row, invoice, lines)
    return row


def _fill(row: SupplierInvoice, company: Company, invoice: NewInvoice, lines: Sequence[SupplierInvoiceLine]) -> None:
    supplier = supplier_facts(company.pk, [invoice.supplier_id])[invoice.supplier_id]
    taken = SupplierInvoice.objects.filter(
        company=company,
        supplier_id=invoice.supplier_id,
        invoice_no=invoice.invoice_no,
        status__in=[InvoiceStatus.DRAFT, InvoiceStatus.CONFIRMED],
        reversal_of=None,
    ).exclude(pk=row.pk)
    if invoice.invoice_no and (other := taken.first()):
        raise InvoiceNumberTaken(field="invoice_no", invoice_no=invoice.invoice_no, number=other.number)
    if invoice.of_invoice_id is not None:
        original = SupplierInvoice.objects.filter(company=company, supplier_id=invoice.supplier_id)
        if not original.filter(pk=invoice.of_invoice_id, kind=InvoiceKind.BLUE, reversal_of=None).exists():
            raise NotFound(field="of_invoice", what=SupplierInvoice._meta.verbose_name, key=invoice.of_invoice_id)
    for name in ("supplier_id", "date", "invoice_no", "of_invoice_id", "is_deductible", "is_certified", "note"):
        setattr(row, name, getattr(invoice, name))
    row.due_on = invoice.due_on or invoice.date + dt.timedelta(days=supplier.payment_days)
    row.net = sum((line.net for line in lines), ZERO)
    row.tax = sum((line.tax for line in lines), ZERO)
    row.gross = row.net + row.tax


def _prepared(company: Company, invoice: NewInvoice) -> list[SupplierInvoiceLine]:
    """Lines with their amounts and the sign of their kind, unsaved."""
    if not invoice.lines:
        raise PurchaseNoLines(field="lines")
    sign = 1 if invoice.kind == InvoiceKind.BLUE else -1
    default = supplier_facts(company.pk, [invoice.supplier_id])[invoice.supplier_id].tax_rate
    item_facts(company.pk, {line.item_id for line in invoice.lines if line.item_id is not None})
    made = []
    for line_no, line in enumerate(invoice.lines, start=1):
        rate = default if line.tax_rate is None else line.tax_rate
        if not 0 <= rate < 1:
            raise RateRange(field=f"lines-{line_no}-tax_rate", line=line_no, rate=rate)
        if line.qty < 0 or any(match.qty <= 0 for match in line.matches):
            raise NumberNotPositive(field=f"lines-{line_no}-qty", line=line_no)
        if line.unit_price < 0:
            raise PriceNegative(field=f"lines-{line_no}-unit_price", line=line_no)
        net = cents(line.net) if line.net is not None else times(line.qty, line.unit_price)
        tax = cents(line.tax) if line.tax is not None else tax_of(net, rate)
        if not line.qty and not net and not tax:
            raise AmountMissing(field=f"lines-{line_no}-net", line=line_no)
        made.append(
            SupplierInvoiceLine(
                company=company,
                line_no=line_no,
                item_id=line.item_id,
                description=line.description,
                qty=sign * line.qty,
                unit_price=line.unit_price,
                tax_rate=rate,
                net=sign * net,
                tax=sign * tax,
            )
        )
    return made


def _write_lines(
    company: Company, row: SupplierInvoice, invoice: NewInvoice, lines: Sequence[SupplierInvoiceLine]
) -> None:
    for line in lines:
        line.invoice = row
    SupplierInvoiceLine.objects.bulk_create(lines)
    InvoiceMatch.objects.bulk_create(
        [
            InvoiceMatch(company=company, invoice_line=line, stock_line_id=line_id, qty=qty, estimate=ZERO)
            for line, given in zip(lines, invoice.lines, strict=True)
            for line_id, qty in _summed(given.matches).items()
        ]
    )


def _summed(matches: Collection[NewMatch]) -> Mapping[int, Decimal]:
    found: dict[int, Decimal] = {}
    for match in matches:
        found[match.stock_line_id] = found.get(match.stock_line_id, Decimal(0)) + match.qty
    return found


def today() -> dt.date:
    return timezone.localdate()
