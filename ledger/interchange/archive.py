"""Archive packages (会计档案) of a year: what was kept, with a hash of every file, and how long it must stay.

The package of vouchers and books holds vouchers as PDF, books as PDF and Excel, the structured data and the
originals; that of the yearly statements is separate, because it is kept for ever (会计档案管理办法: 30 years and
permanently, counted from 1 January after the year's end).
"""

import datetime as dt
import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core import reports
from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.jobs.registry import Progress, Silent
from erp.core.pdf.report import report_pdf
from erp.core.reports.model import Column, Report, ReportResult
from erp.core.reports.render import as_xlsx
from ledger.interchange import everything, standard
from ledger.interchange.models import ArchivePackage
from ledger.periods.models import Period
from ledger.statements.models import StatementSnapshot
from ledger.vouchers.attachments.models import VoucherAttachment
from ledger.vouchers.models import Voucher, VoucherStatus
from ledger.vouchers.print import stream_printed, voucher_pdf
from ledger.vouchers.seals.models import SealBlock

BOOKS, STATEMENTS = "books", "statements"
CONTENTS = (BOOKS, STATEMENTS)
YEARS_KEPT = 30
MANIFEST = "manifest.json"
BOOK_REPORTS = ("trial_balance", "general_ledger", "journal", "vouchers")


class YearNotPosted(DomainError):
    code = "year_not_posted"
    template = _("%(count)s vouchers of %(year)s are not posted. Post or void them, then archive the year.")


class NothingToArchive(DomainError):
    code = "nothing_to_archive"
    template = _("%(year)s has no issued statement yet. Issue the yearly statements first.")


class ArchiveIsKept(DomainError):
    code = "archive_is_kept"
    template = _("The archive of %(year)s must be kept until %(until)s; it cannot be deleted.")


@dataclass(slots=True)
class _Package:
    """The zip as it grows: every file is hashed while it is written."""

    zip: zipfile.ZipFile
    files: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, write: Callable[[IO[bytes]], object]) -> None:
        """A file by a function that writes it; a temporary file holds it meanwhile, never the memory."""
        with tempfile.TemporaryFile() as content:
            write(content)
            content.seek(0)
            self.copy(name, content)

    def copy(self, name: str, content: Any) -> None:
        digest, size = hashlib.sha256(), 0
        with self.zip.open(name, "w", force_zip64=True) as out:
            while part := content.read(1 << 20):
                out.write(part)
                digest.update(part)
                size += len(part)
        self.files.append({"path": name, "sha256": digest.hexdigest(), "size": size})


def keep_until(year: int, content: str) -> dt.date | None:
    """O03: 30 years from 1 January after the year's end; yearly statements for ever (None)."""
    return None if content == STATEMENTS else dt.date(year + 1 + YEARS_KEPT, 1, 1)


def make_package(
    company: Company, year: int, *, content: str = BOOKS, by: Any, progress: Progress | None = None
) -> ArchivePackage:
    """Write the package of a year and keep it. Raises ``NoSuchYear``, ``YearNotPosted``, ``NothingToArchive``."""
    periods = list(Period.objects.filter(company=company, year=year).order_by("start"))
    if not periods:
        raise standard.NoSuchYear(year=year, field="year")
    waiting = Voucher.objects.filter(
        company=company, period__in=periods, status__in=[VoucherStatus.DRAFT, VoucherStatus.REVIEWED]
    ).count()
    if waiting:
        raise YearNotPosted(count=waiting, year=year)
    steps = _books if content == BOOKS else _statements
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{company.code}-{year}-{content}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as made:
            package = _Package(made)
            for number, step in enumerate(steps(package, company, year, periods)):
                (progress or Silent()).report(number, len(periods) + 5, step)
            manifest = _manifest(company, year, content, package.files)
            made.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with path.open("rb") as file, transaction.atomic():
            kept = ArchivePackage(
                company=company,
                year=year,
                sha256=digest,
                size=path.stat().st_size,
                manifest=manifest,
                keep_until=keep_until(year, content),
                made_by=by,
            )
            kept.file.save(path.name, File(file), save=False)
            kept.save()
    return kept


def _manifest(company: Company, year: int, content: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    head = SealBlock.objects.filter(company=company).order_by("-number").first()
    return {
        "format": "tongzhang-archive-1",
        "company": company.code,
        "name": company.name,
        "credit_code": company.credit_code,
        "year": year,
        "content": content,
        "made_at": timezone.now().isoformat(),
        "seal": {"block": head.number, "hash": head.hash} if head else None,
        "files": files,
    }


def _books(package: _Package, company: Company, year: int, periods: list[Period]) -> Iterator[str]:
    """Vouchers month by month, books, structured data, originals. Yields what was done."""
    for period in periods:
        ids = list(
            Voucher.objects.filter(company=company, period=period, status__in=["posted", "void"])
            .order_by("word", "number")
            .values_list("pk", flat=True)
        )
        if ids:
            package.add(
                f"凭证/{period}.pdf",
                lambda out, ids=ids: voucher_pdf(out, company, stream_printed(company, ids)),  # type: ignore[misc]
            )
            yield str(period)
    given = {"from": str(periods[0]), "to": str(periods[-1])}
    for report in _registered():
        _add_report(package, "账簿", company, report, given)
        yield str(report.title)
    package.add(
        "数据/全部数据.xlsx",
        lambda out: everything.write_everything(out, company, form="xlsx", first_year=year, last_year=year),
    )
    package.add(f"数据/GBT24589-2024-{year}.zip", lambda out: standard.write_package(out, company, year))
    yield "GB/T 24589.1"
    originals = VoucherAttachment.objects.filter(company=company, voucher__period__in=periods).select_related(
        "voucher__period"
    )
    for original in originals.order_by("id").iterator(chunk_size=500):
        voucher = original.voucher
        with original.file.open("rb") as content:
            package.copy(
                f"附件/{voucher.period}/{voucher.word}-{voucher.number}/{original.pk}-{_safe(original.name)}", content
            )
    yield str(_("Attachments"))


def _statements(package: _Package, company: Company, year: int, periods: list[Period]) -> Iterator[str]:
    """The issued statements of the year's last period, as they were issued."""
    found = StatementSnapshot.objects.filter(
        company=company, period__year=year, period__number=12, superseded_at=None
    ).select_related("statement", "period", "company")
    if not found:
        raise NothingToArchive(year=year)
    for made in found:
        text = json.dumps(
            {"statement": made.statement.code, "name": made.statement.name, "period": str(made.period)}
            | {"made_at": made.made_at.isoformat(), "content": made.payload},
            ensure_ascii=False,
            indent=1,
        )
        package.copy(f"报表/{made.period}-{made.statement.code}.json", io.BytesIO(text.encode()))
        package.add(f"报表/{made.period}-{_safe(made.statement.name)}.pdf", lambda out, made=made: _issued(out, made))  # type: ignore[misc]
        yield made.statement.name


def _issued(out: IO[bytes], made: StatementSnapshot) -> None:
    """The statement as PDF, from what was issued and not from the books of today."""
    rows = made.payload["rows"]
    labels = made.payload["columns"]
    columns = [Column("line", "行次", "int"), Column("label", "项目", width=46)]
    columns += [Column(str(at), label, "amount") for at, label in enumerate(labels)]
    shown = [
        {"line": row["line"], "label": row["label"]}
        | {str(at): Decimal(value) if value is not None else None for at, value in enumerate(row["values"])}
        for row in rows
    ]
    result = ReportResult(rows=shown, subtitle=[str(made.period)])
    report_pdf(out, title=made.statement.name, company=made.company.name, result=result, columns=columns)


def _registered() -> Iterator[Report]:
    known = set(reports.names())
    for name in BOOK_REPORTS:
        if name in known:
            yield reports.find(name)


def _add_report(package: _Package, folder: str, company: Company, report: Report, given: dict[str, str]) -> None:
    """The report as Excel and as PDF; each runs the query anew, because its rows may be taken only once."""
    params = report.clean(given)
    columns = report.columns_for(params)
    name = f"{folder}/{_safe(str(report.title))}-{given['to'][:4]}"
    package.add(f"{name}.xlsx", lambda out: as_xlsx(out, report, company, report.query(company, params), columns))
    package.add(
        f"{name}.pdf",
        lambda out: report_pdf(
            out, title=str(report.title), company=company.name, result=report.query(company, params), columns=columns
        ),
    )


def _safe(name: str) -> str:
    """A file name without folders."""
    return name.replace("/", "_").replace("\\", "_").lstrip(".")[:120] or "file"


def check_package(path: Path | str, sha256: str = "") -> list[str]:
    """O04: compare a copy with its manifest, and with the hash of the package if given. Empty: all is as archived."""
    problems: list[str] = []
    with open(path, "rb") as file:
        if sha256 and hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            problems.append(str(_("the package differs from the one that was archived")))
    try:
        with zipfile.ZipFile(path) as package:
            manifest = json.loads(package.read(MANIFEST))
            there = set(package.namelist()) - {MANIFEST}
            for row in manifest["files"]:
                if row["path"] not in there:
                    problems.append(_("%(file)s is missing") % {"file": row["path"]})
                    continue
                there.remove(row["path"])
                with package.open(row["path"]) as content:
                    digest = hashlib.sha256()
                    shutil.copyfileobj(content, _Sink(digest))
                if digest.hexdigest() != row["sha256"]:
                    problems.append(_("%(file)s was changed") % {"file": row["path"]})
            problems += [_("%(file)s does not belong to it") % {"file": name} for name in sorted(there)]
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        problems.append(_("not a readable package: %(error)s") % {"error": error})
    return problems


class _Sink:
    """A file that only hashes what is written to it."""

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def write(self, part: bytes) -> int:
        self._digest.update(part)
        return len(part)


def delete_package(package: ArchivePackage, *, today: dt.date | None = None) -> None:
    """Delete a package whose time is over. Raises ``ArchiveIsKept`` before; the database refuses it as well."""
    today = today or timezone.localdate()
    if package.keep_until is None or today < package.keep_until:
        raise ArchiveIsKept(year=package.year, until=package.keep_until or _("for ever"))
    name, storage = package.file.name or "", package.file.storage
    with transaction.atomic():
        package.delete()
        transaction.on_commit(lambda: storage.delete(name))
