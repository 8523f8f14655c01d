"""Stock documents in a real Chromium without a mouse: a delivery is entered and confirmed, goods are received by a
scanner's keystrokes."""

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from erp.core.access.permissions import Role
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import create_documents
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.models import Item, ItemUnit, Tracking
from inventory.items.services import NewItem, ensure_items
from inventory.lots.models import Lot
from inventory.moves.models import StockBalance
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"
SHOTS = os.environ.get("TONGZHANG_SHOTS", "")


@pytest.fixture
def shop() -> Trader:
    """Candlesticks with a barcode and boxes of twelve; milk that is kept by lots; a keeper and an accountant."""
    trader = Trader()
    for role in (Role.WAREHOUSE, Role.ACCOUNTANT):
        user = trader.user(role, role)
        user.set_password(PASSWORD)
        user.save()
    Item.objects.filter(pk=trader.items["A1"]).update(barcode="6901234567892")
    ItemUnit.objects.create(
        company=trader.company, item_id=trader.items["A1"], name="箱", factor=12, barcode="16901234567899"
    )
    trader.items |= ensure_items(trader.company, [NewItem("M1", "纯牛奶")])
    Item.objects.filter(pk=trader.items["M1"]).update(
        barcode="6900000000017", tracking=Tracking.LOT, has_expiry=True, purchase_price=3
    )
    return trader


def log_in(page: Page, user: str) -> list[str]:
    """Log in by keyboard; what the console complains about is collected."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/")
    page.keyboard.type(user)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.side")
    return problems


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def on_hand(shop: Trader, code: str) -> Decimal:
    return StockBalance.objects.get(item_id=shop.items[code], warehouse=shop.warehouse).qty


def test_a_delivery_is_entered_and_confirmed_by_keyboard(browser_page: Page, shop: Trader) -> None:
    page = browser_page
    problems = log_in(page, Role.WAREHOUSE)
    page.goto("/inventory/documents/?kind=delivery")
    page.keyboard.press("n")
    page.wait_for_selector("form[data-stock-entry]")
    page.focus("#id_date")
    page.fill("#id_date", DAY.isoformat())
    page.focus("#id_party_text")
    page.keyboard.type("zs")
    page.wait_for_selector(".lookup-list [role=option]")
    page.keyboard.press("Enter")
    page.focus("#id_lines-0-item_text")
    page.keyboard.type("bszt")  # pinyin of the candlestick
    page.wait_for_selector(".lookup-list [role=option]")
    page.keyboard.press("Enter")
    expect(page.locator("#id_lines-0-available")).to_have_value("1000")
    expect(page.locator("#id_lines-0-qty")).to_be_focused()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#id_lines-0-unit")).to_be_focused()
    page.keyboard.press("ArrowDown")  # the box of twelve
    expect(page.locator("#id_lines-0-base")).to_have_value("24")
    shot(page, "delivery-zh")
    page.focus("#id_lines-1-item_text")
    page.keyboard.type("6901234567892")  # a scanner types into the cell as well
    page.keyboard.press("Enter")
    expect(page.locator("#id_lines-1-item_text")).to_have_value("A1 白色烛台")
    page.keyboard.type("1001")
    expect(page.locator("#id_lines-1-available")).to_have_class("num short")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cell-error").first).to_be_visible()  # refused at its line, nothing lost
    shot(page, "delivery-refused-zh")
    page.fill("#id_lines-1-qty", "6")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/inventory/documents/*/")
    document = StockDocument.objects.latest("pk")
    assert document.status == DocumentStatus.CONFIRMED
    assert [line.qty for line in document.lines.order_by("line_no")] == [24, 6]
    assert on_hand(shop, "A1") == 970
    expect(page.locator("h1")).to_contain_text(document.number)
    shot(page, "delivery-detail-zh")
    assert problems == []


def scan(page: Page, code: str) -> None:
    """What a scanner does: the code in one go, then Enter."""
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")


def test_goods_are_received_by_scanning(browser_page: Page, shop: Trader) -> None:
    page = browser_page
    problems = log_in(page, Role.WAREHOUSE)
    page.goto("/inventory/documents/scan/other_receipt/")
    expect(page.locator("#scan-code")).to_be_focused()
    for code in ("6901234567892", "6901234567892", "16901234567899", "3*6901234567892"):
        scan(page, code)
    said = page.locator("[data-scan-said]")
    expect(said).to_contain_text("→ 17")
    scan(page, "A2")
    expect(said).to_contain_text("红色茶杯")
    scan(page, "5901111111111")
    expect(page.locator("[data-unknown-list]")).to_contain_text("5901111111111")
    shot(page, "scan-unknown-zh")
    page.keyboard.press("Control+z")  # the cup goes back
    expect(page.locator("[data-scan-lines]")).to_have_text("1")
    scan(page, "12*6900000000017")
    expect(page.locator("#scan-lot")).to_be_focused()
    page.keyboard.type("L20251201")
    page.keyboard.press("Enter")
    page.fill("#scan-expiry", "2026-06-01")
    page.keyboard.press("Enter")
    expect(page.locator("#scan-code")).to_be_focused()
    expect(said).to_contain_text("L20251201")
    page.reload()  # nothing is lost
    expect(page.locator("[data-scan-total]")).to_have_text("29")
    entry = page.locator("[data-unknown-list] input.input")
    entry.focus()
    page.keyboard.type("A2")
    page.wait_for_selector(".lookup-list [role=option]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-scan-total]")).to_have_text("30")
    shot(page, "scan-zh")
    page.focus("#id_date")
    page.fill("#id_date", DAY.isoformat())
    page.select_option("#id_reason", "found")
    page.focus("#scan-code")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/inventory/documents/*/")
    document = StockDocument.objects.latest("pk")
    assert document.status == DocumentStatus.CONFIRMED
    assert {line.item.code: line.qty for line in document.lines.select_related("item")} == {"A1": 17, "M1": 12, "A2": 1}
    assert document.lines.get(item__code="M1").lot.number == "L20251201"  # type: ignore[union-attr]
    assert on_hand(shop, "A1") == 1017
    assert problems == []


def test_the_list_and_a_document_read_well_in_english(browser_page: Page, shop: Trader) -> None:
    page = browser_page
    problems = log_in(page, Role.ACCOUNTANT)
    page.click("header button[name=language]")
    page.goto("/inventory/documents/")
    expect(page.locator("h1")).to_have_text("Stock documents")
    page.click("summary:has-text('New document')")
    shot(page, "list-en")
    page.click("table a.strong")
    shot(page, "detail-en")
    page.goto("/inventory/documents/new/purchase_receipt/")
    shot(page, "receipt-en")
    page.goto("/inventory/documents/new/disassembly/")
    shot(page, "disassembly-en")
    page.goto("/inventory/documents/scan/delivery/")
    shot(page, "scan-en")
    page.goto("/inventory/documents/new/purchase_return/")
    shot(page, "original-en")
    assert problems == []


def test_lots_that_expire_first_are_suggested_and_picked_by_scanner(browser_page: Page, shop: Trader) -> None:
    milk = shop.items["M1"]
    lots = [
        Lot.objects.create(company=shop.company, item_id=milk, number=number, expires_on=dt.date(2026, month, 1))
        for number, month in (("L-LATE", 9), ("L-SOON", 3))
    ]
    lines = [NewStockLine(item_id=milk, qty=Decimal(5), unit_cost=Decimal(3), lot_id=lot.pk) for lot in lots]
    received = NewStockDocument(DocumentKind.OTHER_RECEIPT, DAY, shop.warehouse.pk, lines, Reason.FOUND)
    create_confirmed(shop.company, [received], by=None)
    page = browser_page
    problems = log_in(page, Role.WAREHOUSE)
    page.goto("/inventory/documents/new/delivery/")
    page.fill("#id_date", DAY.isoformat())
    page.focus("#id_lines-0-item_text")
    page.keyboard.type("M1")
    page.wait_for_selector(".lookup-list [role=option]")
    page.keyboard.press("Enter")
    expect(page.locator("#id_lines-0-qty")).to_be_focused()
    page.keyboard.type("7")
    page.keyboard.press("F9")  # 5 of the lot that expires first, 2 of the other
    expect(page.locator("#id_lines-0-lot_text")).to_have_value("L-SOON")
    expect(page.locator("#id_lines-0-qty")).to_have_value("5")
    expect(page.locator("[data-base-total]")).to_have_text("7")
    shot(page, "delivery-lots-zh")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/inventory/documents/*/")
    made = StockDocument.objects.latest("pk")
    assert [(line.lot.number, line.qty) for line in made.lines.order_by("line_no")] == [("L-SOON", 5), ("L-LATE", 2)]  # type: ignore[union-attr]
    page.goto("/inventory/documents/scan/delivery/")
    scan(page, "6900000000017")
    expect(page.locator("#scan-lot")).to_be_focused()
    expect(page.locator("#scan-lot")).to_have_attribute("placeholder", "L-LATE")
    page.keyboard.press("Enter")  # the lot suggested
    expect(page.locator("[data-scan-said]")).to_contain_text("L-LATE")
    assert problems == []


def test_drafts_are_ticked_and_confirmed_by_keyboard(browser_page: Page, shop: Trader) -> None:
    lines = [NewStockLine(item_id=shop.items["A1"], qty=Decimal(1))]
    drafts = [NewStockDocument(DocumentKind.DELIVERY, DAY, shop.warehouse.pk, list(lines)) for _draft in range(2)]
    create_documents(shop.company, drafts, by=None)
    page = browser_page
    problems = log_in(page, Role.WAREHOUSE)
    page.goto("/inventory/documents/?status=draft")
    page.focus("[data-check-all]")
    page.keyboard.press("Space")
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    shot(page, "list-ticked-zh")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/documents/confirm/")
    assert StockDocument.objects.filter(kind=DocumentKind.DELIVERY, status=DocumentStatus.CONFIRMED).count() == 2
    assert on_hand(shop, "A1") == 998
    shot(page, "bulk-zh")
    assert problems == []
