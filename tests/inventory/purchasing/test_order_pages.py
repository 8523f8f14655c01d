"""Purchase orders as people use them: entered by keyboard, confirmed, received, closed; and what is refused where."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.documents.models import DocumentStatus, StockDocument
from inventory.items.models import Item, ItemUnit, Tracking
from inventory.items.services import NewItem, ensure_items
from inventory.lots.models import Lot, LotBalance
from inventory.purchasing import orders
from inventory.purchasing.models import OrderStatus, PurchaseOrder
from tests.inventory.purchasing.buyer import Buyer, browser, cells, grid, text
from tests.trading import DAY

pytestmark = pytest.mark.django_db
NEW = "purchase_order_new"


def entered(client: Client, buyer: Buyer, *lines: dict[str, Any], **head: Any) -> Any:
    form = {"supplier": buyer.suppliers["S1"], "supplier_text": "S1", "date": DAY, "warehouse": buyer.warehouse.pk}
    return client.post(reverse(NEW), grid(*lines, **(form | head)))


def test_a_typed_order_is_saved_with_its_amounts_and_confirmed_at_once(buyer: Buyer, clerk: Client) -> None:
    line = {"item_text": "A1", "unit": "", "qty": "100", "unit_price": "6.50", "tax_rate": "0.13"}
    response = entered(clerk, buyer, line, {}, action="confirm", external_no="PO-7")
    order = PurchaseOrder.objects.get(company=buyer.company)
    assert response.url == reverse("purchase_order_detail", args=[order.pk])
    assert order.status == OrderStatus.CONFIRMED
    (saved,) = order.lines.all()
    assert (saved.qty, saved.net, saved.tax) == (Decimal(100), Decimal("650.00"), Decimal("84.50"))
    page = text(clerk.get(response.url))
    assert "To be received" in page and "734.50" in page and "PO-7" in page


def test_a_line_in_boxes_is_kept_in_boxes_and_counted_in_pieces(buyer: Buyer, clerk: Client) -> None:
    item = Item.objects.get(pk=buyer.items["A1"])
    ItemUnit.objects.create(company=buyer.company, item=item, name="箱", factor=Decimal(12))
    line = {"item": item.pk, "item_text": "A1", "unit": "箱", "qty": "5", "unit_price": "72", "tax_rate": "0.13"}
    entered(clerk, buyer, line, action="draft")
    order = PurchaseOrder.objects.get(company=buyer.company)
    (saved,) = order.lines.all()
    assert (saved.qty, saved.unit_qty, saved.unit_price, saved.net) == (60, 5, 6, Decimal("360.00"))
    page = text(clerk.get(reverse("purchase_order_edit", args=[order.pk])))
    assert 'value="箱"' in page and 'value="72"' in page


def test_refusals_stand_at_their_cell(buyer: Buyer, clerk: Client) -> None:
    wrong = entered(clerk, buyer, {"item_text": "ZZZ", "qty": "1", "unit_price": "1"})
    assert "“ZZZ” is not found" in text(wrong)
    unit = entered(clerk, buyer, {"item_text": "A1", "unit": "桶", "qty": "1", "unit_price": "1"})
    assert "“桶” is not found" in text(unit)
    price = entered(clerk, buyer, {"item_text": "A1", "qty": "1"})
    assert "Enter a price." in text(price)
    zero = entered(clerk, buyer, {"item_text": "A1", "qty": "0", "unit_price": "1"})
    assert "the quantity must be greater than zero" in text(zero)
    empty = entered(clerk, buyer, {})
    assert "The document has no lines" in text(empty)
    early = entered(clerk, buyer, {"item_text": "A1", "qty": "1", "unit_price": "1"}, expected_on="2025-01-01")
    assert "before the day of the order" in text(early)
    assert not PurchaseOrder.objects.filter(company=buyer.company).exists()


def test_the_look_up_brings_price_rate_and_unit_and_reads_barcodes(buyer: Buyer, clerk: Client) -> None:
    item = Item.objects.get(pk=buyer.items["A1"])
    Item.objects.filter(pk=item.pk).update(barcode="6901234567892")
    ItemUnit.objects.create(company=buyer.company, item=item, name="箱", factor=Decimal(12), barcode="16901234567899")
    url = reverse("purchase_item_lookup")
    assert "unit_price" not in clerk.get(url, {"q": "bszt"}).json()["results"][0]["fill"]
    buyer.order(qty="10", price="6.20")
    (found,) = clerk.get(url, {"q": "6901234567892"}).json()["results"]
    assert found["fill"] == {"unit_price": "6.2", "tax_rate": "0.13", "unit": "件"}
    (box,) = clerk.get(url, {"q": "16901234567899"}).json()["results"]
    assert box["fill"] == {"unit_price": "74.4", "tax_rate": "0.13", "unit": "箱"}
    Item.objects.filter(pk=item.pk).update(purchase_price=Decimal("6.00"))
    assert clerk.get(url, {"q": "a1"}).json()["results"][0]["fill"]["unit_price"] == "6"
    units = clerk.get(reverse("purchase_unit_lookup"), {"item": item.pk, "q": ""}).json()["results"]
    assert [row["name"] for row in units] == ["件", "箱"]


def test_receiving_starts_with_what_is_open_and_says_what_is_too_much(buyer: Buyer, keeper: Client) -> None:
    order = buyer.order(qty="100", price="6.50")
    (line,) = order.lines.all()
    url = reverse("purchase_order_receive", args=[order.pk])
    page = text(keeper.get(url))
    assert 'value="100"' in page and "6.50" not in page
    head = {"date": DAY, "warehouse": buyer.warehouse.pk}
    too_much = keeper.post(url, head | {f"qty-{line.pk}": "101", "action": "confirm"})
    assert "100 of purchase order" in text(too_much)
    assert "at least one quantity" in text(keeper.post(url, head | {f"qty-{line.pk}": ""}))
    response = keeper.post(url, head | {f"qty-{line.pk}": "60", "action": "confirm"})
    receipt = StockDocument.objects.get(company=buyer.company, kind="purchase_receipt")
    assert response.url == reverse("stock_document_detail", args=[receipt.pk])
    assert receipt.status == DocumentStatus.CONFIRMED
    detail = text(keeper.get(reverse("purchase_order_detail", args=[order.pk])))
    assert "Partly taken in" in detail and receipt.number in detail and "650.00" not in detail
    assert 'value="40"' in text(keeper.get(url))


def test_goods_kept_by_lots_are_received_with_their_lot(buyer: Buyer, keeper: Client) -> None:
    milk = ensure_items(buyer.company, [NewItem("M1", "纯牛奶")])["M1"]
    Item.objects.filter(pk=milk).update(tracking=Tracking.LOT, has_expiry=True)
    buyer.items["M1"] = milk
    order = buyer.order(qty="24", price="3", item="M1")
    (line,) = order.lines.all()
    url = reverse("purchase_order_receive", args=[order.pk])
    assert f'name="lot-{line.pk}"' in text(keeper.get(url))
    form = {"date": DAY, "warehouse": buyer.warehouse.pk, f"qty-{line.pk}": "24", "action": "confirm"}
    assert 'role="alert"' in text(keeper.post(url, form))
    assert "enter when it expires" in text(keeper.post(url, form | {f"lot-{line.pk}": "L1"}))
    assert not Lot.objects.exists() and not StockDocument.objects.filter(kind="purchase_receipt").exists()
    given = form | {f"lot-{line.pk}": "L1", f"expires_on-{line.pk}": "2026-06-30"}
    assert keeper.post(url, given).status_code == 302
    assert LotBalance.objects.get(lot__number="L1").qty == 24


def test_the_list_shows_progress_filters_and_exports(buyer: Buyer, clerk: Client) -> None:
    order = buyer.order(qty="100", price="6.50")
    buyer.receive(order, "25")
    buyer.order(qty="1", price="2.00", item="A2", supplier="S2")
    url = reverse("purchase_order_list")
    page = text(clerk.get(url))
    assert "25.0%" in page and "650.00" in page and "Partly taken in" in page
    only = text(clerk.get(url, {"supplier": "S1"}))
    assert order.number in only and "To be received" not in only.split("<tbody>")[1]
    assert order.number not in text(clerk.get(url, {"item": "hscb"}))
    assert {order.number, 650, 0.25} <= set(cells(clerk.get(url, {"export": "xlsx"})))


def test_the_drafts_of_a_page_are_confirmed_at_once(buyer: Buyer, clerk: Client, keeper: Client) -> None:
    line = {"item_text": "A1", "qty": "1", "unit_price": "6"}
    for _number in range(2):
        entered(clerk, buyer, line, action="draft")
    first, second = PurchaseOrder.objects.order_by("pk")
    page = text(clerk.get(reverse("purchase_order_list")))
    assert f'name="order" value="{first.pk}"' in page and "Confirm drafts" in page
    assert "Confirm drafts" not in text(keeper.get(reverse("purchase_order_list")))
    orders.confirm_order(buyer.company, first.pk, by=None)
    url = reverse("purchase_order_confirm_many")
    done = text(clerk.post(url, {"order": [first.pk, second.pk]}, follow=True))
    assert "1 purchase orders are confirmed." in done and f"Purchase order {first.number} is Confirmed" in done
    assert keeper.post(url, {"order": [second.pk]}).status_code == 403


def test_close_reopen_cancel_copy_and_delete(buyer: Buyer, clerk: Client) -> None:
    order = buyer.order(qty="10", price="6.50")

    def act(name: str, pk: int) -> str:
        return text(clerk.post(reverse(f"purchase_order_{name}", args=[pk]), follow=True))

    assert "Closed." in act("close", order.pk)
    assert "Open again." in act("reopen", order.pk)
    assert "Cancelled." in act("cancel", order.pk)
    assert "Purchase order" in act("confirm", order.pk)  # the refusal names it
    assert "Copied as" in act("copy", order.pk)
    copy = PurchaseOrder.objects.latest("pk")
    assert copy.status == OrderStatus.DRAFT and copy.lines.get().qty == 10
    assert "The draft is deleted." in act("delete", copy.pk)
    received = buyer.order(qty="10", price="6.50")
    buyer.receive(received, "4")
    assert "Reverse that first, or close it" in act("cancel", received.pk)


def test_permissions_the_keeper_enters_no_order_and_sees_no_price(buyer: Buyer, keeper: Client) -> None:
    order = buyer.order(qty="10", price="6.53")
    assert keeper.get(reverse(NEW)).status_code == 403
    assert keeper.post(reverse("purchase_order_confirm", args=[order.pk])).status_code == 403
    assert keeper.get(reverse("purchase_order_print", args=[order.pk])).status_code == 403
    for page in (reverse("purchase_order_list"), reverse("purchase_order_detail", args=[order.pk])):
        assert "65.30" not in text(keeper.get(page)) and "6.53" not in text(keeper.get(page))
    assert 65.3 not in cells(keeper.get(reverse("purchase_order_list"), {"export": "xlsx"}))
    sales = browser(buyer.user("sales", Role.SALES))
    assert sales.get(reverse("purchase_order_list")).status_code == 403


def test_the_empty_list_says_what_to_do(buyer: Buyer, clerk: Client) -> None:
    assert "No purchase orders yet" in text(clerk.get(reverse("purchase_order_list")))


def test_the_order_prints_as_pdf(buyer: Buyer, clerk: Client) -> None:
    order = buyer.order(qty="10", price="6.50")
    response = clerk.get(reverse("purchase_order_print", args=[order.pk]))
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")


def workbook(*rows: list[Any]) -> Any:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    stream.name = "orders.xlsx"
    stream.seek(0)
    return stream


def test_a_file_of_lines_is_checked_and_makes_draft_orders(buyer: Buyer, clerk: Client) -> None:
    head = ["单据号", "供应商", "日期", "商品", "数量", "单价", "税率"]
    url = reverse("imports_sheet", args=["purchase-orders"])
    bad = workbook(head, ["1", "S9", DAY, "A1", 5, 6.5, "13%"], ["1", "S1", "x", "QQ", -2, "", ""])
    page = text(clerk.post(url, {"file": bad}, follow=True))
    for problem in ("There is no active supplier “S9”", "no active item “QQ”", "is not a date", "greater than zero"):
        assert problem in page
    assert not PurchaseOrder.objects.filter(company=buyer.company).exists()
    good = workbook(head, ["1", "S1", DAY, "A1", 5, 6.5, "13%"], ["1", "S1", DAY, "红色茶杯", 3, 2, ""])
    checked = clerk.post(url, {"file": good})
    assert clerk.post(f"{checked.url}commit/").status_code == 302
    order = PurchaseOrder.objects.get(company=buyer.company)
    assert order.status == OrderStatus.DRAFT and order.lines.count() == 2
    assert sum(line.net for line in order.lines.all()) == Decimal("38.50")
    template = clerk.get(reverse("imports_sheet_export", args=["purchase-orders", "template"]))
    assert set(head) <= set(cells(template))
