"""The home page: each role sees its own figures, and each figure leads to what it is made of."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from erp.home import queries
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(db: Any) -> Trader:
    return Trader()


def home(trader: Trader, role: Role, **query: str) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.filter(username=role).first() or trader.user(role, role))
    response = client.get(reverse("home"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_accountant_sees_sales_margin_stock_receivables_and_the_link(trader: Trader) -> None:
    trader.sell(2)
    trader.post()
    # Each sale: 2 × 10.00 + 2 × 4.00 net, at cost 2 × 6.00 + 2 × 2.50
    page = home(trader, Role.ACCOUNTANT)
    for figure in ("56.00", "22.00", "39.3% of sales", "8,466.00", "63.28", "They agree"):
        assert figure in page, figure
    for name in ("sales_summary", "stock_on_hand", "trial_balance", "posting_monitor", "voucher_list"):
        assert reverse(name) in page


def test_roles_without_costs_and_books_do_not_see_them(trader: Trader) -> None:
    trader.sell(1)
    sales = home(trader, Role.SALES)
    assert "Sales of the month" in sales and "28.00" in sales
    for hidden in ("Gross margin", "Stock value", "Posting failed", "Vouchers to review"):
        assert hidden not in sales
    keeper = home(trader, Role.WAREHOUSE)
    assert "Items on hand" in keeper and "Sales of the month" not in keeper and "Receivables" not in keeper
    cashier = home(trader, Role.CASHIER)
    assert "Vouchers to review" in cashier and "Items on hand" not in cashier


def test_what_waits_for_posting_is_no_difference_between_stock_and_ledger(trader: Trader) -> None:
    trader.sell(1)
    trader.post()
    trader.sell(1)
    state = queries.stock_and_ledger(trader.company)
    assert state.waiting == -17 and state.difference == 0
    assert "They agree" in home(trader, Role.ACCOUNTANT)


def test_the_month_with_the_latest_sales_is_shown_and_another_can_be_chosen(trader: Trader) -> None:
    trader.sell(1)
    page = home(trader, Role.ACCOUNTANT)
    assert '<option value="2025-12" selected>' in page and "2025-12-05: 28.00" in page
    assert "No sales in this month" in home(trader, Role.ACCOUNTANT, month="2025-11")
    month = queries.month_asked(trader.company, "nonsense", queries.months(trader.company))
    assert month.first == DAY.replace(day=1)


def test_growth_compares_with_the_month_before(trader: Trader) -> None:
    trader.sell(1, day=DAY.replace(month=11))
    trader.sell(2)
    sales = queries.sales_of(trader.company, queries.Month(DAY.replace(day=1)))
    assert (sales.sales, sales.growth) == (56, 1)


def test_a_new_company_is_told_what_to_do_next(db: Any) -> None:
    company = create_company("fresh", "新公司", first_period=DAY.replace(day=1))
    trader = Trader.__new__(Trader)
    trader.company = company
    page = home(trader, Role.CLERK)
    assert "No sales in this month" in page and reverse("import_list") in page


def test_negative_days_hang_below_the_axis(trader: Trader) -> None:
    trader.sell(1)
    trader.sell(1, qty="-1", day=DAY.replace(day=6))
    month = queries.Month(DAY.replace(day=1))
    drawn = queries.chart(month, queries.sales_of(trader.company, month).days)
    assert drawn is not None
    sale, back = drawn.bars[4], drawn.bars[5]
    assert sale.y + sale.height == drawn.zero == back.y
    assert (sale.sales, back.sales) == (28, -14)
