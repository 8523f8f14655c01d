"""Pages of lists that come and go as a sheet."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError, NotFound
from erp.core.imports.models import ImportRowIssue, ImportRun
from erp.core.web.views import allowed, page, require
from ledger.imports import sheets
from ledger.imports.forms import FileForm
from ledger.imports.tables import IssueTable
from ledger.imports.views import workbook_response


class SheetForm(FileForm):
    """The file and the boxes of its kind."""

    def __init__(self, kind: sheets.SheetKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in kind.options:
            self.fields[name] = forms.BooleanField(label=label, required=False)


@page("core.view_home")
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Upload a list; its dry run shows what is wrong."""
    company, kind = request.company, _kind(request, code)  # type: ignore[attr-defined]
    require(request, kind.permission)
    form = SheetForm(kind, request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        options = {name: form.cleaned_data[name] for name, _label in kind.options}
        try:
            run = sheets.check_file(company, kind, upload.read(), upload.name, options, by=request.user)
        except DomainError as error:
            refusal = error
        else:
            return redirect("imports_sheet_run", code=code, pk=run.pk)
    context = {"kind": kind, "form": form, "refusal": refusal}
    status = 422 if refusal or (form.is_bound and form.errors) else 200
    return render(request, "ledger/imports/sheet.html", context, status=status)


@page("core.view_home")
def sheet_run(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What the file would do, and what is wrong with it."""
    kind = _kind(request, code)
    run = _run(request, kind, pk)
    issues = ImportRowIssue.objects.filter(company_id=run.company_id, run=run)
    table = IssueTable(issues, order_by="row_no")
    tables.RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(
        request,
        "ledger/imports/sheet_run.html",
        {
            "kind": kind,
            "run": run,
            "facts": list(run.summary.get("figures", {}).items()),
            "table": table,
            "may_commit": run.is_dry_run and not issues.exists() and allowed(request, kind.permission),
        },
    )


@require_POST
@page("core.view_home")
def sheet_commit(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Write a checked file."""
    kind = _kind(request, code)
    require(request, kind.permission)
    run = _run(request, kind, pk)
    try:
        sheets.commit(run, kind, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("imports_sheet_run", code=code, pk=pk)
    messages.success(request, _("“%(file)s” is imported.") % {"file": run.file_name})
    return redirect(kind.back)


@page("core.view_home")
def sheet_export(request: HttpRequest, code: str, layout: str) -> HttpResponse:
    """The list as a workbook, or an empty template."""
    company, kind = request.company, _kind(request, code)  # type: ignore[attr-defined]
    if layout == "template":
        return workbook_response(kind.template(company), f"{kind.label}-{_('template')}.xlsx")
    if layout not in dict(kind.layouts):
        raise Http404
    return workbook_response(kind.export(company, layout), f"{kind.label}-{company.code}.xlsx")


def _kind(request: HttpRequest, code: str) -> sheets.SheetKind:
    try:
        kind = sheets.sheet_kind(code)
    except NotFound as error:
        raise Http404 from error
    require(request, kind.view_permission)
    return kind


def _run(request: HttpRequest, kind: sheets.SheetKind, pk: int) -> ImportRun:
    runs = ImportRun.objects.select_related("company", "profile")
    return get_object_or_404(runs, company=request.company, profile__code=f"sheet-{kind.code}", pk=pk)  # type: ignore[attr-defined]
