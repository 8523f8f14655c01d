"""The pivot: figures someone can check by hand, subtotals, what carries no value, closing vouchers, filters."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from erp.core.companies.models import Company
from ledger.analysis.fields import UnknownField
from ledger.analysis.models import PivotView
from ledger.analysis.pivot import PivotSpec, pivot
from ledger.books.ranges import period_range
from ledger.dimensions.services import ValueRow, ensure_values, type_ids
from ledger.vouchers import services
from ledger.vouchers.models import VoucherKind

NOVEMBER, DECEMBER = dt.date(2025, 11, 10), dt.date(2025, 12, 10)


@pytest.fixture
def write(company: Company, accountant: Any, reviewer: Any) -> Callable[..., Any]:
    """``write(date, [lines], kind=…)`` posts a voucher."""

    def make(date: dt.date, lines: list[Any], kind: str = VoucherKind.MANUAL) -> Any:
        voucher = services.create_voucher(company, date, None, lines, by=accountant, kind=kind)
        services.review(voucher, by=reviewer)
        services.post(voucher, by=accountant)
        return voucher

    return make


@pytest.fixture
def books(company: Company, write: Callable[..., Any], line: Callable[..., Any], departments: dict[str, int]) -> None:
    """Office costs of two departments in two months, and the transfer of November's profit and loss."""
    dept = type_ids(company.pk)["department"]

    def cost(amount: str, department: str, summary: str) -> Any:
        return line("560203", debit=amount, summary=summary, dimensions=((dept, departments[department]),))

    write(NOVEMBER, [cost("100.00", "D01", "办公用品"), line("1001", credit="100.00", summary="办公用品")])
    write(DECEMBER, [cost("30.00", "D01", "办公用品"), line("1001", credit="30.00", summary="办公用品")])
    write(DECEMBER, [cost("50.00", "D02", "快递费"), line("100201", credit="50.00", summary="快递费")])
    write(
        dt.date(2025, 11, 30),
        [
            line("3103", debit="100.00", summary="结转损益"),
            line("560203", credit="100.00", summary="结转损益", dimensions=((dept, departments["D01"]),)),
        ],
        kind=VoucherKind.CLOSING_PL,
    )


@pytest.fixture
def departments(company: Company, account: Callable[[str], Any]) -> dict[str, int]:
    from ledger.accounts.models import AccountDimension

    values = ensure_values(company.pk, "department", [ValueRow("D01", "行政部"), ValueRow("D02", "销售部")])
    AccountDimension.objects.get_or_create(
        company=company,
        account=account("560203"),
        dimension_type_id=type_ids(company.pk)["department"],
        defaults={"is_required": False},
    )
    return values


def _table(company: Company, *rows: str, **more: Any) -> dict[tuple[str, ...], Any]:
    made = pivot(company, period_range(company, "2025-11", "2025-12"), PivotSpec(rows=rows, **more))
    assert made.total is not None
    return {row.keys: row for row in made.rows} | {(): made.total}


@pytest.mark.usefixtures("books")
def test_rows_by_account_and_department_add_up_to_their_subtotals(company: Company) -> None:
    table = _table(company, "account:1", "dimension:department", account="5602")
    (top,) = [keys for keys in table if len(keys) == 1]
    assert top[0].startswith("5602 ")
    assert table[top].is_subtotal and table[top].total == (Decimal("180.00"),)
    assert table[(*top, "D01 行政部")].total == (Decimal("130.00"),)
    assert table[(*top, "D02 销售部")].total == (Decimal("50.00"),)
    assert table[()].total == (Decimal("180.00"),)


@pytest.mark.usefixtures("books")
def test_closing_vouchers_count_only_when_asked_for(company: Company) -> None:
    with_closing = _table(company, "period", account="5602", with_closing=True)
    assert with_closing[("2025-11",)].total == (Decimal("0.00"),)
    assert _table(company, "period", account="5602")[("2025-11",)].total == (Decimal("100.00"),)


@pytest.mark.usefixtures("books")
def test_columns_hold_periods_and_every_measure(company: Company) -> None:
    row = _table(company, "account", columns=("period",), measures=("debit", "credit", "net", "count"), account="1001")[
        ("1001 库存现金",)
    ]
    assert row.cells[("2025-11",)] == (0, Decimal("100.00"), Decimal("-100.00"), 1)
    assert row.cells[("2025-12",)] == (0, Decimal("30.00"), Decimal("-30.00"), 1)
    assert row.total == (0, Decimal("130.00"), Decimal("-130.00"), 2)


@pytest.mark.usefixtures("books")
def test_what_carries_no_value_stands_last_as_not_specified(company: Company) -> None:
    made = pivot(company, period_range(company, "2025-11", "2025-12"), PivotSpec(rows=("dimension:department",)))
    assert [row.keys[0] for row in made.rows] == ["D01 行政部", "D02 销售部", ""]
    assert made.rows[-1].total == (Decimal("-180.00"),)
    assert made.row_fields[0].shown("") != ""


@pytest.mark.usefixtures("books")
def test_turnover_and_lines_tell_the_same(company: Company) -> None:
    """Word, kind and summary read the lines, all else the turnover: the sums are equal."""
    by_turnover = _table(company, "account", measures=("debit", "credit", "count"))
    by_lines = _table(company, "account", "summary", measures=("debit", "credit", "count"))
    for keys, row in by_turnover.items():
        assert by_lines[keys].total == row.total
    assert _table(company, "summary", account="5602")[("快递费",)].total == (Decimal("50.00"),)


@pytest.mark.usefixtures("books")
def test_values_filter_the_lines(company: Company) -> None:
    assert _table(company, "account", values=("department:D02",))[()].total == (Decimal("50.00"),)
    both = _table(company, "class", values=("department:D01", "department:D02"))
    assert both[("expense",)].total == (Decimal("180.00"),)


def test_an_unknown_field_is_refused_with_those_that_exist(company: Company) -> None:
    with pytest.raises(UnknownField) as refusal:
        _table(company, "colour")
    assert "account" in refusal.value.message


@pytest.mark.usefixtures("books")
def test_a_pivot_takes_a_constant_number_of_statements(company: Company, django_assert_max_num_queries: Any) -> None:
    periods = period_range(company, "2025-11", "2025-12")
    with django_assert_max_num_queries(4):
        pivot(company, periods, PivotSpec(rows=("account", "dimension:department"), columns=("quarter", "period")))


# --- page and API -----------------------------------------------------------------------------------------------


@pytest.fixture
def browser(accountant: Any) -> Client:
    client = Client()
    client.force_login(accountant)
    return client


def _page(browser: Client, **query: Any) -> str:
    response = browser.get("/ledger/analysis/pivot/", query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.usefixtures("books")
def test_the_page_shows_figures_that_open_the_lines_of_the_account(browser: Client) -> None:
    text = _page(browser, rows_1="account", columns_1="period", measures="net", account="5602", chart="bar")
    assert "180.00" in text and "2025-12" in text
    assert "/ledger/account-lines/?from=2025-12&amp;to=2025-12&amp;account=560203" in text
    assert 'data-chart="bar"' in text and "echarts.common.min" in text
    assert "style=" not in text.split("<main")[1]


@pytest.mark.usefixtures("books")
def test_a_shared_view_is_seen_by_others_and_deleted_by_its_owner_only(
    browser: Client, company: Company, reviewer: Any
) -> None:
    query = "rows_1=dimension:department&measures=debit"
    for name, shared in (("部门费用", "1"), ("自用", "0")):
        browser.post("/ledger/analysis/pivot/save/", {"query": query, "name": name, "is_shared": shared})
    other = Client()
    other.force_login(reviewer)
    text = _page(other)
    assert "部门费用" in text and "自用" not in text
    view = PivotView.objects.get(company=company, name="部门费用")
    other.post(f"/ledger/analysis/pivot/views/{view.pk}/delete/")
    assert PivotView.objects.filter(pk=view.pk).exists()
    assert "D01 行政部" in _page(other, view=view.pk)
    browser.post(f"/ledger/analysis/pivot/views/{view.pk}/delete/")
    assert not PivotView.objects.filter(pk=view.pk).exists()


@pytest.mark.usefixtures("books")
def test_the_workbook_holds_the_table(browser: Client) -> None:
    response = browser.get("/ledger/analysis/pivot/", {"rows_1": "account:1", "rows_2": "period", "export": "xlsx"})
    sheet = load_workbook(io.BytesIO(response.content)).active
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any(row[1] == "2025-12" and row[-1] == 80 for row in found)


@pytest.mark.usefixtures("books")
def test_the_api_gives_the_same_table(browser: Client, company: Company) -> None:
    response = browser.get(
        "/api/v1/pivot/",
        {"company": company.code, "rows": ["account"], "columns": ["period"], "from": "2025-11", "to": "2025-12"},
    )
    assert response.status_code == 200, response.content
    found = response.json()
    assert found["columns"] == [["2025-11"], ["2025-12"]]
    cash = next(row for row in found["rows"] if row["keys"] == ["1001 库存现金"])
    assert cash["cells"] == [["-100.00"], ["-30.00"]] and cash["total"] == ["-130.00"]
    refused = browser.get("/api/v1/pivot/", {"company": company.code, "rows": ["colour"]})
    assert refused.status_code == 400 and refused.json()["code"] == "unknown_pivot_field"
