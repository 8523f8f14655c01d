"""存货核算, the month end of stock: its checklist, the steps that cure it, closing and reopening, and the cost runs."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import allowed, page, require
from inventory.costing import month_end, stock_periods
from inventory.costing.checklist import checklist
from inventory.costing.models import CostChange, CostRun, StockClosing, StockClosingTrace
from ledger.periods.models import Period
from ledger.posting.models import BusinessEvent

TRACE_SHOWN = 20
RUNS_SHOWN = 10
PAGE_SIZE = 50
VIEW = "inventory.view_cost"


@page(VIEW)
def costing_home(request: HttpRequest) -> HttpResponse:
    """The period whose stock is to be closed next."""
    company = request.company  # type: ignore[attr-defined]
    if (wanted := request.GET.get("period", "")).isdigit():
        return redirect("costing_period", int(wanted))
    closed = StockClosing.objects.filter(company=company).select_related("period").order_by("-period__start").first()
    period = stock_periods.first_open(company) or (closed and closed.period)
    if period is None:
        period = Period.objects.filter(company=company).order_by("start").first()
    return redirect("costing_period", period.pk) if period else redirect("period_list")


@page(VIEW)
def costing_period(request: HttpRequest, period_id: int) -> HttpResponse:
    """Every question with its state, count and cure; buttons; runs and trace."""
    period = _period(request, period_id)
    company = period.company
    closing = StockClosing.objects.filter(company=company, period=period).select_related("closed_by").first()
    items = checklist(company, period)
    periods = Period.objects.filter(company=company)
    return render(
        request,
        "inventory/costing/period.html",
        {
            "period": period,
            "periods": periods.order_by("-start"),
            "closing": closing,
            "items": items,
            "steps": month_end.STEPS,
            "may": {code: allowed(request, step.permission) for code, step in month_end.STEPS.items()},
            "blocking": [item for item in items if item.blocks],
            "warnings": [item for item in items if not item.is_fine and not item.blocks],
            "reason_needed": any(item.finding.needs_reason for item in items),
            "runs": CostRun.objects.filter(company=company).select_related("cause", "period", "started_by")[
                :RUNS_SHOWN
            ],
            "trace": StockClosingTrace.objects.filter(company=company, period=period).select_related("by")[
                :TRACE_SHOWN
            ],
            "before": periods.filter(start__lt=period.start).order_by("-start").first(),
            "after": periods.filter(start__gt=period.start).order_by("start").first(),
        },
    )


@require_POST
@page(VIEW)
def costing_step(request: HttpRequest, period_id: int, step: str) -> HttpResponse:
    """Start a step as a job and show its progress."""
    period = _period(request, period_id)
    for permission in sorted(month_end.permissions_of(step)):
        require(request, permission)
    job = month_end.start(period.company, period, step, by=request.user, language=get_language() or "")
    return redirect("job_detail", job.pk)


@require_POST
@page(VIEW)
def costing_close(request: HttpRequest, period_id: int) -> HttpResponse:
    """Close the stock, or say what stands in the way."""
    require(request, "inventory.close_stock")
    period = _period(request, period_id)
    try:
        stock_periods.close_stock(period.company, period, by=request.user, reason=request.POST.get("reason", ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The stock of period %(period)s is closed.") % {"period": period})
    return redirect("costing_period", period.pk)


@require_POST
@page(VIEW)
def costing_reopen(request: HttpRequest, period_id: int) -> HttpResponse:
    """Reopen the stock with a reason."""
    require(request, "inventory.reopen_stock")
    period = _period(request, period_id)
    try:
        stock_periods.reopen_stock(period.company, period, by=request.user, reason=request.POST.get("reason", ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The stock of period %(period)s is open again.") % {"period": period})
    return redirect("costing_period", period.pk)


@page(VIEW)
def cost_run_list(request: HttpRequest) -> HttpResponse:
    """Recostings and month calculations, the newest first."""
    company = request.company  # type: ignore[attr-defined]
    runs = CostRun.objects.filter(company=company).select_related("cause", "period", "started_by")
    shown = Paginator(runs, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "inventory/costing/runs.html", {"page_obj": shown})


@page(VIEW)
def cost_run_detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """What a run changed, by item, warehouse, month and kind, and the vouchers of the differences."""
    company = request.company  # type: ignore[attr-defined]
    run = get_object_or_404(CostRun.objects.select_related("cause", "period", "started_by"), company=company, pk=run_id)
    changes = CostChange.objects.filter(company=company, run=run).select_related("item", "warehouse")
    events = BusinessEvent.objects.filter(company=company, source_type="cost_run", source_id=run.pk)
    facts: list[Any] = [
        (_("Kind"), run.get_kind_display()),
        (_("State"), run.get_state_display()),
        (_("From"), run.since.isoformat() if run.since else ""),
        (_("Moves read"), f"{run.moves_read:,}"),
        (_("Moves changed"), f"{run.moves_changed:,}"),
        (_("Difference"), f"{run.difference:,.2f}"),
        (_("Started by"), run.started_by or _("the system")),
    ]
    return render(
        request,
        "inventory/costing/run.html",
        {
            "run": run,
            "facts": facts,
            "page_obj": Paginator(changes.order_by("item__code", "month", "id"), PAGE_SIZE).get_page(
                request.GET.get("page")
            ),
            "events": events.select_related("voucher__period").order_by("id")[:200],
        },
    )


def _period(request: HttpRequest, period_id: int) -> Any:
    return get_object_or_404(
        Period.objects.select_related("company", "closed_by"),
        company=request.company,  # type: ignore[attr-defined]
        pk=period_id,
    )
