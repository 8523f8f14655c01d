"""Imports as jobs: a page starts one, a worker carries it through."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.imports import services
from erp.core.imports.models import ImportRun
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from erp.core.jobs.registry import JobKind, Outcome, Progress, register_job_kind

KIND = "core.import_file"


@transaction.atomic
def start(run: ImportRun, *, by: Any, language: str) -> Job:
    """Queue the run; its page shows the progress."""
    title = _("Check %(file)s") if run.is_dry_run else _("Import %(file)s")
    job = jobs.start(run.company, KIND, title % {"file": run.file_name}, {"run": run.pk}, by=by, language=language)
    run.job = job
    run.save(update_fields=["job"])
    return job


def work(job: Job, progress: Progress) -> Outcome:
    """Carry the run through. Running again goes on where a killed worker stopped."""
    run = ImportRun.objects.select_related("company", "profile", "started_by").get(
        company_id=job.company_id, pk=job.arguments["run"]
    )
    return Outcome(services.execute(run, progress))


def register() -> None:
    register_job_kind(
        JobKind(
            KIND,
            gettext_lazy("Import"),
            work,
            lambda job: reverse("import_detail", args=[job.arguments["run"]]),
        )
    )
