"""Pages of transfer templates: list, edit, preview of the amounts, run."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.lines import filled, place
from erp.core.web.views import page, require
from ledger.accounts.models import Account
from ledger.closing import templates, transfers
from ledger.closing.forms import BLANK_LINES, CELLS, LineFormSet, TemplateForm, initial_lines, template_lines
from ledger.closing.models import RunKind, TransferTemplate
from ledger.closing.writer import own_runs
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers.queries import dimension_labels

PREFIX = "lines"


@page("ledger.view_report")
def transfer_list(request: HttpRequest) -> HttpResponse:
    """The company's templates, and what each would make or has made in the chosen period."""
    company = request.company  # type: ignore[attr-defined]
    period = _chosen(request)
    rows = []
    for template in TransferTemplate.objects.filter(company=company).order_by("sequence", "code"):
        is_due = period is not None and template.is_active and transfers.is_due(template, period)
        runs = own_runs(period, RunKind.TRANSFER, template) if period is not None else []
        rows.append({"template": template, "is_due": is_due, "runs": runs})
    return render(
        request, "ledger/closing/transfers.html", {"rows": rows, "period": period, "periods": _periods(company)}
    )


@page("ledger.manage_transfer")
def transfer_new(request: HttpRequest) -> HttpResponse:
    """A new template."""
    return _edit(request, None)


@page("ledger.manage_transfer")
def transfer_edit(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change a template."""
    return _edit(request, _template(request, template_id))


def _edit(request: HttpRequest, template: TransferTemplate | None) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    if request.method == "POST":
        form = TemplateForm(request.POST, company=company, instance=TransferTemplate(company=company))
        formset = LineFormSet(request.POST, prefix=PREFIX)
        if form.is_valid() and formset.is_valid():
            used = filled(formset, ("account_text", "account", "formula"))
            try:
                saved = templates.save_template(company, form.head(), template_lines(company, used), template=template)
            except DomainError as refusal:
                place(refusal, form, used, CELLS)
            else:
                messages.success(request, _("Transfer “%(transfer)s” is saved.") % {"transfer": saved.name})
                return redirect("closing_transfer_preview", saved.pk)
    else:
        form = TemplateForm(company=company, instance=template)
        lines = initial_lines(template) if template else []
        blank: list[dict[str, Any]] = [{}] * BLANK_LINES
        formset = LineFormSet(initial=lines + blank, prefix=PREFIX)
    context = {"form": form, "formset": formset, "template": template}
    return render(request, "ledger/closing/transfer_form.html", context)


@page("ledger.view_report")
def transfer_preview(request: HttpRequest, template_id: int) -> HttpResponse:
    """The amounts that a run would write in the period, before it is run."""
    company = request.company  # type: ignore[attr-defined]
    template, period = _template(request, template_id), _chosen(request)
    refusal = preview = None
    runs = []
    if period is not None:
        runs = own_runs(period, RunKind.TRANSFER, template)
        try:
            preview = transfers.preview(company, template, period)
        except DomainError as error:
            refusal = error
    lines = preview.lines if preview else []
    accounts = {row.pk: str(row) for row in Account.objects.filter(pk__in={line.account_id for line in lines})}
    labels = dimension_labels(company.pk, {line.dimension_set_id for line in lines})
    return render(
        request,
        "ledger/closing/transfer_preview.html",
        {
            "template": template,
            "period": period,
            "periods": _periods(company),
            "preview": preview,
            "refusal": refusal,
            "runs": runs,
            "is_due": period is not None and transfers.is_due(template, period),
            "rows": [
                {
                    "line": line,
                    "account": accounts[line.account_id],
                    "dimensions": labels.get(line.dimension_set_id, ""),
                }
                for line in lines
            ],
        },
    )


@require_POST
@page("ledger.view_report")
def transfer_action(request: HttpRequest, template_id: int, action: str) -> HttpResponse:
    """Run the template in the chosen period, take it into use or out of it, or delete it."""
    require(request, "ledger.run_transfer" if action == "run" else "ledger.manage_transfer")
    template = _template(request, template_id)
    try:
        if action == "run":
            return _run(request, template)
        if action == "delete":
            templates.delete_template(template)
            messages.success(request, _("Transfer “%(transfer)s” is deleted.") % {"transfer": template.name})
        else:
            templates.set_active(template, action == "enable")
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("closing_transfers")


def _run(request: HttpRequest, template: TransferTemplate) -> HttpResponse:
    period = _chosen(request)
    if period is None:
        return redirect("closing_transfers")
    voucher = transfers.run(template.company, template, period, request.user)
    if voucher is None:
        messages.info(request, _("All amounts are zero: no voucher is needed."))
        return redirect("closing_period", period.pk)
    messages.success(request, _("Voucher %(voucher)s is saved as a draft.") % {"voucher": voucher})
    return redirect("voucher_detail", voucher.pk)


def _template(request: HttpRequest, template_id: int) -> TransferTemplate:
    return get_object_or_404(
        TransferTemplate.objects.select_related("company"),
        company=request.company,  # type: ignore[attr-defined]
        pk=template_id,
    )


def _periods(company: Any) -> list[Period]:
    return list(Period.objects.filter(company=company).order_by("-start"))


def _chosen(request: HttpRequest) -> Period | None:
    """The period of the address (2025-12), else the first open one."""
    periods = Period.objects.filter(company=request.company).select_related("company")  # type: ignore[attr-defined]
    year, _dash, number = (request.POST.get("period") or request.GET.get("period", "")).partition("-")
    if year.isdigit() and number.isdigit():
        return periods.filter(year=int(year), number=int(number)).first()
    return periods.exclude(status=PeriodStatus.CLOSED).order_by("start").first()
