"""Loading the demo company: from nothing, again, and another file."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from demo import generate
from erp.core.access.models import Membership
from erp.core.companies.models import Company
from erp.core.imports.models import ImportRun
from erp.core.verify import verify
from inventory.documents.models import StockDocument
from ledger.vouchers.models import Voucher
from sales.orders.models import SalesOrder

pytestmark = pytest.mark.django_db

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def load_demo(file: Path, *more: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command(
            "load_demo", "--file", str(file), "--json", "--inline-posting", *more, stdout=out, stderr=StringIO()
        )
    except SystemExit as end:
        return int(end.code or 0), json.loads(out.getvalue().splitlines()[-1])
    return 0, json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return generate.write(tmp_path / "sales.xlsx", 600)


def test_a_load_makes_company_users_documents_and_posted_vouchers(file: Path) -> None:
    code, summary = load_demo(file)
    company = Company.objects.get(code="demo")
    assert code == 0
    assert company.first_period == dt.date(2025, 11, 1)
    assert Membership.objects.filter(company=company).count() == 8
    assert summary["rows"] == 600 == summary["rows_in_documents"] + summary["rows_left_out"]
    assert summary["failed_events"] == 0
    assert summary["vouchers"] == Voucher.objects.filter(company=company, status="posted").count() > 0
    assert {"read", "import", "posting", "total"} <= summary["seconds"].keys()
    assert [result for result in verify(company) if not result.holds] == []


def test_no_page_is_empty_but_nothing_beside_the_file_is_posted(tmp_path: Path) -> None:
    file = tmp_path / "returned.csv"
    rows = ["1,85123A,烛台,12,2025-12-01,2.55,17850,中国", "C2,85123A,烛台,-12,2025-12-03,2.55,17850,中国"]
    file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    load_demo(file)
    assert set(Voucher.objects.filter(kind="manual").values_list("status", flat=True)) == {"draft", "reviewed"}
    assert SalesOrder.objects.filter(status="draft").count() == 1
    assert StockDocument.objects.filter(status="draft").count() == 1


def test_a_second_load_finds_everything(file: Path) -> None:
    _code, first = load_demo(file)
    code, second = load_demo(file)
    assert code == 0
    assert {**second, "seconds": None} == {**first, "seconds": None}
    assert ImportRun.objects.count() == 1


def test_another_file_within_the_periods_is_added(file: Path, tmp_path: Path) -> None:
    load_demo(file)
    more = tmp_path / "more.csv"
    more.write_text(f"{HEADER}\n999,85123A,烛台,6,2025-12-30,2.55,17850,中国\n", encoding="utf-8")
    code, summary = load_demo(more)
    assert (code, summary["rows"], summary["documents"]) == (0, 1, 1)


def test_a_file_of_other_years_says_what_to_do(file: Path, tmp_path: Path) -> None:
    load_demo(file)
    old = tmp_path / "old.csv"
    old.write_text(f"{HEADER}\n1,85123A,烛台,6,2010-12-01,2.55,17850,中国\n", encoding="utf-8")
    code, summary = load_demo(old)
    assert (code, summary["error"]["code"]) == (2, "outside_periods")
    assert load_demo(old, "--company", "old")[0] == 0


def test_a_file_that_is_none_is_refused_before_a_company_is_made(tmp_path: Path) -> None:
    assert load_demo(tmp_path / "missing.xlsx")[0] == 2
    (tmp_path / "empty.xlsx").write_bytes(b"")
    assert load_demo(tmp_path / "empty.xlsx")[0] == 2
    assert not Company.objects.exists()
