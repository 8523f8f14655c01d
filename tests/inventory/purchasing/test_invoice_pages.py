"""Supplier invoices as people use them: receipts ticked, variance seen, refusals at their line, paid and taken back."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import StockDocument
from inventory.purchasing.models import InvoiceKind, InvoiceMatch, InvoiceStatus, SupplierInvoice
from tests.inventory.purchasing.buyer import Buyer, browser, cells, grid, text
from tests.trading import DAY

pytestmark = pytest.mark.django_db


def line_of(receipt: StockDocument) -> int:
    return int(receipt.lines.get().pk)


def posted(receipt: StockDocument, *, qty: str, price: str, charges: Any = (), **head: Any) -> dict[str, Any]:
    """What a browser posts for an invoice about one receipt line."""
    pk = line_of(receipt)
    form = {"supplier_text": "S1", "date": DAY, "is_deductible": "on", "is_certified": "on"}
    ticked = {f"take-{pk}": "on", f"qty-{pk}": qty, f"unit_price-{pk}": price, f"tax_rate-{pk}": "0.13"}
    return grid(*charges, **(form | ticked | head))


def match_url(buyer: Buyer, query: str = "") -> str:
    return f"{reverse('supplier_invoice_match')}?supplier={buyer.suppliers['S1']}{query}"


def test_suppliers_whose_invoice_is_missing_are_listed_first(buyer: Buyer, manager: Client) -> None:
    assert "No receipt waits for an invoice" in text(manager.get(reverse("supplier_invoice_match")))
    buyer.receipt(qty="100", price="6.50")
    page = text(manager.get(reverse("supplier_invoice_match")))
    assert "义乌烛台厂" in page and "650.00" in page and "景德镇瓷器行" not in page


def test_ticked_receipts_become_an_invoice_with_its_variance(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="100", price="6.50")
    page = text(manager.get(match_url(buyer, f"&receipt={receipt.pk}")))
    assert f'name="take-{line_of(receipt)}"' in page and "checked" in page and 'data-estimate="6.5"' in page
    form = posted(receipt, qty="60", price="7", invoice_no="0123", action="confirm", paper_total="474.60")
    response = manager.post(match_url(buyer), form)
    invoice = SupplierInvoice.objects.get(company=buyer.company)
    assert response.url == reverse("supplier_invoice_detail", args=[invoice.pk])
    assert (invoice.status, invoice.net, invoice.tax, invoice.gross) == (
        InvoiceStatus.CONFIRMED, Decimal("420.00"), Decimal("54.60"), Decimal("474.60"),
    )  # fmt: skip
    detail = text(manager.get(response.url))
    for shown in (receipt.number, "390.00", "30.00", "474.60 is open", "0123", "Overdue"):
        assert shown in detail
    assert 'value="40"' in text(manager.get(match_url(buyer)))
    buyer.post()
    assert "/ledger/vouchers/" in text(manager.get(response.url))


def test_charges_stand_on_the_same_invoice(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    charge = {"description": "运费", "net": "9.00", "tax_rate": "0.09"}
    manager.post(match_url(buyer), posted(receipt, qty="10", price="6", charges=[charge], action="confirm"))
    invoice = SupplierInvoice.objects.get(company=buyer.company)
    assert (invoice.net, invoice.tax) == (Decimal("69.00"), Decimal("8.61"))
    assert "运费" in text(manager.get(reverse("supplier_invoice_detail", args=[invoice.pk])))


def test_refusals_stand_at_their_line_or_field(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    url = match_url(buyer)
    nothing = posted(receipt, qty="10", price="6")
    del nothing[f"take-{line_of(receipt)}"]
    assert "at least one line" in text(manager.post(url, nothing))
    assert "Enter a quantity." in text(manager.post(url, posted(receipt, qty="", price="6")))
    paper = text(manager.post(url, posted(receipt, qty="10", price="6", paper_total="70")))
    assert "The lines make 67.80, the paper says 70.00" in paper
    too_much = text(manager.post(url, posted(receipt, qty="11", price="6", action="confirm")))
    assert "10 is received and not yet invoiced" in too_much and "kept as a draft" in too_much
    SupplierInvoice.objects.all().delete()
    buyer.invoice(buyer.receipt(qty="1", price="6"), no="0099")
    taken = text(manager.post(url, posted(receipt, qty="10", price="6", invoice_no="0099")))
    assert "is entered already, as" in taken


def test_a_draft_is_changed_confirmed_and_reversed(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    manager.post(match_url(buyer), posted(receipt, qty="4", price="6.5", action="draft"))
    invoice = SupplierInvoice.objects.get(company=buyer.company)
    edit = reverse("supplier_invoice_edit", args=[invoice.pk])
    page = text(manager.get(edit))
    assert 'value="4"' in page and 'value="6.5"' in page
    manager.post(edit, posted(receipt, qty="5", price="6.5", action="draft"))
    confirm = manager.post(reverse("supplier_invoice_confirm", args=[invoice.pk]), follow=True)
    assert "Confirmed; its voucher follows." in text(confirm) and "32.50" in text(confirm)
    assert "no draft any more" in text(manager.get(edit, follow=True))
    back = manager.post(reverse("supplier_invoice_reverse", args=[invoice.pk]), {"date": DAY}, follow=True)
    assert "Reversed." in text(back) and "Reversed by" in text(back)
    assert not InvoiceMatch.objects.filter(company=buyer.company, is_live=True).exists()
    assert 'value="10"' in text(manager.get(match_url(buyer)))


def test_a_red_invoice_of_a_return_and_an_allowance_of_an_invoice(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    invoice = buyer.invoice(receipt)
    back = NewStockDocument(
        kind="purchase_return",
        date=DAY,
        warehouse_id=buyer.warehouse.pk,
        lines=[NewStockLine(item_id=buyer.items["A1"], qty=Decimal(3), of_line_id=line_of(receipt))],
        party_id=receipt.party_id,
    )
    (made,) = create_confirmed(buyer.company, [back], by=None)
    returned = StockDocument.objects.get(pk=made)
    url = match_url(buyer, "&kind=red")
    assert returned.number in text(manager.get(url))
    manager.post(url, posted(returned, qty="3", price="6", action="confirm"))
    red = SupplierInvoice.objects.filter(company=buyer.company).latest("pk")
    assert (red.kind, red.status, red.net) == (InvoiceKind.RED, InvoiceStatus.CONFIRMED, Decimal("-18.00"))

    charge = reverse("supplier_invoice_charge")
    assert invoice.number in text(manager.get(charge, {"of": invoice.pk}))
    head = {"supplier_text": "S1", "date": DAY, "kind": "red", "is_deductible": "on", "action": "confirm"}
    line = {"description": "折让", "net": "5", "tax_rate": "0.13"}
    assert "needs the confirmed invoice" in text(manager.post(charge, grid(line, **head)))
    SupplierInvoice.objects.filter(status=InvoiceStatus.DRAFT).delete()
    assert "is not found" in text(manager.post(charge, grid(line, of_invoice="NO", **head)))
    manager.post(charge, grid(line, of_invoice=invoice.number, **head))
    allowance = SupplierInvoice.objects.filter(company=buyer.company).latest("pk")
    assert (allowance.of_invoice_id, allowance.gross) == (invoice.pk, Decimal("-5.65"))
    found = manager.get(reverse("supplier_invoice_lookup"), {"q": "", "supplier": buyer.suppliers["S1"]}).json()
    assert [row["code"] for row in found["results"]] == [invoice.number]


def test_goods_sent_back_before_their_invoice_wait_for_no_red_one(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    back = NewStockDocument(
        kind="purchase_return",
        date=DAY,
        warehouse_id=buyer.warehouse.pk,
        lines=[NewStockLine(item_id=buyer.items["A1"], qty=Decimal(3), of_line_id=line_of(receipt))],
        party_id=receipt.party_id,
    )
    create_confirmed(buyer.company, [back], by=None)
    assert "No return waits for a red-letter invoice" in text(
        manager.get(reverse("supplier_invoice_match"), {"kind": "red"})
    )
    assert 'value="7"' in text(manager.get(match_url(buyer)))


def test_tax_that_waits_is_certified(buyer: Buyer, manager: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    form = posted(receipt, qty="10", price="6", action="confirm")
    del form["is_certified"]
    manager.post(match_url(buyer), form)
    invoice = SupplierInvoice.objects.get(company=buyer.company)
    url = reverse("supplier_invoice_detail", args=[invoice.pk])
    assert "to be certified" in text(manager.get(url))
    manager.post(reverse("supplier_invoice_certify", args=[invoice.pk]), {"date": DAY})
    assert "Deductible, certified" in text(manager.get(url))


def test_the_list_filters_what_is_overdue_and_exports(buyer: Buyer, manager: Client) -> None:
    url = reverse("supplier_invoice_list")
    assert "No supplier invoices yet" in text(manager.get(url))
    invoice = buyer.invoice(buyer.receipt(qty="10", price="6"), no="0123")
    other = buyer.invoice(buyer.receipt(qty="1", price="3", supplier="S2"))
    page = text(manager.get(url))
    assert invoice.number in page and "67.80" in page and other.number in page
    assert other.number not in text(manager.get(url, {"text": "0123"}))
    SupplierInvoice.objects.filter(pk=other.pk).update(due_on="2020-01-01")
    SupplierInvoice.objects.filter(pk=invoice.pk).update(due_on="2999-01-01")
    late = text(manager.get(url, {"paid": "overdue"}))
    assert other.number in late and invoice.number not in late
    assert {invoice.number, 67.8, "0123"} <= set(cells(manager.get(url, {"export": "xlsx"})))


def test_who_may_what(buyer: Buyer, clerk: Client, keeper: Client) -> None:
    receipt = buyer.receipt(qty="10", price="6.53")
    refused = clerk.post(match_url(buyer), posted(receipt, qty="10", price="6", action="confirm"))
    assert refused.status_code == 403
    draft = clerk.post(match_url(buyer), posted(receipt, qty="10", price="6", action="draft"))
    assert draft.status_code == 302
    SupplierInvoice.objects.all().delete()
    invoice = buyer.invoice(receipt)
    assert clerk.post(reverse("supplier_invoice_reverse", args=[invoice.pk]), {"date": DAY}).status_code == 403
    assert keeper.get(reverse("supplier_invoice_match")).status_code == 403
    for url in (reverse("supplier_invoice_list"), reverse("supplier_invoice_detail", args=[invoice.pk])):
        page = text(keeper.get(url))
        assert invoice.number in page and "65.30" not in page and "73.79" not in page
    assert browser(buyer.user("sales", Role.SALES)).get(reverse("supplier_invoice_list")).status_code == 403
