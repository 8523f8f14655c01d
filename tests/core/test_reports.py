"""A report is declared once; table, JSON, CSV, workbook and command show the same figures."""

import csv
import datetime as dt
import io
import json
from dataclasses import dataclass
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from erp.core.companies.models import Company
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult, find, registry, render
from erp.core.reports.dates import date_range
from erp.core.reports.registry import UnknownReport, register

D = Decimal


@dataclass(frozen=True)
class Row:
    code: str
    name: str
    day: dt.date
    debit: D | int
    credit: D | None
    qty: D


COLUMNS = [
    Column("code", "科目"),
    Column("name", "名称"),
    Column("day", "Date", "date"),
    Column("debit", "借方", "amount", "期初余额"),
    Column("credit", "贷方", "amount", "期初余额"),
    Column("qty", "Qty", "quantity"),
]
ROWS = [
    Row("1001", "库存现金", dt.date(2025, 12, 1), D("1234.50"), None, D("1.500000")),
    Row("2001", "=1+1", dt.date(2025, 12, 2), 0, D("-1234.50"), D("1000.000000")),
]


def ask(company, params):
    rows = ROWS[: params["level"]]
    return ReportResult(rows, {"debit": D("1234.50"), "credit": D("-1234.50")}, ["2025-12"], ["含未过账"])


REPORT = Report(
    "probe", "试算", "ledger.view_report", ask, COLUMNS,
    (
        Parameter("from", "From", "period"),
        Parameter("level", "Level", "int", 9),
        Parameter("all", "All", "bool", False),
    ),
)  # fmt: skip
COMPANY = Company(code="acme", name="某某公司")


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(registry, "_REPORTS", {})
    return register(REPORT)


def result():
    return ask(COMPANY, {"level": 9})


def test_the_table_is_aligned_also_with_chinese():
    lines = render.as_table(result(), COLUMNS).splitlines()
    assert lines[0] == "2025-12" and lines[-1] == "含未过账"
    assert [render._width(line) for line in (lines[3], lines[6])] == [render._width(lines[3])] * 2, "rules"
    assert lines[1].strip() == "期初余额"
    assert lines[4].split() == ["1001", "库存现金", "2025-12-01", "1,234.50", "1.5"]
    assert lines[5].split() == ["2001", "=1+1", "2025-12-02", "0.00", "-1,234.50", "1,000"]
    ends = {render._width(line[: line.rindex("-1,234.50")]) for line in (lines[5], lines[7])}
    assert len(ends) == 1, "amounts stand below each other"


def test_a_group_heading_wider_than_its_columns_widens_them():
    columns = [Column("a", "a"), Column("b", "b", "int", "A very long group heading"), Column("c", "c")]
    lines = render.as_table(ReportResult([{"a": "x", "b": 1, "c": "y"}]), columns).splitlines()
    assert lines[0].strip() == "A very long group heading"
    assert lines[3].index("y") > lines[0].index("heading") + 7


def test_json_has_amounts_as_text_with_two_decimals():
    answer = json.loads(render.as_json(REPORT, COMPANY, {"level": 9, "from": None}, result(), COLUMNS))
    assert answer["rows"][0] == {
        "code": "1001", "name": "库存现金", "day": "2025-12-01", "debit": "1234.50", "credit": None, "qty": "1.5",
    }  # fmt: skip
    assert answer["rows"][1]["debit"] == "0.00"
    assert answer["totals"]["credit"] == "-1234.50"
    assert (answer["report"], answer["company"], answer["parameters"]) == ("probe", "acme", {"level": 9})


def test_csv_quotes_what_a_spreadsheet_would_compute_and_leaves_negative_amounts_numbers():
    lines = list(csv.reader(io.StringIO(render.as_csv(result(), COLUMNS))))
    assert lines[0][3] == "期初余额 · 借方"
    assert lines[2] == ["2001", "'=1+1", "2025-12-02", "0.00", "-1234.50", "1000"]


def test_the_workbook_has_typed_cells_title_and_totals():
    stream = io.BytesIO()
    render.as_xlsx(stream, REPORT, COMPANY, result(), COLUMNS)
    page = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).active
    assert [page.cell(number, 1).value for number in (1, 2, 3)] == ["试算", "某某公司", "2025-12"]
    assert [cell.value for cell in page[6]] == ["1001", "库存现金", dt.datetime(2025, 12, 1), 1234.5, None, 1.5]
    assert page["B7"].data_type == "s" and page["D8"].value == 1234.5


def test_parameters_get_types_and_defaults_and_bad_ones_are_explained():
    assert REPORT.clean({"level": "2", "all": "yes"}) == {"from": None, "level": 2, "all": True}
    assert REPORT.clean({}) == {"from": None, "level": 9, "all": False}
    for given in ({"level": "two"}, {"all": "perhaps"}, {"colour": "red"}):
        with pytest.raises(BadParameter) as caught:
            REPORT.clean(given)
        assert caught.value.field == next(iter(given))


def test_a_name_belongs_to_one_report(registered):
    assert find("probe") is register(REPORT)
    with pytest.raises(ValueError, match="twice"):
        register(Report("probe", "other", "p", ask, COLUMNS))
    with pytest.raises(UnknownReport) as caught:
        find("prob")
    assert caught.value.facts["names"] == "probe"


def test_a_range_is_as_wide_as_its_ends_say():
    assert date_range({"from": "2025-12", "to": "2026-2"}) == (dt.date(2025, 12, 1), dt.date(2026, 2, 28))
    assert date_range({"from": "2025-12-06"}) == (dt.date(2025, 12, 6), None)
    for bad in ("2025-13", "2025-02-30", "soon"):
        with pytest.raises(BadParameter):
            date_range({"from": bad})


@pytest.mark.django_db
class TestCommand:
    """``manage.py report``."""

    @pytest.fixture(autouse=True)
    def company(self, registered):
        return Company.objects.create(code="acme", name="某某公司", first_period=dt.date(2025, 1, 1))

    def run(self, *arguments):
        out = io.StringIO()
        call_command("report", *arguments, stdout=out)
        return out.getvalue()

    def test_it_prints_and_writes_every_format(self, tmp_path):
        assert "库存现金" in self.run("probe", "--company", "acme", "--level", "1")
        assert (
            len(json.loads(self.run("probe", "--company", "acme", "--format", "json", "--set", "level=1"))["rows"]) == 1
        )
        for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("table", b"2025-12")):
            file = tmp_path / f"out.{kind}"
            assert self.run("probe", "--company", "acme", "--format", kind, "-o", str(file)) == ""
            assert file.read_bytes().startswith(start)

    def test_without_a_name_it_lists_the_reports(self):
        assert self.run().split()[0] == "probe"

    @pytest.mark.parametrize(
        ("arguments", "explained"),
        [
            (["prob", "--company", "acme"], "probe"),
            (["probe", "--company", "nobody"], "acme"),
            (["probe", "--company", "acme", "--level", "two"], "two"),
            (["probe", "--company", "acme", "--set", "colour=red"], "colour"),
            (["probe", "--company", "acme", "--set", "colour"], "NAME=VALUE"),
            (["probe", "--company", "acme", "-o", "/nowhere/out.txt"], "/nowhere/out.txt"),
        ],
    )
    def test_bad_use_is_explained_and_ends_with_two(self, arguments, explained):
        with pytest.raises(CommandError) as caught:
            self.run(*arguments)
        assert caught.value.returncode == 2
        assert explained in str(caught.value)
