"""The page of a period's end: its checklist, the steps that cure it, closing, reopening and their trace."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError, NotPermitted
from erp.core.web.views import page, require
from ledger.closing import steps
from ledger.closing.checks import checklist
from ledger.closing.models import ClosingRun, PeriodTrace
from ledger.periods import services
from ledger.periods.models import Period, PeriodStatus

TRACE_SHOWN = 20


@page("ledger.view_report")
def closing_home(request: HttpRequest) -> HttpResponse:
    """The period whose end is next."""
    periods = Period.objects.filter(company=request.company).order_by("start")  # type: ignore[attr-defined]
    period = periods.exclude(status=PeriodStatus.CLOSED).first() or periods.last()
    return redirect("closing_period", period.pk) if period else redirect("period_list")


@page("ledger.view_report")
def closing_period(request: HttpRequest, period_id: int) -> HttpResponse:
    """Every item of the checklist with its state, count and cure; what steps made; the trace."""
    period = _period(request, period_id)
    items = checklist(period.company, period)
    runs = (
        ClosingRun.objects.filter(company=period.company, period=period, voucher__isnull=False)
        .select_related("voucher", "template", "made_by")
        .order_by("id")
    )
    trace = PeriodTrace.objects.filter(company=period.company, period=period).order_by("-happened_at", "-id")
    periods = Period.objects.filter(company=period.company)
    return render(
        request,
        "ledger/closing/period.html",
        {
            "period": period,
            "items": items,
            "blocking": [item for item in items if item.blocks],
            "warnings": [item for item in items if not item.is_fine and not item.blocks],
            "reason_needed": any(item.finding.needs_reason for item in items),
            "steps": steps.STEPS,
            "runs": runs,
            "trace": trace[:TRACE_SHOWN],
            "before": periods.filter(start__lt=period.start).order_by("-start").first(),
            "after": periods.filter(start__gt=period.start).order_by("start").first(),
        },
    )


@require_POST
@page("ledger.view_report")
def closing_step(request: HttpRequest, period_id: int, step: str) -> HttpResponse:
    """Run one step of period end."""
    require(request, "ledger.run_transfer")
    period = _period(request, period_id)
    try:
        outcome = steps.run_step(period.company, period, step, request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        _tell(request, outcome)
    return redirect("closing_period", period.pk)


@require_POST
@page("ledger.view_report")
def closing_run_all(request: HttpRequest, period_id: int) -> HttpResponse:
    """All steps in order, as a job."""
    require(request, "ledger.run_transfer")
    period = _period(request, period_id)
    job = steps.start_all(period.company, period, by=request.user, language=get_language() or "")
    return redirect("job_detail", job.pk)


@require_POST
@page("ledger.view_report")
def closing_close(request: HttpRequest, period_id: int) -> HttpResponse:
    """Close the period, or say what stands in the way."""
    require(request, "ledger.close_period")
    period = _period(request, period_id)
    close(request, period)
    return redirect("closing_period", period.pk)


@require_POST
@page("ledger.view_report")
def closing_reopen(request: HttpRequest, period_id: int) -> HttpResponse:
    """Reopen the period. Whoever may not is refused, and the trace keeps it."""
    period = _period(request, period_id)
    reopen(request, period)
    return redirect("closing_period", period.pk)


def close(request: HttpRequest, period: Period) -> None:
    """Close, and tell the user how it went."""
    try:
        services.close(period, by=request.user, reason=request.POST.get("reason", ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Period %(period)s is closed.") % {"period": period})


def reopen(request: HttpRequest, period: Period) -> None:
    """Reopen, and tell the user how it went. Raises ``PermissionDenied`` after the refusal is traced."""
    try:
        services.reopen(period, by=request.user, reason=request.POST.get("reason", ""))
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Period %(period)s is open again.") % {"period": period})


def _tell(request: HttpRequest, outcome: steps.StepOutcome) -> None:
    made = outcome.vouchers
    if made:
        text = ngettext("Draft %(names)s is made.", "Drafts %(names)s are made.", len(made))
        messages.success(request, text % {"names": ", ".join(map(str, made))})
    elif not outcome.refused:
        messages.info(request, _("There is nothing to do."))
    for refusal in outcome.refused:
        messages.error(request, refusal.message)


def _period(request: HttpRequest, period_id: int) -> Any:
    return get_object_or_404(
        Period.objects.select_related("company", "closed_by"),
        company=request.company,  # type: ignore[attr-defined]
        pk=period_id,
    )
