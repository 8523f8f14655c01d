"""Paying suppliers on pages: what is owed, allocation by due date, prepayments and undoing, balances and ageing."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.purchasing.models import InvoiceStatus, PayableAllocation, SupplierInvoice, SupplierPayment
from inventory.purchasing.open_items import open_invoices, prepaid
from inventory.purchasing.payments import NewPayment, pay
from tests.inventory.purchasing.buyer import Buyer, browser, cells, text
from tests.trading import DAY

pytestmark = pytest.mark.django_db


def new_url(buyer: Buyer, query: str = "") -> str:
    return f"{reverse('supplier_payment_new')}?supplier={buyer.suppliers['S1']}{query}"


def form(amount: str, shares: dict[int, str] | None = None, **head: Any) -> dict[str, Any]:
    cells_ = {f"share-{invoice}": share for invoice, share in (shares or {}).items()}
    return {"supplier_text": "S1", "kind": "payment", "date": DAY, "amount": amount, **cells_, **head}


def prepaid_payment(buyer: Buyer, amount: str, supplier: str = "S1") -> SupplierPayment:
    return pay(buyer.company, NewPayment(buyer.suppliers[supplier], DAY, Decimal(amount)), by=None)


@pytest.fixture
def invoice(buyer: Buyer) -> SupplierInvoice:
    """67.80 owed to S1."""
    return buyer.invoice(buyer.receipt(qty="10", price="6"), no="0123")


def test_a_payment_settles_what_was_typed_and_the_rest_is_prepaid(
    buyer: Buyer, manager: Client, invoice: SupplierInvoice
) -> None:
    page = text(manager.get(reverse("supplier_payment_new")))
    assert "义乌烛台厂" in page and "67.80" in page
    page = text(manager.get(new_url(buyer, f"&invoice={invoice.pk}")))
    assert 'data-open="67.80"' in page and 'value="67.8"' in page
    response = manager.post(new_url(buyer), form("100", {invoice.pk: "60"}, settlement_no="T1", action="confirm"))
    payment = SupplierPayment.objects.get(company=buyer.company)
    assert response.url == reverse("supplier_payment_detail", args=[payment.pk])
    assert payment.status == InvoiceStatus.CONFIRMED
    detail = text(manager.get(response.url))
    for shown in (invoice.number, "100.00", "60.00", "40.00", "T1"):
        assert shown in detail
    assert "7.80" in text(manager.get(reverse("supplier_invoice_detail", args=[invoice.pk])))
    assert prepaid(buyer.company.pk, buyer.suppliers["S1"]) == Decimal("40.00")


def test_a_discount_settles_too(buyer: Buyer, manager: Client, invoice: SupplierInvoice) -> None:
    manager.post(new_url(buyer), form("60", {invoice.pk: "67.80"}, discount="7.80", action="confirm"))
    assert SupplierPayment.objects.get().discount == Decimal("7.80")
    assert not open_invoices(buyer.company.pk)
    assert "Paid in full" in text(manager.get(reverse("supplier_invoice_detail", args=[invoice.pk])))


def test_refusals_stand_at_their_cell(buyer: Buyer, manager: Client, invoice: SupplierInvoice) -> None:
    url = new_url(buyer)
    assert "67.80 is open of it" in text(manager.post(url, form("100", {invoice.pk: "70"})))
    assert "is open, 60" in text(manager.post(url, form("50", {invoice.pk: "60"})))
    assert "greater than or equal to 0.01" in text(manager.post(url, form("0")))
    discount = text(manager.post(url, form("50", {}, discount="1")))
    assert "A discount settles invoices" in discount
    assert not SupplierPayment.objects.exists()


def test_a_draft_is_changed_deleted_or_confirmed_and_reversed(
    buyer: Buyer, manager: Client, invoice: SupplierInvoice
) -> None:
    manager.post(new_url(buyer), form("50", {invoice.pk: "50"}, action="draft"))
    payment = SupplierPayment.objects.get()
    edit = reverse("supplier_payment_edit", args=[payment.pk])
    assert 'value="50"' in text(manager.get(edit))
    manager.post(edit, form("67.80", {invoice.pk: "67.80"}, action="draft"))
    confirmed = manager.post(reverse("supplier_payment_confirm", args=[payment.pk]), follow=True)
    assert "Confirmed; its voucher follows." in text(confirmed)
    assert "no draft any more" in text(manager.get(edit, follow=True))
    back = manager.post(reverse("supplier_payment_reverse", args=[payment.pk]), {"date": DAY}, follow=True)
    assert "Reversed by" in text(back)
    assert "67.80" in text(manager.get(reverse("payables")))
    manager.post(new_url(buyer), form("5", action="draft"))
    last = SupplierPayment.objects.latest("pk")
    assert "The draft is deleted." in text(
        manager.post(reverse("supplier_payment_delete", args=[last.pk]), follow=True)
    )


def test_a_prepayment_is_allocated_by_hand_and_undone(buyer: Buyer, manager: Client, invoice: SupplierInvoice) -> None:
    payment = prepaid_payment(buyer, "40")
    url = reverse("supplier_allocation", args=[buyer.suppliers["S1"]])
    page = text(manager.get(url))
    assert payment.number in page and 'data-allocate="40.00"' in page
    key = f"?source=payment-{payment.pk}"
    assert "at least one invoice" in text(manager.post(url + key, {"date": DAY}))
    assert "40.00 is open" in text(manager.post(url + key, {"date": DAY, f"share-{invoice.pk}": "50"}))
    done = manager.post(url + key, {"date": DAY, f"share-{invoice.pk}": "30"}, follow=True)
    assert "Allocated." in text(done)
    (row,) = PayableAllocation.objects.filter(company=buyer.company)
    assert row.amount == Decimal("30.00") and row.number in text(manager.get(url))
    undone = manager.post(reverse("supplier_allocation_undo", args=[row.pk]), follow=True)
    assert "is undone" in text(undone)
    assert prepaid(buyer.company.pk, buyer.suppliers["S1"]) == Decimal("40.00")
    auto = manager.post(reverse("supplier_allocation_auto", args=[buyer.suppliers["S1"]]), follow=True)
    assert "1 allocations were made." in text(auto)


def test_balances_stand_in_their_bucket_and_lead_to_the_open_items(
    buyer: Buyer, manager: Client, invoice: SupplierInvoice
) -> None:
    prepaid_payment(buyer, "500", "S2")
    url = reverse("payables")
    day = (invoice.due_on or DAY) + dt.timedelta(days=45)
    page = text(manager.get(url, {"day": day.isoformat()}))
    assert "67.80" in page and "500.00" in page and "-500.00" in page and "-432.20" in page
    assert {67.8, 500, -500, -432.2} <= set(cells(manager.get(url, {"export": "xlsx"})))
    detail = text(manager.get(reverse("payables_supplier", args=[buyer.suppliers["S1"]])))
    assert invoice.number in detail and "0123" in detail
    assert "景德镇瓷器行" not in text(manager.get(url, {"text": "ywztc"}))


def test_what_can_never_be_paid_is_written_off(buyer: Buyer, manager: Client, invoice: SupplierInvoice) -> None:
    url = reverse("supplier_invoice_write_off", args=[invoice.pk])
    form = {"amount": "70", "date": DAY, "reason": "unpayable"}
    assert "67.80 is open" in text(manager.post(url, form, follow=True))
    assert "Written off; its voucher follows." in text(manager.post(url, form | {"amount": "67.80"}, follow=True))
    assert not open_invoices(buyer.company.pk)
    assert "Written off" in text(manager.get(reverse("supplier_invoice_detail", args=[invoice.pk])))


def test_empty_pages_and_permissions(buyer: Buyer, manager: Client, clerk: Client, keeper: Client) -> None:
    assert "No supplier payments yet" in text(manager.get(reverse("supplier_payment_list")))
    assert "Nothing is open with any supplier" in text(manager.get(reverse("payables")))
    assert "Nothing is owed to anybody" in text(manager.get(reverse("supplier_payment_new")))
    assert "Nothing is owed to this supplier" in text(manager.get(new_url(buyer)))
    assert "can be allocated" in text(manager.get(reverse("supplier_allocation", args=[buyer.suppliers["S1"]])))
    payment = prepaid_payment(buyer, "41")
    for client in (clerk, keeper):
        assert client.get(new_url(buyer)).status_code == 403
        assert client.get(reverse("payables")).status_code == 403
        assert client.post(reverse("supplier_payment_confirm", args=[payment.pk])).status_code == 403
    assert "41.00" not in text(keeper.get(reverse("supplier_payment_list")))
    assert {payment.number, 41} <= set(cells(manager.get(reverse("supplier_payment_list"), {"export": "xlsx"})))
    from erp.core.access.permissions import Role

    cashier = browser(buyer.user("cashier", Role.CASHIER))
    assert cashier.get(new_url(buyer)).status_code == 200
    assert cashier.get(reverse("supplier_allocation", args=[buyer.suppliers["S1"]])).status_code == 403
