"""Run an import: read, plan, and unless it is a dry run write the documents in batches, each in one transaction.

A batch commits its documents together with the ``ImportedDocument`` rows that say so; therefore dying at any line
loses nothing, and running again – the same run or another with the same file – finds what is here and goes on.
Every row of the file ends in a document, in one that was here already, or in a listed issue; ``accounts`` checks it.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.excel import values
from erp.core.imports.mapping import Issue
from erp.core.imports.models import ImportedDocument, ImportProfile, ImportRowIssue, ImportRun
from erp.core.imports.reading import Opened, gather, open_file
from erp.core.imports.targets import BatchOutcome, PlannedDocument, WriteContext, Writer
from erp.core.jobs.registry import JobCancelled, Progress
from erp.core.retries import transactional

log = structlog.get_logger(__name__)
_LOCK_SPACE = 0x1A9047  # pg_advisory_lock class of imports
DocumentKey = tuple[str, str]  # outside number, kind


class ImportUnderWay(DomainError):
    code = "import_under_way"
    template = gettext_lazy("Another import with profile “%(profile)s” is under way. Wait until it is over.")


class ProfileInactive(DomainError):
    code = "profile_inactive"
    template = gettext_lazy("Import profile “%(profile)s” is not active. Choose another one or activate it.")


def profile_of(company: Company, code: str) -> ImportProfile:
    """An active profile of the company by its code. Raises ``NotFound``, ``ProfileInactive``."""
    profile = ImportProfile.objects.filter(company=company, code=code).first()
    if profile is None:
        raise NotFound(what=_("Import profile"), key=code)
    if not profile.is_active:
        raise ProfileInactive(profile=profile)
    return profile


def create_run(profile: ImportProfile, opened: Opened, *, by: Any, is_dry_run: bool) -> ImportRun:
    """Keep the file and note that it is going to be read."""
    run = ImportRun(
        company_id=profile.company_id,
        profile=profile,
        file_name=PurePath(opened.table.filename).name[:200],
        file_sha256=opened.sha256,
        is_dry_run=is_dry_run,
        started_by=by,
    )
    run.file.save(f"{opened.sha256[:16]}.{opened.table.kind}", ContentFile(opened.content), save=False)
    run.save()
    return run


def run_again(run: ImportRun, *, by: Any) -> ImportRun:
    """A run that writes, of the file of a dry run."""
    return ImportRun.objects.create(
        company_id=run.company_id,
        profile=run.profile,
        file=run.file.name,
        file_name=run.file_name,
        file_sha256=run.file_sha256,
        is_dry_run=False,
        started_by=by,
    )


def open_run(run: ImportRun) -> Opened:
    """The run's file, opened with its profile as it is now."""
    with run.file.open("rb") as file:
        content = file.read()
    # The stored name carries the true extension; the user's name is for messages.
    return open_file(run.profile, content, run.file_name)


def execute(run: ImportRun, progress: Progress, opened: Opened | None = None) -> dict[str, Any]:
    """Carry a run through and return its summary. Raises ``FileRefused``, ``ProfileInvalid``, ``ImportUnderWay``."""
    clock = Stopwatch()
    opened = opened or open_run(run)
    with _alone(run.profile) if not run.is_dry_run else contextlib.nullcontext():
        return _Execution(run, opened, progress, clock).carry_through()


class _Execution:
    def __init__(self, run: ImportRun, opened: Opened, progress: Progress, clock: "Stopwatch") -> None:
        self.run, self.opened, self.progress, self.clock = run, opened, progress, clock
        self.figures: dict[str, Any] = {}
        self.written: Counter[str] = Counter()  # rows by kind
        self.documents: Counter[str] = Counter()
        self.known_rows = 0
        self.known_documents = 0

    def carry_through(self) -> dict[str, Any]:
        opened, run = self.opened, self.run
        gathered = gather(opened, self.progress)
        plan = opened.target.plan(run.company, opened.options, gathered.documents)
        self.rows, self.issues = gathered.rows, gathered.issues + plan.issues
        waiting = self._without_known(plan.documents)
        self.clock.stage("read")
        if run.is_dry_run:
            for document in waiting:
                self._count(document.kind, len(document.rows))
        else:
            self._write(plan.documents, waiting)
        return self._finish(is_complete=True)

    def _without_known(self, documents: Sequence[PlannedDocument]) -> list[PlannedDocument]:
        """Documents that are not here yet. What this run itself wrote before it was interrupted counts as written."""
        known: dict[DocumentKey, tuple[int, int]] = {
            (number, kind): (run_id, rows)
            for number, kind, run_id, rows in ImportedDocument.objects.filter(profile=self.run.profile).values_list(
                "external_no", "kind", "run_id", "row_count"
            )
        }
        waiting = []
        for document in documents:
            here = known.get((document.external_no, document.kind))
            if here is None:
                waiting.append(document)
            elif here[0] == self.run.pk:
                self._count(document.kind, len(document.rows))
            else:
                self.known_rows += len(document.rows)
                self.known_documents += 1
        return waiting

    def _write(self, planned: Sequence[PlannedDocument], waiting: Sequence[PlannedDocument]) -> None:
        run, target = self.run, self.opened.target
        writer = target.writer(
            WriteContext(
                company=run.company,
                options=self.opened.options,
                run_id=run.pk,
                by=run.started_by,
                profile_id=run.profile_id,
                file_key=run.file_sha256[:16],
                documents=waiting,
                sheet=self.opened.sheet,
            )
        )
        if waiting:
            self.progress.report(0, len(planned), _("Preparing master data and opening stock"))
            with transaction.atomic():
                self.figures = {**writer.prepare(), **run.summary.get("prepared", {})}
                # Kept for a run that goes on after a kill, when nothing is new any more.
                run.summary = {"prepared": self.figures}
                run.save(update_fields=["summary"])
        self.clock.stage("masters")
        done = len(planned) - len(waiting)
        try:
            for start in range(0, len(waiting), target.batch_documents):
                self.progress.report(
                    done + start,
                    len(planned),
                    _("%(done)s of %(total)s documents") % {"done": done + start, "total": len(planned)},
                )
                self._write_batch(writer, waiting[start : start + target.batch_documents])
        except JobCancelled:
            self._finish(is_complete=False)
            raise
        self.clock.stage("import")

    def _write_batch(self, writer: Writer, batch: Sequence[PlannedDocument]) -> None:
        outcome = _write_and_note(self.run, writer, batch)
        for one in outcome.written:
            self._count(one.document.kind, len(one.document.rows))
        for document, error in outcome.refused:
            self.issues += [Issue(row.row_no, "", error.code, error.message) for row in document.rows]

    def _count(self, kind: str, rows: int) -> None:
        self.written[kind] += rows
        self.documents[kind] += 1

    def _finish(self, *, is_complete: bool) -> dict[str, Any]:
        """Store issues and summary. Running again replaces both."""
        self.issues.sort(key=lambda issue: issue.row_no)
        refused = [issue for issue in self.issues if issue.is_refusal]
        left_out = [issue for issue in self.issues if not issue.is_refusal]
        summary = {
            "profile": self.run.profile.code,
            "file": self.run.file_name,
            "dry_run": self.run.is_dry_run,
            "complete": is_complete,
            "rows": self.rows,
            "documents": sum(self.documents.values()),
            "documents_by_kind": dict(sorted(self.documents.items())),
            "rows_in_documents": sum(self.written.values()),
            "rows_by_kind": dict(sorted(self.written.items())),
            "rows_left_out": len(left_out),
            "rows_left_out_by_reason": dict(sorted(Counter(issue.code for issue in left_out).items())),
            "rows_refused": len(refused),
            "rows_refused_by_reason": dict(sorted(Counter(issue.code for issue in refused).items())),
            "already_imported_documents": self.known_documents,
            "already_imported_rows": self.known_rows,
            **self.figures,
        }
        if is_complete and not accounts(summary):
            raise AssertionError(f"rows of the file are unaccounted for: {summary}")
        cells = self._cells_of_issues()
        with transaction.atomic():
            ImportRowIssue.objects.filter(company_id=self.run.company_id, run=self.run).delete()
            ImportRowIssue.objects.bulk_create(
                [
                    ImportRowIssue(
                        company_id=self.run.company_id,
                        run=self.run,
                        row_no=issue.row_no,
                        field=self.opened.shown(issue.field)[:60],
                        code=issue.code,
                        message=issue.message[:400],
                        is_refusal=issue.is_refusal,
                        cells=cells.get(issue.row_no, []),
                    )
                    for issue in self.issues
                ],
                batch_size=2_000,
            )
            self.clock.stage("issues")
            summary["seconds"] = self.clock.seconds()
            self.run.summary, self.run.finished_at = summary, timezone.now()
            self.run.save(update_fields=["summary", "finished_at"])
        log.info("import_finished", company_id=self.run.company_id, run_id=self.run.pk, **_logged(summary))
        return summary

    def _cells_of_issues(self) -> dict[int, list[str]]:
        wanted = {issue.row_no for issue in self.issues}
        if not wanted:
            return {}
        return {
            row_no: [values.text(cell)[:200] for cell in cells]
            for row_no, cells in self.opened.table.rows
            if row_no in wanted
        }


@transactional
def _write_and_note(run: ImportRun, writer: Writer, batch: Sequence[PlannedDocument]) -> BatchOutcome:
    """The documents and the notes that they are here: both or neither."""
    outcome = writer.write(batch)
    ImportedDocument.objects.bulk_create(
        [
            ImportedDocument(
                company_id=run.company_id,
                profile_id=run.profile_id,
                run=run,
                external_no=one.document.external_no,
                kind=one.document.kind,
                document_type=one.document_type,
                document_id=one.document_id,
                row_count=len(one.document.rows),
            )
            for one in outcome.written
        ]
    )
    return outcome


def accounts(summary: dict[str, Any]) -> bool:
    """Whether every row of the file is in a document, here already, left out with a reason, or refused."""
    parts = ("rows_in_documents", "already_imported_rows", "rows_left_out", "rows_refused")
    return bool(summary["rows"] == sum(summary[part] for part in parts))


class Stopwatch:
    """Seconds per stage."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._stages: dict[str, float] = {}

    def stage(self, name: str) -> None:
        """The time since the last stage ended belongs to ``name``."""
        now = time.monotonic()
        self._stages[name] = self._stages.get(name, 0.0) + now - self._last
        self._last = now

    def take_over(self, stages: Mapping[str, float]) -> None:
        """The time since the last stage ended belongs to those stages, measured by somebody else."""
        for name, seconds in stages.items():
            if name != "total":
                self._stages[name] = self._stages.get(name, 0.0) + seconds
        self._last = time.monotonic()

    def seconds(self) -> dict[str, float]:
        total = {"total": time.monotonic() - self._start}
        return {name: round(seconds, 2) for name, seconds in (self._stages | total).items()}


def _logged(summary: dict[str, Any]) -> dict[str, Any]:
    return {key: summary[key] for key in ("rows", "documents", "rows_refused", "dry_run")}


@contextlib.contextmanager
def _alone(profile: ImportProfile) -> Iterator[None]:
    """One writing import per profile at a time. The lock goes with its connection, so a killed worker frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, profile.pk])
        if not cursor.fetchone()[0]:
            raise ImportUnderWay(profile=profile)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, profile.pk])
