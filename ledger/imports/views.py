"""Pages of the import and export of vouchers: upload, look at the dry run, map unknown accounts, write."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.imports.models import ImportRowIssue, ImportRun
from erp.core.imports.summary import state_of
from erp.core.imports.views import XLSX
from erp.core.web.views import allowed, page, require
from ledger.accounts.models import Account
from ledger.imports import export, services
from ledger.imports.forms import ExportForm, VoucherFileForm
from ledger.imports.tables import IssueTable, RunTable

OPTIONS = ("create_missing", "control_accounts")


@page("ledger.view_voucher")
def voucher_imports(request: HttpRequest) -> HttpResponse:
    """Upload a file and start its dry run; export; what was imported before."""
    company = request.company  # type: ignore[attr-defined]
    form = VoucherFileForm(request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST":
        require(request, "ledger.import_voucher")
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                run = services.create_run(company, upload.read(), upload.name, by=request.user)
            except DomainError as error:
                refusal = error
            else:
                _start(request, run, {name: form.cleaned_data[name] for name in OPTIONS})
                return redirect("imports_voucher_run", pk=run.pk)
    runs = ImportRun.objects.filter(company=company, profile__code=services.PROFILE)
    table = RunTable(runs.select_related("job", "started_by"), order_by="-created_at")
    tables.RequestConfig(request, paginate={"per_page": 25}).configure(table)
    today = timezone.localdate()
    return render(
        request,
        "ledger/imports/vouchers.html",
        {
            "form": form,
            "refusal": refusal,
            "table": table,
            "export_form": ExportForm(initial={"first": today.replace(day=1), "last": today, "layout": "own"}),
            "may_import": allowed(request, "ledger.import_voucher"),
            "may_export": allowed(request, "ledger.export_data"),
        },
        status=422 if refusal or (form.is_bound and form.errors) else 200,
    )


@page("ledger.view_voucher")
def voucher_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One reading of a file: progress, figures, what is wrong by row, unknown accounts to be mapped."""
    run = _run(request, pk)
    table = IssueTable(ImportRowIssue.objects.filter(company_id=run.company_id, run=run), order_by="row_no")
    tables.RequestConfig(request, paginate={"per_page": 50}).configure(table)
    is_over = run.finished_at is not None
    return render(
        request,
        "ledger/imports/run.html",
        {
            "run": run,
            "job": run.job,
            "state": state_of(run),
            "summary": run.summary,
            "unknown": run.summary.get("unknown_accounts", {}).items(),
            "table": table,
            "may_commit": run.is_dry_run
            and is_over
            and run.summary.get("documents", 0) > 0
            and allowed(request, "ledger.import_voucher"),
            "may_map": is_over and allowed(request, "ledger.import_voucher"),
        },
    )


@require_POST
@page("ledger.import_voucher")
def voucher_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the vouchers of a file whose dry run is over."""
    run = _run(request, pk)
    if not run.is_dry_run or run.finished_at is None:
        messages.error(request, _("Check the file first."))
        return redirect("imports_voucher_run", pk=pk)
    again = services.run_again(run, by=request.user, is_dry_run=False)
    _start(request, again, _options(run))
    return redirect("imports_voucher_run", pk=again.pk)


@require_POST
@page("ledger.import_voucher")
def voucher_accounts(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep which of our accounts the unknown ones are, and check the file again."""
    run = _run(request, pk)
    given = {
        source: code
        for source in run.summary.get("unknown_accounts", {})
        if (code := request.POST.get(f"account-{source}", "").strip())
    }
    leaves = set(
        Account.objects.filter(
            company_id=run.company_id, code__in=given.values(), is_leaf=True, is_active=True
        ).values_list("code", flat=True)
    )
    for code in sorted(set(given.values()) - leaves):
        messages.error(request, _("Account %(code)s does not exist or takes no postings.") % {"code": code})
    services.map_accounts(run.profile, {source: code for source, code in given.items() if code in leaves})
    again = services.run_again(run, by=request.user, is_dry_run=True)
    _start(request, again, _options(run))
    return redirect("imports_voucher_run", pk=again.pk)


@page("ledger.export_data")
def voucher_export(request: HttpRequest) -> HttpResponse:
    """Vouchers of some days as a workbook."""
    company = request.company  # type: ignore[attr-defined]
    form = ExportForm(request.GET)
    if not form.is_valid():
        messages.error(request, _("Give the first and the last day."))
        return redirect("imports_vouchers")
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    write = export.kingdee_workbook if form.cleaned_data["layout"] == "kingdee" else export.own_workbook
    return workbook_response(write(company, first, last), _file_name(company, first, last))


def workbook_response(content: bytes, name: str) -> HttpResponse:
    """A workbook to download."""
    response = HttpResponse(content, content_type=XLSX)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response


def _file_name(company: Any, first: dt.date, last: dt.date) -> str:
    return f"{_('Vouchers')}-{company.code}-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"


def _start(request: HttpRequest, run: ImportRun, options: dict[str, bool]) -> None:
    services.start(run, options, by=request.user, language=translation.get_language() or "")


def _options(run: ImportRun) -> dict[str, bool]:
    arguments = run.job.arguments if run.job is not None else {}
    return {name: bool(arguments.get(name)) for name in OPTIONS}


def _run(request: HttpRequest, pk: int) -> ImportRun:
    runs = ImportRun.objects.select_related("company", "profile", "job", "started_by")
    company = request.company  # type: ignore[attr-defined]
    return get_object_or_404(runs, company=company, profile__code=services.PROFILE, pk=pk)
