"""Pages of the entry aids: summary library, voucher templates, recurring vouchers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.entry_aids import phrases, recurring, templates
from ledger.entry_aids.forms import PhraseForm, RecurringForm, TemplateForm
from ledger.entry_aids.models import RecurringRun, RecurringVoucher, SummaryPhrase
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import services
from ledger.vouchers.models import Voucher


@page("ledger.enter_voucher")
def aids_summaries(request: HttpRequest) -> HttpResponse:
    """The summary library: search, add, change."""
    company = request.company  # type: ignore[attr-defined]
    chosen = request.GET.get("edit", "")
    phrase = get_object_or_404(SummaryPhrase, company=company, pk=chosen) if chosen.isdigit() else None
    start = {"code": phrase.code, "text": phrase.text} if phrase else None
    text = request.GET.get("q", "")
    return render(
        request,
        "ledger/entry_aids/summaries.html",
        {
            "rows": phrases.find(company, text, limit=500),
            "q": text,
            "phrase": phrase,
            "form": PhraseForm(initial=start),
        },
    )


@require_POST
@page("ledger.manage_entry_aid")
def aids_summary_save(request: HttpRequest) -> HttpResponse:
    """Add a phrase, or change the one named."""
    company = request.company  # type: ignore[attr-defined]
    form = PhraseForm(request.POST)
    if not form.is_valid():
        return _refused(request, _first_error(form), "aids_summaries")
    known = request.POST.get("phrase", "")
    try:
        saved = phrases.save(
            company,
            form.cleaned_data["text"],
            form.cleaned_data["code"],
            phrase_id=int(known) if known.isdigit() else None,
        )
    except DomainError as refusal:
        return _refused(request, refusal.message, "aids_summaries")
    messages.success(request, _("Summary “%(text)s” is saved.") % {"text": saved.text})
    return redirect("aids_summaries")


@require_POST
@page("ledger.manage_entry_aid")
def aids_summary_delete(request: HttpRequest, phrase_id: int) -> HttpResponse:
    """Take a phrase out of the library."""
    phrases.remove(request.company, phrase_id)  # type: ignore[attr-defined]
    messages.success(request, _("The summary is deleted."))
    return redirect("aids_summaries")


@page("ledger.enter_voucher")
def aids_templates(request: HttpRequest) -> HttpResponse:
    """Voucher templates: use one, or delete it."""
    text = request.GET.get("q", "")
    rows = templates.find(request.company, text)  # type: ignore[attr-defined]
    return render(request, "ledger/entry_aids/templates.html", {"rows": rows, "q": text})


@page("ledger.manage_entry_aid")
def aids_template_save(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Save a voucher as a template, with or without its amounts."""
    company = request.company  # type: ignore[attr-defined]
    voucher = get_object_or_404(Voucher.objects.select_related("company"), company=company, pk=voucher_id)
    lines = services.read_lines(voucher)
    start = {"code": templates.next_code(company), "name": lines[0].summary if lines else "", "with_amounts": True}
    form = TemplateForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = templates.save(company, lines=lines, word=voucher.word, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Template %(template)s is saved.") % {"template": made})
            return redirect("aids_templates")
    return render(request, "ledger/entry_aids/template_form.html", {"form": form, "voucher": voucher})


@require_POST
@page("ledger.manage_entry_aid")
def aids_template_delete(request: HttpRequest, template_id: int) -> HttpResponse:
    """Delete a template."""
    try:
        templates.delete(request.company, template_id)  # type: ignore[attr-defined]
    except DomainError as refusal:
        return _refused(request, refusal.message, "aids_templates")
    messages.success(request, _("The template is deleted."))
    return redirect("aids_templates")


@page("ledger.enter_voucher")
def aids_recurring(request: HttpRequest) -> HttpResponse:
    """Recurring vouchers, what is due in a period, and what was made in it."""
    company = request.company  # type: ignore[attr-defined]
    period = _period(request, company)
    open_periods = Period.objects.filter(company=company, status=PeriodStatus.OPEN).order_by("start")
    made = RecurringRun.objects.filter(company=company, period=period, voucher__isnull=False)
    return render(
        request,
        "ledger/entry_aids/recurring.html",
        {
            "rows": RecurringVoucher.objects.filter(company=company).select_related("template"),
            "period": period,
            "periods": open_periods,
            "due": recurring.due(company, period) if period else [],
            "made": made.select_related("recurring", "voucher"),
        },
    )


@page("ledger.manage_entry_aid")
def aids_recurring_edit(request: HttpRequest, recurring_id: int | None = None) -> HttpResponse:
    """Add a recurring voucher, or change one."""
    company = request.company  # type: ignore[attr-defined]
    row = None
    if recurring_id is not None:
        row = get_object_or_404(RecurringVoucher, company=company, pk=recurring_id)
    form = RecurringForm(request.POST or None, company=company, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            recurring.save(company, recurring_id=recurring_id, **form.values())
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("The recurring voucher is saved."))
            return redirect("aids_recurring")
    return render(request, "ledger/entry_aids/recurring_form.html", {"form": form, "row": row})


@require_POST
@page("ledger.manage_entry_aid")
def aids_recurring_delete(request: HttpRequest, recurring_id: int) -> HttpResponse:
    """Forget a recurring voucher."""
    recurring.delete(request.company, recurring_id)  # type: ignore[attr-defined]
    messages.success(request, _("The recurring voucher is deleted; vouchers it made stay."))
    return redirect("aids_recurring")


@require_POST
@page("ledger.enter_voucher")
def aids_recurring_run(request: HttpRequest, period_id: int) -> HttpResponse:
    """Make the drafts that are due in the period."""
    company = request.company  # type: ignore[attr-defined]
    period = get_object_or_404(Period, company=company, pk=period_id)
    try:
        outcome = recurring.run_recurring(company, period, request.user)
    except DomainError as refusal:
        return _refused(request, refusal.message, "aids_recurring")
    count = len(outcome.made)
    messages.success(request, ngettext("%(count)d draft made.", "%(count)d drafts made.", count) % {"count": count})
    for each in outcome.refused:
        messages.error(request, f"{each.recurring}: {each.error.message}")
    response = redirect("aids_recurring")
    response["Location"] += f"?period={period}"
    return response


def _period(request: HttpRequest, company: Any) -> Period | None:
    """The period asked for, else that of today, else the first open one."""
    wanted = request.GET.get("period", "") or timezone.localdate().strftime("%Y-%m")
    periods = list(Period.objects.filter(company=company, status=PeriodStatus.OPEN).order_by("start"))
    return next((period for period in periods if str(period) == wanted), periods[0] if periods else None)


def _first_error(form: Any) -> str:
    return str(next(iter(form.errors.values()))[0])


def _refused(request: HttpRequest, message: str, back: str) -> HttpResponse:
    messages.error(request, message)
    return redirect(back)
