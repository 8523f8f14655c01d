"""The periods of a company: which are open, and closing or reopening one."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from erp.core.web.views import page, require
from ledger.closing.views import close, reopen
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher, VoucherStatus


@page("ledger.view_report")
def period_list(request: HttpRequest) -> HttpResponse:
    """Periods by year, with the vouchers in each."""
    company = request.company  # type: ignore[attr-defined]
    counts = {
        row["period"]: row
        for row in Voucher.objects.filter(company=company)
        .order_by()
        .values("period")
        .annotate(
            posted=Count("id", filter=Q(status=VoucherStatus.POSTED)),
            open=Count("id", filter=Q(status__in=[VoucherStatus.DRAFT, VoucherStatus.REVIEWED])),
        )
    }
    periods = Period.objects.filter(company=company).select_related("closed_by").order_by("-start")
    none = {"posted": 0, "open": 0}
    rows = [{**counts.get(period.pk, none), "period": period} for period in periods]
    return render(request, "ledger/periods/list.html", {"rows": rows})


@require_POST
@page("ledger.view_report")
def period_action(request: HttpRequest, period_id: int, action: str) -> HttpResponse:
    """Close or reopen; a refusal names what stands in the way."""
    period = get_object_or_404(Period.objects.select_related("company"), company=request.company, pk=period_id)  # type: ignore[attr-defined]
    if action == "close":
        require(request, "ledger.close_period")
        close(request, period)
    else:
        reopen(request, period)
    return redirect("period_list")
