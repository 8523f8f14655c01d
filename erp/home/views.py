"""The home page: each user sees the figures of their roles, and what to do next."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from erp.core.web.views import allowed, page
from erp.home import tiles
from erp.home.queries import chart, month_asked, months, recent_sales, recent_stock_documents, sales_of


@page("core.view_home")
def home(request: Any) -> HttpResponse:
    """Tiles, daily sales and the latest documents of the month asked for (``?month=2025-12``)."""
    company = request.company
    known = months(company)
    month = month_asked(company, request.GET.get("month", ""), known)
    sees_sales, sees_stock = allowed(request, "sales.view_document"), allowed(request, "inventory.view_stock")
    sales = sales_of(company, month) if sees_sales else None
    orders = list(recent_sales(company)) if sees_sales else []
    documents = list(recent_stock_documents(company)) if sees_stock and not orders else []
    context = {
        "months": known,
        "month": month,
        "tiles": tiles.rows(request, month, sales),
        "chart": chart(month, sales.days) if sales else None,
        "sees_sales": sees_sales,
        "sees_stock": sees_stock,
        "orders": orders,
        "documents": documents,
        "may": {
            name: allowed(request, permission)
            for name, permission in (
                ("import", "core.run_import"),
                ("sell", "sales.enter_document"),
                ("receive", "inventory.enter_document"),
            )
        },
    }
    return render(request, "home/home.html", context)
