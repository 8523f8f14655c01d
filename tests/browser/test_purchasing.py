"""Buying in a real Chromium without a mouse: an order is typed, received, invoiced with a variance, and paid."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from erp.core.access.permissions import Role
from inventory.items.models import Item, ItemUnit
from inventory.purchasing.models import InvoiceStatus, OrderStatus, PurchaseOrder, SupplierInvoice, SupplierPayment
from tests.inventory.purchasing.buyer import Buyer
from tests.trading import DAY

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"
SHOTS = os.environ.get("TONGZHANG_SHOTS", "")


@pytest.fixture
def shop() -> Buyer:
    """Candlesticks in boxes of twelve with barcodes; somebody who may do everything."""
    made = Buyer()
    user = made.user("boss", Role.ADMIN)
    user.set_password(PASSWORD)
    user.save()
    Item.objects.filter(pk=made.items["A1"]).update(purchase_price=Decimal("6.00"), barcode="6901234567892")
    ItemUnit.objects.create(
        company=made.company, item_id=made.items["A1"], name="箱", factor=12, barcode="16901234567899"
    )
    return made


def log_in(page: Page) -> list[str]:
    """Log in by keyboard; what the console complains about is collected."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/")
    page.keyboard.type("boss")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.side")
    return problems


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def chosen(page: Page, typed: str) -> None:
    """Type into a look-up and take the first find."""
    page.keyboard.type(typed)
    page.wait_for_selector(".lookup-list [role=option]")
    page.keyboard.press("Enter")


def test_from_order_to_payment_without_a_mouse(browser_page: Page, shop: Buyer) -> None:
    page = browser_page
    problems = log_in(page)

    # The order: supplier by pinyin, an item by pinyin with price and rate filled in, a box by its barcode.
    page.goto("/inventory/purchasing/orders/")
    page.keyboard.press("n")
    page.wait_for_selector("form[data-document]")
    page.fill("#id_date", DAY.isoformat())
    page.focus("#id_supplier_text")
    chosen(page, "ywzt")
    page.focus("#id_lines-0-item_text")
    chosen(page, "bszt")
    expect(page.locator("#id_lines-0-unit_price")).to_have_value("6")
    expect(page.locator("#id_lines-0-tax_rate")).to_have_value("0.13")
    page.focus("#id_lines-0-qty")
    page.keyboard.type("100")
    expect(page.locator("#id_lines-0-gross")).to_have_value("678.00")
    page.focus("#id_lines-1-item_text")
    chosen(page, "16901234567899")
    expect(page.locator("#id_lines-1-unit")).to_have_value("箱")
    expect(page.locator("#id_lines-1-unit_price")).to_have_value("72")
    page.focus("#id_lines-1-qty")
    page.keyboard.type("5")
    expect(page.locator('[data-total="gross"]')).to_have_text("1,084.80")
    shot(page, "order")
    page.keyboard.press("Control+s")
    page.wait_for_selector("ol.timeline")
    order = PurchaseOrder.objects.get(company=shop.company)
    assert order.status == OrderStatus.DRAFT and [line.qty for line in order.lines.order_by("line_no")] == [100, 60]
    page.get_by_role("button", name="确认").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast")

    # Receiving: what is open stands there; one line came short.
    page.keyboard.press("n")
    page.wait_for_url("**/receive/")
    page.fill("#id_date", DAY.isoformat())
    first, second = order.lines.order_by("line_no")
    page.focus(f"#id_qty-{first.pk}")
    page.keyboard.press("Enter")
    expect(page.locator(f"#id_qty-{second.pk}")).to_be_focused()
    page.keyboard.type("48")
    page.keyboard.press("F8")
    page.wait_for_selector("ol.timeline")

    # The invoice: ticked with the space bar, another price, the variance at once.
    page.goto(f"/inventory/purchasing/invoices/match/?supplier={order.supplier_id}")
    page.fill("#id_date", DAY.isoformat())
    boxes = page.locator("td[data-cell=take] input")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    price = page.locator("td[data-cell=unit_price] input").nth(0)
    price.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("6.2")
    expect(page.locator('[data-show="sum-variance"]')).to_have_text("20.00")
    expect(page.locator('[data-show="sum-gross"]')).to_have_text("700.60")
    page.fill("#id_paper_total", "700.60")
    expect(page.locator('[data-show="paper-difference"]')).to_have_text("0.00")
    shot(page, "invoice")
    page.locator("button[value=confirm]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.timeline")
    invoice = SupplierInvoice.objects.get(company=shop.company)
    assert (invoice.status, invoice.gross) == (InvoiceStatus.CONFIRMED, Decimal("700.60"))

    # The payment: filled in by due date, more than is owed becomes a prepayment.
    page.goto(f"/inventory/purchasing/payments/new/?supplier={order.supplier_id}")
    page.fill("#id_date", DAY.isoformat())
    page.focus("#id_amount")
    page.keyboard.type("1000")
    page.locator("[data-fill]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#id_share-{invoice.pk}")).to_have_value("700.60")
    expect(page.locator('[data-show="rest"]')).to_have_text("299.40")
    shot(page, "payment")
    page.locator("button[value=confirm]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.timeline")
    payment = SupplierPayment.objects.get(company=shop.company)
    assert (payment.status, payment.amount) == (InvoiceStatus.CONFIRMED, Decimal("1000.00"))
    assert problems == []
