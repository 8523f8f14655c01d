"""Receipts not invoiced and the purchase summary: figures, days, drill, workbook, API, permissions."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from erp.core.reports import find
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import StockDocument
from inventory.documents.reverse import reverse as reverse_document
from inventory.purchasing.invoice_confirm import confirm_invoice
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.invoices import NewInvoice, NewInvoiceLine, NewMatch, create_invoice
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import PurchaseOrder, SupplierInvoice
from inventory.reports.grni import grni, totals
from inventory.reports.purchase_summary import purchase_summary
from tests.inventory.purchasing.buyer import Buyer, cells, text
from tests.inventory.purchasing.kit import Buyer as Kit
from tests.inventory.purchasing.kit import day
from tests.trading import DAY

pytestmark = pytest.mark.django_db
LATER = DAY + dt.timedelta(days=10)


def send_back(buyer: Buyer, receipt: StockDocument, qty: str, day: dt.date = DAY) -> StockDocument:
    line = receipt.lines.get()
    back = NewStockDocument(
        kind="purchase_return",
        date=day,
        warehouse_id=receipt.warehouse_id,
        lines=[NewStockLine(item_id=line.item_id, qty=Decimal(qty), of_line_id=line.pk)],
        party_id=receipt.party_id,
    )
    (made,) = create_confirmed(buyer.company, [back], by=None)
    return StockDocument.objects.get(pk=made)


def estimate(buyer: Buyer, day: dt.date | None = None) -> Decimal:
    return totals(grni(buyer.company, as_of=day))["open_estimate"]


def test_a_receipt_is_open_by_what_came_less_what_went_back_less_what_was_invoiced(buyer: Buyer) -> None:
    receipt = buyer.receipt(qty="100", price="6.50")
    send_back(buyer, receipt, "20")
    (row,) = grni(buyer.company)
    assert (row.received, row.returned, row.invoiced, row.open_qty) == (100, 20, 0, 80)
    assert row.open_estimate == Decimal("520.00")
    buyer.invoice(receipt, day=LATER)
    assert grni(buyer.company) == []
    assert estimate(buyer, DAY) == Decimal("520.00")  # on the day before, nothing was invoiced
    assert estimate(buyer, DAY - dt.timedelta(days=1)) == 0


def test_goods_sent_back_after_their_invoice_wait_for_the_red_one(buyer: Buyer) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    buyer.invoice(receipt)
    back = send_back(buyer, receipt, "3")
    assert estimate(buyer) == Decimal("-18.00")
    buyer.invoice(back)
    assert grni(buyer.company) == []


def test_reversing_the_invoice_opens_the_receipt_again_and_reversing_the_receipt_closes_it(buyer: Buyer) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    invoice = buyer.invoice(receipt)
    reverse_invoice(buyer.company, invoice.pk, by=None)
    assert estimate(buyer) == Decimal("60.00")
    reverse_document(buyer.company, receipt.pk, by=None)
    assert grni(buyer.company) == []


def test_the_sum_is_the_balance_of_the_account_of_estimates_to_the_cent() -> None:
    kit = Kit("kit")
    cup = kit.item()
    _first, line = kit.receive(day(2), cup, "3", "3.333333")
    kit.receive(day(3), cup, "7", "1.234567", supplier="S2")
    kit.give_back(day(4), cup, "1", line)
    rows = [NewInvoiceLine(cup.pk, Decimal(1), Decimal("3.50"), Decimal("0.13"), matches=[NewMatch(line, Decimal(1))])]
    supplier = kit.suppliers["S1"]
    invoice = create_invoice(kit.company, NewInvoice(supplier, day(5), rows), by=None)
    confirm_invoice(kit.company, invoice.pk, by=None)
    assert totals(grni(kit.company))["open_estimate"] == -kit.books()["grni"]


def test_the_page_filters_and_leads_to_the_invoice(buyer: Buyer, manager: Client, clerk: Client) -> None:
    url = reverse("grni")
    assert "No receipt waits for an invoice" in text(manager.get(url))
    receipt = buyer.receipt(qty="100", price="6.50")
    buyer.receipt(qty="1", price="3", item="A2", supplier="S2")
    page = text(manager.get(url))
    assert "650.00" in page and "653.00" in page and "data-chart" in page
    assert f"receipt={receipt.pk}" in page
    assert "653.00" not in text(manager.get(url, {"supplier_text": "S1"}))
    assert "650.00" not in text(manager.get(url, {"text": "hscb"}))
    assert {receipt.number, 650, 653} <= set(cells(manager.get(url, {"export": "xlsx"})))
    assert clerk.get(url).status_code == 403


def test_the_summary_adds_receipts_and_invoices_by_everything(buyer: Buyer, manager: Client) -> None:
    url = reverse("purchase_summary")
    assert "Nothing was bought in these days" in text(manager.get(url))
    receipt = buyer.receipt(qty="100", price="6.50")
    send_back(buyer, receipt, "20")
    buyer.receipt(qty="1", price="3", item="A2", supplier="S2")
    buyer.invoice(receipt)
    first, second = purchase_summary(buyer.company, "supplier", DAY, DAY)
    assert (first.code, first.received_qty, first.received) == ("S1", 80, Decimal("520.00"))
    assert (first.invoiced, first.tax, first.gross) == (Decimal("520.00"), Decimal("67.60"), Decimal("587.60"))
    assert (second.code, second.received, second.invoiced) == ("S2", Decimal("3.00"), 0)
    page = text(manager.get(url))
    assert "523.00" in page and "587.60" in page and "supplier=S1" in page and "by=item" in page
    for by in ("item", "category", "month", "document"):
        rows = purchase_summary(buyer.company, by, DAY, DAY)
        assert sum(row.received for row in rows) == Decimal("523.00")
        assert sum(row.gross for row in rows) == Decimal("587.60")
        assert "523.00" in text(manager.get(url, {"by": by}))
    documents = text(manager.get(url, {"by": "document", "item": "A1"}))
    assert receipt.number in documents and "景德镇瓷器行" not in documents
    assert reverse("supplier_invoice_detail", args=[SupplierInvoice.objects.get().pk]) in documents
    assert {"S1", 520, 587.6} <= set(cells(manager.get(url, {"export": "xlsx"})))


def test_a_price_difference_stands_as_variance_and_a_reversal_takes_it_all_back(buyer: Buyer) -> None:
    receipt = buyer.receipt(qty="10", price="6")
    lines = [NewInvoiceLine(buyer.items["A1"], Decimal(10), Decimal("6.20"), Decimal("0.13"))]
    invoice = invoice_receipts(buyer.company, [receipt.pk], by=None, date=DAY, lines=lines)
    (row,) = purchase_summary(buyer.company, "supplier", DAY, DAY)
    assert (row.invoiced, row.variance) == (Decimal("62.00"), Decimal("2.00"))
    reverse_invoice(buyer.company, invoice.pk, by=None)
    (row,) = purchase_summary(buyer.company, "supplier", DAY, DAY)
    assert (row.received, row.invoiced, row.tax, row.variance) == (Decimal("60.00"), 0, 0, 0)


def test_orders_to_come_show_what_is_late_and_no_price_to_the_keeper(
    buyer: Buyer, manager: Client, keeper: Client
) -> None:
    url = reverse("purchase_orders_to_come")
    assert "Nothing is to come" in text(manager.get(url))
    order = buyer.order(qty="100", price="6.50")
    buyer.receive(order, "40")
    other = buyer.order(qty="1", price="3", item="A2", supplier="S2")
    PurchaseOrder.objects.filter(pk=order.pk).update(expected_on=DAY - dt.timedelta(days=3))
    page = text(manager.get(url))
    assert order.number in page and "390.00" in page and "393.00" in page and other.number in page
    late = text(manager.get(url, {"late": "1"}))
    assert order.number in late and other.number not in late
    assert other.number not in text(manager.get(url, {"supplier_text": "S1"}))
    assert {order.number, 60, 390, 393} <= set(cells(manager.get(url, {"export": "xlsx"})))
    seen = text(keeper.get(url))
    assert order.number in seen and "390.00" not in seen and "6.50" not in seen
    assert 393 not in cells(keeper.get(url, {"export": "xlsx"}))


def test_the_reports_are_known_by_name_and_refuse_what_they_do_not_know(buyer: Buyer) -> None:
    buyer.receipt(qty="100", price="6.50")
    for name, params in (
        ("grni", {"as_of": "2025-12", "supplier": "S1"}),
        ("purchase_summary", {"by": "month", "from": "2025-12", "to": "2025-12"}),
        ("payables", {}),
        ("open_purchase_orders", {"supplier": "S1", "item": "A1"}),
    ):
        report = find(name)
        result = report.query(buyer.company, report.clean(params))
        assert result.totals is not None
    assert list(find("grni").query(buyer.company, find("grni").clean({"supplier": "NOBODY"})).rows) == []
