"""Files as users have them: what is read, and what is refused with which code."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.excel.safety import OLE_MAGIC, FileRefused, Limits
from erp.core.excel.values import RowError

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(*rows, **sheets) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, more in sheets.items():
        sheet = book.create_sheet(title)
        for row in more:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_sheet_xml(xml: str, *, declared: int | None = None) -> bytes:
    """A workbook whose first sheet is ``xml``; ``declared``: the size its directory claims."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["A"]))) as original,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in original.namelist():
            copy.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else original.read(name))
        if declared is not None:
            copy.getinfo("xl/worksheets/sheet1.xml").file_size = declared
    return stream.getvalue()


def refusal(content: bytes, filename: str = "订单.xlsx", **options) -> str:
    with pytest.raises(FileRefused) as caught:
        list(read_table(content, filename, **options).rows)
    assert filename in caught.value.message
    return caught.value.code


def test_rows_come_with_the_numbers_that_excel_shows():
    table = read_table(workbook(["Code", "Qty"], ["A1", 2], [None, None], ["A2", 3.5]), "a.xlsx")
    assert table.headers == ("Code", "Qty")
    assert list(table.rows) == [(2, ["A1", 2.0]), (4, ["A2", 3.5])]
    assert len(list(table.rows)) == 2, "a second look starts anew"


def test_the_header_is_found_below_title_lines_when_columns_are_expected():
    content = workbook(["某某公司"], [], ["期间", "2025-12"], ["Code", "Qty", None], ["A", 1])
    table = read_table(content, "a.xlsx", expected=["qty", "CODE"])
    assert (table.header_row, table.headers) == (4, ("Code", "Qty"))
    assert list(table.rows) == [(5, ["A", 1.0])]
    assert table.require_columns(["Qty"]) == {"Qty": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_of_excel(encoding, delimiter):
    lines = [["编码", "名称"], ["00123", "白色烛台"], ["", ""], ["A2", '"多行\n名称"']]
    content = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    table = read_table(content, "a.csv")
    assert table.headers == ("编码", "名称")
    assert list(table.rows) == [(2, ["00123", "白色烛台"]), (4, ["A2", "多行\n名称"])]


def test_a_sheet_is_chosen_by_name():
    content = workbook(["A"], ["x"], Customers=[["CustomerID"], [7]])
    assert list(read_table(content, "a.xlsx", sheet="customers").rows) == [(2, [7.0])]
    assert refusal(content, sheet="Prices") == "sheet_missing"


def test_missing_columns_are_named_beside_those_found():
    with pytest.raises(FileRefused) as caught:
        read_table(workbook(["Code", "Qty"], ["A", 1]), "a.xlsx").require_columns(["Code", "Price", "Date"])
    assert caught.value.code == "columns_missing"
    assert (caught.value.facts["missing"], caught.value.facts["found"]) == ("Price, Date", "Code, Qty")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7 text", "not_a_spreadsheet"),
        (b"<html><table><tr><td>1</td></tr></table>", "not_a_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(900), "not_a_spreadsheet"),
        (b"a,b\n1,2\n", "file_mislabelled"),
        (OLE_MAGIC + bytes(600) + "Workbook".encode("utf-16-le"), "file_mislabelled"),
        (OLE_MAGIC + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (b"PK\x03\x04 cut off", "file_damaged"),
        (workbook(["Code"], ["A"])[:-200], "file_damaged"),
        (workbook(), "header_missing"),
        (workbook([1, 2, 3], [4, 5, 6]), "header_missing"),
        (workbook(["Code", "Qty", "code "], ["A", 1, 2]), "headers_double"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_as_a_whole_with_its_reason(content, code):
    assert refusal(content) == code


def test_a_broken_xls_under_its_own_name_is_damaged():
    assert refusal(OLE_MAGIC + bytes(600) + "Workbook".encode("utf-16-le"), "旧.xls") == "file_damaged"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileRefused) as caught:
        read_table(tmp_path / "none.xlsx")
    assert caught.value.code == "file_missing"


def test_an_archive_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert refusal(stream.getvalue()) == "not_a_spreadsheet"


def test_a_zip_bomb_is_refused_by_its_directory():
    sheet = f"<worksheet {MAIN}><sheetData>{' ' * 30_000_000}</sheetData></worksheet>"
    assert refusal(with_sheet_xml(sheet)) == "zip_bomb"


def test_a_zip_bomb_whose_directory_lies_is_refused_by_what_comes_out():
    sheet = f"<worksheet {MAIN}><sheetData>{' ' * 30_000_000}</sheetData></worksheet>"
    assert refusal(with_sheet_xml(sheet, declared=900)) == "zip_bomb"


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='9'><c r='ZZZ9'><v>1</v></c></row>",
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B1040000"><v>1</v></c><c r="IA3"><v>1</v></c></row>',
        "<row>" + "<c><v>1</v></c>" * 300 + "</row>",
    ],
    ids=["last cell", "far column", "area", "no addresses"],
)
def test_cells_that_reach_too_far_are_refused_before_memory_is_reserved(cells):
    sheet = f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>"
    assert refusal(with_sheet_xml(sheet)) == "too_many_cells"


def test_limits_can_be_set():
    content = workbook(["A", "B"], *[[n, n] for n in range(10)])
    assert refusal(content, limits=Limits(rows=5)) == "too_many_cells"
    assert refusal(content, limits=Limits(columns=1)) == "too_many_cells"
    assert refusal(content, limits=Limits(file_bytes=10)) == "file_too_large"
    assert refusal(b"A\n1\n2\n3\n", "a.csv", limits=Limits(rows=2)) == "too_many_cells"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (22423.0, "22423"), (0.5, "0.5"), (1e15, "1000000000000000"), (None, ""), (True, "TRUE"),
        ("  a\u00a0 b\u3000", "a b"), ("８５１２３Ａ", "85123A"), ("杭州（中国）", "杭州（中国）"),
        (dt.datetime(2010, 12, 1), "2010-12-01"),
    ],
)  # fmt: skip
def test_a_cell_becomes_text(cell, shown):
    assert values.text(cell) == shown


def test_a_code_is_compared_narrow_and_in_upper_case():
    assert values.code(" ８５１２３ａ－１ ") == "85123A-1"
    assert values.code(22423.0) == values.code("２２４２３") == "22423"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (2.55, "2.55"), (0.1 + 0.2, "0.3"), (6.0, "6"), (1e21, "1E+21"), (-0.0, "0"), ("1,234.50", "1234.5"),
        ("１２．５", "12.5"), ("¥ 1,000", "1000"), ("￥5", "5"), ("(12.5)", "-12.5"), ("−3", "-3"), ("-¥3", "-3"),
        ("13%", "0.13"), (".5", "0.5"), ("1.5E+03", "1500"), ("25元", "25"), ("（１，０００）", "-1000"), (7, "7"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_was_meant(cell, number):
    assert values.decimal(cell) == Decimal(number)


@pytest.mark.parametrize("cell", ["", " ", None, "ten", "1,23", "1.2.3", "12-5", "--5", True, float("nan"), "1 2a"])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(RowError) as caught:
        values.decimal(cell)
    assert caught.value.code in {"not_a_number", "number_missing"}


@settings(deadline=None)
@given(st.decimals(min_value=Decimal("-99999999999"), max_value=Decimal("99999999999"), places=4))
def test_a_number_of_fifteen_digits_survives_the_float_of_excel(number):
    assert values.decimal(float(number)) == number
    assert values.decimal(f"{number:,}") == number


@pytest.mark.parametrize(
    "cell",
    [
        dt.datetime(2010, 12, 1, 8, 26), dt.date(2010, 12, 1), 40513.0, 40513.6, 40513, "2010-12-01", "2010/12/1",
        "2010.12.01", "2010年12月1日", "２０１０年１２月１日", "20101201", 20101201.0, "2010-12-01 08:26",
        "2010-12-01T08:26:30",
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_spellings_in_use(cell):
    assert values.date(cell) == dt.date(2010, 12, 1)


def test_the_time_of_day_is_kept_when_asked_for():
    assert values.moment("2010/12/1 8:26") == dt.datetime(2010, 12, 1, 8, 26)
    assert values.moment(40513.5) == dt.datetime(2010, 12, 1, 12)


@pytest.mark.parametrize(
    "cell", ["", None, "2010-13-01", "1/12/2010", "2010-02-30", "soon", 0.0, 1e9, True, dt.time(1)]
)
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(RowError) as caught:
        values.date(cell)
    assert caught.value.code in {"not_a_date", "date_missing"}
