"""Import vouchers of another system: check the file, look at what is wrong, then write drafts. As jobs.

A voucher is known by its month, word and number in the other system; the same file twice adds nothing, and a mended
file adds only what was refused before. The profile ``vouchers`` of a company keeps what unknown accounts were mapped
to. With ``control_accounts`` lines may stand on accounts that only documents post to, since the documents of
the other system are not entered here.
"""

import hashlib
import time
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.imports.models import ImportedDocument, ImportProfile, ImportRowIssue, ImportRun, ValueMapping
from erp.core.imports.services import ImportUnderWay
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from erp.core.jobs.registry import JobKind, Outcome, Progress, Silent, register_job_kind
from ledger.dimensions.models import DimensionType
from ledger.imports import writer
from ledger.imports.columns import words_of_types
from ledger.imports.layout import VoucherFile, open_vouchers
from ledger.imports.plan import PlannedVoucher, VoucherPlan, make_plan
from ledger.vouchers.models import Voucher
from ledger.vouchers.services import account_terms

PROFILE = "vouchers"
TARGET = "ledger.vouchers"
KIND = "ledger.import_vouchers"
_LOCK_SPACE = 0x1A9048


def profile_of(company: Company) -> ImportProfile:
    """The profile under which vouchers are imported. Not active: the general import page cannot read with it."""
    profile, _made = ImportProfile.objects.get_or_create(
        company=company, code=PROFILE, defaults={"name": "凭证", "target": TARGET, "is_active": False}
    )
    return profile


def open_file(company: Company, content: bytes, filename: str) -> VoucherFile:
    """The file with its columns understood. Raises ``FileRefused``."""
    types = DimensionType.objects.filter(company=company).values_list("code", "name", "name_en")
    return open_vouchers(content, filename, words_of_types(types))


def create_run(company: Company, content: bytes, filename: str, *, by: Any) -> ImportRun:
    """Keep a file that can be read, for its dry run. Raises ``FileRefused``."""
    file = open_file(company, content, filename)
    sha256 = hashlib.sha256(content).hexdigest()
    run = ImportRun(
        company=company,
        profile=profile_of(company),
        file_name=PurePath(filename).name[:200],
        file_sha256=sha256,
        is_dry_run=True,
        started_by=by,
    )
    run.file.save(f"{sha256[:16]}.{file.table.kind}", ContentFile(content), save=False)
    run.save()
    return run


def run_again(run: ImportRun, *, by: Any, is_dry_run: bool) -> ImportRun:
    """Another run of the same file."""
    return ImportRun.objects.create(
        company_id=run.company_id,
        profile=run.profile,
        file=run.file.name,
        file_name=run.file_name,
        file_sha256=run.file_sha256,
        is_dry_run=is_dry_run,
        started_by=by,
    )


@transaction.atomic
def start(run: ImportRun, options: Mapping[str, bool], *, by: Any, language: str = "") -> Job:
    """Queue the run. ``options``: ``create_missing`` (dimension values), ``control_accounts``."""
    title = _("Check %(file)s") if run.is_dry_run else _("Import %(file)s")
    arguments = {"run": run.pk, **options}
    job = jobs.start(run.company, KIND, title % {"file": run.file_name}, arguments, by=by, language=language)
    run.job = job
    run.save(update_fields=["job"])
    return job


def execute(
    run: ImportRun, *, create_missing: bool = False, control_accounts: bool = True, progress: Progress | None = None
) -> dict[str, Any]:
    """Carry the run through and return its summary. Raises ``FileRefused``, ``ImportUnderWay``."""
    began = time.monotonic()
    with run.file.open("rb") as stored:
        content = stored.read()
    file = open_file(run.company, content, run.file_name)
    plan = make_plan(
        run.company,
        file,
        account_map=account_map(run.profile),
        create_missing=create_missing,
        may_use_control=control_accounts,
    )
    if run.is_dry_run:
        waiting, known = _without_known(run, plan.vouchers)
        figures = _figures(plan, waiting, known)
    else:
        figures = _write(run, plan, progress or Silent())
    summary = {
        **figures,
        "dry_run": run.is_dry_run,
        "unknown_accounts": {code: list(found) for code, found in sorted(plan.unknown_accounts.items())},
        "ignored_columns": file.columns.unknown[:40],
        "seconds": {"total": round(time.monotonic() - began, 2)},
    }
    _keep(run, plan, summary)
    return summary


def account_map(profile: ImportProfile) -> dict[str, str]:
    """Account code in the file → our code."""
    return dict(ValueMapping.objects.filter(profile=profile, field="account").values_list("source", "target"))


def map_accounts(profile: ImportProfile, codes: Mapping[str, str]) -> None:
    """Keep which of our accounts the file's accounts are, for this and later files."""
    for source, target in codes.items():
        ValueMapping.objects.update_or_create(
            company_id=profile.company_id, profile=profile, field="account", source=source, defaults={"target": target}
        )


def _write(run: ImportRun, plan: VoucherPlan, progress: Progress) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, run.company_id])
        if not cursor.fetchone()[0]:
            raise ImportUnderWay(profile=run.profile)
    try:
        waiting, known = _without_known(run, plan.vouchers)
        figures = _figures(plan, waiting, known)
        new_values = writer.make_values(run.company, plan, waiting)
        terms = account_terms(run.company_id, {line.account_id for one in waiting for line in one.lines})
        for begin in range(0, len(waiting), writer.BATCH):
            progress.report(begin, len(waiting), _("%(done)s of %(total)s documents") % {
                "done": begin, "total": len(waiting)
            })  # fmt: skip
            writer.write_batch(run, waiting[begin : begin + writer.BATCH], terms, run.started_by)
        return figures | {"new_values": new_values}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, run.company_id])


def _without_known(run: ImportRun, vouchers: list[PlannedVoucher]) -> tuple[list[PlannedVoucher], list[PlannedVoucher]]:
    """(not here yet, here already). A draft that was deleted since may come again."""
    notes = dict(
        ImportedDocument.objects.filter(company_id=run.company_id, profile=run.profile).values_list(
            "external_no", "document_id"
        )
    )
    here = set(Voucher.objects.filter(company_id=run.company_id, pk__in=notes.values()).values_list("id", flat=True))
    gone = [number for number, voucher_id in notes.items() if voucher_id not in here]
    if gone and not run.is_dry_run:
        ImportedDocument.objects.filter(company_id=run.company_id, profile=run.profile, external_no__in=gone).delete()
    is_known = [notes.get(one.key) in here for one in vouchers]
    return (
        [one for one, known in zip(vouchers, is_known, strict=True) if not known],
        [one for one, known in zip(vouchers, is_known, strict=True) if known],
    )


def _figures(plan: VoucherPlan, waiting: list[PlannedVoucher], known: list[PlannedVoucher]) -> dict[str, Any]:
    return {
        "rows": plan.rows,
        "documents": len(waiting),
        "rows_in_documents": sum(len(one.row_nos) for one in waiting),
        "rows_refused": plan.refused_rows,
        "documents_refused": plan.refused_vouchers,
        "already_imported_documents": len(known),
        "already_imported_rows": sum(len(one.row_nos) for one in known),
        "new_values": len(plan.new_values),
    }


@transaction.atomic
def _keep(run: ImportRun, plan: VoucherPlan, summary: dict[str, Any]) -> None:
    ImportRowIssue.objects.filter(company_id=run.company_id, run=run).delete()
    ImportRowIssue.objects.bulk_create(
        [
            ImportRowIssue(
                company_id=run.company_id,
                run=run,
                row_no=issue.row_no,
                field=issue.field[:60],
                code=issue.code,
                message=issue.message[:400],
            )
            for issue in sorted(plan.issues, key=lambda issue: issue.row_no)
        ],
        batch_size=2_000,
    )
    run.summary, run.finished_at = summary, timezone.now()
    run.save(update_fields=["summary", "finished_at"])


def work(job: Job, progress: Progress) -> Outcome:
    """Carry a run through in a worker."""
    run = ImportRun.objects.select_related("company", "profile", "started_by").get(
        company_id=job.company_id, pk=job.arguments["run"]
    )
    return Outcome(
        execute(
            run,
            create_missing=bool(job.arguments.get("create_missing")),
            control_accounts=bool(job.arguments.get("control_accounts")),
            progress=progress,
        )
    )


def register() -> None:
    register_job_kind(
        JobKind(
            KIND,
            gettext_lazy("Import of vouchers"),
            work,
            lambda job: reverse("imports_voucher_run", args=[job.arguments["run"]]),
        )
    )
