"""Pages of stock reports and of the month end: who opens them, where figures lead, what leaves as a workbook."""

import io
import re
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.costing.models import StockClosing
from ledger.periods.services import period_of
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db
REPORTS = (
    "stock_on_hand", "stock_summary", "stock_ageing", "slow_movers", "safety_stock", "stock_turnover",
    "transfers_in_transit", "negative_stock",
)  # fmt: skip
COSTING = ("stock_reconciliation", "stock_differences", "cost_run_list", "stock_cost_trace")


@pytest.fixture
def trader(db: Any) -> Trader:
    trader = Trader()
    trader.sell(1)
    trader.post()
    return trader


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200, (response.status_code, response.content[:300])
    return response.content.decode()


def test_every_report_opens_filters_and_leaves_as_a_workbook(trader: Trader) -> None:
    auditor = browser(trader.user("auditor", Role.AUDITOR))
    keeper = browser(trader.user("keeper", Role.WAREHOUSE))
    cashier = browser(trader.user("cashier", Role.CASHIER))
    for name in (*REPORTS, "stock_reports"):
        assert "<h1>" in text(auditor.get(reverse(name)))
        assert "6,000.00" not in text(keeper.get(reverse(name)))
        assert cashier.get(reverse(name)).status_code == 403
    for name in COSTING:
        assert "<h1>" in text(auditor.get(reverse(name)))
        assert keeper.get(reverse(name)).status_code == 403
    for name in (*REPORTS, "stock_reconciliation"):
        book = openpyxl.load_workbook(io.BytesIO(auditor.get(reverse(name) + "?export=xlsx").content))
        assert book.active is not None and book.active.max_row > 1
    page = text(auditor.get(reverse("stock_on_hand"), {"warehouse": "nowhere"}))
    assert "does not exist in this company" in page
    assert "is not valid for" in text(auditor.get(reverse("stock_ageing"), {"buckets": "60,30"}))


def test_every_figure_opens_what_it_is_made_of(trader: Trader) -> None:
    auditor = browser(trader.user("auditor", Role.AUDITOR))
    for name, query in (
        ("stock_on_hand", {}),
        ("stock_on_hand", {"by": "category"}),
        ("stock_on_hand", {"by": "lot", "as_of": "2025-12-31"}),
        ("stock_on_hand", {"by": "bin"}),
        ("stock_summary", {"from": "2025-12", "to": "2025-12", "kinds": "1"}),
        ("stock_summary", {"by": "warehouse"}),
        ("stock_ageing", {"as_of": "2025-12-31"}),
        ("slow_movers", {"days": "0"}),
        ("stock_turnover", {"from": "2025-12", "to": "2025-12"}),
        ("stock_cost_trace", {"item": "A1"}),
        ("stock_reconciliation", {"by": "item", "to": "2025-12"}),
        ("stock_differences", {"to": "2025-12"}),
    ):
        page = text(auditor.get(reverse(name), query))
        links = {link.replace("&amp;", "&") for link in re.findall(r'<td[^>]*><a href="([^"]+)"', page)}
        assert links or name == "stock_differences", name
        for link in sorted(links)[:6]:
            text(auditor.get(link))


def test_the_month_end_page_lists_cures_closes_and_reopens(trader: Trader) -> None:
    accountant = browser(trader.user("accountant", Role.ACCOUNTANT))
    reviewer = browser(trader.user("reviewer", Role.REVIEWER))
    period = period_of(trader.company.pk, DAY)
    home = reverse("costing_period", args=[period.pk])
    assert accountant.get(reverse("costing_home")).url == home
    trader.sell(1)
    page = text(accountant.get(home))
    assert "2 events wait" in page or "events wait" in page
    assert "Blocks closing" in page and "Write vouchers" in page
    refused = text(accountant.post(reverse("costing_close", args=[period.pk]), follow=True))
    assert "cannot be closed" in refused and not StockClosing.objects.exists()
    started = accountant.post(reverse("costing_step", args=[period.pk, "post"]))
    assert started.status_code == 302 and "/jobs/" in started.url
    trader.post()
    assert "is closed" in text(accountant.post(reverse("costing_close", args=[period.pk]), follow=True))
    assert "Stock closed" in text(accountant.get(home))
    assert accountant.post(reverse("costing_reopen", args=[period.pk]), {"reason": "补单"}).status_code == 403
    assert "needs a reason" in text(reviewer.post(reverse("costing_reopen", args=[period.pk]), follow=True))
    assert "is open again" in text(
        reviewer.post(reverse("costing_reopen", args=[period.pk]), {"reason": "补单"}, follow=True)
    )


def test_the_jobs_of_month_end_do_their_work(trader: Trader) -> None:
    from erp.core.jobs import services as jobs
    from inventory.costing import month_end

    trader.sell(1)
    period = period_of(trader.company.pk, DAY)
    job = month_end.start(trader.company, period, "all", by=None)
    done = jobs.run(job.pk)
    assert done is not None and done.state == "done", done and done.message
    assert done.outcome["vouchers"] >= 1 and done.outcome["changed"] == 0
