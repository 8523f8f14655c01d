"""Pages of imports: upload, look at the first rows, see the dry run's result, then commit as a job.

An upload writes nothing but the file itself: its dry run shows what would come and what is wrong, row by row.
"""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.imports import background, services
from erp.core.imports.forms import UploadForm
from erp.core.imports.models import ImportProfile, ImportRowIssue, ImportRun
from erp.core.imports.reading import open_file, preview
from erp.core.imports.returned import returned_workbook
from erp.core.imports.summary import facts_of, state_of
from erp.core.web.templatetags.ui import badge
from erp.core.web.views import allowed, page

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RunTable(tables.Table):
    file_name = tables.Column()
    profile = tables.Column()
    is_dry_run = tables.Column(verbose_name=gettext_lazy("Kind"))
    state = tables.Column(accessor="pk", verbose_name=gettext_lazy("State"), orderable=False)
    rows = tables.Column(
        accessor="summary__rows", verbose_name=gettext_lazy("Rows"), attrs=NUM, orderable=False, default="–"
    )
    documents = tables.Column(
        accessor="summary__documents", verbose_name=gettext_lazy("Documents"), attrs=NUM, orderable=False, default="–"
    )
    refused = tables.Column(
        accessor="summary__rows_refused",
        verbose_name=gettext_lazy("Rows refused"),
        attrs=NUM,
        orderable=False,
        default="–",
    )
    started_by = tables.Column(verbose_name=gettext_lazy("Started by"))
    created_at = tables.DateTimeColumn(format="Y-m-d H:i")

    class Meta:
        model = ImportRun
        fields = (
            "file_name",
            "profile",
            "is_dry_run",
            "state",
            "rows",
            "documents",
            "refused",
            "started_by",
            "created_at",
        )
        row_attrs = {"data-href": lambda record: reverse("import_detail", args=[record.pk])}
        empty_text = gettext_lazy("No file was imported yet")

    def render_is_dry_run(self, value: bool) -> str:
        return _("Check only") if value else _("Import")

    def render_state(self, record: ImportRun) -> Any:
        return badge(*state_of(record))


class IssueTable(tables.Table):
    row_no = tables.Column(attrs=NUM)
    field = tables.Column(default="–")
    message = tables.Column()
    is_refusal = tables.Column(verbose_name=gettext_lazy("Kind"))
    cells = tables.Column(verbose_name=gettext_lazy("Row"), orderable=False)

    class Meta:
        model = ImportRowIssue
        fields = ("row_no", "field", "message", "is_refusal", "cells")

    def render_is_refusal(self, value: bool) -> Any:
        return badge("failed", _("Refused")) if value else badge("settled", _("Left out"))

    def render_cells(self, value: list[str]) -> str:
        return " | ".join(value)


@page("core.run_import")
def import_list(request: HttpRequest) -> HttpResponse:
    """What was imported, and the form that uploads a file and starts its dry run."""
    company = request.company  # type: ignore[attr-defined]
    form = UploadForm(company, request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            opened = open_file(form.cleaned_data["profile"], upload.read(), upload.name)
        except DomainError as error:
            refusal = error
        else:
            run = services.create_run(form.cleaned_data["profile"], opened, by=request.user, is_dry_run=True)
            background.start(run, by=request.user, language=translation.get_language() or "")
            return redirect("import_detail", pk=run.pk)
    runs = ImportRun.objects.filter(company=company).select_related("profile", "job", "started_by")
    table = RunTable(runs, order_by="-created_at")
    tables.RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(
        request,
        "imports/list.html",
        {
            "table": table,
            "form": form,
            "refusal": refusal,
            "profiles": ImportProfile.objects.filter(company=company).order_by("code"),
            "may_manage": allowed(request, "core.manage_import_profile") and request.user.is_staff,
        },
        status=422 if refusal or (form.is_bound and form.errors) else 200,
    )


@page("core.run_import")
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One reading of a file: progress, result, the rows that end in no document."""
    run = _run(request, pk)
    issues = ImportRowIssue.objects.filter(company_id=run.company_id, run=run)
    shown = request.GET.get("show", "")
    if shown in ("refused", "left_out"):
        issues = issues.filter(is_refusal=shown == "refused")
    table = IssueTable(issues, order_by="row_no")
    tables.RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(
        request,
        "imports/detail.html",
        {
            "run": run,
            "job": run.job,
            "state": state_of(run),
            "summary": run.summary,
            "facts": facts_of(run.summary),
            "table": table,
            "shown": shown,
            "may_commit": run.is_dry_run and run.finished_at is not None and run.summary.get("documents", 0) > 0,
        },
    )


@page("core.run_import")
def import_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The first rows as the profile reads them; loaded after the page, since it opens the file."""
    run = _run(request, pk)
    try:
        shown = preview(services.open_run(run))
    except DomainError as refusal:
        return render(request, "imports/preview.html", {"refusal": refusal})
    return render(request, "imports/preview.html", {"preview": shown})


@require_POST
@page("core.run_import")
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the documents of a file whose dry run is over."""
    run = _run(request, pk)
    if not run.is_dry_run or run.finished_at is None:
        messages.error(request, _("Check the file first."))
        return redirect("import_detail", pk=pk)
    again = services.run_again(run, by=request.user)
    background.start(again, by=request.user, language=translation.get_language() or "")
    return redirect("import_detail", pk=again.pk)


@page("core.run_import")
def import_returned(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that end in no document, as the file had them, with their reason: mend and upload again."""
    run = _run(request, pk)
    try:
        content = returned_workbook(run)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("import_detail", pk=pk)
    name = run.file_name.rpartition(".")[0] or run.file_name
    response = HttpResponse(content, content_type=XLSX)
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}-{_('returned')}.xlsx")
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response


def _run(request: HttpRequest, pk: int) -> ImportRun:
    runs = ImportRun.objects.select_related("company", "profile", "job", "started_by")
    return get_object_or_404(runs, company=request.company, pk=pk)  # type: ignore[attr-defined]
