"""The road of the first day in a real Chromium: log in, trial balance, down to the document, Excel out."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.services import NewItem, ensure_items
from inventory.warehouses.services import main_warehouse
from ledger.posting import service
from sales.customers.services import NewCustomer, ensure_customers
from sales.orders.fulfil import complete_many
from sales.orders.services import NewOrder, NewOrderLine, create_orders

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"
DAY = dt.date(2025, 12, 5)


@pytest.fixture
def shop() -> Company:
    """One sale of ten candle holders at 20.00 + 13 %, cost 10.00 each, posted."""
    company = create_company("walk", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 12, 1))
    for role in (Role.ACCOUNTANT, Role.CLERK):
        user = User.objects.create_user(
            role, password=PASSWORD, display_name=f"{role} 王", is_staff=role == Role.ACCOUNTANT
        )
        Membership.objects.create(company=company, user=user, role=role)
    item = ensure_items(company, [NewItem("85123A", "白色心形烛台")])["85123A"]
    customer = ensure_customers(company, [NewCustomer("C1", "湖畔礼品店")])["C1"]
    warehouse = main_warehouse(company)
    opening = NewStockDocument(
        DocumentKind.OTHER_RECEIPT,
        dt.date(2025, 12, 1),
        warehouse.pk,
        [NewStockLine(item, Decimal(100), unit_cost=Decimal("10.00"))],
        reason=Reason.OPENING,
    )
    create_confirmed(company, [opening], by=None)
    order = NewOrder(customer, DAY, [NewOrderLine(item, Decimal(10), Decimal("20.00"), Decimal("0.13"))])
    complete_many(company, create_orders(company, [order], by=None), by=None)
    assert service.post_pending(company.pk).failed == 0
    return company


def log_in(page: Page, user: str) -> None:
    page.goto("/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.side")


def test_from_login_to_the_document_behind_a_figure_and_the_report_in_excel(browser_page: Page, shop: Any) -> None:
    page = browser_page
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    log_in(page, Role.ACCOUNTANT)
    page.click("nav.side a[href*='trial-balance']")
    page.goto("/ledger/trial-balance/?from=2025-12&to=2025-12")
    total = page.locator("tr.total")
    expect(total).to_contain_text("326.00")  # 226.00 of the sale + 100.00 of its cost, on both sides

    with page.expect_download() as download:
        page.click(".actions a[href*='xlsx']")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    cells = [cell.value for row in book.active.iter_rows() for cell in row]
    assert 226 in cells and shop.name in cells

    page.click("table a:text-is('500101')")
    page.click("table a[href*='/ledger/vouchers/']")
    expect(page.locator(".voucher")).to_contain_text("贰佰贰拾陆元整")
    expect(page.locator(".voucher")).to_contain_text("湖畔礼品店")

    page.locator(".voucher a[data-drawer]").nth(1).click()
    drawer = page.locator(".drawer")
    expect(drawer).to_contain_text("revenue")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)

    page.click("a[href*='/sales/invoices/']:not(nav a)")
    expect(page.locator("main")).to_contain_text("85123A")
    assert problems == []


def test_a_clerk_sees_no_ledger_and_is_told_so(browser_page: Page, shop: Any) -> None:
    page = browser_page
    log_in(page, Role.CLERK)
    expect(page.locator("nav.side")).not_to_contain_text("凭证")
    response = page.goto("/ledger/trial-balance/")
    assert response is not None and response.status == 403


def test_the_interface_speaks_english_at_a_click(browser_page: Page, shop: Any) -> None:
    page = browser_page
    log_in(page, Role.ACCOUNTANT)
    page.click("header button[name=language]")
    expect(page.locator("nav.side")).to_contain_text("Trial balance")
