"""A stock count from its start to its confirmation in a real Chromium, by keyboard and scanner, with no mouse."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.users.models import User
from inventory.counts.models import CountStatus, StockCount, StockCountLine
from inventory.items.models import Item
from inventory.items.services import NewItem, ensure_items, save_item
from inventory.moves.models import StockBalance
from tests.trading import Trader

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def trader() -> Trader:
    trader = Trader(stock="100")
    item = Item.objects.get(company=trader.company, code="A2")
    item.barcode = "6901234567892"
    save_item(item, by=None)
    ensure_items(trader.company, [NewItem("A3", "圣诞彩灯")])
    user = User.objects.create_user(username="cangguan", password=PASSWORD, display_name="赵仓管")
    Membership.objects.create(company=trader.company, user=user, role=Role.ADMIN)
    return trader


@pytest.fixture
def problems(browser_page: Page) -> list[str]:
    found: list[str] = []
    browser_page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    browser_page.on("pageerror", lambda error: found.append(str(error)))
    return found


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str, most: int = 160, key: str = "Tab") -> None:
    """Reach something with the Tab key alone, onwards or back."""
    for _step in range(most):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached by Tab")


def scan(page: Page, code: str, says: str) -> None:
    expect(page.locator("[data-scan-code]")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text(says)


def picture(page: Page, name: str) -> None:
    """Keep a picture for whoever looks at the pages, where a folder is given."""
    if folder := os.environ.get("TONGZHANG_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_count_is_entered_and_confirmed_without_a_mouse(
    browser_page: Page, trader: Trader, problems: list[str]
) -> None:
    page = browser_page
    page.goto("/")
    page.fill("[name=login]", "cangguan")
    page.fill("[name=password]", PASSWORD)
    press(page, "Enter")
    page.wait_for_selector("nav.side")
    page.goto("/inventory/counts/")
    picture(page, "counts-empty")
    press(page, "n")
    page.wait_for_url("**/counts/new/")
    tab_to(page, "[name=date]")
    page.fill("[name=date]", "2025-12-20")
    picture(page, "count-new")
    press(page, "Control+s")
    page.wait_for_selector("[data-count-grid]")
    count = StockCount.objects.get()

    # The scanner: each scan adds one; an unknown code stays to be mended.
    scan(page, "6901234567892", "红色茶杯 : 1")
    scan(page, "6901234567892", "红色茶杯 : 2")
    page.keyboard.type("0000")
    press(page, "Enter")
    expect(page.locator("[data-said]")).to_have_class("count-said bad")
    expect(page.locator("[data-scan-code]")).to_have_value("0000")
    press(page, "Control+a", "Delete")

    # Scan, then type the quantity: goods that the count did not have come on top of the grid.
    press(page, "Shift+Tab", "ArrowDown")
    expect(page.locator("[data-scan-mode]")).to_have_value("type")
    tab_to(page, "[data-scan-code]")
    page.keyboard.type("A3")
    press(page, "Enter")
    expect(page.locator("[data-scan-qty]")).to_be_focused()
    page.keyboard.type("5")
    press(page, "Enter")
    expect(page.locator("[data-said]")).to_contain_text("圣诞彩灯 : 5")
    expect(page.locator("[data-lines]")).to_have_text("3")

    # The grid: Enter goes down a column, Escape back to the scan field.
    tab_to(page, "tr[data-line='3'] [data-count-cell=unit_cost]")
    page.keyboard.type("1.50")
    press(page, "Enter")
    expect(page.locator("[data-said]")).to_have_class("count-said good")
    tab_to(page, "tr[data-line='1'] [data-count-cell=reason]", most=10)
    press(page, "Shift+Tab", "Shift+Tab")
    expect(page.locator("tr[data-line='1'] [data-count-cell=counted]")).to_be_focused()
    page.keyboard.type("97")
    press(page, "Enter")
    expect(page.locator("tr[data-line='2'] [data-count-cell=counted]")).to_be_focused()
    expect(page.locator("tr[data-line='1'] [data-cell=difference]")).to_have_text("-3")
    page.keyboard.type("104")
    press(page, "Enter")
    expect(page.locator("[data-scan-code]")).to_be_focused()
    expect(page.locator("tr[data-line='2'] [data-cell=difference]")).to_have_text("4")
    expect(page.locator("[data-counted]")).to_have_text("3")
    expect(page.locator("[data-different]")).to_have_text("3")
    picture(page, "count-grid")

    tab_to(page, "a[href='?which=different']")
    press(page, "Enter")
    page.wait_for_url("**which=different**")
    page.wait_for_load_state()
    expect(page.locator("tr[data-line]")).to_have_count(3)
    tab_to(page, "a[data-review]", key="Shift+Tab")
    press(page, "Enter")
    page.wait_for_url("**/differences/")
    page.wait_for_load_state()
    picture(page, "count-review")
    tab_to(page, "form[action$='/confirm/'] button")
    press(page, "Enter")
    page.wait_for_selector("dialog#confirm[open]")
    tab_to(page, "dialog#confirm button[value=yes]")
    press(page, "Enter")
    page.wait_for_selector(".toast")
    page.wait_for_load_state()
    count.refresh_from_db()
    assert count.status == CountStatus.CONFIRMED
    left = {row.item.code: row.qty for row in StockBalance.objects.select_related("item")}
    assert left == {"A1": 97, "A2": 104, "A3": 5}
    assert StockCountLine.objects.get(item__code="A3").counted_by is not None
    page.goto("/inventory/counts/disposals/")
    picture(page, "count-disposals")
    # What was refused on purpose is the only thing that the console complains of.
    assert [text for text in problems if "422" not in text] == []
