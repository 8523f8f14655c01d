"""Quantity, multi-column and dimension books, and how all books look on the page and in Excel."""

# ruff: noqa: F811
import datetime as dt
import io
import itertools
import tracemalloc
from decimal import Decimal as D

import openpyxl
import pytest
from django.urls import reverse

from erp.core.companies.models import Company
from erp.core.reports import Column, Report, ReportResult, render
from erp.core.reports.model import value_of
from ledger.books.models import BookFilters, MulticolumnBook
from ledger.books.ranges import period_range
from ledger.books.reports import TRIAL_BALANCE
from ledger.books.trial_balance import trial_balance
from ledger.books.views import BOOKS
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.vouchers.models import VoucherKind
from tests.ledger.books_kit import book, opening, reader, report, value  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db
DECEMBER = {"from": "2025-12", "to": "2025-12"}


@pytest.fixture
def expenses(company, book, line, value):
    """Wages 40 and travel 12 of sales, wages 8 of finance; at the end of the month all is transferred."""
    sales, finance = value("department", "SALES"), value("department", "FIN")
    day = dt.date(2025, 12, 8)
    book(day, [line("560101", debit="40.00", dimensions=(sales,)), line("1001", credit="40.00")])
    book(day, [line("560107", debit="12.00", dimensions=(sales,)), line("1001", credit="12.00")])
    book(day, [line("560101", debit="8.00", dimensions=(finance,)), line("1001", credit="8.00")])
    transfer = [
        line("3103", debit="60.00"),
        line("560101", credit="40.00", dimensions=(sales,)),
        line("560107", credit="12.00", dimensions=(sales,)),
        line("560101", credit="8.00", dimensions=(finance,)),
    ]
    book(dt.date(2025, 12, 31), transfer, kind=VoucherKind.CLOSING_PL)
    return company


@pytest.fixture
def goods(company, book, line, value):
    """10 candles for 30, 4 of them sold at 12.00 cost, one returned (red); all for one item."""
    item = value("item", "85123A", "烛台")
    day = dt.date(2025, 12, 2)
    book(day, [line("1405", debit="30.00", quantity=D(10), dimensions=(item,)), line("1001", credit="30.00")])
    book(day, [line("540101", debit="12.00"), line("1405", credit="12.00", quantity=D(4), dimensions=(item,))])
    book(day, [line("540101", debit="-3.00"), line("1405", credit="-3.00", quantity=D(-1), dimensions=(item,))])
    return company


# --- quantity ---------------------------------------------------------------------------------------------------


def test_quantity_price_and_amount_run_side_by_side(goods):
    rows = report(goods, "quantity_lines", account="1405", **DECEMBER).rows
    lines = [(r.quantity_debit, r.price_debit, r.quantity_credit, r.quantity_balance, r.price_balance, r.balance)
             for r in rows if r.kind == "line"]  # fmt: skip
    assert lines == [
        (D(10), D("3.000000"), None, D(10), D(3), D("30.00")),
        (None, None, D(4), D(6), D(3), D("18.00")),
        (None, None, D(-1), D(7), D(3), D("21.00")),
    ]
    (total,) = report(goods, "quantity_totals", **DECEMBER).rows
    assert (total["quantity_debit"], total["quantity_credit"], total["quantity_closing"]) == (10, 3, 7)
    assert (total["price_closing"], total["closing"], total["closing_side"]) == (D(3), D("21.00"), "借")
    (item,) = report(goods, "quantity_totals", dimension="item", **DECEMBER).rows
    assert item["value"] == "85123A 烛台"
    stock = next(row for row in trial_balance(goods, period_range(goods, "2025-12")).rows if row.code == "1405")
    assert (stock.quantity_debit, stock.quantity_credit, stock.quantity_closing) == (10, 3, 7)


def test_an_account_without_quantities_has_no_quantity_book(goods, accountant):
    page = reader(accountant).get(reverse("quantity_lines"), {"account": "1001", **DECEMBER}).content.decode()
    assert "no quantity accounting" in page


# --- multi-column -----------------------------------------------------------------------------------------------


def test_the_columns_of_each_row_add_up_to_the_row_and_transfers_are_left_out(expenses):
    result = report(expenses, "multicolumn", account="5601", **DECEMBER)
    keys = [column.key for column in result.columns][7:]
    assert [column.label for column in result.columns][7:] == ["职工薪酬", "差旅费"]
    lines = [row for row in result.rows if row["kind"] == "line"]
    assert [[row[key] for key in keys] for row in lines] == [
        [D("40.00"), None], [None, D("12.00")], [D("8.00"), None],
    ]  # fmt: skip
    total = next(row for row in result.rows if row["kind"] == "period")
    assert [total[key] for key in keys] == [D("48.00"), D("12.00")] and total["debit"] == D("60.00")
    assert total["balance"] == D("60.00"), "without the transfer"
    whole = report(expenses, "multicolumn", account="5601", closing="1", **DECEMBER)
    total = next(row for row in whole.rows if row["kind"] == "period")
    assert [total[key] for key in keys] == [0, 0] and total["side"] == "平"


def test_a_multi_column_book_unfolds_by_the_values_of_a_dimension(expenses):
    result = report(expenses, "multicolumn", account="5601", dimension="department", **DECEMBER)
    total = next(row for row in result.rows if row["kind"] == "period")
    cells = {column.label.split()[0]: total[column.key] for column in result.columns[7:]}
    assert cells == {"SALES": D("52.00"), "FIN": D("8.00")}


def test_vat_payable_has_columns_on_both_sides(company, book, line):
    book(dt.date(2025, 12, 1), [line("22210101", debit="13.00"), line("1001", credit="13.00")])
    book(dt.date(2025, 12, 2), [line("1001", debit="26.00"), line("22210107", credit="26.00")])
    book(dt.date(2025, 12, 3), [line("22210101", debit="-3.00"), line("1001", credit="-3.00")])
    result = report(company, "multicolumn", account="222101", **DECEMBER)
    assert [(column.label, column.group) for column in result.columns[7:]] == [
        ("进项税额", "借方"), ("销项税额", "贷方"),
    ]  # fmt: skip
    debit, credit = (column.key for column in result.columns[7:])
    for row in result.rows:
        if row["kind"] in ("line", "period"):
            assert (row[debit] or 0) - (row[credit] or 0) == row["debit"] - row["credit"]
    assert next(row for row in result.rows if row["kind"] == "period")[debit] == D("10.00")


def test_a_column_set_is_kept_changed_and_used(expenses, accountant):
    client = reader(accountant)
    given = {"name": "销售费用", "account": "5601", "columns": "560101\n560107 credit"}
    assert client.post(reverse("multicolumn_books"), given).status_code == 302
    kept = MulticolumnBook.objects.get(company=expenses)
    assert kept.columns == [{"account": "560101"}, {"account": "560107", "side": "credit"}]
    result = report(expenses, "multicolumn", book=str(kept.pk), **DECEMBER)
    total = next(row for row in result.rows if row["kind"] == "period")
    assert [total[column.key] for column in result.columns[7:]] == [D("48.00"), D("-12.00")]
    wrong = client.post(reverse("multicolumn_edit", args=[kept.pk]), given | {"columns": "1001"})
    assert wrong.status_code == 200 and "is not below" in wrong.content.decode()
    client.post(reverse("multicolumn_delete", args=[kept.pk]))
    assert not MulticolumnBook.objects.exists()


# --- dimensions -------------------------------------------------------------------------------------------------


def test_balances_by_value_have_a_row_for_what_carries_none_and_add_up_to_the_account(company, book, line, value):
    group = value("customer", "EAST", "华东")[1]
    parent = DimensionValue.objects.get(pk=group)
    one = value("customer", "C1", "甲", parent)
    shop = value("employee", "E1", "张三")
    day = dt.date(2025, 12, 1)
    book(day, [line("1122", debit="70.00", dimensions=(one,)), line("1001", credit="70.00")])
    book(day, [line("1122", debit="5.00", dimensions=(one, shop)), line("1001", credit="5.00")])
    result = report(
        company, "dimension_balances", dimension="customer", account_from="1122", account_to="1122", **DECEMBER
    )
    rows = [(row["kind"], row["value"].strip().split(" ")[0], row["closing_debit"]) for row in result.rows]
    assert rows == [("subtotal", "EAST", D("75.00")), ("line", "C1", D("75.00"))]
    people = report(
        company, "dimension_balances", dimension="employee", account_from="1122", account_to="1122", **DECEMBER
    )
    rows = [(row["value"], row["closing_debit"], row["drill"]["value"]) for row in people.rows]
    assert rows == [("E1 张三", D("5.00"), "employee:E1"), ("未填写", D("70.00"), "employee:-")] or rows[1][1:] == (
        D("70.00"), "employee:-",
    )  # fmt: skip
    assert people.totals["closing_debit"] == D("75.00")
    lines = report(company, "account_lines", account="1122", value="employee:-", **DECEMBER).rows
    assert [row.debit for row in lines if row.kind == "line"] == [D("70.00")], "the drill of the row without a value"
    across = report(company, "dimension_lines", value="customer:C1", **DECEMBER).rows
    assert [row.debit for row in across if row.kind == "line"] == [D("70.00"), D("5.00")]


def test_a_trial_balance_unfolds_pairs_of_values(company, book, line, value):
    one, shop = value("customer", "C1", "甲"), value("employee", "E1", "张三")
    book(dt.date(2025, 12, 1), [line("1122", debit="5.00", dimensions=(one, shop)), line("1001", credit="5.00")])
    types = {row.code: row for row in DimensionType.objects.filter(company=company)}
    table = trial_balance(
        company, period_range(company, "2025-12"), dimension=types["customer"], dimension2=types["employee"]
    )
    (pair,) = [row for row in table.rows if row.is_value]
    assert (pair.value, pair.debit) == ("C1 甲 · E1 张三", D("5.00"))


def test_a_table_of_two_dimensions_adds_up_both_ways(expenses):
    result = report(
        expenses, "dimension_table", dimension="department", dimension_across="employee", measure="debit", **DECEMBER
    )
    assert [(row["row0"].split()[0], row["sum"]) for row in result.rows] == [("FIN", D("8.00")), ("SALES", D("52.00"))]
    assert result.totals["sum"] == D("60.00") == result.totals["cell0"]
    with pytest.raises(Exception, match="measure"):
        report(expenses, "dimension_table", dimension="department", measure="colour", **DECEMBER)


# --- page and Excel ---------------------------------------------------------------------------------------------

ASK = {
    "account_lines": {"account": "1001"},
    "dimension_lines": {"value": "department:SALES"},
    "quantity_lines": {"account": "1405"},
    "multicolumn": {"account": "5601"},
    "dimension_balances": {"dimension": "department"},
    "dimension_table": {"dimension": "department"},
}


@pytest.mark.parametrize("name", BOOKS)
def test_every_book_shows_on_the_page_what_it_writes_to_excel(goods, expenses, auditor, name):
    client = reader(auditor)
    query = {**ASK.get(name, {}), **DECEMBER}
    page = client.get(reverse(name), query)
    assert page.status_code == 200 and "refusal" not in page.context
    shown = [[cell.text for cell in row.cells] for row in page.context["rows"]]
    assert shown
    response = client.get(reverse(name), query | {"export": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response))).active
    columns = page.context["columns"]
    written = [list(row) for row in sheet.iter_rows(values_only=True)]
    labels = [str(column.label) for column in columns]
    start = next(at for at, row in enumerate(written) if list(row[: len(labels)]) == labels) + 1
    for texts, values in zip(shown, written[start:], strict=False):
        for text, cell, column in zip(texts, values, columns, strict=False):
            if column.kind in render.NUMERIC:
                assert cell is None or isinstance(cell, int | float)
                assert (D(text.replace(",", "")) if text else 0) == D(str(cell or 0)), column.key
            elif column.kind == "date" and text:
                assert isinstance(cell, dt.datetime) and text == f"{cell:%Y-%m-%d}"
            else:
                assert text == (cell or "")


@pytest.mark.parametrize("name", BOOKS)
def test_every_book_opens_without_any_filter(goods, auditor, name):
    assert reader(auditor).get(reverse(name)).status_code == 200


def test_the_last_filters_come_back_until_they_are_reset(goods, accountant):
    client = reader(accountant)
    client.get(reverse("account_lines"), {"account": "1405", **DECEMBER})
    assert BookFilters.objects.get(user=accountant).query.count("account=1405") == 1
    assert "85123A" in client.get(reverse("account_lines")).content.decode()
    client.get(reverse("account_lines"), {"reset": "1"})
    assert not BookFilters.objects.exists()


def test_a_workbook_of_many_rows_takes_the_memory_of_a_few():
    def rows():
        for number in range(100_000):
            yield {"day": dt.date(2025, 12, 1), "summary": f"销售 {number}", "debit": D(number) / 100}

    columns = (Column("day", "日期", "date"), Column("summary", "摘要"), Column("debit", "借方", "amount"))
    report_of_many = Report("many", "多", "ledger.view_report", lambda company, params: ReportResult(rows()), columns)
    tracemalloc.start()
    try:
        response = render.xlsx_response(report_of_many, Company(code="acme", name="某某公司"), {})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000, peak
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response)), read_only=True).active
    last = next(itertools.islice(sheet.iter_rows(min_row=100_003, values_only=True), 1))
    assert last == (dt.datetime(2025, 12, 1), "销售 99999", 999.99)


def test_the_trial_balance_shows_on_the_page_what_it_writes_to_excel(goods, expenses, auditor, company):
    client = reader(auditor)
    page = client.get(reverse("trial_balance"), DECEMBER)
    figures = [row for row in page.context["table"].rows if not getattr(row, "is_total", False)]
    assert figures
    columns = TRIAL_BALANCE.columns_for(TRIAL_BALANCE.clean(DECEMBER))
    response = client.get(reverse("trial_balance"), DECEMBER | {"export": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response))).active
    written = {str(row[0]): row for row in sheet.iter_rows(values_only=True) if row[0]}
    for row in figures:
        values = written[row.code]
        for cell, column in zip(values, columns, strict=False):
            if column.kind == "amount":
                assert cell is None or isinstance(cell, int | float)
                assert D(str(cell or 0)) == (value_of(row, column.key) or 0), (row.code, column.key)
