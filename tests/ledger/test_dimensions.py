"""Dimensions of the company's own: kinds, values in a tree, sheet, look-up; and the ledger settings."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from demo.parts import imports
from ledger.accounts import services as accounts
from ledger.dimensions import files, own, queries
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.imports import sheets
from ledger.preferences.services import (
    PreferenceInvalid,
    SchemeContradicts,
    change_preferences,
    preferences_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_dimension_of_the_companys_own_may_be_required_and_then_stays_in_use(company, account):
    """C02: create a dimension 车辆 and require it on 560105."""
    kind = own.add_type(company, code="vehicle", name="车辆")
    target = account("560105")
    accounts.set_dimensions(target, [kind.pk], [])
    with pytest.raises(own.DimensionRefused):
        own.change_type(kind, name="车辆", name_en="", is_active=False)
    accounts.set_dimensions(target, [], [])
    assert own.change_type(kind, name="车", name_en="Car", is_active=False).is_active is False


@pytest.mark.parametrize(("code", "name"), [("customer", "新"), ("x y", "新"), ("new", "客户"), ("new", "")])
def test_codes_and_names_of_dimensions_are_unique_and_clean(company, code, name):
    with pytest.raises(own.DimensionRefused):
        own.add_type(company, code=code, name=name)


def test_the_program_keeps_its_dimensions_and_masters_their_values(company):
    kind = DimensionType.objects.get(company=company, code="customer")
    with pytest.raises(own.DimensionRefused):
        own.change_type(kind, name="客户", name_en="", is_active=False)
    with pytest.raises(own.DimensionRefused):
        own.add_value(kind, code="C1", name="甲")


def test_values_form_a_tree_without_circles(company):
    kind = own.add_type(company, code="region", name="区域", is_hierarchical=True)
    east = own.add_value(kind, code="E", name="华东")
    city = own.add_value(kind, code="A", name="杭州", parent=east)
    assert [(one.value.code, one.level) for one in queries.tree(kind)] == [("E", 1), ("A", 2)]
    assert [one.value.code for one in queries.tree(kind, text="hangzhou")] or queries.tree(kind, text="hz")
    with pytest.raises(own.DimensionRefused):
        own.change_value(east, name="华东", is_active=True, parent=city)
    flat = own.add_type(company, code="flat", name="平")
    with pytest.raises(own.DimensionRefused):
        own.add_value(flat, code="1", name="一", parent=east)


def test_values_go_out_and_come_in_equal(company, accountant):
    kind = own.add_type(company, code="region", name="区域", is_hierarchical=True)
    east = own.add_value(kind, code="Z", name="华东")
    city = own.add_value(kind, code="A", name="杭州", parent=east)
    own.change_value(city, name="杭州", is_active=False, parent=east)
    content = files.export(company, "own")
    DimensionValue.objects.filter(company=company, dimension_type=kind, parent__isnull=False).delete()
    DimensionValue.objects.filter(company=company, dimension_type=kind).delete()
    run = sheets.check_file(company, files.SHEET, content, "v.xlsx", {}, by=accountant)
    sheets.commit(run, files.SHEET, by=accountant)
    rows = [list(load_workbook(io.BytesIO(one)).active.values) for one in (content, files.export(company, "own"))]
    assert rows[0] == rows[1]
    assert ("区域", "A", "杭州", "Z", "是") in rows[0]


def test_the_pages_of_dimensions(client, company, accountant, auditor):
    client.force_login(accountant)
    client.post(reverse("dimensions_type_add"), {"code": "region", "name": "区域", "is_hierarchical": "on"})
    kind = DimensionType.objects.get(company=company, code="region")
    client.post(reverse("dimensions_value_add", args=[kind.pk]), {"code": "E", "name": "华东"})
    client.post(reverse("dimensions_value_add", args=[kind.pk]), {"code": "E1", "name": "杭州", "parent": "E"})
    value = DimensionValue.objects.get(company=company, code="E1")
    assert value.parent.code == "E"
    client.post(
        reverse("dimensions_value_edit", args=[kind.pk, value.pk]), {"name": "上海", "parent": "E", "is_active": "on"}
    )
    assert "上海" in client.get(reverse("dimensions_values", args=[kind.pk])).content.decode()
    client.post(reverse("dimensions_type_edit", args=[kind.pk]), {"name": "大区", "is_active": "on"})
    assert "大区" in client.get(reverse("dimensions_types")).content.decode()
    found = client.get(reverse("dimensions_lookup", args=[kind.pk]), {"q": "上海"}).json()["results"]
    assert [one["code"] for one in found] == ["E1"]
    assert client.get(reverse("imports_sheet", args=["dimensions"])).status_code == 200
    client.force_login(auditor)
    assert client.post(reverse("dimensions_type_add"), {"code": "x", "name": "y"}).status_code == 403


def test_the_code_scheme_must_fit_the_accounts_that_are_there(company, accountant):
    with pytest.raises(SchemeContradicts):
        change_preferences(company, {"code_scheme": "4-3-2"}, by=accountant)
    with pytest.raises(PreferenceInvalid):
        change_preferences(company, {"code_scheme": "3-2"}, by=accountant)
    assert change_preferences(company, {"code_scheme": "4-2-2-3"}, by=accountant).code_scheme == "4-2-2-3"


def test_the_settings_page_keeps_a_history(client, company, accountant, auditor):
    row = preferences_of(company)
    client.force_login(accountant)
    given = {"accounting_head": "赵主管", "code_scheme": row.code_scheme, "profit_transfer": "two"}
    assert client.post(reverse("preferences_edit"), given).status_code == 302
    row.refresh_from_db()
    assert (row.accounting_head, row.profit_transfer, row.warn_without_attachments) == ("赵主管", "two", False)
    page = client.get(reverse("preferences_edit")).content.decode()
    assert "赵主管" in page and "→" in page and str(accountant) in page
    client.force_login(auditor)
    assert client.post(reverse("preferences_edit"), given).status_code == 403


def test_the_demo_company_has_vehicles_once(company):
    for _time in range(2):
        imports.add(company, {}, dt.date(2025, 12, 31))
    assert DimensionValue.objects.filter(company=company, dimension_type__code="vehicle").count() == 3
