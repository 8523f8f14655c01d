"""Workbooks of ours: typed, harmless, and readable again by our own reader."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.core.excel.read import read_table
from erp.core.excel.template import MarkedRow, TemplateColumn, import_template, mark_errors
from erp.core.excel.write import FORMATS, Sheet, SheetColumn, sheet_name, write_workbook

D = Decimal


def written(*sheets: Sheet, **options):
    stream = io.BytesIO()
    write_workbook(stream, sheets, **options)
    return openpyxl.load_workbook(io.BytesIO(stream.getvalue()))


def one_column(kind: str, *values, **options):
    page = written(Sheet("T", [SheetColumn("H", kind)], [[value] for value in values], **options)).active
    return [page.cell(number, 1) for number in range(2, 2 + len(values))]


def test_cells_have_types_and_formats():
    columns = [
        SheetColumn("Item"), SheetColumn("Date", "date"), SheetColumn("Qty", "quantity"),
        SheetColumn("Amount", "amount"), SheetColumn("Share", "percent"), SheetColumn("n", "int"),
    ]  # fmt: skip
    row = ["00123", dt.date(2025, 12, 31), D("1.5"), D("-1234.50"), D("0.13"), 7]
    page = written(Sheet("明细", columns, [row])).active
    cells = [page.cell(2, index) for index in range(1, 7)]
    assert [cell.value for cell in cells] == ["00123", dt.datetime(2025, 12, 31), 1.5, -1234.5, 0.13, 7]
    assert [cell.number_format for cell in cells] == [
        FORMATS[kind] for kind in ("text", "date", "quantity", "amount", "percent", "int")
    ]
    assert page.freeze_panes == "A2"


def test_title_group_headings_totals_and_notes_frame_the_table():
    columns = [
        SheetColumn("科目"), SheetColumn("借方", "amount", "期初余额"), SheetColumn("贷方", "amount", "期初余额"),
        SheetColumn("余额", "amount"),
    ]  # fmt: skip
    sheet = Sheet(
        "科目余额表",
        columns,
        [["1001", D(1), D(0), D(1)]],
        title=["科目余额表", "某某公司", "2025-12"],
        totals=["合计", D(1), D(0), D(1)],
        notes=["含未过账"],
    )
    page = written(sheet).active
    assert [page.cell(number, 1).value for number in range(1, 9)] == [
        "科目余额表", "某某公司", "2025-12", None, "科目", "1001", "合计", "含未过账",
    ]  # fmt: skip
    assert [str(area) for area in page.merged_cells.ranges] == ["B4:C4"]
    assert page.freeze_panes == "A6"
    assert page.cell(7, 2).font.bold and page.print_title_rows == "$4:$5"


@pytest.mark.parametrize("text", ["=1+1", "+86 571", "-x", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "#N/A"])
def test_text_never_becomes_a_formula(text):
    (cell,) = one_column("text", text)
    assert (cell.data_type, cell.value) == ("s", text)


def test_a_number_with_more_digits_than_excel_keeps_is_not_changed():
    short, long, id_number = one_column("amount", D("1234567890123.45"), D("12345678901234.56"), D(10) ** 17)
    assert (short.value, long.value, id_number.value) == (1234567890123.45, "12,345,678,901,234.56", 1e17)


def test_whole_quantities_show_no_point():
    assert [cell.number_format for cell in one_column("quantity", D("6.000000"), D("6.5"))] == [
        "#,##0;[Red]-#,##0",
        FORMATS["quantity"],
    ]


def test_moments_are_written_in_local_time_and_old_dates_as_text():
    utc = dt.datetime(2025, 12, 31, 17, 30, tzinfo=dt.UTC)
    cells = one_column("date", utc, dt.datetime(2025, 12, 31), dt.date(1899, 1, 1))
    assert [cell.value for cell in cells] == [
        dt.datetime(2026, 1, 1, 1, 30),
        dt.datetime(2025, 12, 31),
        "1899-01-01",
    ]
    assert cells[0].number_format == FORMATS["moment"]


def test_very_long_text_is_cut_to_what_a_cell_holds():
    (cell,) = one_column("text", "长" * 40_000)
    assert len(cell.value) == 32_767


def test_a_full_sheet_goes_on_in_the_next_and_totals_stand_at_the_end():
    sheet = Sheet("流水", [SheetColumn("n", "int")], ([n] for n in range(10)), totals=[45])
    book = written(sheet, Sheet("流水", [SheetColumn("n", "int")], []), max_rows=6)
    assert book.sheetnames == ["流水", "流水 (2)", "流水 (3)", "流水 (4)"]
    assert [[cell.value for cell in page["A"]] for page in book] == [
        ["n", 0, 1, 2, 3], ["n", 4, 5, 6, 7], ["n", 8, 9, 45], ["n"],
    ]  # fmt: skip


@settings(deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=4))
def test_every_sheet_name_is_one_that_excel_accepts(name, others):
    taken: list[str] = []
    for other in [*others, name, name]:
        made = sheet_name(other, taken)
        assert 1 <= len(made) <= 31
        assert not set(made) & set("[]:*?/\\")
        assert made[0] != "'" and made[-1] != "'"
        assert made.casefold() not in {one.casefold() for one in taken}
        taken.append(made)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1), min_size=1, max_size=5)
)
def test_any_text_is_read_back_as_it_was_written(texts):
    stream = io.BytesIO()
    write_workbook(stream, [Sheet("T", [SheetColumn("no", "int"), SheetColumn("H")], list(enumerate(texts)))])
    assert [cells[1] for _no, cells in read_table(stream.getvalue(), "a.xlsx").rows] == texts


def test_a_template_has_notes_drop_downs_and_keeps_leading_zeros():
    stream = io.BytesIO()
    many = [f"选项 {n}, 甲" for n in range(40)]
    columns = [
        TemplateColumn("编码", "商品编码", is_required=True),
        TemplateColumn("类别", choices=["商品", "服务"]),
        TemplateColumn("仓库", choices=many),
        TemplateColumn("单价", kind="amount"),
    ]
    import_template(stream, "商品", columns, [["00123", "商品", many[0], D("1.50")]])
    book = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))
    page = book["商品"]
    assert page["A1"].comment.text == "商品编码"
    assert (page["A2"].value, page["A2"].number_format, page["D2"].value) == ("00123", "@", 1.5)
    formulas = [rule.formula1 for rule in page.data_validations.dataValidation]
    assert formulas[0] == '"商品,服务"'
    assert formulas[1].endswith("!$C$1:$C$40")
    assert [sheet.sheet_state for sheet in book] == ["visible", "hidden", "visible"]
    table = read_table(stream.getvalue(), "商品.xlsx")
    assert (table.sheet, table.headers) == ("商品", ("编码", "类别", "仓库", "单价"))


def test_a_returned_file_marks_the_cells_and_can_be_uploaded_again():
    stream = io.BytesIO()
    rows = [
        MarkedRow(7, ["=cmd", "ten", dt.datetime(2025, 12, 1), 22423.0], {1: "No number.", -1: "Whole row"}),
        MarkedRow(9, ["A\x0b2", "", None, "#N/A"], {3: "No code"}),
    ]
    mark_errors(stream, ["Code", "Qty", "Date", "Ref"], rows)
    page = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).active
    assert [cell.value for cell in page[2]][:3] == [7, "=cmd", "ten"]
    assert page["B2"].data_type == "s" and page["F2"].value == "No number.；Whole row"
    assert page["C2"].fill.fgColor.rgb == "00FDECEE" and page["B2"].fill.fgColor.rgb != "00FDECEE"
    assert (page["B3"].value, page["E3"].data_type) == ("A2", "s")
    again = read_table(stream.getvalue(), "returned.xlsx", expected=["Code", "Qty"])
    assert again.require_columns(["Code", "Qty", "Date", "Ref"])
    assert next(again.rows)[1][:4] == [7.0, "=cmd", "ten", dt.date(2025, 12, 1)]


def test_the_file_holds_no_formula_and_no_link():
    stream = io.BytesIO()
    texts = [["=1+1"], ["http://example.com"], ["mailto:a@b.c"]]
    write_workbook(stream, [Sheet("T", [SheetColumn("H")], texts)])
    with zipfile.ZipFile(io.BytesIO(stream.getvalue())) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml and "hyperlink" not in xml
