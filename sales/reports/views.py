"""Page of the sales summary."""

import calendar
import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from erp.core.reports import ReportResult
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.views import allowed, page
from sales.reports import sales_summary as summary
from sales.reports.filters import SummaryFilter


def month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@page("sales.view_document")
def sales_summary(request: Any) -> HttpResponse:
    """Sales by item, category, customer, group, month or day; the latest month if no days are given."""
    sees_margin = allowed(request, "sales.view_margin")
    given = request.GET.copy()
    if "first" not in given and "last" not in given and (month := summary.latest_month(request.company)):
        given["first"], given["last"] = month.isoformat(), month_end(month).isoformat()
    given.setdefault("by", "item")
    form = SummaryFilter(given)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    by = asked.get("by") or "item"
    first, last = asked.get("first") or dt.date.min, asked.get("last") or dt.date(9999, 12, 31)
    rows = summary.sales_summary(request.company, by, first, last)
    totals = summary.totals(rows)
    columns = [c for c in summary.COLUMNS if sees_margin or c.key not in summary.MARGIN_COLUMNS]
    if by in ("month", "day"):
        columns = [c for c in columns if c.key != "name"]
    if wants_excel(request):
        result = ReportResult(rows, totals, subtitle=[f"{given.get('first', '')} – {given.get('last', '')}"])
        return workbook_of_report(request, summary.REPORT, result, columns, f"sales-by-{by}")
    context = {
        "form": form,
        "by": by,
        "by_label": summary.BY[by],
        "page_obj": Paginator(rows, 50).get_page(request.GET.get("page")),
        "totals": totals,
        "sees_margin": sees_margin,
        "has_name": by not in ("month", "day"),
        "drill": {"item": reverse("item_list"), "customer": reverse("customer_list")}.get(by, ""),
    }
    return render(request, "sales/reports/sales_summary.html", context)
