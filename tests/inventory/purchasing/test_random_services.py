"""Whatever is entered in whatever order: goods not invoiced and payables are the sum of what is open, to the cent."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from erp.core.errors import DomainError
from inventory.documents.reverse import reverse as reverse_stock
from inventory.purchasing import goods
from inventory.purchasing.allocations import allocate_automatically, undo_allocation
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import PayableAllocation
from inventory.purchasing.open_items import open_invoices, prepaid
from inventory.purchasing.payments import NewPayment, pay, reverse_payment
from tests.inventory.purchasing.kit import Buyer, day, line

pytestmark = pytest.mark.django_db
_CODES = count()
METHODS = ("moving_average", "fifo", "standard")
EXPECTED = {
    "over_invoicing", "not_invoiced", "more_than_original", "insufficient_stock", "has_dependents", "more_than_open",
    "nothing_open", "not_reversible", "wrong_state", "allocation_undone", "no_original", "not_found",
}  # fmt: skip

step = st.tuples(
    st.sampled_from(["receive", "receive", "invoice", "invoice", "give_back", "red", "deliver", "pay", "allocate",
                     "cancel_invoice", "cancel_payment", "cancel_receipt", "undo"]),
    st.integers(0, 7),
    st.integers(1, 700),
    st.integers(1, 4000),
)  # fmt: skip


class Run:
    """Random steps over one company; refused ones leave no trace."""

    def __init__(self) -> None:
        self.buyer = Buyer(f"random{next(_CODES)}")
        self.receipts: list[tuple[int, int, Any]] = []
        self.returns: list[tuple[int, Any]] = []
        self.invoices: list[int] = []
        self.payments: list[int] = []
        self.day = 1

    def do(self, kind: str, which: int, qty: int, price: int) -> None:
        self.day = min(self.day + 1, 28)
        try:
            self._do(kind, which, Decimal(qty) / 100, Decimal(price) / 100, day(self.day))
        except DomainError as refused:
            assert refused.code in EXPECTED, (kind, refused.code, refused.message)

    def _do(self, kind: str, which: int, qty: Decimal, price: Decimal, on: dt.date) -> None:
        buyer, company = self.buyer, self.buyer.company
        if kind == "receive":
            item = buyer.item(METHODS[which % 3])
            self.receipts.append((*buyer.receive(on, item, str(qty), str(price)), item))
        elif kind == "pay":
            self.payments.append(pay(company, NewPayment(buyer.suppliers["S1"], on, price, shares=None), by=None).pk)
        elif kind == "allocate":
            allocate_automatically(company, buyer.suppliers["S1"], by=None, date=on)
        elif kind == "undo" and (rows := list(PayableAllocation.objects.filter(company=company).order_by("pk"))):
            undo_allocation(company, rows[which % len(rows)].pk, by=None, date=on)
        elif kind == "cancel_payment" and self.payments:
            reverse_payment(company, self.payments[which % len(self.payments)], by=None)
        elif kind == "cancel_invoice" and self.invoices:
            reverse_invoice(company, self.invoices[which % len(self.invoices)], by=None)
        elif kind == "red" and self.returns:
            document, item = self.returns[which % len(self.returns)]
            red = invoice_receipts(company, [document], by=None, date=on, lines=[line(item, str(qty), str(price))])
            self.invoices.append(red.pk)
        elif self.receipts:
            document, line_id, item = self.receipts[which % len(self.receipts)]
            if kind == "invoice":
                lines = [line(item, str(qty), str(price))]
                made = invoice_receipts(company, [document], by=None, date=on, lines=lines)
                self.invoices.append(made.pk)
            elif kind == "give_back":
                self.returns.append((buyer.give_back(on, item, str(qty), line_id)[0], item))
            elif kind == "deliver":
                buyer.deliver(on, item, str(qty))
            elif kind == "cancel_receipt":
                reverse_stock(company, document, by=None)

    def settle_all(self) -> None:
        """Invoice everything that is open, red ones of returns first."""
        company = self.buyer.company
        for back in goods.open_returns(company.pk):
            try:
                invoice_receipts(company, [back.document_id], by=None, date=day(28))
            except DomainError as refused:
                assert refused.code == "not_invoiced"
        for receipt in goods.open_receipts(company.pk):
            if receipt.open_qty > 0:
                invoice_receipts(company, [receipt.document_id], by=None, date=day(28))


@settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
@given(st.lists(step, min_size=5, max_size=25))
def test_the_control_accounts_are_their_open_items(steps: list[tuple[str, int, int, int]]) -> None:
    run = Run()
    for kind, which, qty, price in steps:
        run.do(kind, which, qty, price)
    run.buyer.holds()
    company, supplier = run.buyer.company, run.buyer.suppliers["S1"]
    found = run.buyer.books()
    assert -found.get("payable", 0) == sum(row.open for row in open_invoices(company.pk))
    assert found.get("prepayments", 0) == prepaid(company.pk, supplier)
    run.settle_all()
    run.buyer.holds()
    left = goods.estimates_left(company.pk)
    assert -run.buyer.books().get("grni", 0) == sum(left.values())
    assert all(abs(amount) <= Decimal("0.02") for amount in left.values()), left
