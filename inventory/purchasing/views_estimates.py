"""月初一次回冲 on a page: what the monthly reversal holds, and its two steps for a chosen period."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.companies.models import GrniPolicy
from erp.core.errors import DomainError
from erp.core.web.views import allowed, page, require
from inventory.documents.dates import working_date
from inventory.purchasing.estimates import held_estimates, renew_estimates, reverse_estimates
from ledger.periods.models import Period, PeriodStatus

RUN = "inventory.run_costing"


@page("inventory.view_cost")
def estimate_reversals(request: Any) -> HttpResponse:
    """Receipt lines whose estimate is taken back, and buttons to take back and to estimate again."""
    company = request.company
    periods = Period.objects.filter(company=company, status=PeriodStatus.OPEN).order_by("start")
    rows = held_estimates(company)
    context = {
        "rows": rows,
        "total": sum(row.amount for row in rows),
        "is_monthly": company.grni_policy == GrniPolicy.MONTHLY_REVERSAL,
        "policy": GrniPolicy.MONTHLY_REVERSAL.label,
        "periods": periods,
        "today": working_date(company),
        "may_run": allowed(request, RUN),
    }
    return render(request, "inventory/purchasing/estimates.html", context)


@require_POST
@page("inventory.view_cost")
def estimate_step(request: Any) -> HttpResponse:
    """``step``: reverse (on the first day of the period) or renew (on its last)."""
    require(request, RUN)
    wanted = request.POST.get("period", "")
    period = get_object_or_404(Period, company=request.company, pk=int(wanted) if wanted.isdigit() else 0)
    renews = request.POST.get("step") == "renew"
    try:
        done = (renew_estimates if renews else reverse_estimates)(request.company, period, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("estimate_reversals")
    count = len(done)
    if not count:
        messages.info(request, _("Nothing was to be done."))
    elif renews:
        text = ngettext("%(count)s receipt is estimated again.", "%(count)s receipts are estimated again.", count)
        messages.success(request, text % {"count": count})
    else:
        text = ngettext(
            "The estimate of %(count)s receipt is reversed.", "The estimates of %(count)s receipts are reversed.", count
        )
        messages.success(request, text % {"count": count})
    return redirect("estimate_reversals")
