"""Budgets: control while saving, comparison with what was booked, Excel both ways."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook, load_workbook

from demo.parts import analysis
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.errors import SeveralRefusals
from ledger.analysis import budgets
from ledger.analysis.budget_control import check
from ledger.analysis.models import Budget, BudgetControl, BudgetLine, PivotView
from ledger.dimensions.services import ValueRow, ensure_values, type_ids
from ledger.vouchers import hooks, services
from ledger.vouchers.models import Voucher, VoucherKind
from ledger.vouchers.refusals import VoucherRefused

DECEMBER = dt.date(2025, 12, 10)


@pytest.fixture
def departments(company: Company) -> dict[str, int]:
    return ensure_values(company.pk, "department", [ValueRow("B1", "一部"), ValueRow("B2", "二部")])


@pytest.fixture
def enter(
    company: Company, accountant: Any, line: Callable[..., Any], departments: dict[str, int]
) -> Callable[..., Voucher]:
    """``enter("80.00", department="B1", date=…)``: office costs as a draft."""
    dept = type_ids(company.pk)["department"]

    def make(amount: str, department: str = "B1", date: dt.date = DECEMBER, kind: str = "manual") -> Voucher:
        cost = line("560205", debit=amount, dimensions=((dept, departments[department]),))
        return services.create_voucher(
            company, date, None, [cost, line("1001", credit=amount)], by=accountant, kind=kind
        )

    return make


@pytest.fixture
def budget(company: Company, account: Callable[[str], Any]) -> Callable[..., Budget]:
    """``budget("refuse", "5602", 100)``: that much for each month of 2025."""

    def make(control: str, code: str = "5602", amount: int = 100, value: Any = None, **more: Any) -> Budget:
        made = Budget.objects.create(company=company, year=2025, name=f"{control} {code}", control=control, **more)
        budgets.set_months(made, account(code), value, [Decimal(amount)] * 12)
        return made

    return make


def test_a_voucher_over_the_budget_is_refused_and_saves_nothing(enter: Any, budget: Any) -> None:
    budget(BudgetControl.REFUSE, is_cumulative=False)
    enter("80.00")
    with pytest.raises(VoucherRefused) as refusal:
        enter("20.01")
    assert "0.01" in str(refusal.value.errors[0].message)
    enter("20.00")
    assert Voucher.objects.count() == 2
    assert list(Voucher.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_what_is_left_of_earlier_months_moves_on(enter: Any, budget: Any) -> None:
    budget(BudgetControl.REFUSE, amount=10)
    enter("120.00")
    with pytest.raises(VoucherRefused):
        enter("0.01")


def test_a_warning_lets_the_voucher_pass(company: Company, enter: Any, budget: Any) -> None:
    budget(BudgetControl.WARN, is_cumulative=False)
    voucher = enter("150.00")
    lines = services.read_lines(voucher)
    (warning,) = hooks.warnings(hooks.Saving(company, DECEMBER, "manual", lines, besides=voucher.pk))
    assert warning.facts["excess"] == "50.00"
    assert not check(company, dt.date(2024, 12, 1), lines)


def test_only_the_value_of_the_cell_counts(company: Company, enter: Any, budget: Any, departments: Any) -> None:
    from ledger.dimensions.models import DimensionValue

    value = DimensionValue.objects.get(pk=departments["B1"])
    budget(BudgetControl.REFUSE, value=value, is_cumulative=False)
    enter("500.00", department="B2")
    enter("100.00", department="B1")
    with pytest.raises(VoucherRefused):
        enter("1.00", department="B1")


def test_a_changed_draft_does_not_count_twice(enter: Any, budget: Any, accountant: Any) -> None:
    budget(BudgetControl.REFUSE, is_cumulative=False)
    voucher = enter("90.00")
    lines = services.read_lines(voucher)
    services.update_draft(voucher, date=DECEMBER, word=None, lines=lines, attachments=1, by=accountant)
    assert Voucher.objects.get().attachments == 1


def test_transfers_are_not_controlled(enter: Any, budget: Any) -> None:
    budget(BudgetControl.REFUSE, amount=1, is_cumulative=False)
    assert enter("500.00", kind=VoucherKind.TRANSFER).pk


def test_comparison_counts_posted_lines_without_closing(
    company: Company, enter: Any, budget: Any, accountant: Any, reviewer: Any
) -> None:
    made = budget(BudgetControl.NONE)
    voucher = enter("80.00")
    assert budgets.compare(made, 12, 12)[0].actual == 0
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)
    (row,) = budgets.compare(made, 11, 12)
    assert (row.planned, row.actual, row.left, row.is_over) == (Decimal(200), Decimal(80), Decimal(120), False)
    assert row.share == Decimal("0.4")


def test_control_takes_a_constant_number_of_statements(
    company: Company, enter: Any, budget: Any, django_assert_max_num_queries: Any
) -> None:
    budget(BudgetControl.WARN)
    lines = services.read_lines(enter("5.00"))
    with django_assert_max_num_queries(4):
        check(company, DECEMBER, lines * 50)


def test_excel_goes_out_and_comes_back(budget: Any) -> None:
    made = budget(BudgetControl.NONE)
    stream = io.BytesIO()
    budgets.write_xlsx(stream, made)
    sheet = load_workbook(stream).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    BudgetLine.objects.filter(budget=made).delete()
    assert budgets.read_rows(made, iter(rows)) == 1
    assert [row.total for row in budgets.rows_of(made)] == [Decimal(1200)]
    with pytest.raises(SeveralRefusals):
        budgets.read_rows(made, iter([["9999", "", "", 1], ["5602", "", "", "x"]]))


# --- pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(accountant: Any) -> Client:
    client = Client()
    client.force_login(accountant)
    return client


def test_a_budget_is_made_filled_and_compared_on_its_pages(browser: Client, company: Company, enter: Any) -> None:
    browser.post(
        "/ledger/analysis/budgets/new/",
        {"year": "2025", "name": "费用预算", "control": "warn", "is_cumulative": "on", "is_active": "on"},
    )
    made = Budget.objects.get(company=company)
    address = f"/ledger/analysis/budgets/{made.pk}/"
    browser.post(f"{address}rows/", {"account": "5602", "value": "", **{f"month_{n}": "100" for n in range(1, 13)}})
    assert budgets.rows_of(made)[0].total == Decimal(1200)
    assert "1,200.00" in browser.get(address).content.decode()
    enter("80.00")
    text = browser.get(f"{address}compare/", {"first": "1", "last": "12"}).content.decode()
    assert "1,200.00" in text and "/ledger/account-lines/" in text
    stream = io.BytesIO()
    book = Workbook()
    book.active.append(["科目", "名称", "核算项目", *range(1, 13)])
    book.active.append(["560205", "", "department:B1", *([10] * 12)])
    book.save(stream)
    stream.seek(0)
    stream.name = "budget.xlsx"
    browser.post(f"{address}import/", {"file": stream})
    assert len(budgets.rows_of(made)) == 2
    assert browser.get(f"{address}?export=xlsx")["Content-Type"].startswith("application/vnd.openxml")


def test_who_may_not_manage_budgets_is_refused(auditor: Any, company: Company) -> None:
    client = Client()
    client.force_login(auditor)
    assert client.get("/ledger/analysis/budgets/").status_code == 200
    assert client.post("/ledger/analysis/budgets/new/", {"year": "2025", "name": "x"}).status_code == 403


def test_the_api_sets_rows_and_compares(browser: Client, auditor: Any, company: Company, budget: Any) -> None:
    made = budget(BudgetControl.NONE)
    address = f"/api/v1/budgets/{made.pk}/"
    assert browser.get(address, {"company": company.code}).json()["lines"][0]["account"] == "5602"
    row = {"account": "560205", "value": "", "months": ["5.00"] * 12}
    query = f"?company={company.code}"
    assert browser.post(f"{address}rows/{query}", row, "application/json").status_code == 200
    found = browser.get(f"{address}compare/{query}&first=1&last=2").json()
    assert [(one["account"], one["planned"]) for one in found] == [("5602", "200.00"), ("560205", "10.00")]
    other = Client()
    other.force_login(auditor)
    assert other.post(f"{address}rows/{query}", row, "application/json").status_code == 403


def test_the_demo_part_can_be_added_twice(company: Company, accountant: Any) -> None:
    for _time in range(2):
        analysis.add(company, {Role.ACCOUNTANT: accountant}, dt.date(2025, 12, 31))
    assert len(budgets.rows_of(Budget.objects.get(company=company))) == 3
    assert PivotView.objects.filter(company=company, is_shared=True).count() == 3
