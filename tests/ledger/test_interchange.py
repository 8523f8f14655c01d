"""Exports: all data, and the packages of GB/T 24589.1, read back and compared with the books."""

import csv
import datetime as dt
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.test import Client
from openpyxl import load_workbook

from erp.core.companies.models import Company
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from ledger.accounts.models import AccountDimension
from ledger.books.ranges import period_range
from ledger.books.trial_balance import trial_balance
from ledger.dimensions.services import ValueRow, ensure_values, type_ids
from ledger.interchange import standard
from ledger.interchange.audit import PackageInconsistent
from ledger.interchange.elements import modules
from ledger.interchange.everything import write_everything
from ledger.vouchers import services
from ledger.vouchers.models import Voucher

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def books(company: Company, posted: Callable[..., Voucher], draft: Callable[..., Voucher], accountant: Any) -> None:
    """Two months with posted vouchers, one draft, one void."""
    posted("100.00", dt.date(2025, 11, 5))
    posted("30.00", dt.date(2025, 12, 5))
    draft("7.00", dt.date(2025, 12, 6))
    services.void(draft("9.00", dt.date(2025, 12, 7)), by=accountant)


def _package(company: Company, **how: Any) -> zipfile.ZipFile:
    stream = io.BytesIO()
    standard.write_package(stream, company, 2025, **how)
    return zipfile.ZipFile(stream)


def _xml(package: zipfile.ZipFile, encoding: str) -> dict[str, list[dict[str, str]]]:
    """Table → rows, of all modules."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for name in package.namelist():
        text = package.read(name).decode(encoding)
        assert text.startswith(f'<?xml version="1.0" encoding="{encoding.upper()}"?>')
        for record in ElementTree.fromstring(text.partition("?>")[2]):
            rows = found[record.tag]
            if len(record):
                rows.append({cell.tag: cell.text or "" for cell in record})
    return found


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("edition", "encoding"), [("2024", "utf-8"), ("2010", "utf-8"), ("2010", "gb18030"), ("2024", "gb18030")]
)
def test_every_table_is_there_and_lines_add_up_to_the_balances(company: Company, edition: str, encoding: str) -> None:
    """O06, O07, O08: each table present, empty ones too; Σ lines = turnover = trial balance."""
    found = _xml(_package(company, edition=edition, encoding=encoding), encoding)
    wanted = [table for each in modules(edition).values() for table in each]
    assert {table.name for table in wanted} == set(found)
    for table in wanted:
        for row in found[table.name]:
            assert tuple(row) == table.elements
        if table.keys:
            keys = [tuple(row[name] for name in table.keys) for row in found[table.name]]
            assert len(keys) == len(set(keys)), table.name

    def sums(rows: list[dict[str, str]]) -> dict[tuple[str, str], Decimal]:
        made: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in rows:
            made[row["科目编号"], row["会计期间号"]] += Decimal(row["借方本币金额"]) - Decimal(row["贷方本币金额"])
        return {cell: amount for cell, amount in made.items() if amount}

    lines = [row for row in found["记账凭证"] if row["记账标志"] == "1"]
    assert len(lines) == 4 and len(found["记账凭证"]) == 8
    assert sums(lines) == sums(found["科目余额及发生额"])
    totals = trial_balance(company, period_range(company, "2025-11", "2025-12")).totals
    assert sum(Decimal(row["借方本币金额"]) for row in lines) == totals["debit"] == Decimal("130.00")
    assert [row["作废标志"] for row in found["记账凭证"]].count("1") == 2


def test_the_2024_edition_has_six_modules(company: Company) -> None:
    """O07: chart and auxiliaries stand among the masters; a module without data is there."""
    assert list(modules("2024")) == ["基础档案", "总账", "财务报告", "应收应付", "固定资产", "职工薪酬"]
    assert "会计科目" in [table.name for table in modules("2024")["基础档案"]]
    assert len(_package(company).namelist()) == 6


@pytest.mark.usefixtures("books")
def test_balances_have_a_direction_and_absolute_amounts(company: Company) -> None:
    """O09: a credit balance on a debit account is 贷; a balance of zero stands on the account's own side."""
    rows = _xml(_package(company), "utf-8")["科目余额及发生额"]
    bank = {row["会计期间号"]: row for row in rows if row["科目编号"] == "100201"}
    assert (bank["11"]["期初余额方向"], bank["11"]["期初本币余额"]) == ("借", "0.00")
    assert (bank["11"]["期末余额方向"], bank["11"]["期末本币余额"]) == ("贷", "100.00")
    assert (bank["12"]["期初余额方向"], bank["12"]["期末本币余额"]) == ("贷", "130.00")


def test_auxiliary_items_stand_in_the_order_of_the_account(
    company: Company, account: Any, line: Any, accountant: Any, reviewer: Any
) -> None:
    """O10: a dimension added later comes at the end."""
    office = account("560205")
    AccountDimension.objects.filter(account=office).delete()
    types = type_ids(company.pk)
    for code in ("project", "department"):
        AccountDimension.objects.create(company=company, account=office, dimension_type_id=types[code])
    values = {c: ensure_values(company.pk, c, [ValueRow(c[:1], c)])[c[:1]] for c in ("project", "department")}
    pairs = tuple((types[code], value) for code, value in values.items())
    voucher = services.create_voucher(
        company,
        dt.date(2025, 12, 5),
        None,
        [line("560205", debit="5.00", dimensions=pairs), line("1001", credit="5.00")],
        by=accountant,
    )
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    found = _xml(_package(company), "utf-8")
    defined = [row["对应档案"] for row in found["科目辅助核算"] if row["科目编号"] == "560205"]
    assert defined == ["project", "部门档案"]
    (row,) = [row for row in found["记账凭证"] if row["科目编号"] == "560205"]
    assert (row["辅助项1编号"], row["辅助项2编号"], row["辅助项3编号"]) == ("p", "d", "")


@pytest.mark.usefixtures("books")
def test_json_holds_the_same_tables(company: Company) -> None:
    package = _package(company, form="json")
    (name,) = [name for name in package.namelist() if "总账" in name]
    ledger = json.loads(package.read(name))["总账"]
    assert len(ledger["记账凭证"]) == 8 and ledger["记账凭证"][0]["记账凭证摘要"] == "提取备用金"
    with pytest.raises(standard.UnknownPackage):
        _package(company, edition="2010", form="json")


@pytest.mark.usefixtures("books")
def test_a_package_that_contradicts_itself_is_refused(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = standard.SOURCES["记账凭证"]
    monkeypatch.setitem(standard.SOURCES, "记账凭证", lambda scope: list(lines(scope))[1:])
    with pytest.raises(PackageInconsistent):
        _package(company)


@pytest.mark.usefixtures("books")
def test_all_data_leave_an_inactive_company(company: Company, tmp_path: Path) -> None:
    """O06, S41: export is never refused."""
    Company.objects.filter(pk=company.pk).update(is_active=False)
    for form in ("csv", "xlsx", "gbt2024-xml", "gbt2010-xml"):
        year = ["--year", "2025"] if form.startswith("gbt") else []
        call_command("export_ledger", company.code, form, *year, "--to", str(tmp_path / form), verbosity=0)
    with zipfile.ZipFile(tmp_path / "csv") as package:
        text = package.read("voucher_lines.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 8 and list(rows[0].values())[18] == "100.00"
    book = load_workbook(io.BytesIO((tmp_path / "xlsx").read_bytes()), read_only=True)
    assert len(book.sheetnames) == 6


@pytest.mark.usefixtures("books")
def test_counts_say_what_was_written(company: Company) -> None:
    counts = write_everything(io.BytesIO(), company, form="csv")
    assert counts["voucher_lines"] == 8 and counts["balances"] == 4 and counts["accounts"] > 50


# --- page, job and API ------------------------------------------------------------------------------------------


@pytest.fixture
def browser(accountant: Any) -> Client:
    client = Client()
    client.force_login(accountant)
    return client


@pytest.mark.usefixtures("books")
def test_the_page_starts_a_job_that_leaves_the_file(browser: Client, company: Company) -> None:
    assert "GB/T 24589.1-2024" in browser.get("/ledger/interchange/export/").content.decode()
    response = browser.post(
        "/ledger/interchange/export/", {"form": "gbt2024-xml", "year": "2025", "encoding": "gb18030"}
    )
    job = Job.objects.get(company=company)
    assert response.status_code == 302
    done = jobs.run(job.pk)
    assert done is not None and done.state == "done", done and done.message
    assert done.outcome["记账凭证"] == 8
    with zipfile.ZipFile(done.file.open("rb")) as package:
        assert len(package.namelist()) == 6
    assert f"/jobs/{job.pk}/" in browser.get("/ledger/interchange/export/").content.decode()


def test_a_package_needs_its_year(browser: Client, company: Company) -> None:
    response = browser.post("/ledger/interchange/export/", {"form": "gbt2024-xml", "encoding": "utf-8"})
    assert response.status_code == 200 and not Job.objects.filter(company=company).exists()


def test_the_api_starts_an_export(browser: Client, company: Company) -> None:
    response = browser.post(f"/api/v1/exports/?company={company.code}", {"form": "csv"}, "application/json")
    assert response.status_code == 202, response.content
    assert Job.objects.get(pk=response.json()["id"]).arguments["form"] == "csv"
