"""Payments, refunds, allocations: what is open is never settled twice, and the ledger agrees after every step."""

from decimal import Decimal

import pytest

from erp.core.errors import DomainError
from inventory.purchasing.allocations import (
    ROUNDING,
    NewAllocation,
    allocate,
    allocate_automatically,
    undo_allocation,
    write_off,
)
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import PayableAllocation, PaymentKind, SupplierInvoice, SupplierPayment
from inventory.purchasing.open_items import open_invoices, open_payments, prepaid
from inventory.purchasing.payables import balances
from inventory.purchasing.payments import NewPayment, Share, confirm_payment, create_payment, pay, reverse_payment
from tests.inventory.purchasing.kit import Buyer, books, day, line

pytestmark = pytest.mark.django_db


def owed(buyer: Buyer, amount: str = "100", number: int = 2) -> SupplierInvoice:
    """A confirmed invoice without tax over ``amount``, of goods received that day."""
    item = buyer.item()
    receipt, _line = buyer.receive(day(number), item, "1", amount)
    return invoice_receipts(buyer.company, [receipt], by=None, date=day(number), lines=[line(item, "1", amount, "0")])


def paid(buyer: Buyer, amount: str, *shares: Share, kind: str = PaymentKind.PAYMENT, off: str = "0") -> SupplierPayment:
    new = NewPayment(
        buyer.suppliers["S1"], day(20), Decimal(amount), kind=kind, discount=Decimal(off), shares=list(shares)
    )
    return pay(buyer.company, new, by=None)


def test_a_payment_settles_invoices_with_a_discount() -> None:
    buyer = Buyer()
    invoice = owed(buyer, "1000")
    paid(buyer, "980", Share(invoice.pk), off="20")
    assert open_invoices(buyer.company.pk) == []
    assert buyer.books() == books(stock="1000.00", bank="-980.00", cash_discount_received="-20.00")
    buyer.holds()


def test_a_prepayment_is_allocated_later_and_the_allocation_undone() -> None:
    buyer = Buyer()
    payment = paid(buyer, "150")
    invoice = owed(buyer)
    (allocation,) = allocate(buyer.company, [NewAllocation(invoice.pk, payment.pk)], by=None, date=day(21))
    assert buyer.books() == books(stock="100.00", prepayments="50.00", bank="-150.00")
    buyer.holds()
    undo_allocation(buyer.company, allocation, by=None)
    assert buyer.books() == books(stock="100.00", payable="-100.00", prepayments="150.00", bank="-150.00")
    buyer.holds()
    with pytest.raises(DomainError) as refused:
        undo_allocation(buyer.company, allocation, by=None)
    assert refused.value.code == "allocation_undone"


def test_what_was_settled_at_entry_becomes_a_prepayment_when_undone_and_the_payment_is_still_reversed_whole() -> None:
    buyer = Buyer()
    invoice = owed(buyer)
    payment = paid(buyer, "130", Share(invoice.pk))
    undo_allocation(buyer.company, PayableAllocation.objects.get(company=buyer.company).pk, by=None)
    assert buyer.books() == books(stock="100.00", payable="-100.00", prepayments="130.00", bank="-130.00")
    buyer.holds()
    reverse_payment(buyer.company, payment.pk, by=None)
    assert buyer.books() == books(stock="100.00", payable="-100.00")
    buyer.holds()


def test_two_drafts_that_settle_the_same_invoice_the_second_is_told() -> None:
    buyer = Buyer()
    invoice = owed(buyer)
    first, second = (
        create_payment(
            buyer.company,
            NewPayment(buyer.suppliers["S1"], day(20), Decimal(100), shares=[Share(invoice.pk)]),
            by=None,
        )
        for _clerk in range(2)
    )
    confirm_payment(buyer.company, first.pk, by=None)
    with pytest.raises(DomainError) as refused:
        confirm_payment(buyer.company, second.pk, by=None)
    assert refused.value.code == "more_than_open"
    assert refused.value.facts["number"] == invoice.number


def test_automatic_allocation_goes_by_due_date_and_takes_red_invoices_first() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, line_id = buyer.receive(day(2), item, "10", "10")
    first = invoice_receipts(buyer.company, [receipt], by=None, date=day(2), lines=[line(item, "10", "10", "0")])
    back, _line = buyer.give_back(day(3), item, "3", line_id)
    invoice_receipts(buyer.company, [back], by=None, date=day(4), lines=[line(item, "3", "10", "0")])
    second = owed(buyer, "50", 5)
    paid(buyer, "100")
    allocate_automatically(buyer.company, buyer.suppliers["S1"], by=None, date=day(25))
    assert [(row.number, row.open) for row in open_invoices(buyer.company.pk)] == [(second.number, Decimal("20.00"))]
    assert first.gross == 100
    buyer.holds()


def test_a_payment_with_a_later_allocation_is_not_reversed_and_neither_is_a_paid_invoice() -> None:
    buyer = Buyer()
    payment, invoice = paid(buyer, "100"), owed(buyer)
    allocate(buyer.company, [NewAllocation(invoice.pk, payment.pk)], by=None, date=day(21))
    for attempt in (
        lambda: reverse_payment(buyer.company, payment.pk, by=None),
        lambda: reverse_invoice(buyer.company, invoice.pk, by=None),
    ):
        with pytest.raises(DomainError) as refused:
            attempt()
        assert refused.value.code == "has_dependents"


def test_a_refund_takes_back_at_most_what_was_prepaid() -> None:
    buyer = Buyer()
    paid(buyer, "500")
    with pytest.raises(DomainError) as refused:
        paid(buyer, "600", kind=PaymentKind.REFUND)
    assert refused.value.code == "more_than_open"
    paid(buyer, "200", kind=PaymentKind.REFUND)
    assert prepaid(buyer.company.pk, buyer.suppliers["S1"]) == 300
    assert buyer.books() == books(prepayments="300.00", bank="-300.00")
    assert sorted(row.open for row in open_payments(buyer.company.pk)) == [Decimal(-200), Decimal(500)]
    buyer.holds()


def test_a_refund_of_a_red_invoice_raises_what_is_payable_to_zero() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, line_id = buyer.receive(day(2), item, "10", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(2), lines=[line(item, "10", "10", "0")])
    paid(buyer, "100", Share(invoice.pk))
    back, _line = buyer.give_back(day(3), item, "4", line_id)
    red = invoice_receipts(buyer.company, [back], by=None, date=day(4), lines=[line(item, "4", "10", "0")])
    assert red.gross == -40
    paid(buyer, "40", Share(red.pk), kind=PaymentKind.REFUND)
    assert buyer.books() == books(stock="60.00", bank="-60.00")
    assert open_invoices(buyer.company.pk) == []
    buyer.holds()


def test_what_can_never_be_paid_is_written_off_and_cents_are_rounded_off() -> None:
    buyer = Buyer()
    first, second = owed(buyer, "88"), owed(buyer, "10.01", 3)
    write_off(buyer.company, first.pk, by=None, date=day(10))
    paid(buyer, "10", Share(second.pk))
    write_off(buyer.company, second.pk, by=None, date=day(21), reason=ROUNDING)
    assert buyer.books() == books(stock="98.01", bank="-10.00", unpayable_gain="-88.00", rounding="-0.01")
    buyer.holds()
    with pytest.raises(DomainError) as refused:
        write_off(buyer.company, second.pk, by=None, date=day(21))
    assert refused.value.code == "more_than_open"


def test_balances_age_by_due_date() -> None:
    buyer = Buyer()
    invoice = owed(buyer)  # due 30 days after 2 January
    paid(buyer, "30", Share(invoice.pk))
    (row,) = balances(buyer.company, on=day(5, 3))
    assert (row.owed, row.overdue_60, row.prepaid, row.oldest_due) == (70, 70, 0, day(1, 2))
    (row,) = balances(buyer.company, on=day(19))
    assert (row.owed, row.not_due) == (100, 100)
