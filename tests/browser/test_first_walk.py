"""The road of the first day in a real Chromium: log in, trial balance, down to the document, Excel out."""

import io

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from erp.core.access.permissions import Role
from tests.trading import Trader

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def shop() -> Trader:
    """One sale of two candlesticks and two cups: 28.00 net, 3.64 tax, 17.00 cost; posted."""
    trader = Trader()
    for role in (Role.ACCOUNTANT, Role.CLERK):
        user = trader.user(role, role)
        user.set_password(PASSWORD)
        user.save()
    trader.sell()
    assert trader.post().failed == 0
    return trader


def log_in(page: Page, user: str) -> None:
    page.goto("/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.side")


def test_from_login_to_the_document_behind_a_figure_and_the_report_in_excel(browser_page: Page, shop: Trader) -> None:
    page = browser_page
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    log_in(page, Role.ACCOUNTANT)
    page.click("nav.side a[href*='trial-balance']")
    page.goto("/ledger/trial-balance/?from=2025-12&to=2025-12")
    total = page.locator("tr.total")
    expect(total).to_contain_text("48.64")  # 31.64 of the sale + 17.00 of its cost, on both sides

    with page.expect_download() as download:
        page.click(".actions a[href*='xlsx']")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    cells = [cell.value for row in book.active.iter_rows() for cell in row]
    assert 31.64 in cells and shop.company.name in cells

    page.click("table a:text-is('500101')")
    page.click("table a[href*='/ledger/vouchers/']")
    expect(page.locator(".voucher")).to_contain_text("叁拾壹元陆角肆分")
    expect(page.locator(".voucher")).to_contain_text("张三商行")

    page.locator(".voucher a[data-drawer]").nth(1).click()
    drawer = page.locator(".drawer")
    expect(drawer).to_contain_text("revenue")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)

    page.click("a[href*='/sales/invoices/']:not(nav a)")
    expect(page.locator("main")).to_contain_text("白色烛台")
    assert problems == []


def test_a_clerk_sees_no_ledger_and_is_told_so(browser_page: Page, shop: Trader) -> None:
    page = browser_page
    log_in(page, Role.CLERK)
    expect(page.locator("nav.side")).not_to_contain_text("凭证")
    response = page.goto("/ledger/trial-balance/")
    assert response is not None and response.status == 403


def test_the_interface_speaks_english_at_a_click(browser_page: Page, shop: Trader) -> None:
    page = browser_page
    log_in(page, Role.ACCOUNTANT)
    page.click("header button[name=language]")
    expect(page.locator("nav.side")).to_contain_text("Trial balance")
