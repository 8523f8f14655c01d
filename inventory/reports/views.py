"""Pages of stock: what is on hand, and how it came about."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.reports import find
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.paging import page_of
from erp.core.web.views import View, allowed, page
from inventory.reports import stock_moves as moves
from inventory.reports.filters import MoveFilter
from inventory.reports.room import StockReport, report_page


def view_of(stock: StockReport, permission: str = "inventory.view_stock") -> View:
    """The page of a report. Figures of cost only for those who may see them."""

    @page(permission)
    def shown(request: HttpRequest) -> HttpResponse:
        return report_page(request, stock)

    return shown


# What each report answers, for the page that lists them. Labels of addresses.
SHELF = (
    ("stock_summary", _("Opening, in, out and closing of items, categories or warehouses.")),
    ("stock_on_hand", _("What lies where, now or at the end of any day, by item, warehouse, lot or bin.")),
    ("stock_moves", _("The book of one item: every move with what was left after it.")),
    ("stock_ageing", _("How long the stock on hand has lain there.")),
    ("slow_movers", _("What nobody has bought or used for long.")),
    ("safety_stock", _("Below the safety stock or above the maximum, and how much to order.")),
    ("stock_turnover", _("How often stock turns over, and how many days it lies.")),
    ("transfers_in_transit", _("Shipped to another warehouse and not arrived yet.")),
    ("negative_stock", _("What is below zero, and since when.")),
    ("stock_cost_trace", _("Why the unit cost of an item is what it is.")),
)


@page("inventory.view_stock")
def stock_reports(request: HttpRequest) -> HttpResponse:
    """All reports of stock that this reader may open, with what each answers."""
    costs = allowed(request, "inventory.view_cost")
    shelf = [
        {"title": find(name).title, "url": reverse(name), "text": text}
        for name, text in SHELF
        if costs or name != "stock_cost_trace"
    ]
    return render(request, "inventory/reports/shelf.html", {"shelf": shelf})


@page("inventory.view_stock")
def stock_moves(request: Any) -> HttpResponse:
    """The book of one item: in, out, balance; each move with its document and voucher."""
    sees_cost = allowed(request, "inventory.view_cost")
    form = MoveFilter(request.GET, company=request.company)
    item = form.chosen if form.is_valid() else None
    context: dict[str, Any] = {
        "form": form,
        "item": item,
        "sees_cost": sees_cost,
        "sees_voucher": allowed(request, "ledger.view_voucher"),
    }
    if item is None:
        return render(request, "inventory/reports/stock_moves.html", context)
    asked = form.cleaned_data
    range_asked: dict[str, Any] = {
        "warehouse_id": asked["warehouse"].pk if asked["warehouse"] else None,
        "lot_id": form.chosen_lot.pk if form.chosen_lot else None,
        "first": asked["first"],
        "last": asked["last"],
    }
    if wants_excel(request):
        columns = [c for c in moves.COLUMNS if sees_cost or c.key not in moves.COST_COLUMNS]
        result = moves.as_result(item, moves.stock_moves(request.company, item, **range_asked))
        return workbook_of_report(request, moves.REPORT, result, columns, f"moves-{item.code}")
    book = moves.stock_moves(request.company, item, limit=0, **range_asked)

    def fetch(offset: int, limit: int) -> Any:
        return moves.stock_moves(request.company, item, offset=offset, limit=limit, **range_asked).rows

    page_obj = page_of(request, book.count, fetch)
    context |= {
        "book": book,
        "page_obj": page_obj,
        "facts": [
            (_("Category"), item.category.name),
            (_("Unit"), item.unit),
            (_("Cost method"), item.get_cost_method_display()),
        ],
    }
    return render(request, "inventory/reports/stock_moves.html", context)
