"""Start, run, cancel and rescue jobs. The row is the truth; a Celery message only wakes a worker.

A worker claims the row, so a message that arrives twice runs once. Work that reports progress keeps its heartbeat;
a job whose heartbeat stops (its worker was killed) is queued again by the sweep, at most ``ATTEMPTS`` times.
"""

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from kombu.exceptions import OperationalError

from erp.core.companies.models import Company
from erp.core.errors import DomainError, WrongState
from erp.core.jobs.models import Job, JobState
from erp.core.jobs.registry import JobCancelled, Outcome, job_kind

log = structlog.get_logger(__name__)

STALLED_AFTER = dt.timedelta(minutes=2)
FORGOTTEN_AFTER = dt.timedelta(seconds=30)
ATTEMPTS = 3
REPORT_EVERY = 0.4  # seconds


def start(company: Company, kind: str, title: str, arguments: Mapping[str, Any], *, by: Any, language: str = "") -> Job:
    """Queue a job; a worker takes it after the commit. ``language`` is that of its messages (default: the site's).

    Raises ``UnknownJobKind``.
    """
    job_kind(kind)
    with transaction.atomic():
        job = Job.objects.create(
            company=company,
            kind=kind,
            title=title[:200],
            arguments={**arguments, "language": language} if language else dict(arguments),
            started_by=by,
        )
        transaction.on_commit(lambda: send(job.pk))
    return job


def send(job_id: int) -> None:
    """Wake a worker. A broker that is away costs promptness only: the sweep sends again."""
    from erp.core.jobs.tasks import run as run_task

    try:
        run_task.apply_async(args=[job_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("job_message_lost", job_id=job_id, error=str(error))


def run(job_id: int) -> Job | None:
    """Do the work of a waiting (or stalled) job in this process. None if another worker has it, or it is over."""
    job = _claim(job_id)
    if job is None:
        return None
    progress = JobProgress(job)
    try:
        if job.cancel_requested:
            raise JobCancelled
        with override(job.arguments.get("language") or None):
            outcome = job_kind(job.kind).work(job, progress)
    except JobCancelled:
        _finish(job, JobState.CANCELLED, message=_("Cancelled; what was done until then stays."))
    except DomainError as error:
        log.info("job_refused", job_id=job_id, code=error.code, facts=str(dict(error.facts)))
        _finish(job, JobState.FAILED, message=error.message, outcome=Outcome({"error": error.as_dict()}))
    except Exception:
        # Not to carry on: the job says that it failed, the error goes on to Celery's log.
        _finish(job, JobState.FAILED, message=_("An unexpected error stopped the job. Its details are in the log."))
        raise
    else:
        _finish(job, JobState.DONE, outcome=outcome)
    return job


class JobProgress:
    """Writes progress and heartbeat to the job's row, a few times a second at most."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._next = 0.0

    def report(self, done: int, total: int, message: str = "") -> None:
        if (now := time.monotonic()) < self._next:
            return
        self._next = now + REPORT_EVERY
        running = Job.objects.filter(pk=self._job.pk, state=JobState.RUNNING, attempts=self._job.attempts)
        mine = running.update(done=done, total=total, message=message[:400], heartbeat_at=timezone.now())
        # Not ours any more: the sweep gave it to another worker while this one hung.
        if not mine or Job.objects.filter(pk=self._job.pk, cancel_requested=True).exists():
            raise JobCancelled


def cancel(job_id: int, *, company: Company) -> Job:
    """Ask a job to stop: a waiting one at once, a running one after its current batch. Raises ``WrongState``."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(company=company, pk=job_id)
        if job.is_over:
            raise WrongState(what=_("Job"), key=job.title, state=job.get_state_display(), needed=_("Running"))
        job.cancel_requested = True
        if job.state == JobState.WAITING:
            job.state, job.finished_at = JobState.CANCELLED, timezone.now()
        job.save(update_fields=["cancel_requested", "state", "finished_at"])
    return job


def sweep() -> list[int]:
    """Queue again what lost its message or its worker; give up after ``ATTEMPTS`` workers. Returns the job ids."""
    now = timezone.now()
    stalled = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=now - STALLED_AFTER)
    for job in stalled.filter(attempts__gte=ATTEMPTS):
        log.error("job_given_up", job_id=job.pk, kind=job.kind)
        _finish(job, JobState.FAILED, message=_("The worker stopped several times during this job. See its log."))
    forgotten = Q(state=JobState.WAITING, created_at__lt=now - FORGOTTEN_AFTER)
    hung = Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALLED_AFTER)
    again = list(Job.objects.filter(forgotten | hung).order_by("id").values_list("id", flat=True))
    for job_id in again:
        send(job_id)
    return again


def _claim(job_id: int) -> Job | None:
    now = timezone.now()
    free = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALLED_AFTER)
    taken = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING, started_at=now, heartbeat_at=now, attempts=F("attempts") + 1, message=""
    )
    return Job.objects.select_related("company", "started_by").get(pk=job_id) if taken else None


def _finish(job: Job, state: JobState, *, message: str = "", outcome: Outcome | None = None) -> None:
    """Close the job's row, unless another worker has it meanwhile."""
    with transaction.atomic():
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.attempts != job.attempts or row.is_over:
            return
        row.state, row.finished_at, row.heartbeat_at = state, timezone.now(), timezone.now()
        row.message = message[:400]
        if outcome is not None:
            row.outcome = dict(outcome.figures)
            if outcome.file_name:
                row.file.save(outcome.file_name, ContentFile(outcome.content), save=False)
        if state == JobState.DONE:
            row.done = row.total = max(row.total, 1)
        row.save()
    job.refresh_from_db()
