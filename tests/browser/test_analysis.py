"""The pivot's chart is drawn under the content security policy, without a word in the console."""

import datetime as dt
from decimal import Decimal

from playwright.sync_api import Page

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.vouchers import services
from ledger.vouchers.checks import LineInput


def test_the_chart_is_drawn_without_a_refusal_of_the_policy(browser_page: Page, transactional_db: None) -> None:
    company = create_company("chart", "图表公司", first_period=dt.date(2025, 11, 1))
    users = [User.objects.create_user(username=name, password="not-a-secret") for name in ("maker", "checker")]
    for user, role in zip(users, (Role.ACCOUNTANT, Role.REVIEWER), strict=True):
        Membership.objects.create(company=company, user=user, role=role)
    codes = dict(Account.objects.filter(company=company).values_list("code", "id"))
    for month in (11, 12):
        lines = [
            LineInput("提现", codes["1001"], debit=Decimal(month)),
            LineInput("提现", codes["100201"], credit=Decimal(month)),
        ]
        voucher = services.create_voucher(company, dt.date(2025, month, 5), None, lines, by=users[0])
        services.review(voucher, by=users[1])
        services.post(voucher, by=users[0])
    browser_page.goto("/")
    browser_page.fill("[name=login]", "maker")
    browser_page.fill("[name=password]", "not-a-secret")
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_selector("nav.side")
    said: list[str] = []
    browser_page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    browser_page.on("pageerror", lambda error: said.append(str(error)))
    browser_page.goto("/ledger/analysis/pivot/?rows_1=account&columns_1=period&measures=debit&chart=bar")
    browser_page.wait_for_selector("[data-chart] canvas")
    browser_page.hover("[data-chart] canvas")
    assert not said
