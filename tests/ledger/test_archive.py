"""Archive packages: content, hashes, retention."""

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from erp.core.companies.models import Company
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from ledger.interchange import archive, standard
from ledger.interchange.masters import Scope
from ledger.interchange.models import ArchivePackage
from ledger.periods.models import Period
from ledger.statements.snapshots import issue
from ledger.vouchers.models import Voucher


@pytest.fixture
def package(company: Company, posted: Callable[..., Voucher], accountant: Any) -> ArchivePackage:
    posted("100.00", dt.date(2025, 11, 5))
    posted("30.00", dt.date(2025, 12, 5))
    return archive.make_package(company, 2025, by=accountant)


def test_the_package_holds_vouchers_books_and_data_with_their_hashes(package: ArchivePackage) -> None:
    """O04: PDF, structured data and a hash list that a copy can be compared with."""
    with zipfile.ZipFile(package.file.path) as made:
        names = set(made.namelist())
        manifest = json.loads(made.read(archive.MANIFEST))
    assert {"凭证/2025-11.pdf", "凭证/2025-12.pdf", "数据/全部数据.xlsx", "数据/GBT24589-2024-2025.zip"} <= names
    assert any(name.startswith("账簿/") and name.endswith(".pdf") for name in names)
    assert {row["path"] for row in manifest["files"]} == names - {archive.MANIFEST}
    assert archive.check_package(package.file.path, package.sha256) == []


def test_a_changed_copy_is_found(package: ArchivePackage, tmp_path: Path) -> None:
    """O12: a script reads the package by its manifest. O04: authentic and complete."""
    copy = tmp_path / "copy.zip"
    with zipfile.ZipFile(package.file.path) as made, zipfile.ZipFile(copy, "w") as other:
        for name in made.namelist():
            if name == "凭证/2025-11.pdf":
                other.writestr(name, made.read(name) + b"x")
            elif name != "凭证/2025-12.pdf":
                other.writestr(name, made.read(name))
        other.writestr("more.txt", "x")
    problems = archive.check_package(copy, package.sha256)
    assert len(problems) == 4
    call_command("verify_archive", package.file.path, "--sha256", package.sha256)
    with pytest.raises(CommandError):
        call_command("verify_archive", copy)


def test_books_are_kept_thirty_years_and_statements_for_ever(package: ArchivePackage) -> None:
    """O03: counted from 1 January after the year's end; 29 years are refused, by the service and by the database."""
    assert package.keep_until == dt.date(2056, 1, 1)
    assert archive.keep_until(2025, archive.STATEMENTS) is None
    with pytest.raises(archive.ArchiveIsKept):
        archive.delete_package(package, today=dt.date(2055, 1, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        ArchivePackage.objects.filter(pk=package.pk).delete()
    assert ArchivePackage.objects.filter(pk=package.pk).exists()


def test_a_package_is_deleted_after_its_day(package: ArchivePackage) -> None:
    """O03: when the time is over, it may go."""
    package.keep_until = dt.date(2020, 1, 1)
    package.save()
    archive.delete_package(package)
    assert not ArchivePackage.objects.filter(pk=package.pk).exists()


def test_a_year_with_drafts_is_not_archived(company: Company, draft: Callable[..., Voucher], accountant: Any) -> None:
    draft("5.00")
    with pytest.raises(archive.YearNotPosted):
        archive.make_package(company, 2025, by=accountant)


def test_statements_need_to_be_issued_first(company: Company, accountant: Any) -> None:
    with pytest.raises(archive.NothingToArchive):
        archive.make_package(company, 2025, content=archive.STATEMENTS, by=accountant)


def test_page_and_api_make_check_and_refuse(company: Company, accountant: Any, auditor: Any, posted: Any) -> None:
    posted("100.00")
    client = Client()
    client.force_login(accountant)
    client.post("/ledger/interchange/archives/", {"year": "2025", "content": "books"})
    done = jobs.run(Job.objects.get(company=company).pk)
    assert done is not None and done.state == "done", done and done.message
    package = ArchivePackage.objects.get(company=company)
    assert package.sha256[:16] in client.get("/ledger/interchange/archives/").content.decode()
    assert client.get(f"/ledger/interchange/archives/{package.pk}/file/").status_code == 200
    assert client.post(f"/ledger/interchange/archives/{package.pk}/check/").status_code == 302
    client.post(f"/ledger/interchange/archives/{package.pk}/delete/")
    assert ArchivePackage.objects.filter(pk=package.pk).exists()
    other = Client()
    other.force_login(auditor)
    address = f"/api/v1/archives/?company={company.code}"
    assert other.get(address).json()["results"][0]["sha256"] == package.sha256
    assert other.post(address, {"year": 2025}, "application/json").status_code == 403
    assert client.post(address, {"year": 2025}, "application/json").status_code == 202


def test_issued_statements_are_archived_as_they_were_issued(
    company: Company, posted: Callable[..., Voucher], accountant: Any
) -> None:
    """O03, O01: yearly statements as PDF and data, kept for ever; the standard's package holds their lines."""
    posted("100.00")
    issue(company, Period.objects.get(company=company, year=2025, number=12), accountant)
    package = archive.make_package(company, 2025, content=archive.STATEMENTS, by=accountant)
    assert package.keep_until is None
    names = [row["path"] for row in package.manifest["files"]]
    assert "报表/2025-12-balance_sheet.json" in names and any(name.endswith(".pdf") for name in names)
    assert archive.check_package(package.file.path, package.sha256) == []
    with pytest.raises(archive.ArchiveIsKept):
        archive.delete_package(package, today=dt.date(2999, 1, 1))
    rows = list(standard.SOURCES["报表项数据"](Scope(company, 2025, "2024")))
    assert rows and rows[0]["报表编号"].endswith("-2025-12")
