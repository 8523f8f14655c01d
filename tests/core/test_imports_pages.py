"""Pages, command and admin of imports, as users meet them."""

import datetime as dt
import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from demo.load import PROFILE
from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.imports.models import ImportProfile, ImportRun
from erp.core.imports.profiles import install_profile
from erp.core.users.models import User
from sales.orders.models import SalesOrder
from tests.factories import CompanyFactory, UserFactory

pytestmark = pytest.mark.django_db

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
GOOD = "1,85123A,白色烛台,6,2025-12-01,2.55,17850,中国"
BAD = "2,22423,蛋糕架,twelve,2025-12-01,12.75,17850,中国"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def company() -> Company:
    return CompanyFactory(code="trader", first_period=dt.date(2025, 11, 1))


@pytest.fixture
def profile(company: Company) -> ImportProfile:
    return install_profile(company, json.loads(PROFILE.read_text(encoding="utf-8")))


def member(company: Company, role: Role, **fields: Any) -> User:
    user = UserFactory(**fields)
    Membership.objects.create(company=company, user=user, role=role)
    return user


@pytest.fixture
def clerk(company: Company, client: Client) -> Client:
    client.force_login(member(company, Role.CLERK), backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, profile: ImportProfile, content: bytes, name: str = "sales.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("import_list"), {"profile": profile.pk, "file": file})


def text(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def test_from_upload_over_the_check_to_documents(
    clerk: Client, profile: ImportProfile, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = upload(clerk, profile, text(GOOD, BAD))
    run = ImportRun.objects.get()
    assert response.url == reverse("import_detail", args=[run.pk])
    run.refresh_from_db()
    assert (run.is_dry_run, run.summary["documents"], run.summary["rows_refused"]) == (True, 1, 1)
    page = clerk.get(response.url).content.decode()
    assert "“twelve” is not a number" in page
    assert not SalesOrder.objects.exists()

    with django_capture_on_commit_callbacks(execute=True):
        response = clerk.post(reverse("import_commit", args=[run.pk]))
    again = ImportRun.objects.get(is_dry_run=False)
    assert response.url == reverse("import_detail", args=[again.pk])
    assert SalesOrder.objects.get().created_by == again.started_by
    assert clerk.get(reverse("import_list")).status_code == 200
    assert clerk.get(reverse("job_detail", args=[again.job_id])).status_code == 200


def test_the_preview_shows_derived_fields_and_columns(
    clerk: Client, profile: ImportProfile, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        upload(clerk, profile, text(GOOD))
    page = clerk.get(reverse("import_preview", args=[ImportRun.objects.get().pk])).content.decode()
    assert "GOODS" in page
    assert "InvoiceNo" in page
    assert "0.13" in page


def test_the_returned_file_holds_the_refused_rows_and_why(
    clerk: Client, profile: ImportProfile, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        upload(clerk, profile, text(GOOD, BAD))
    response = clerk.get(reverse("import_returned", args=[ImportRun.objects.get().pk]))
    page = load_workbook(BytesIO(response.content)).active
    rows = list(page.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][0] == 3
    assert "twelve" in rows[1][-1]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("sales.csv", b"", "0 bytes"),
        ("sales.csv", b"A,B\n1,2\n", "InvoiceNo"),
        ("sales.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not a spreadsheet"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(
    clerk: Client, profile: ImportProfile, name: str, content: bytes, says: str
) -> None:
    response = upload(clerk, profile, content, name)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not ImportRun.objects.exists()


def test_without_the_permission_nobody_imports(company: Company, client: Client, profile: ImportProfile) -> None:
    client.force_login(member(company, Role.CASHIER), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("import_list")).status_code == 403
    assert upload(client, profile, text(GOOD)).status_code == 403


def test_runs_of_another_company_are_not_found(clerk: Client) -> None:
    other = CompanyFactory()
    run = ImportRun.objects.create(
        company=other, profile=ImportProfile.objects.create(company=other, code="x", name="x", target="x")
    )
    assert clerk.get(reverse("import_detail", args=[run.pk])).status_code == 404


def command(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("import_file", *arguments, stdout=out, stderr=StringIO())
    return int(end.value.code or 0), json.loads(out.getvalue())


def test_the_command_says_by_its_exit_code_what_happened(profile: ImportProfile, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    call = ["online-retail", str(file), "--company", "trader"]
    assert command(*call)[0] == 2
    file.write_bytes(text(GOOD, BAD))
    assert command(*call, "--dry-run")[0] == 1
    assert not SalesOrder.objects.exists()
    file.write_bytes(text(GOOD))
    code, summary = command(*call)
    assert (code, summary["documents"], summary["rows"]) == (0, 1, 1)
    assert SalesOrder.objects.count() == 1
    assert command("nothing", str(file), "--company", "trader")[0] == 2
    assert command("online-retail", str(file), "--company", "nobody")[0] == 2


def test_the_admin_shows_a_profile_and_takes_one_as_json(
    company: Company, client: Client, profile: ImportProfile
) -> None:
    user = member(company, Role.ACCOUNTANT, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:core_importprofile_change", args=[profile.pk])).status_code == 200
    rule = profile.rules.first()
    assert client.get(reverse("admin:core_importrule_change", args=[rule.pk])).status_code == 200  # type: ignore[union-attr]
    response = client.post(
        reverse("admin:core_importprofile_changelist"), {"action": "export_json", "_selected_action": [profile.pk]}
    )
    document = json.loads(response.content)
    document[0]["rules"][-1]["to"] = "0.06"
    response = client.post(
        reverse("admin:core_importprofile_import"),
        {"file": SimpleUploadedFile("p.json", json.dumps(document).encode())},
    )
    assert response.status_code == 302
    assert profile.rules.last().value == "0.06"  # type: ignore[union-attr]


def test_the_admin_refuses_a_profile_that_cannot_work_and_keeps_the_old_one(
    company: Company, client: Client, profile: ImportProfile
) -> None:
    user = member(company, Role.ACCOUNTANT, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    document = json.loads(PROFILE.read_text(encoding="utf-8"))
    document["fields"][0]["field"] = "nonsense"
    response = client.post(
        reverse("admin:core_importprofile_import"),
        {"file": SimpleUploadedFile("p.json", json.dumps(document).encode())},
    )
    assert response.status_code == 200
    assert "nonsense" in response.content.decode()
    assert profile.fields.count() == 8


def test_an_accountant_changes_a_rule_in_the_admin_and_the_next_file_follows(
    company: Company, client: Client, profile: ImportProfile, tmp_path: Path
) -> None:
    user = member(company, Role.ACCOUNTANT, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    rule = profile.rules.get(value="0.13")
    conditions = list(rule.conditions.order_by("id"))
    posted: dict[str, Any] = {
        "sequence": rule.sequence,
        "field": rule.field,
        "value": "0.09",
        "note": rule.note,
        "conditions-TOTAL_FORMS": len(conditions),
        "conditions-INITIAL_FORMS": len(conditions),
    }
    for at, one in enumerate(conditions):
        posted |= {
            f"conditions-{at}-id": one.pk,
            f"conditions-{at}-rule": rule.pk,
            f"conditions-{at}-field": one.field,
            f"conditions-{at}-operator": one.operator,
            f"conditions-{at}-value": one.value,
        }
    response = client.post(reverse("admin:core_importrule_change", args=[rule.pk]), posted)
    assert response.status_code == 302, response.context["errors"]
    file = tmp_path / "sales.csv"
    file.write_bytes(text(GOOD))
    command("online-retail", str(file), "--company", "trader")
    assert str(SalesOrder.objects.get().tax) == "1.38"
