"""An import whose worker is killed in the middle goes on with the next one: nothing is lost, nothing comes twice."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from demo import generate
from demo.load import PROFILE
from erp.core.imports import background
from erp.core.imports.models import ImportedDocument
from erp.core.imports.profiles import install_profile
from erp.core.imports.reading import open_file
from erp.core.imports.services import accounts, create_run
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job, JobState
from erp.core.verify import verify
from ledger.posting import service as posting
from ledger.posting.models import BusinessEvent
from sales.orders.models import SalesOrder
from tests.factories import CompanyFactory
from tests.workers import Machine, waking

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 10_000


@pytest.fixture
def machine(redis_url: str, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(redis_url, tmp_path)
    with waking(machine):
        yield machine
    machine.stop_all()


def test_a_killed_import_goes_on_where_it_stopped(machine: Machine, tmp_path: Path) -> None:
    company = CompanyFactory(first_period=generate.FIRST_DAY)
    profile = install_profile(company, json.loads(PROFILE.read_text(encoding="utf-8")))
    file = generate.write(tmp_path / "sales.xlsx", ROWS)
    run = create_run(profile, open_file(profile, file.read_bytes(), file.name), by=None, is_dry_run=False)
    written = ImportedDocument.objects.filter(run=run).exclude(kind="opening")

    worker = machine.worker()
    job = background.start(run, by=None, language="en")
    machine.wait("the first batch is committed", written.exists)
    machine.kill(worker)
    job.refresh_from_db()
    before = written.count()
    assert (job.state, before > 0) == (JobState.RUNNING, True)

    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - dt.timedelta(minutes=10))
    machine.redis.flushdb()  # the broker forgot everything as well
    machine.worker()
    assert jobs.sweep() == [job.pk]
    machine.wait("the job is over", lambda: Job.objects.get(pk=job.pk).is_over)

    run.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2), job.message
    assert accounts(run.summary)
    assert run.summary["already_imported_rows"] == 0
    assert written.count() == run.summary["documents"] > before
    assert written.aggregate(rows=Sum("row_count"))["rows"] == run.summary["rows_in_documents"]
    assert SalesOrder.objects.filter(company=company).count() == written.filter(document_type="sales_order").count()
    posting.post_pending(company.pk)
    machine.wait(
        "everything is posted", lambda: not BusinessEvent.objects.filter(company=company, state="pending").exists()
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert [result for result in verify(company) if not result.holds] == []
    run.file.delete(save=False)
