"""Page of the pivot: choose fields, look at table and chart, drill to the lines, keep the view under a name."""

import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.reports.render import XLSX
from erp.core.web.views import page
from ledger.analysis import definitions, shapes
from ledger.analysis.forms import PivotForm
from ledger.analysis.pivot import pivot
from ledger.books.ranges import latest_used_period, period_range

PAGE_ROWS = 2_000


@page("ledger.view_analysis")
def pivot_page(request: HttpRequest) -> HttpResponse:
    """The pivot that the address asks for, as a page or as a workbook."""
    company = request.company  # type: ignore[attr-defined]
    definition = _definition(request)
    query = urlencode(definitions.to_query(definition))
    context: dict[str, Any] = {
        "form": PivotForm(definitions.to_form(definition), company=company),
        "views": definitions.views_for(company, request.user),
        "query": query,
        "chart": definition.get("chart", ""),
    }
    try:
        periods = period_range(company, definition["from"], definition["to"])
        table = pivot(company, periods, definitions.spec_of(definition))
        if request.GET.get("export") == "xlsx":
            stream = io.BytesIO()
            shapes.write_xlsx(stream, company, table, periods)
            response = HttpResponse(stream.getvalue(), content_type=XLSX)
            response["Content-Disposition"] = f'attachment; filename="{company.code}-pivot.xlsx"'
            return response
        rows = list(shapes.shown_rows(table, periods))
        context |= {
            "table": table,
            "periods": periods,
            "heads": shapes.heads(table),
            "row_label": " / ".join(field.label for field in table.row_fields),
            "rows": rows[:PAGE_ROWS],
            "left_out": max(len(rows) - PAGE_ROWS, 0),
            "total": shapes.total_cells(table),
            "series": shapes.as_series(table) if definition.get("chart") else None,
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/analysis/pivot.html", context)


@require_POST
@page("ledger.view_analysis")
def pivot_save(request: HttpRequest) -> HttpResponse:
    """Keep the pivot of the form's ``query`` under a name."""
    from django.http import QueryDict

    company = request.company  # type: ignore[attr-defined]
    query = request.POST.get("query", "")
    try:
        view = definitions.save_view(
            company,
            request.POST.get("name", ""),
            definitions.from_query(QueryDict(query)),
            is_shared=request.POST.get("is_shared") == "1",
            by=request.user,
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('analysis_pivot')}?{query}")
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(f"{reverse('analysis_pivot')}?view={view.pk}")


@require_POST
@page("ledger.view_analysis")
def pivot_delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete an own view."""
    company = request.company  # type: ignore[attr-defined]
    view = get_object_or_404(definitions.views_for(company, request.user), pk=view_id)
    try:
        definitions.delete_view(view, by=request.user)
        messages.success(request, _("The view is deleted."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("analysis_pivot")


def _definition(request: HttpRequest) -> dict[str, Any]:
    """Of the saved view that the address names, else of the address itself; the range completed."""
    company = request.company  # type: ignore[attr-defined]
    if (view_id := request.GET.get("view", "")).isdigit():
        view = get_object_or_404(definitions.views_for(company, request.user), pk=int(view_id))
        definition: dict[str, Any] = dict(view.definition)
    else:
        definition = definitions.from_query(request.GET)
    last = definition.get("to") or definition.get("from") or latest_used_period(company)
    first = definition.get("from") or (definition.get("to") or _first_of_year(company, last))
    return definition | {"from": first, "to": last}


def _first_of_year(company: Any, period: str) -> str:
    """January of the period's year, or the first month that the company kept in it."""
    first = company.first_month()
    return f"{first:%Y-%m}" if period[:4] == f"{first:%Y}" else f"{period[:4]}-01"
