"""Pages of stock: what is on hand, and how it came about."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from erp.core.reports import ReportResult
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.paging import page_of
from erp.core.web.views import allowed, page
from inventory.reports import stock_moves as moves
from inventory.reports import stock_on_hand as on_hand
from inventory.reports.filters import MoveFilter, StockFilter


@page("inventory.view_stock")
def stock_on_hand(request: Any) -> HttpResponse:
    """What lies in each warehouse; figures of cost only for those who may see them."""
    sees_cost = allowed(request, "inventory.view_cost")
    form = StockFilter(request.GET, company=request.company)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    category, warehouse = asked.get("category"), asked.get("warehouse")
    rows = on_hand.stock_on_hand(
        request.company,
        text=asked.get("text") or "",
        category_id=category.pk if category else None,
        warehouse_id=warehouse.pk if warehouse else None,
        hide_zero=not asked.get("zero"),
    )
    totals = on_hand.totals(rows)
    if wants_excel(request):
        columns = [c for c in on_hand.COLUMNS if sees_cost or c.key not in on_hand.COST_COLUMNS]
        result = ReportResult(on_hand.as_rows(rows), totals)
        return workbook_of_report(request, on_hand.REPORT, result, columns, "stock")
    context = {
        "form": form,
        "page_obj": Paginator(rows, 50).get_page(request.GET.get("page")),
        "totals": totals,
        "sees_cost": sees_cost,
        "is_filtered": any(asked.get(name) for name in ("text", "category", "warehouse")),
        "may_enter": allowed(request, "inventory.enter_document"),
    }
    return render(request, "inventory/reports/stock_on_hand.html", context)


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
        "first": asked["first"],
        "last": asked["last"],
    }
    if wants_excel(request):
        columns = [c for c in moves.COLUMNS if sees_cost or c.key not in moves.COST_COLUMNS]
        result = moves.as_result(item, moves.stock_moves(request.company, item.pk, **range_asked))
        return workbook_of_report(request, moves.REPORT, result, columns, f"moves-{item.code}")
    book = moves.stock_moves(request.company, item.pk, limit=0, **range_asked)

    def fetch(offset: int, limit: int) -> Any:
        return moves.stock_moves(request.company, item.pk, offset=offset, limit=limit, **range_asked).rows

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
