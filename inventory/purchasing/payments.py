"""Supplier payments and refunds: enter, change, delete, confirm, reverse; allocated to invoices as they are entered.

What is allocated at entry debits payables when the payment is confirmed, the rest is a prepayment. Whoever changes
open items of a supplier locks the supplier first: two clerks never settle the same money, the second is told.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO, cents
from erp.core.retries import transactional
from inventory.purchasing import events, numbers
from inventory.purchasing.invoice_confirm import OnRefusal, Outcome
from inventory.purchasing.models import (
    InvoiceStatus,
    PayableAllocation,
    PaymentKind,
    SupplierInvoice,
    SupplierPayment,
)
from inventory.purchasing.open_items import OpenInvoice, open_invoices, prepaid
from inventory.purchasing.refusals import (
    AmountNotPositive,
    DiscountWithoutInvoice,
    HasDependents,
    MoreThanOpen,
    NotABankAccount,
    OtherSupplier,
    PaymentState,
)
from inventory.suppliers.models import Supplier
from inventory.suppliers.queries import SupplierFacts, supplier_facts
from ledger.dimensions.models import DimensionValue
from ledger.periods.services import hold_open
from ledger.posting.events import NewEvent, raise_events

DRAFT, CONFIRMED = str(InvoiceStatus.DRAFT.label), str(InvoiceStatus.CONFIRMED.label)


@dataclass(slots=True)
class Share:
    """So much of the payment settles this invoice; None: as much as is open of both."""

    invoice_id: int
    amount: Decimal | None = None


@dataclass(slots=True)
class NewPayment:
    """``amount`` is what moves, ``discount`` what is let off for it. ``bank_account_id`` is a value of that dimension.
    ``shares`` None: oldest due first; empty: nothing, all is a prepayment (or a refund of one)."""

    supplier_id: int
    date: dt.date
    amount: Decimal
    kind: str = PaymentKind.PAYMENT
    discount: Decimal = ZERO
    bank_account_id: int | None = None
    settlement_no: str = ""
    shares: list[Share] | None = field(default_factory=list)
    note: str = ""


@transactional
def create_payments(company: Company, payments: Sequence[NewPayment], *, by: Any) -> list[int]:
    """Write drafts with what they will settle; ids in the order given. Raises the refusals of the first bad one."""
    lock_suppliers(company, {payment.supplier_id for payment in payments})
    made = []
    for payment in payments:
        row = SupplierPayment(company=company, kind=payment.kind, created_by=by)
        _fill(row, company, payment)
        prefix = numbers.PAYMENT if payment.kind == PaymentKind.PAYMENT else numbers.REFUND
        row.number = numbers.number(company.pk, prefix, payment.date)
        row.save()
        _write_shares(company, row, payment.shares, by)
        made.append(row.pk)
    return made


def create_payment(company: Company, payment: NewPayment, *, by: Any) -> SupplierPayment:
    """Write one draft."""
    (payment_id,) = create_payments(company, [payment], by=by)
    return SupplierPayment.objects.get(company=company, pk=payment_id)


@transactional
def pay(company: Company, payment: NewPayment, *, by: Any) -> SupplierPayment:
    """Enter and confirm in one step."""
    return confirm_payment(company, create_payment(company, payment, by=by).pk, by=by)


@transactional
def update_payment(company: Company, payment_id: int, payment: NewPayment, *, by: Any) -> SupplierPayment:
    """Replace a draft; number and kind stay. Raises ``PaymentState`` and as for creating."""
    lock_suppliers(company, {payment.supplier_id})
    row = _lock(company, payment_id)
    _need(row, InvoiceStatus.DRAFT)
    payment.kind = row.kind
    PayableAllocation.objects.filter(company=company, payment=row).delete()
    _fill(row, company, payment)
    row.save()
    _write_shares(company, row, payment.shares, by)
    return row


@transactional
def delete_payment(company: Company, payment_id: int, *, by: Any) -> None:
    """Delete a draft. Raises ``PaymentState``: a confirmed one is reversed instead."""
    row = _lock(company, payment_id)
    _need(row, InvoiceStatus.DRAFT)
    PayableAllocation.objects.filter(company=company, payment=row).delete()
    row.delete()


@transactional
def confirm_payments(
    company: Company, payment_ids: Sequence[int], *, by: Any, on_refusal: OnRefusal = "raise"
) -> Outcome:
    """Confirm drafts. With ``raise`` the first refusal undoes all; with ``skip`` refused ones stay drafts.

    Refusals: ``PaymentState``, ``PeriodClosed``, ``NoPeriod``, ``MoreThanOpen``.
    """
    suppliers = SupplierPayment.objects.filter(company=company, pk__in=payment_ids).values_list(
        "supplier_id", flat=True
    )
    facts = lock_suppliers(company, set(suppliers))
    rows = {
        row.pk: row
        for row in SupplierPayment.objects.select_for_update()
        .filter(company=company, pk__in=payment_ids)
        .order_by("pk")
    }
    closed = hold_open(company.pk, {row.date for row in rows.values()})
    outcome = Outcome()
    for payment_id in dict.fromkeys(payment_ids):
        try:
            with transaction.atomic():
                row = rows.get(payment_id)
                if row is None:
                    raise NotFound(what=SupplierPayment._meta.verbose_name, key=payment_id)
                _need(row, InvoiceStatus.DRAFT)
                if problem := closed.get(row.date):
                    raise problem
                _confirm(company, row, facts[row.supplier_id], by)
        except DomainError as refusal:
            if on_refusal == "raise":
                raise
            outcome.refused[payment_id] = refusal
        else:
            outcome.confirmed.append(payment_id)
    return outcome


def confirm_payment(company: Company, payment_id: int, *, by: Any) -> SupplierPayment:
    """Confirm one draft. Raises what ``confirm_payments`` names."""
    confirm_payments(company, [payment_id], by=by)
    return SupplierPayment.objects.get(company=company, pk=payment_id)


@transactional
def reverse_payment(company: Company, payment_id: int, *, by: Any, date: dt.date | None = None) -> SupplierPayment:
    """Reverse it on ``date`` (its own if not given) with what it settled at entry; returns the reversing payment.

    Raises ``HasDependents`` when it was allocated later, or refunded; ``PaymentState``, ``PeriodClosed``.
    """
    found = SupplierPayment.objects.filter(company=company, pk=payment_id).first()
    if found is None:
        raise NotFound(what=SupplierPayment._meta.verbose_name, key=payment_id)
    supplier = lock_suppliers(company, {found.supplier_id})[found.supplier_id]
    row = _lock(company, payment_id)
    _need(row, InvoiceStatus.CONFIRMED)
    if row.reversal_of_id is not None:
        raise PaymentState(number=row.number, state=row.get_status_display(), needed=CONFIRMED)
    day = max(date or row.date, row.date)
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    live = list(PayableAllocation.objects.filter(company=company, payment=row, undoes=None, undone_by=None))
    if later := next((allocation for allocation in live if not allocation.at_entry), None):
        raise HasDependents(number=row.number, later=later.number)
    settled = sum((allocation.amount for allocation in live), ZERO)
    rest = row.amount + row.discount - settled
    if row.kind == PaymentKind.PAYMENT and rest > prepaid(company.pk, row.supplier_id):
        raise HasDependents(number=row.number, later=_refunds(company, row))
    mirror = SupplierPayment.objects.create(
        company=company,
        kind=row.kind,
        number=numbers.number(company.pk, numbers.PAYMENT if row.kind == PaymentKind.PAYMENT else numbers.REFUND, day),
        date=day,
        status=InvoiceStatus.CONFIRMED,
        supplier_id=row.supplier_id,
        bank_account_id=row.bank_account_id,
        settlement_no=row.settlement_no,
        amount=-row.amount,
        discount=-row.discount,
        reversal_of=row,
        note=row.note,
        created_by=by,
        confirmed_by=by,
        confirmed_at=timezone.now(),
    )
    original = events.told(company.pk, events.PAYMENT, row.pk)
    raise_events(company.pk, [_event(mirror, supplier, -settled, -rest, of=event.pk, kind=event.event_type,
                                     line_id=row.pk) for event in original])  # fmt: skip
    row.status = InvoiceStatus.REVERSED
    row.save(update_fields=["status"])
    return mirror


def lock_suppliers(company: Company, supplier_ids: set[int]) -> dict[int, SupplierFacts]:
    """Facts of the suppliers, whose open items nobody else changes until the transaction ends."""
    rows = Supplier.objects.select_for_update(no_key=True).filter(company=company, pk__in=supplier_ids).order_by("pk")
    list(rows.values_list("pk", flat=True))
    return supplier_facts(company.pk, supplier_ids)


def _lock(company: Company, payment_id: int) -> SupplierPayment:
    row = SupplierPayment.objects.select_for_update().filter(company=company, pk=payment_id).first()
    if row is None:
        raise NotFound(what=SupplierPayment._meta.verbose_name, key=payment_id)
    return row


def _need(row: SupplierPayment, status: InvoiceStatus) -> None:
    if row.status != status:
        raise PaymentState(number=row.number, state=row.get_status_display(), needed=status.label)


def _fill(row: SupplierPayment, company: Company, payment: NewPayment) -> None:
    supplier_facts(company.pk, [payment.supplier_id])
    if payment.amount <= 0:
        raise AmountNotPositive(field="amount")
    if payment.discount < 0 or (payment.discount and payment.kind == PaymentKind.REFUND):
        raise AmountNotPositive(field="discount")
    if payment.bank_account_id is not None:
        banks = DimensionValue.objects.filter(company=company, dimension_type__code="bank_account")
        if not banks.filter(pk=payment.bank_account_id).exists():
            raise NotABankAccount(field="bank_account")
    for name in ("supplier_id", "date", "bank_account_id", "settlement_no", "note"):
        setattr(row, name, getattr(payment, name))
    row.amount, row.discount = cents(payment.amount), cents(payment.discount)


def _write_shares(company: Company, row: SupplierPayment, shares: list[Share] | None, by: Any) -> None:
    """What the draft will settle. Refunds settle red invoices. Raises ``MoreThanOpen``, ``OtherSupplier``."""
    sign = 1 if row.kind == PaymentKind.PAYMENT else -1
    found = {
        invoice.id: invoice
        for invoice in open_invoices(company.pk, supplier_id=row.supplier_id)
        if sign * invoice.open > 0
    }
    if shares is None:
        shares = [Share(invoice_id) for invoice_id in found]
    left = row.amount + row.discount
    made = []
    for share in shares:
        invoice = _invoice(company, found, share.invoice_id, row.supplier_id)
        amount = min(left, sign * invoice.open) if share.amount is None else cents(share.amount)
        if share.amount is not None and amount <= 0:
            raise AmountNotPositive(field="shares")
        if amount > sign * invoice.open:
            raise MoreThanOpen(field="shares", number=invoice.number, open=sign * invoice.open, needed=amount)
        if amount > left:
            raise MoreThanOpen(field="shares", number=row.number, open=left, needed=amount)
        if amount:
            left -= amount
            invoice.open -= sign * amount
            made.append((invoice.id, amount))
    if row.discount > row.amount + row.discount - left:
        raise DiscountWithoutInvoice(field="discount", discount=row.discount)
    PayableAllocation.objects.bulk_create(
        [
            PayableAllocation(
                company=company,
                number=numbers.number(company.pk, numbers.ALLOCATION, row.date),
                date=row.date,
                supplier_id=row.supplier_id,
                payment=row,
                invoice_id=invoice_id,
                amount=amount,
                at_entry=True,
                created_by=by,
            )
            for invoice_id, amount in made
        ]
    )


def _invoice(company: Company, found: dict[int, OpenInvoice], invoice_id: int, supplier_id: int) -> OpenInvoice:
    if invoice_id in found:
        return found[invoice_id]
    rows = open_invoices(company.pk, ids=[invoice_id], also_settled=True)
    if not rows:
        raise NotFound(field="shares", what=SupplierInvoice._meta.verbose_name, key=invoice_id)
    if rows[0].supplier_id != supplier_id:
        raise OtherSupplier(field="shares", number=rows[0].number)
    raise MoreThanOpen(field="shares", number=rows[0].number, open=ZERO, needed=abs(rows[0].gross))


def _confirm(company: Company, row: SupplierPayment, supplier: SupplierFacts, by: Any) -> None:
    sign = 1 if row.kind == PaymentKind.PAYMENT else -1
    shares = list(PayableAllocation.objects.filter(company=company, payment=row))
    invoice_ids = [share.invoice_id for share in shares]
    found = {item.id: item for item in open_invoices(company.pk, ids=invoice_ids, also_settled=True)}
    for share in shares:
        invoice = found.get(share.invoice_id)
        if invoice is None or share.amount > sign * invoice.open:
            number = invoice.number if invoice else row.number
            left = max(sign * invoice.open, ZERO) if invoice else ZERO
            raise MoreThanOpen(field="shares", number=number, open=left, needed=share.amount)
    settled = sum((share.amount for share in shares), ZERO)
    rest = row.amount + row.discount - settled
    if row.kind == PaymentKind.REFUND and rest and rest > (there := prepaid(company.pk, row.supplier_id)):
        raise MoreThanOpen(field="amount", number=supplier.name, open=max(there, ZERO), needed=rest)
    row.status = InvoiceStatus.CONFIRMED
    row.confirmed_by, row.confirmed_at = by, timezone.now()
    row.save(update_fields=["status", "confirmed_by", "confirmed_at"])
    raise_events(company.pk, [_event(row, supplier, settled, rest)])


def _event(
    row: SupplierPayment,
    supplier: SupplierFacts,
    settled: Decimal,
    rest: Decimal,
    *,
    of: int | None = None,
    kind: str = "",
    line_id: int | None = None,
) -> NewEvent:
    if not kind:
        if row.kind == PaymentKind.REFUND:
            kind = "supplier_refund"
        else:
            kind = "supplier_payment" if settled else "supplier_prepayment"
    event = events.money_event(
        kind,
        events.PAYMENT,
        row.pk,
        row.date,
        row.number,
        supplier,
        {"amount": row.amount, "discount": row.discount, "allocated": settled, "prepaid": rest},
        facts={"bank_account": row.bank_account_id} if row.bank_account_id is not None else {},
        reversal_of_id=of,
    )
    if line_id is not None:
        event.lines[0]["of"] = line_id
    return event


def _refunds(company: Company, row: SupplierPayment) -> str:
    refunds = SupplierPayment.objects.filter(
        company=company, supplier_id=row.supplier_id, kind=PaymentKind.REFUND, status=InvoiceStatus.CONFIRMED
    ).order_by("-pk")
    return ", ".join(refunds.values_list("number", flat=True)[:3])
