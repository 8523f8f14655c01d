"""Pages that print: chosen vouchers, or all of a filter, in the browser or as a PDF file."""

import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.vouchers import print as printing
from ledger.vouchers.filters import VoucherFilter
from ledger.vouchers.models import Voucher


@page("ledger.view_voucher")
def voucher_print(request: HttpRequest) -> HttpResponse:
    """``ids`` (1,2,3 or repeated) or the filters of the list; ``paper`` a4 or form; ``format`` html or pdf."""
    company = request.company  # type: ignore[attr-defined]
    paper = request.GET.get("paper", "a4")
    paper = paper if paper in printing.PAPERS else "a4"
    try:
        vouchers = printing.printed(company, chosen(company, request.GET))
        if request.GET.get("format") == "pdf":
            stream = io.BytesIO()
            printing.voucher_pdf(stream, company, vouchers, paper=paper)
            response = HttpResponse(stream.getvalue(), content_type="application/pdf")
            response["Content-Disposition"] = f'attachment; filename="{company.code}-vouchers.pdf"'
            return response
        sheets = [sheet for voucher in vouchers for sheet in printing.sheets(voucher)]
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("voucher_list")
    query = request.GET.copy()
    query.pop("format", None)
    query.pop("paper", None)
    return render(request, "ledger/print/vouchers.html", {"sheets": sheets, "paper": paper, "query": query.urlencode()})


def chosen(company: Company, query: Any) -> list[int]:
    """Ids of the vouchers that the address names, at most one more than are printed at once."""
    ids = [int(part) for text in query.getlist("ids") for part in text.split(",") if part.strip().isdigit()]
    if ids:
        return ids
    filters = {name: value for name, value in query.items() if name not in ("paper", "format", "ids") and value}
    if not filters:
        return []
    found = VoucherFilter(filters, queryset=Voucher.objects.filter(company=company), company=company)
    return list(found.qs.values_list("pk", flat=True)[: printing.MOST + 1]) if found.is_valid() else []
