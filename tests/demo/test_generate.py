"""The demo file is the same each time, as dirty as a real export, and every row of it finds its place."""

import json
from itertools import groupby, islice
from random import Random

import pytest

from demo.catalogue import HOME, buyers, goods
from demo.generate import FIRST_DAY, HEADERS, LAST_DAY, rows, write
from demo.load import PROFILE
from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.imports.profiles import install_profile
from erp.core.imports.reading import open_file
from erp.core.imports.services import accounts, create_run, execute
from erp.core.jobs.registry import Silent
from erp.core.verify import verify
from tests.factories import CompanyFactory


@pytest.fixture(scope="module")
def sheet():
    return list(rows(20_000))


def test_the_same_seed_gives_the_same_rows():
    assert list(islice(rows(2_000), 500)) == list(islice(rows(2_000), 500))
    assert list(islice(rows(2_000, seed=1), 50)) != list(islice(rows(2_000, seed=2), 50))


@pytest.mark.parametrize("count", [40, 333, 6_000])
def test_it_has_exactly_the_asked_number_of_rows(count):
    assert len(list(rows(count))) == count


def test_it_has_the_dirt_of_real_files(sheet):
    assert all(len(row) == len(HEADERS) for row in sheet)
    cancelled = [row for row in sheet if str(row[0]).startswith("C")]
    others = [row for row in sheet if not str(row[0]).startswith("C")]
    assert all(values.decimal(row[3]) < 0 for row in cancelled)
    assert any(values.decimal(row[3]) < 0 for row in others), "stock corrections"
    assert any(values.decimal(row[5]) == 0 and values.decimal(row[3]) > 0 for row in others), "free goods"
    assert 0.2 < sum(row[6] == "" for row in sheet) / len(sheet) < 0.5, "sales without customer"
    assert {type(row[1]) for row in sheet} == {int, str}, "codes are numbers and texts"
    codes = [row[1] for row in sheet if isinstance(row[1], str)]
    assert any(code != code.strip() for code in codes), "blanks"
    assert any(code != code.upper() for code in codes), "small letters"
    assert any(any("０" <= char <= "９" for char in code) for code in codes), "full-width digits"
    assert any(isinstance(row[3], str) for row in sheet), "numbers as text"


def test_it_has_the_service_codes_and_a_very_large_document(sheet):
    codes = {values.code(row[1]) for row in sheet}
    assert {"POST", "DOT", "C2", "M", "D"} <= codes
    assert any(code.startswith("GIFT_0001_") for code in codes)
    sizes = [len(list(lines)) for _number, lines in groupby(sheet, key=lambda row: row[0])]
    assert max(sizes) == 675


def test_a_document_has_one_customer_and_one_moment_and_documents_stand_in_order(sheet):
    documents = [list(lines) for _number, lines in groupby(sheet, key=lambda row: row[0])]
    assert len({lines[0][0] for lines in documents}) == len(documents)
    assert all(len({(row[4], row[6], row[7]) for row in lines}) == 1 for lines in documents)
    moments = [lines[0][4] for lines in documents]
    assert moments == sorted(moments)
    assert moments[0].date() >= FIRST_DAY and moments[-1].date() <= LAST_DAY


def test_goods_come_back_at_most_as_often_as_they_were_sold(sheet):
    balance: dict[tuple, object] = {}
    for row in sheet:
        code = values.code(row[1])
        if code.isdigit() and values.decimal(row[5]):
            key = row[6], code
            balance[key] = balance.get(key, 0) + values.decimal(row[3])
    assert min(balance.values()) >= 0


def test_customers_abroad_are_of_the_export_group_and_names_are_single():
    random = Random(1)
    assert len({good.code for good in goods(random)}) == len(goods(Random(1)))
    shops = buyers(random)
    assert len({shop.name for shop in shops}) == len(shops)
    assert all((shop.country == HOME) != (shop.group == "外贸客户") for shop in shops)


def test_the_second_sheet_names_every_customer(tmp_path):
    file = write(tmp_path / "sales.xlsx", 2_000)
    named = {values.text(cells[0]) for _no, cells in read_table(file, sheet="Customers").rows}
    table = read_table(file)
    assert table.headers == tuple(HEADERS) and len(list(table.rows)) == 2_000
    assert {values.text(cells[6]) for _no, cells in table.rows} - {""} <= named


@pytest.mark.django_db
def test_every_row_becomes_part_of_a_document_or_is_listed_with_its_reason(tmp_path):
    company = CompanyFactory(first_period=FIRST_DAY)
    profile = install_profile(company, json.loads(PROFILE.read_text(encoding="utf-8")))
    file = write(tmp_path / "sales.xlsx", 3_000)
    run = create_run(profile, open_file(profile, file.read_bytes(), file.name), by=None, is_dry_run=True)
    summary = execute(run, Silent())
    assert accounts(summary), summary
    assert summary["rows_refused"] == 0, list(run.issues.values_list("row_no", "message")[:5])
    assert [result for result in verify(company) if not result.holds] == []
