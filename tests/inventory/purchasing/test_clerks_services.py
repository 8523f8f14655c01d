"""Two clerks at the same money or the same goods: one is through, the other is told; nobody sees a deadlock."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from erp.core.errors import DomainError
from inventory.purchasing.allocations import NewAllocation, allocate
from inventory.purchasing.invoice_confirm import confirm_invoice
from inventory.purchasing.invoices import NewInvoice, create_invoice
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import InvoiceMatch, PayableAllocation
from inventory.purchasing.orders import NewOrder, NewOrderLine, confirm_order, create_order, receive
from inventory.purchasing.payments import NewPayment, pay
from ledger.posting import events
from tests.inventory.purchasing.kit import Buyer, day, line

CLERKS = 6
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker runs here; what a wake-up call does has tests of its own."""
    monkeypatch.setattr(events, "wake", lambda company_id: None)


def at_once(work: Callable[[int], Any]) -> list[str]:
    """Run ``work(n)`` in as many threads as there are clerks: "done", or the code of the refusal, sorted."""
    results = [""] * CLERKS
    start = threading.Barrier(CLERKS)

    def clerk(number: int) -> None:
        try:
            start.wait()
            work(number)
            results[number] = "done"
        except DomainError as refused:
            results[number] = refused.code
        except Exception as error:
            results[number] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk, args=(number,)) for number in range(CLERKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def test_the_same_prepayment_is_allocated_once() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipts = [buyer.receive(day(2), item, "1", "100")[0] for _clerk in range(CLERKS)]
    invoices = [
        invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "1", "100", "0")]).pk
        for receipt in receipts
    ]
    payment = pay(buyer.company, NewPayment(buyer.suppliers["S1"], day(4), Decimal(250)), by=None)

    def work(clerk: int) -> None:
        pair = NewAllocation(invoices[clerk], payment.pk, amount=Decimal(100))
        allocate(buyer.company, [pair], by=None, date=day(5))

    assert at_once(work) == ["done"] * 2 + ["more_than_open"] * (CLERKS - 2)
    assert sum(row.amount for row in PayableAllocation.objects.filter(company=buyer.company)) == 200
    buyer.holds()


def test_the_same_goods_are_invoiced_once() -> None:
    buyer = Buyer()
    item = buyer.item()
    _receipt, line_id = buyer.receive(day(2), item, "10", "10")
    wanted = [line(item, "4", "10.50", "0.13", (line_id, "4"))]
    drafts = [
        create_invoice(buyer.company, NewInvoice(buyer.suppliers["S1"], day(3), wanted), by=None).pk
        for _clerk in range(CLERKS)
    ]
    outcome = at_once(lambda clerk: confirm_invoice(buyer.company, drafts[clerk], by=None))
    assert outcome == ["done"] * 2 + ["over_invoicing"] * (CLERKS - 2)
    live = InvoiceMatch.objects.filter(company=buyer.company, is_live=True)
    assert sum(match.qty for match in live) == 8
    buyer.holds()


def test_the_same_order_is_received_once() -> None:
    buyer = Buyer()
    row = create_order(
        buyer.company,
        NewOrder(buyer.suppliers["S1"], day(2), [NewOrderLine(buyer.item().pk, Decimal(10), Decimal(2))]),
        by=None,
    )
    confirm_order(buyer.company, row.pk, by=None)
    outcome = at_once(lambda _clerk: receive(buyer.company, row.pk, by=None, date=day(3)))
    assert outcome == ["done"] + ["nothing_open"] * (CLERKS - 1)
    buyer.holds()
