"""The tiles of the home page: which of them a user sees, what they say, where they lead."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from erp.core.money import ZERO
from erp.core.web.templatetags.ui import money, percent
from erp.core.web.views import allowed
from erp.home.queries import Month, Sales, stock_and_ledger
from inventory.documents.models import DocumentStatus, StockDocument
from ledger.accounts.models import Account
from ledger.posting.monitor.queries import link_state
from ledger.posting.queries import accounts_of_key
from ledger.vouchers.models import Voucher, VoucherStatus
from sales.credit import receivable_accounts, receivables
from sales.orders.models import OrderStatus, SalesOrder

ROW = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """``below`` is the line under the figure; ``tone``: good, warn, bad or none."""

    label: str
    value: Any
    url: str = ""
    below: Any = ""
    tone: str = ""
    icon: str = ""


def rows(request: Any, month: Month, sales: Sales | None) -> list[list[Tile]]:
    """Tiles in rows: the business first, then what waits and the link; together where they fit one row."""
    found: list[list[Tile]] = []
    for more in (list(business(request, month, sales)), list(work(request)), list(link(request))):
        if found and len(found[-1]) + len(more) <= ROW:
            found[-1].extend(more)
        elif more:
            found.append(more)
    return found


def _address(name: str, **query: Any) -> str:
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


def business(request: Any, month: Month, sales: Sales | None) -> Iterator[Tile]:
    """Sales, margin, stock, receivables."""
    company = request.company
    days = {"first": month.first.isoformat(), "last": month.last.isoformat()}
    if sales is not None:
        growth = f"{sales.growth * 100:+.1f}%" if sales.growth is not None else ""
        below = _("%(growth)s to the month before") % {"growth": growth} if growth else _("Net of tax and returns")
        yield Tile(
            _("Sales of the month"), money(sales.sales), _address("sales_summary", by="day", **days), below,
            icon="chart-bar",
        )  # fmt: skip
        if allowed(request, "sales.view_margin"):
            rate = _("%(rate)s of sales") % {"rate": percent(sales.margin_rate)} if sales.sales else ""
            url = _address("sales_summary", by="item", **days)
            yield Tile(_("Gross margin"), money(sales.margin), url, rate, icon="report-money")
    if allowed(request, "inventory.view_stock"):
        stock = stock_and_ledger(company)
        count = _("%(count)s items on hand") % {"count": f"{stock.items:,}"}
        if allowed(request, "inventory.view_cost"):
            yield Tile(_("Stock value"), money(stock.stock), reverse("stock_on_hand"), count, icon="packages")
        else:
            yield Tile(_("Items on hand"), f"{stock.items:,}", reverse("stock_on_hand"), icon="packages")
    if allowed(request, "sales.view_document"):
        owed = receivables(company)
        accounts = receivable_accounts(company)
        url = reverse("customer_list")
        if accounts and allowed(request, "ledger.view_report"):
            url = _address("trial_balance", account_from=accounts[0], account_to=accounts[-1], dimension="customer")
        open_ones = sum(1 for amount in owed.values() if amount)
        below = _("%(count)s customers, as posted in the ledger") % {"count": open_ones}
        yield Tile(_("Receivables"), money(sum(owed.values(), ZERO)), url, below, icon="coin")


def work(request: Any) -> Iterator[Tile]:
    """What waits for people: drafts to confirm, vouchers to review."""
    company = request.company
    if allowed(request, "sales.enter_document"):
        drafts = SalesOrder.objects.filter(company=company, status=OrderStatus.DRAFT).count()
        url = _address("sales_order_list", status=OrderStatus.DRAFT)
        yield Tile(_("Draft sales orders"), drafts, url, tone="warn" if drafts else "", icon="shopping-cart")
    if allowed(request, "inventory.enter_document"):
        drafts = StockDocument.objects.filter(company=company, status=DocumentStatus.DRAFT).count()
        url = _address("stock_document_list", status=DocumentStatus.DRAFT)
        yield Tile(_("Draft stock documents"), drafts, url, tone="warn" if drafts else "", icon="truck-delivery")
    if allowed(request, "ledger.view_voucher"):
        waiting = Voucher.objects.filter(company=company, status=VoucherStatus.DRAFT).count()
        url = _address("voucher_list", status=VoucherStatus.DRAFT)
        yield Tile(_("Vouchers to review"), f"{waiting:,}", url, tone="warn" if waiting else "", icon="file-text")


def link(request: Any) -> Iterator[Tile]:
    """Whether business and ledger agree."""
    if not allowed(request, "ledger.view_posting"):
        return
    state = link_state(request.company)
    pending, failed = state["pending"], state["failed"]
    monitor = reverse("posting_monitor")
    yield Tile(_("Waiting for posting"), f"{pending:,}", f"{monitor}?state=pending", icon="clock")
    yield Tile(
        _("Posting failed"), f"{failed:,}", f"{monitor}?state=failed", tone="bad" if failed else "good",
        icon="alert-triangle",
    )  # fmt: skip
    stock = stock_and_ledger(request.company)
    yield Tile(
        _("Stock less ledger"),
        money(stock.difference),
        reverse("stock_on_hand") if not allowed(request, "ledger.view_report") else _stock_accounts(request),
        _("They agree") if not stock.difference else _("They should agree"),
        "good" if not stock.difference else "bad",
        "scale",
    )


def _stock_accounts(request: Any) -> str:
    """The stock accounts in the trial balance, unfolded by item."""
    accounts = Account.objects.filter(company=request.company, pk__in=accounts_of_key(request.company.pk, "stock"))
    codes = sorted(accounts.values_list("code", flat=True))
    query = {"account_from": codes[0], "account_to": codes[-1]} if codes else {}
    return _address("trial_balance", dimension="item", **query)
