"""Jobs: claimed once, watched, cancelled, rescued."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, WrongState
from erp.core.jobs import registry, services
from erp.core.jobs.models import Job, JobState
from erp.core.jobs.registry import JobKind, Outcome, Progress
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


class Works:
    """A kind of job whose work the test gives."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, job: Job, progress: Progress) -> Outcome:
        self.runs += 1
        return self.work(job, progress)

    def work(self, job: Job, progress: Progress) -> Outcome:
        progress.report(1, 2, "half")
        return Outcome({"made": 2}, "result.txt", b"two")


@pytest.fixture
def works() -> Iterator[Works]:
    kind = Works()
    registry.register_job_kind(JobKind("test.work", "Work", kind))
    yield kind
    registry._KINDS.pop("test.work")


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


@pytest.fixture
def job(company: Company, works: Works) -> Job:
    return Job.objects.create(company=company, kind="test.work", title="Work")


def test_a_job_runs_after_the_commit_and_keeps_figures_and_file(
    company: Company, works: Works, django_capture_on_commit_callbacks: object, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        job = services.start(company, "test.work", "Work", {}, by=None)
        assert works.runs == 0
    job.refresh_from_db()
    assert (job.state, job.outcome, job.percent) == (JobState.DONE, {"made": 2}, 100)
    assert job.file.read() == b"two"


def test_a_message_that_arrives_twice_runs_the_job_once(
    job: Job, works: Works, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    services.run(job.pk)
    assert services.run(job.pk) is None
    assert works.runs == 1


def test_a_refusal_fails_the_job_with_its_sentence(job: Job, works: Works) -> None:
    def refuse(job: Job, progress: Progress) -> Outcome:
        raise DomainError("no_paper", "There is no paper.")

    works.work = refuse  # type: ignore[method-assign]
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "There is no paper.")
    assert job.outcome["error"]["code"] == "no_paper"


def test_an_unexpected_error_fails_the_job_and_is_not_swallowed(job: Job, works: Works) -> None:
    def break_down(job: Job, progress: Progress) -> Outcome:
        raise ZeroDivisionError

    works.work = break_down  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED


def test_a_waiting_job_is_cancelled_at_once(job: Job, works: Works, company: Company) -> None:
    services.cancel(job.pk, company=company)
    assert services.run(job.pk) is None
    job.refresh_from_db()
    assert (job.state, works.runs) == (JobState.CANCELLED, 0)
    with pytest.raises(WrongState):
        services.cancel(job.pk, company=company)


def test_a_running_job_stops_at_its_next_report(job: Job, works: Works, company: Company) -> None:
    def cancelled_meanwhile(job: Job, progress: Progress) -> Outcome:
        services.cancel(job.pk, company=company)
        progress.report(1, 2)
        raise AssertionError("went on")

    works.work = cancelled_meanwhile  # type: ignore[method-assign]
    services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_the_sweep_queues_a_job_again_whose_worker_is_gone(
    job: Job, works: Works, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    long_ago = timezone.now() - dt.timedelta(minutes=10)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=1, heartbeat_at=long_ago)
    assert services.sweep() == [job.pk]
    job.refresh_from_db()
    assert (job.state, works.runs, job.attempts) == (JobState.DONE, 1, 2)


def test_the_sweep_leaves_a_job_with_a_heartbeat_alone(job: Job, works: Works) -> None:
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=timezone.now())
    assert services.sweep() == []
    assert works.runs == 0


def test_the_sweep_finds_a_job_whose_message_was_lost(
    job: Job, works: Works, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - dt.timedelta(minutes=1))
    services.sweep()
    assert works.runs == 1


def test_a_job_that_kills_its_workers_is_given_up(job: Job, works: Works) -> None:
    long_ago = timezone.now() - dt.timedelta(minutes=10)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=services.ATTEMPTS, heartbeat_at=long_ago)
    services.sweep()
    job.refresh_from_db()
    assert (job.state, works.runs) == (JobState.FAILED, 0)


def test_a_hung_worker_cannot_finish_a_job_that_another_has_taken_over(
    job: Job, works: Works, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]

    def taken_over(job: Job, progress: Progress) -> Outcome:
        Job.objects.filter(pk=job.pk).update(attempts=2)
        return Outcome({"by": "the hung one"})

    works.work = taken_over  # type: ignore[method-assign]
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.outcome) == (JobState.RUNNING, {})
