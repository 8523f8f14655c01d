"""A voucher typed without a mouse in a real Chromium, and the refusals at their cells."""

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.currencies.models import Currency, ExchangeRate
from ledger.periods import services as periods
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher, VoucherLine

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def company() -> Company:
    company = create_company("books", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 11, 1))
    user = User.objects.create_user(username="kuaiji", password=PASSWORD, display_name="王会计")
    Membership.objects.create(company=company, user=user, role=Role.ACCOUNTANT)
    return company


@pytest.fixture
def problems(browser_page: Page) -> list[str]:
    found: list[str] = []
    browser_page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    browser_page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def entry(browser_page: Page, company: Company) -> Page:
    """The empty form, dated 9 December, the cursor in the first summary."""
    page = browser_page
    page.goto("/")
    page.fill("[name=login]", "kuaiji")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.side")
    page.goto("/ledger/vouchers/new/")
    page.fill("[name=date]", "2025-12-09")
    page.focus("[name=lines-0-summary]")
    return page


def focused(page: Page, name: str) -> None:
    expect(page.locator(f"[name={name}]")).to_be_focused()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def look_up(page: Page, text: str, cell: str, following: str) -> None:
    """Type in a look-up cell and take the first find; the cursor moves on by itself."""
    focused(page, cell)
    page.keyboard.type(text)
    press(page, "Enter")
    focused(page, following)


def test_ten_lines_are_typed_without_a_mouse(entry: Page, company: Company, problems: list[str]) -> None:
    page = entry
    page.keyboard.type("支付十二月费用")
    press(page, "Enter")
    for row in range(8):  # eight expenses of departments: 10.00, 20.00 … 80.00
        if row:
            focused(page, f"lines-{row}-summary")
            page.keyboard.press("Control+A")
            page.keyboard.type(".." if row % 2 else "//")
            expect(page.locator(f"[name=lines-{row}-summary]")).to_have_value("支付十二月费用")
            press(page, "Enter")
        look_up(page, "560101", f"lines-{row}-account_text", f"lines-{row}-value1_text")
        press(page, "F7")
        expect(page.locator(".lookup-list [role=option]").first).to_be_visible()
        press(page, "Enter")
        focused(page, f"lines-{row}-value2_text")
        press(page, "Enter", "Tab")  # no employee, no project
        focused(page, f"lines-{row}-debit")
        page.keyboard.type(f"{(row + 1) * 10}")
        press(page, "Enter", "Tab")
    expect(page.locator("[data-difference]")).to_have_text("360.00")
    expect(page.locator("[data-status]")).to_contain_text("560101")

    press(page, "Enter")  # the summary is inherited
    look_up(page, "1001", "lines-8-account_text", "lines-8-settlement_method")
    press(page, "Enter", "Enter")
    focused(page, "lines-8-debit")
    page.keyboard.type("100")
    press(page, "Space")  # to the other side
    focused(page, "lines-8-credit")
    expect(page.locator("[name=lines-8-credit]")).to_have_value("100")
    expect(page.locator("[name=lines-8-debit]")).to_have_value("")
    press(page, "Enter", "Enter")
    look_up(page, "100201", "lines-9-account_text", "lines-9-settlement_method")
    page.keyboard.press("F7")
    expect(page.locator(".lookup-list")).to_contain_text("转账支票")
    press(page, "ArrowDown", "Enter")
    focused(page, "lines-9-settlement_no")
    page.keyboard.type("A-88")
    press(page, "Enter", "Enter")
    focused(page, "lines-9-credit")
    press(page, "=")
    expect(page.locator("[name=lines-9-credit]")).to_have_value("260.00")
    expect(page.locator("[data-difference]")).to_have_text("0.00")
    press(page, "Control+s")
    expect(page.locator(".voucher")).to_contain_text("叁佰陆拾元整")

    voucher = Voucher.objects.get(company=company)
    lines = list(VoucherLine.objects.filter(voucher=voucher).order_by("line_no"))
    assert len(lines) == 10 and voucher.date == dt.date(2025, 12, 9)
    assert [line.debit for line in lines[:8]] == [Decimal(10 * (n + 1)) for n in range(8)]
    assert (lines[9].credit, lines[9].settlement_method, lines[9].settlement_no) == (Decimal(260), "转账支票", "A-88")
    assert all(line.dimension_set.key for line in lines[:8])
    assert problems == []


def test_refusals_stand_at_their_cells_with_the_cursor_there(entry: Page, company: Company) -> None:
    page = entry
    page.keyboard.type("工资")
    press(page, "Enter")
    look_up(page, "560101", "lines-0-account_text", "lines-0-value1_text")
    press(page, "Enter", "Enter", "Enter")  # jumps on without a department
    focused(page, "lines-0-debit")
    page.keyboard.type("10")
    press(page, "Enter", "Enter", "Enter")
    look_up(page, "1001", "lines-1-account_text", "lines-1-settlement_method")
    press(page, "Enter", "Enter", "Enter")
    page.keyboard.type("9")
    press(page, "Control+s")
    cell = page.locator("td[data-field=value1_text]:has([name=lines-0-value1_text])")
    expect(cell.locator(".cell-error")).to_be_visible()
    expect(page.locator(".note.error")).to_contain_text("1.00")
    focused(page, "lines-0-value1_text")

    page.keyboard.press("F7")
    expect(page.locator(".lookup-list [role=option]").first).to_be_visible()
    press(page, "Enter", "Control+s")
    expect(page.locator(".note.error")).to_contain_text("1.00")
    expect(page.locator(".cell-error")).to_have_count(0)
    focused(page, "lines-1-credit")  # where = balances
    press(page, "=")
    expect(page.locator("[data-difference]")).to_have_text("0.00")

    periods.close(Period.objects.get(company=company, year=2025, number=11), by=None)
    page.fill("[name=date]", "2025-11-20")
    press(page, "Control+s")
    expect(page.locator(".field-error")).to_contain_text("2025-11")
    focused(page, "date")
    assert not Voucher.objects.filter(company=company).exists()


def test_a_foreign_line_computes_its_amount_from_the_rate_of_the_day(entry: Page, company: Company) -> None:
    dollar, _made = Currency.objects.get_or_create(company=company, code="USD", defaults={"name": "美元"})
    ExchangeRate.objects.create(company=company, currency=dollar, date=dt.date(2025, 12, 1), rate="7.1234")
    Account.objects.filter(company=company, code="100201").update(currency="USD")
    page = entry
    page.keyboard.type("收到货款")
    press(page, "Enter")
    look_up(page, "100201", "lines-0-account_text", "lines-0-original_amount")
    expect(page.locator("[name=lines-0-rate]")).to_have_value("7.1234")
    page.keyboard.type("100.05")
    expect(page.locator("[name=lines-0-debit]")).to_have_value("712.70")  # 100.05 × 7.1234 = 712.69617
    press(page, "-")
    press(page, "Backspace", "5")
    expect(page.locator("th[data-col=currency_text]")).to_be_visible()
    expect(page.locator("th[data-col=quantity]")).to_be_hidden()


def test_lines_are_inserted_and_deleted_and_the_next_voucher_begins_by_keys(entry: Page, company: Company) -> None:
    page = entry
    page.keyboard.type("提取备用金")
    press(page, "Enter")
    look_up(page, "1001", "lines-0-account_text", "lines-0-settlement_method")
    press(page, "Enter", "Enter")
    page.keyboard.type("5")
    press(page, "-")
    expect(page.locator("[name=lines-0-debit]")).to_have_value("-5")
    expect(page.locator("[name=lines-0-debit]")).to_have_class("num red")
    press(page, "Control+i")
    focused(page, "lines-4-summary")
    expect(page.locator("table.grid tbody tr:visible")).to_have_count(5)
    press(page, "Control+d")
    expect(page.locator("table.grid tbody tr:visible")).to_have_count(4)
    focused(page, "lines-1-summary")
    press(page, "Enter")
    look_up(page, "100201", "lines-1-account_text", "lines-1-settlement_method")
    press(page, "Control+F7", "Control+Enter")
    page.wait_for_selector(".toast.success")
    assert page.url.endswith("/ledger/vouchers/new/")
    assert str(Voucher.objects.get(company=company).total) == "-5.00"
