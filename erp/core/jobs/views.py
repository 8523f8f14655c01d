"""Pages of jobs: what runs, how far it is, what came of it."""

from pathlib import PurePath
from typing import Any, cast

import django_tables2 as tables
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.jobs import services
from erp.core.jobs.models import Job
from erp.core.jobs.registry import job_kind
from erp.core.web.templatetags.ui import badge
from erp.core.web.views import allowed, page

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class JobTable(tables.Table):
    title = tables.Column()
    state = tables.Column()
    progress = tables.Column(accessor="percent", verbose_name=gettext_lazy("Progress"), attrs=NUM, orderable=False)
    started_by = tables.Column(verbose_name=gettext_lazy("Started by"))
    created_at = tables.DateTimeColumn(format="Y-m-d H:i")

    class Meta:
        model = Job
        fields = ("title", "state", "progress", "started_by", "created_at")
        row_attrs = {"data-href": lambda record: reverse("job_detail", args=[record.pk])}
        empty_text = gettext_lazy("No jobs yet")

    def render_state(self, record: Job) -> Any:
        return badge(record.state, record.get_state_display())

    def render_progress(self, value: int) -> str:
        return f"{value}%"


@page("core.view_job")
def job_list(request: HttpRequest) -> HttpResponse:
    """The company's jobs, newest first."""
    jobs = Job.objects.filter(company=request.company).select_related("started_by")  # type: ignore[attr-defined]
    table = JobTable(jobs, order_by="-created_at")
    tables.RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(request, "jobs/list.html", {"table": table})


@page("core.view_job")
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One job: progress while it runs, then its figures and its file."""
    job = _job(request, pk)
    kind = job_kind(job.kind)
    return render(
        request,
        "jobs/detail.html",
        {
            "job": job,
            "facts": [
                (_("Kind"), kind.label),
                (_("Started by"), job.started_by or ""),
                (_("Created"), job.created_at),
                (_("Finished"), job.finished_at),
            ],
            "figures": [(name, value) for name, value in job.outcome.items() if not isinstance(value, dict | list)],
            "subject_url": kind.url(job) if kind.url else "",
        },
    )


@page("core.view_job")
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress bar, asked for each second; a full reload once the job is over, so that the page shows its end."""
    job = _job(request, pk)
    response = render(request, "components/job_progress.html", {"job": job})
    if job.is_over:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@page("core.view_job")
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a job to stop: its starter may, and whoever manages the company."""
    job = _job(request, pk)
    if job.started_by_id != request.user.pk and not allowed(request, "core.manage_company"):
        messages.error(request, _("Only who started a job, or an administrator, can cancel it."))
        return redirect("job_detail", pk=pk)
    try:
        services.cancel(pk, company=request.company)  # type: ignore[attr-defined]
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The job stops after its current step."))
    return redirect("job_detail", pk=pk)


@page("core.view_job")
def job_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file that a job left."""
    job = _job(request, pk)
    if not job.file:
        raise Http404
    response = FileResponse(job.file.open("rb"), as_attachment=True, filename=PurePath(str(job.file.name)).name)
    return cast(HttpResponse, response)


def _job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(Job.objects.select_related("started_by"), company=request.company, pk=pk)  # type: ignore[attr-defined]
