"""Supplier invoices: estimates are settled to the cent, the variance goes where its goods are."""

from decimal import Decimal

import pytest

from erp.core.errors import DomainError
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.payments import NewPayment, Share, pay
from tests.inventory.purchasing.kit import Buyer, books, day, line

pytestmark = pytest.mark.django_db


def test_gl_013_an_invoice_clears_goods_received_and_its_payment_the_payable() -> None:
    buyer = Buyer()
    item = buyer.item("fifo")
    receipt, _line = buyer.receive(day(2), item, "10", "10")
    assert buyer.books() == books(stock="100.00", grni="-100.00")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(5), lines=[line(item, "10", "10.00", "0")])
    assert buyer.books() == books(stock="100.00", payable="-100.00")
    pay(buyer.company, NewPayment(buyer.suppliers["S1"], day(20), Decimal(100), shares=[Share(invoice.pk)]), by=None)
    assert buyer.books() == books(stock="100.00", bank="-100.00")


def test_gl_015_the_variance_of_what_is_sold_is_cost_of_sales() -> None:
    buyer = Buyer()
    item = buyer.item("fifo")
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    buyer.deliver(day(5), item, "60")
    assert buyer.books() == books(cogs="600.00", grni="-1000.00", stock="400.00")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(8), lines=[line(item, "100", "10.50")])
    assert buyer.books() == books(cogs="630.00", input_vat="136.50", payable="-1186.50", stock="420.00")


def test_gl_017_the_last_part_of_an_invoice_takes_the_cents_that_are_left() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "3", "33.333")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(5), lines=[line(item, "1", "33.33")])
    assert buyer.books() == books(grni="-66.67", input_vat="4.33", payable="-37.66", stock="100.00")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(6), lines=[line(item, "2", "33.335")])
    after = books(input_vat="13.00", payable="-113.00", stock="100.00")
    assert buyer.books() == after
    with pytest.raises(DomainError) as refused:
        invoice_receipts(buyer.company, [receipt], by=None, date=day(6), lines=[line(item, "1", "33.33")])
    assert refused.value.code == "over_invoicing"
    assert buyer.books() == after


def test_gl_019_what_is_paid_too_much_is_a_prepayment() -> None:
    buyer = Buyer()
    item = buyer.item("fifo")
    receipt, _line = buyer.receive(day(2), item, "10", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(5), lines=[line(item, "10", "10.00")])
    pay(buyer.company, NewPayment(buyer.suppliers["S1"], day(20), Decimal(133), shares=[Share(invoice.pk)]), by=None)
    assert buyer.books() == books(bank="-133.00", input_vat="13.00", prepayments="20.00", stock="100.00")


def test_std_007_at_standard_cost_the_whole_variance_is_cost_variance() -> None:
    buyer = Buyer()
    item = buyer.item("standard")
    receipt, _line = buyer.receive(day(2), item, "10", "12")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(5), lines=[line(item, "10", "12.50")])
    buyer.deliver(day(6), item, "4")
    assert buyer.books() == books(
        cogs="40.00", input_vat="16.25", payable="-141.25", cost_variance="25.00", stock="60.00"
    )
