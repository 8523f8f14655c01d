"""Exports as jobs: the file is written to disk row by row and hung on the job; figures say what is in it."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.files import File
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from erp.core.jobs.registry import JobKind, Outcome, Progress, register_job_kind
from ledger.interchange import archive, everything, standard

EXPORT = "ledger.export_data"
ARCHIVE = "ledger.make_archive"
FORMS = ("xlsx", "csv", "gbt2024-xml", "gbt2024-json", "gbt2010-xml")


def start(
    company: Company, form: str, *, by: Any, year: int | None = None, encoding: str = "utf-8", language: str = ""
) -> Job:
    """Queue an export. ``form``: xlsx, csv (all data) or gbt2024-xml, gbt2024-json, gbt2010-xml (of ``year``).

    Raises ``UnknownPackage``.
    """
    if form not in FORMS:
        raise standard.UnknownPackage(value=form, choices=", ".join(FORMS), field="form")
    if encoding not in standard.ENCODINGS:
        raise standard.UnknownPackage(value=encoding, choices=", ".join(standard.ENCODINGS), field="encoding")
    title = _("Export %(form)s %(year)s") % {"form": form, "year": year or ""}
    arguments = {"form": form, "year": year, "encoding": encoding}
    return jobs.start(company, EXPORT, title.strip(), arguments, by=by, language=language)


def write(
    path: Path, company: Company, form: str, year: int | None, encoding: str, progress: Progress | None = None
) -> dict[str, Any]:
    """Write the export to a path; returns its figures. What page, API and command call."""
    with path.open("w+b") as stream:
        if form in everything.FORMATS:
            return dict(
                everything.write_everything(
                    stream, company, form=form, first_year=year or 0, last_year=year or 9999, progress=progress
                )
            )
        edition, _dash, kind = form.removeprefix("gbt").partition("-")
        audit = standard.write_package(
            stream, company, year or 0, edition=edition, form=kind, encoding=encoding, progress=progress
        )
        debit, credit = audit.totals()
        return {**audit.rows, "Σ 借方": str(debit), "Σ 贷方": str(credit)}


def file_name(company: Company, form: str, year: int | None) -> str:
    end = form if form == "xlsx" else "zip"
    return f"{company.code}-{form}{f'-{year}' if year else ''}.{end}"


def work(job: Job, progress: Progress) -> Outcome:
    """Write the file and hang it on the job. Running again replaces it."""
    form, year = job.arguments["form"], job.arguments["year"]
    name = file_name(job.company, form, year)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        figures = write(path, job.company, form, year, job.arguments["encoding"], progress)
        with path.open("rb") as content:
            job.file.save(name, File(content), save=False)
        Job.objects.filter(pk=job.pk).update(file=job.file.name)
    return Outcome(figures)


def start_archive(company: Company, year: int, content: str, *, by: Any, language: str = "") -> Job:
    """Queue an archive package of a year. Raises ``UnknownPackage``."""
    if content not in archive.CONTENTS:
        raise standard.UnknownPackage(value=content, choices=", ".join(archive.CONTENTS), field="content")
    title = _("Archive of %(year)s") % {"year": year}
    return jobs.start(company, ARCHIVE, title, {"year": year, "content": content}, by=by, language=language)


def make_archive(job: Job, progress: Progress) -> Outcome:
    """Make the package. A worker that died leaves none, so running again makes one."""
    made = archive.make_package(
        job.company, job.arguments["year"], content=job.arguments["content"], by=job.started_by, progress=progress
    )
    return Outcome({"package": made.pk, "files": len(made.manifest["files"]), "sha256": made.sha256})


def register() -> None:
    """Make the kinds of jobs known."""
    for kind, label, function, page in (
        (EXPORT, gettext_lazy("Export of data"), work, "interchange_export"),
        (ARCHIVE, gettext_lazy("Archive package"), make_archive, "interchange_archives"),
    ):
        register_job_kind(JobKind(kind, label, function, lambda _job, page=page: reverse(page)))  # type: ignore[misc]
