"""Purchase orders: what is open of them, and goods received against them."""

from decimal import Decimal

import pytest

from erp.core.errors import DomainError
from inventory.documents.confirm import confirm as confirm_stock
from inventory.documents.reverse import reverse as reverse_stock
from inventory.items.models import ItemUnit
from inventory.preferences import preferences_of
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import OrderStatus, PurchaseOrder
from inventory.purchasing.order_queries import open_order_lines, open_quantities
from inventory.purchasing.orders import (
    NewOrder,
    NewOrderLine,
    cancel_order,
    close_order,
    confirm_order,
    confirm_orders,
    copy_order,
    create_order,
    receive,
    reopen_order,
    update_order,
)
from tests.inventory.purchasing.kit import Buyer, books, day

pytestmark = pytest.mark.django_db


def order(buyer: Buyer, qty: str = "10", price: str = "12.50", *, confirmed: bool = True) -> PurchaseOrder:
    line = NewOrderLine(buyer.item().pk, Decimal(qty), Decimal(price))
    row = create_order(buyer.company, NewOrder(buyer.suppliers["S1"], day(2), [line]), by=None)
    return confirm_order(buyer.company, row.pk, by=None) if confirmed else row


def test_a_line_in_another_unit_keeps_what_was_entered() -> None:
    buyer = Buyer()
    box = ItemUnit.objects.create(company=buyer.company, item=buyer.item(), name="箱", factor=12)
    line = NewOrderLine(buyer.item().pk, None, Decimal("2.50"), None, box.pk, Decimal(5))
    row = create_order(buyer.company, NewOrder(buyer.suppliers["S1"], day(2), [line]), by=None)
    (saved,) = row.lines.all()
    assert (saved.qty, saved.unit_qty, saved.net, saved.tax) == (60, 5, Decimal("150.00"), Decimal("19.50"))
    confirm_order(buyer.company, row.pk, by=None)
    receipt = receive(buyer.company, row.pk, by=None, date=day(3), quantities={saved.pk: Decimal(24)})
    (received,) = receipt.lines.all()
    assert (received.qty, received.unit_qty, received.unit_id) == (24, 2, box.pk)


def test_goods_are_received_in_parts_and_never_more_than_ordered() -> None:
    buyer = Buyer()
    row = order(buyer)
    (line,) = row.lines.all()
    receive(buyer.company, row.pk, by=None, date=day(3), quantities={line.pk: Decimal(4)})
    draft = receive(buyer.company, row.pk, by=None, date=day(4), quantities={line.pk: Decimal(5)}, confirm=False)
    came = open_quantities(buyer.company.pk, [line.pk])[line.pk]
    assert (came.received, came.in_drafts, came.taken) == (4, 5, 9)
    with pytest.raises(DomainError) as refused:
        receive(buyer.company, row.pk, by=None, date=day(4), quantities={line.pk: Decimal(2)})
    assert (refused.value.code, refused.value.facts["open"]) == ("over_receipt", "1")
    confirm_stock(buyer.company, draft.pk, by=None)
    receive(buyer.company, row.pk, by=None, date=day(5))
    with pytest.raises(DomainError) as refused:
        receive(buyer.company, row.pk, by=None, date=day(5))
    assert refused.value.code == "nothing_open"
    assert buyer.books() == books(stock="125.00", grni="-125.00")


def test_more_than_ordered_comes_within_the_companys_tolerance() -> None:
    buyer = Buyer()
    preferences = preferences_of(buyer.company)
    preferences.over_receipt = Decimal("0.10")
    preferences.save()
    row = order(buyer)
    (line,) = row.lines.all()
    receive(buyer.company, row.pk, by=None, date=day(3), quantities={line.pk: Decimal(11)})
    with pytest.raises(DomainError) as refused:
        receive(buyer.company, row.pk, by=None, date=day(3), quantities={line.pk: Decimal("0.01")})
    assert refused.value.code == "over_receipt"


def test_what_was_returned_can_come_again_and_what_was_reversed_never_came() -> None:
    buyer = Buyer()
    row = order(buyer)
    receipt = receive(buyer.company, row.pk, by=None, date=day(3))
    (line_id,) = buyer.lines(receipt.pk)
    assert open_order_lines(buyer.company.pk) == []
    back, _line = buyer.give_back(day(4), buyer.item(), "3", line_id)
    (open_line,) = open_order_lines(buyer.company.pk, supplier_id=buyer.suppliers["S1"])
    assert (open_line.received, open_line.open) == (7, 3)
    reverse_stock(buyer.company, back, by=None)
    reverse_stock(buyer.company, receipt.pk, by=None)
    (open_line,) = open_order_lines(buyer.company.pk, item_id=buyer.item().pk)
    assert (open_line.received, open_line.open) == (0, 10)
    assert buyer.books() == {}


def test_states_follow_each_other() -> None:
    buyer = Buyer()
    row = order(buyer, confirmed=False)
    with pytest.raises(DomainError) as refused:
        receive(buyer.company, row.pk, by=None)
    assert refused.value.code == "wrong_state"
    confirm_order(buyer.company, row.pk, by=None)
    line = NewOrderLine(buyer.item().pk, Decimal(1), Decimal(1))
    with pytest.raises(DomainError) as refused:
        update_order(buyer.company, row.pk, NewOrder(buyer.suppliers["S1"], day(2), [line]), by=None)
    assert refused.value.code == "wrong_state"
    receipt = receive(buyer.company, row.pk, by=None, date=day(3))
    with pytest.raises(DomainError) as refused:
        cancel_order(buyer.company, row.pk, by=None)
    assert (refused.value.code, refused.value.facts["later"]) == ("has_dependents", receipt.number)
    assert close_order(buyer.company, row.pk, by=None).status == OrderStatus.CLOSED
    assert reopen_order(buyer.company, row.pk, by=None).status == OrderStatus.CONFIRMED
    copied = copy_order(buyer.company, row.pk, by=None, date=day(9))
    assert (copied.status, [(line.qty, line.net) for line in copied.lines.all()]) == ("draft", [(10, 125)])
    done, refused_ones = confirm_orders(buyer.company, [row.pk, copied.pk], by=None, on_refusal="skip")
    assert (done, list(refused_ones)) == ([copied.pk], [row.pk])
    assert cancel_order(buyer.company, copied.pk, by=None).status == OrderStatus.CANCELLED


def test_an_invoice_of_receipts_in_one_step_takes_price_and_tax_rate_of_the_order() -> None:
    buyer = Buyer()
    line = NewOrderLine(buyer.item().pk, Decimal(10), Decimal("12.50"), Decimal("0.09"))
    row = create_order(buyer.company, NewOrder(buyer.suppliers["S1"], day(2), [line]), by=None)
    confirm_order(buyer.company, row.pk, by=None)
    receipt = receive(buyer.company, row.pk, by=None, date=day(3))
    invoice = invoice_receipts(buyer.company, [receipt.pk], by=None, date=day(4), invoice_no="25332000")
    assert (invoice.net, invoice.tax, invoice.estimate) == (125, Decimal("11.25"), 125)
    assert invoice.due_on == day(3, 2)
    buyer.holds()
    with pytest.raises(DomainError) as refused:
        invoice_receipts(buyer.company, [receipt.pk], by=None, date=day(4))
    assert refused.value.code == "nothing_open"
