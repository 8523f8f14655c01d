"""One page for all vouchers of a period: what waits, review and post everything, close gaps in the numbers."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import allowed, page, require
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import batches, renumber
from ledger.vouchers.models import Voucher

PERMISSIONS = {
    "review": "ledger.review_voucher",
    "post": "ledger.post_voucher",
    "renumber": "ledger.renumber_voucher",
}


@page("ledger.view_voucher")
def voucher_period(request: HttpRequest, period_id: int) -> HttpResponse:
    """Vouchers of the period by state, the gaps in their numbers, and what may be done with all of them at once."""
    company = request.company  # type: ignore[attr-defined]
    period = get_object_or_404(Period, company=company, pk=period_id)
    return _show(request, period, [])


@require_POST
@page("ledger.view_voucher")
def voucher_period_action(request: HttpRequest, period_id: int, action: str) -> HttpResponse:
    """Review, post or renumber the whole period; what is left is told by reason, with examples."""
    company = request.company  # type: ignore[attr-defined]
    period = get_object_or_404(Period, company=company, pk=period_id)
    if action not in PERMISSIONS:
        raise Http404
    require(request, PERMISSIONS[action])
    try:
        if action == "renumber":
            renumber.renumber(company.pk, period.pk, by=request.user)
            messages.success(request, _("The unposted vouchers of %(period)s are numbered again.") % {"period": period})
            return redirect("voucher_period", period.pk)
        run = batches.review_period if action == "review" else batches.post_period
        outcome = run(company.pk, period.pk, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("voucher_period", period.pk)
    messages.success(
        request,
        ngettext("%(count)d voucher done.", "%(count)d vouchers done.", outcome.done) % {"count": outcome.done},
    )
    if outcome.reasons:
        return _show(request, period, outcome.reasons)
    return redirect("voucher_period", period.pk)


def _show(request: HttpRequest, period: Period, reasons: list[batches.Reason]) -> HttpResponse:
    counts: dict[str, int] = dict(
        Voucher.objects.filter(company_id=period.company_id, period=period)
        .order_by()
        .values_list("status")
        .annotate(Count("id"))
    )
    context: dict[str, Any] = {
        "period": period,
        "is_open": period.status == PeriodStatus.OPEN,
        "counts": {status: counts.get(status, 0) for status in ("draft", "reviewed", "posted", "void")},
        "gaps": renumber.gaps(period.company_id, period.pk),
        "may": {name for name, permission in PERMISSIONS.items() if allowed(request, permission)},
        "reasons": reasons,
    }
    return render(request, "ledger/vouchers/period.html", context)
