"""Allocate payments and red invoices to invoices (核销), undo it, and write off what will never be paid.

Many to many: each row links one payment (or red invoice) with one invoice. Money that was a prepayment moves to
payables and makes a voucher; a red invoice lies in payables already and makes none. Undoing writes a second row.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO, cents
from erp.core.retries import transactional
from inventory.purchasing import events, numbers
from inventory.purchasing.models import InvoiceStatus, PayableAllocation, PaymentKind, SupplierInvoice, SupplierPayment
from inventory.purchasing.open_items import OpenInvoice, OpenPayment, open_invoices, open_payments, prepaid
from inventory.purchasing.payments import lock_suppliers
from inventory.purchasing.refusals import (
    AllocationUndone,
    AmountNotPositive,
    DiscountStays,
    MoreThanOpen,
    OtherSupplier,
    PaymentState,
)
from inventory.suppliers.queries import SupplierFacts
from ledger.periods.services import hold_open
from ledger.posting.events import NewEvent, raise_events

UNPAYABLE, ROUNDING = "unpayable", "rounding"
Row = TypeVar("Row")


@dataclass(slots=True)
class NewAllocation:
    """One of ``payment_id`` and ``credit_id`` (a red invoice) settles ``invoice_id``. ``amount`` None: all it can."""

    invoice_id: int
    payment_id: int | None = None
    credit_id: int | None = None
    amount: Decimal | None = None


@transactional
def allocate(company: Company, pairs: Sequence[NewAllocation], *, by: Any, date: dt.date | None = None) -> list[int]:
    """Settle invoices with payments and red invoices; ids of the allocations.

    Raises ``MoreThanOpen`` (the second of two clerks gets this), ``OtherSupplier``, ``NotFound``, ``PeriodClosed``.
    """
    suppliers = _suppliers(company, pairs)
    facts = lock_suppliers(company, set(suppliers))
    wanted_payments = {pair.payment_id for pair in pairs if pair.payment_id is not None}
    wanted_invoices = {pair.invoice_id for pair in pairs} | {
        pair.credit_id for pair in pairs if pair.credit_id is not None
    }
    payments = {row.id: row for row in open_payments(company.pk, ids=wanted_payments, also_settled=True)}
    invoices = {row.id: row for row in open_invoices(company.pk, ids=wanted_invoices, also_settled=True)}
    there = {supplier_id: prepaid(company.pk, supplier_id) for supplier_id in facts} if wanted_payments else {}
    ready: list[tuple[NewAllocation, Decimal, dt.date]] = []
    for pair in pairs:
        invoice = _found(invoices, pair.invoice_id, SupplierInvoice)
        source: OpenPayment | OpenInvoice
        if pair.payment_id is not None:
            source = _found(payments, pair.payment_id, SupplierPayment)
            possible = min(source.open, there[source.supplier_id])
            if source.kind == PaymentKind.REFUND:
                raise PaymentState(
                    number=source.number, state=PaymentKind.REFUND.label, needed=PaymentKind.PAYMENT.label
                )
        else:
            source = _found(invoices, pair.credit_id or 0, SupplierInvoice)
            possible = -source.open
        if source.supplier_id != invoice.supplier_id:
            raise OtherSupplier(number=source.number)
        amount = min(possible, invoice.open) if pair.amount is None else cents(pair.amount)
        if pair.amount is not None and amount <= 0:
            raise AmountNotPositive(field="amount")
        for number, left in ((source.number, possible), (invoice.number, invoice.open)):
            if amount > left or left <= 0:
                raise MoreThanOpen(field="amount", number=number, open=max(left, ZERO), needed=amount)
        invoice.open -= amount
        if isinstance(source, OpenPayment):
            source.open -= amount
            there[source.supplier_id] -= amount
        else:
            source.open += amount
        ready.append((pair, amount, max(date or timezone.localdate(), source.date, invoice.date)))
    return _write(company, ready, invoices, facts, by)


@transactional
def allocate_automatically(
    company: Company,
    supplier_id: int,
    *,
    by: Any,
    date: dt.date | None = None,
    payment_ids: Collection[int] | None = None,
    invoice_ids: Collection[int] | None = None,
) -> list[int]:
    """Settle what is open of a supplier: red invoices first, then payments as they came; invoices as they fall due."""
    lock_suppliers(company, {supplier_id})
    invoices = open_invoices(company.pk, supplier_id=supplier_id, ids=invoice_ids)
    there = prepaid(company.pk, supplier_id)
    owed = [(row.id, row.open) for row in invoices if row.open > 0]
    sources: list[tuple[int | None, int | None, Decimal]] = [
        (None, row.id, -row.open) for row in invoices if row.open < 0
    ]
    for row in open_payments(company.pk, supplier_id=supplier_id, ids=payment_ids):
        if row.kind == PaymentKind.PAYMENT and row.open > 0 and there > 0:
            sources.append((row.id, None, min(row.open, there)))
            there -= min(row.open, there)
    pairs = []
    for payment_id, credit_id, left in sources:
        while left and owed:
            invoice_id, open_now = owed.pop(0)
            amount = min(left, open_now)
            pairs.append(NewAllocation(invoice_id, payment_id, credit_id, amount))
            left -= amount
            if open_now > amount:
                owed.insert(0, (invoice_id, open_now - amount))
    return allocate(company, pairs, by=by, date=date) if pairs else []


@transactional
def undo_allocation(company: Company, allocation_id: int, *, by: Any, date: dt.date | None = None) -> PayableAllocation:
    """Take an allocation back on ``date`` (its own if not given). What was settled at entry becomes a prepayment.

    Raises ``AllocationUndone``, ``DiscountStays``, ``PaymentState``, ``PeriodClosed``, ``NotFound``.
    """
    found = PayableAllocation.objects.filter(company=company, pk=allocation_id).first()
    if found is None:
        raise NotFound(what=PayableAllocation._meta.verbose_name, key=allocation_id)
    supplier = lock_suppliers(company, {found.supplier_id})[found.supplier_id]
    row = PayableAllocation.objects.select_for_update(of=("self",)).select_related("payment").get(pk=found.pk)
    if row.undoes_id is not None or PayableAllocation.objects.filter(company=company, undoes=row).exists():
        raise AllocationUndone(number=row.number)
    if row.payment is not None and row.payment.status != InvoiceStatus.CONFIRMED:
        raise PaymentState(
            number=row.payment.number, state=row.payment.get_status_display(), needed=InvoiceStatus.CONFIRMED.label
        )
    if row.at_entry and row.payment is not None and row.payment.discount:
        raise DiscountStays(number=row.payment.number)
    day = max(date or row.date, row.date)
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    undone = PayableAllocation.objects.create(
        company=company,
        number=numbers.number(company.pk, numbers.ALLOCATION, day),
        date=day,
        supplier_id=row.supplier_id,
        payment_id=row.payment_id,
        credit_id=row.credit_id,
        invoice_id=row.invoice_id,
        amount=-row.amount,
        at_entry=row.at_entry,
        undoes=row,
        created_by=by,
    )
    raised = [
        _turned(event.event_type, event.pk, event.payload["facts"], undone, supplier, row)
        for event in events.told(company.pk, events.ALLOCATION, row.pk)
    ]
    if row.at_entry and row.payment is not None:  # the payment told of it; now it is a prepayment
        refund = row.payment.kind == PaymentKind.REFUND
        amount = -undone.amount if refund else undone.amount
        raised.append(
            events.money_event(
                "prepayment_allocated", events.ALLOCATION, undone.pk, day, undone.number, supplier, {"amount": amount}
            )
        )
    raise_events(company.pk, raised)
    return undone


@transactional
def write_off(
    company: Company,
    invoice_id: int,
    *,
    by: Any,
    amount: Decimal | None = None,
    date: dt.date | None = None,
    reason: str = UNPAYABLE,
) -> PayableAllocation:
    """Owe less without paying: what can never be paid, or (``rounding``) a difference of cents.

    Raises ``MoreThanOpen``, ``AmountNotPositive``, ``NotFound``, ``PeriodClosed``.
    """
    supplier_id = SupplierInvoice.objects.filter(company=company, pk=invoice_id).values_list("supplier_id", flat=True)
    facts = lock_suppliers(company, set(supplier_id))
    rows = {row.id: row for row in open_invoices(company.pk, ids=[invoice_id], also_settled=True)}
    invoice = _found(rows, invoice_id, SupplierInvoice)
    off = invoice.open if amount is None else cents(amount)
    if amount is not None and off <= 0:
        raise AmountNotPositive(field="amount")
    if off > invoice.open or invoice.open <= 0:
        raise MoreThanOpen(field="amount", number=invoice.number, open=max(invoice.open, ZERO), needed=off)
    day = max(date or timezone.localdate(), invoice.date)
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    row = PayableAllocation.objects.create(
        company=company,
        number=numbers.number(company.pk, numbers.ALLOCATION, day),
        date=day,
        supplier_id=invoice.supplier_id,
        invoice_id=invoice_id,
        amount=off,
        created_by=by,
    )
    supplier = facts[invoice.supplier_id]
    raise_events(
        company.pk,
        [
            events.money_event(
                "payable_written_off", events.ALLOCATION, row.pk, day, row.number, supplier, {"amount": off},
                facts={"reason": reason},
            )
        ],
    )  # fmt: skip
    return row


def _suppliers(company: Company, pairs: Sequence[NewAllocation]) -> set[int]:
    ids = {pair.invoice_id for pair in pairs} | {pair.credit_id for pair in pairs if pair.credit_id is not None}
    found = set(SupplierInvoice.objects.filter(company=company, pk__in=ids).values_list("supplier_id", flat=True))
    paid = {pair.payment_id for pair in pairs if pair.payment_id is not None}
    return found | set(
        SupplierPayment.objects.filter(company=company, pk__in=paid).values_list("supplier_id", flat=True)
    )


def _found(rows: dict[int, Row], key: int, model: Any) -> Row:
    if key not in rows:
        raise NotFound(what=model._meta.verbose_name, key=key)
    return rows[key]


def _write(
    company: Company,
    ready: Sequence[tuple[NewAllocation, Decimal, dt.date]],
    invoices: dict[int, OpenInvoice],
    facts: dict[int, SupplierFacts],
    by: Any,
) -> list[int]:
    closed = hold_open(company.pk, {day for _pair, _amount, day in ready})
    if closed:
        raise closed[min(closed)]
    made, raised = [], []
    for pair, amount, day in ready:
        supplier = facts[invoices[pair.invoice_id].supplier_id]
        row = PayableAllocation.objects.create(
            company=company,
            number=numbers.number(company.pk, numbers.ALLOCATION, day),
            date=day,
            supplier_id=supplier.id,
            payment_id=pair.payment_id,
            credit_id=pair.credit_id if pair.payment_id is None else None,
            invoice_id=pair.invoice_id,
            amount=amount,
            created_by=by,
        )
        made.append(row.pk)
        raised.append(
            events.money_event(
                "prepayment_allocated", events.ALLOCATION, row.pk, day, row.number, supplier, {"amount": amount},
                facts={} if pair.payment_id is not None else {"within": "one_account"},
            )
        )  # fmt: skip
    raise_events(company.pk, raised)
    return made


def _turned(
    kind: str,
    event_id: int,
    facts: dict[str, int | str],
    undone: PayableAllocation,
    supplier: SupplierFacts,
    original: PayableAllocation,
) -> NewEvent:
    event = events.money_event(
        kind, events.ALLOCATION, undone.pk, undone.date, undone.number, supplier, {"amount": undone.amount},
        facts=facts, reversal_of_id=event_id,
    )  # fmt: skip
    event.lines[0]["of"] = original.pk
    return event
