"""Statements from the ledger: worked examples to the cent, random ledgers, checks, snapshots, designer."""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from demo.parts import statements as demo_statements
from erp.core.companies.models import Company, Standard
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from ledger.accounts.models import Account, AccountClass
from ledger.balances.models import OpeningBalance
from ledger.books.ranges import period_range
from ledger.books.trial_balance import trial_balance
from ledger.cash_flow import setup as cash_flow_setup
from ledger.cash_flow.models import CashFlowEntry, CashFlowItem
from ledger.closing import profit
from ledger.dimensions.services import ValueRow, ensure_values, intern_sets, type_ids
from ledger.periods.models import Period
from ledger.preferences.models import ProfitTransfer
from ledger.statements import setup
from ledger.statements.evaluation import StatementSheet, evaluate
from ledger.statements.models import Statement, StatementAdjustment, StatementRow
from ledger.vouchers import services as vouchers
from ledger.vouchers.models import VoucherKind, VoucherLine

PARTIES = ("customer", "supplier", "employee")


@pytest.fixture
def statements(company: Company) -> Company:
    setup.install(company)
    return company


def sheet_of(company: Company, code: str, year: int = 2025, number: int = 12, **options: Any) -> StatementSheet:
    period = Period.objects.get(company=company, year=year, number=number)
    return evaluate(company, Statement.objects.get(company=company, code=code), period, **options)


def line_of(sheet: StatementSheet, label: str) -> int:
    return next(row.row.line_no for row in sheet.rows if row.row.line_no and row.row.label.startswith(label))


def _random_openings(company: Company, rng: random.Random) -> None:
    """Every leaf account has a balance, those with parties one for each of three; the whole balances."""
    kinds = type_ids(company.pk)
    values = {
        kind: list(ensure_values(company.pk, kind, [ValueRow(f"{kind}{n}", f"{kind}{n}") for n in range(3)]).values())
        for kind in kinds
    }
    leaves = list(Account.objects.filter(company=company, is_leaf=True).prefetch_related("dimensions__dimension_type"))
    profit_of_year = next(account for account in leaves if account.code in ("3103", "4103"))
    wanted: list[tuple[Account, tuple[tuple[int, int], ...]]] = []
    for account in leaves:
        dimensions = list(account.dimensions.all())
        carried = [row.dimension_type.code for row in dimensions if row.is_required]
        party = next((row.dimension_type.code for row in dimensions if row.dimension_type.code in PARTIES), None)
        needed = sorted({*carried, *([party] if party else [])}, key=lambda code: kinds[code])
        for n in range(3 if party else 1):
            pairs = tuple((kinds[code], values[code][n if code == party else 0]) for code in needed)
            wanted.append((account, pairs))
    sets = intern_sets(company.pk, {pairs for _account, pairs in wanted} | {()})
    rows = [
        _opening(company, account, sets[pairs], Decimal(rng.randint(-100_000, 100_000)) / 100)
        for account, pairs in wanted
        if account != profit_of_year
    ]
    total = sum((row.debit - row.credit for row in rows), Decimal(0))
    OpeningBalance.objects.bulk_create([*rows, _opening(company, profit_of_year, sets[()], -total)])


def _opening(company: Company, account: Account, dimension_set: int, amount: Decimal) -> OpeningBalance:
    is_profit = account.account_class in (AccountClass.INCOME, AccountClass.EXPENSE)
    return OpeningBalance(
        company=company,
        account=account,
        dimension_set_id=dimension_set,
        currency="CNY",
        debit=max(amount, Decimal(0)),
        credit=max(-amount, Decimal(0)),
        year_debit=max(amount, Decimal(0)) if is_profit else 0,
        year_credit=max(-amount, Decimal(0)) if is_profit else 0,
        year_profit=amount if is_profit else 0,
    )


@pytest.mark.parametrize("standard", list(Standard))
@pytest.mark.parametrize("seed", range(3))
def test_assets_equal_liabilities_and_equity_on_random_ledgers(db: Any, standard: Standard, seed: int) -> None:
    """S01: the sheet balances whatever stands on the accounts, before any transfer of profit and loss."""
    company = create_company("rnd", "随机账套", first_period=dt.date(2025, 11, 1), standard=standard)
    setup.install(company)
    _random_openings(company, random.Random(seed))
    for options in ({}, {"vat": True}, {"net": True}):
        preferences = company.ledger_preferences
        preferences.vat_debit_in_taxes = "vat" in options
        preferences.net_within_party = "net" in options
        preferences.save()
        sheet = sheet_of(company, "balance_sheet")
        for check in sheet.checks:
            assert check.holds, (check.label, check.left, check.right, check.names)
        assert sheet.value(line_of(sheet, "资产总计")) == sheet.value(line_of(sheet, "负债和所有者权益"))
    income = sheet_of(company, "income_statement")
    assert [check.holds for check in income.checks] == [True]
    earned = Account.objects.filter(company=company, account_class__in=["income", "expense"]).exclude(code="6901")
    rows = OpeningBalance.objects.filter(company=company, account__in=earned)
    assert income.value(line_of(income, "四、净利润")) == -sum(row.year_profit for row in rows)


@pytest.fixture
def post(company: Company, accountant: Any, reviewer: Any, line: Callable[..., Any]) -> Callable[..., Any]:
    """``post(("100201", "226"), ("1405", "-226"))``: a posted voucher; a negative figure is a credit."""

    def make(*sides: tuple[str, str], kind: str = VoucherKind.MANUAL, date: dt.date = dt.date(2025, 12, 5)) -> Any:
        lines = []
        for code, amount in sides:
            side = "credit" if amount.startswith("-") else "debit"
            lines.append(line(code, **{side: amount.lstrip("-")}, summary="业务"))
        voucher = vouchers.create_voucher(company, date, None, lines, by=accountant, kind=kind)
        vouchers.review(voucher, by=reviewer)
        vouchers.post(voucher, by=accountant)
        return voucher

    return make


def test_the_sheet_balances_before_and_after_the_transfer_of_profit_and_loss(
    statements: Company, post: Callable[..., Any]
) -> None:
    """S01: line 51 holds the balances of profit and loss accounts as long as they are not transferred."""
    post(("100201", "1000.00"), ("3001", "-1000.00"), date=dt.date(2025, 11, 3))
    post(("100201", "300.00"), ("530102", "-300.00"))
    post(("571107", "40.00"), ("100201", "-40.00"))
    before = sheet_of(statements, "balance_sheet")
    post(("530102", "300.00"), ("3103", "-300.00"), kind=VoucherKind.CLOSING_PL)
    post(("3103", "40.00"), ("571107", "-40.00"), kind=VoucherKind.CLOSING_PL)
    after = sheet_of(statements, "balance_sheet")
    for sheet in (before, after):
        assert sheet.value(51) == Decimal("260.00")
        assert sheet.value(30) == sheet.value(53) == Decimal("1260.00")
        assert all(check.holds for check in sheet.checks)
    income = sheet_of(statements, "income_statement")
    assert (income.value(22), income.value(24), income.value(32)) == (Decimal(300), Decimal(40), Decimal(260))
    assert all(check.holds for check in income.checks)


def test_a_distribution_is_a_direct_change_of_undistributed_profit(
    statements: Company, post: Callable[..., Any]
) -> None:
    post(("100201", "300.00"), ("530102", "-300.00"))
    post(("310405", "50.00"), ("2232", "-50.00"))
    check = sheet_of(statements, "balance_sheet").checks[-1]
    assert (check.left, check.right) == (Decimal("250.00"), Decimal("250.00"))


def test_a_new_account_without_a_line_is_named(statements: Company) -> None:
    Account.objects.create(
        company=statements, code="1999", name="新科目", account_class=AccountClass.ASSET, direction="debit"
    )
    sheet = sheet_of(statements, "balance_sheet")
    faults = [name for check in sheet.checks for name in check.names]
    assert faults == ["1999"]
    assert not all(check.holds for check in sheet.checks)


def test_an_account_in_two_lines_is_named(statements: Company) -> None:
    StatementRow.objects.filter(company=statements, statement__code="balance_sheet", line_no=2).update(
        formula="BAL_D(1101,1001)"
    )
    faults = [name for check in sheet_of(statements, "balance_sheet").checks for name in check.names]
    assert faults == ["1001"]


def test_the_worked_example_of_the_cash_flow_statement(statements: Company, post: Callable[..., Any]) -> None:
    """S04: the example of the domain notes, to the cent."""
    cash_flow_setup.install(statements)
    made = [
        post(("100201", "226.00"), ("530107", "-200.00"), ("530102", "-26.00")),
        post(("571107", "1186.50"), ("100201", "-1186.50")),
        post(("221101", "8000.00"), ("100201", "-8000.00")),
        post(("222102", "11600.00"), ("100201", "-11600.00")),
        post(("100201", "50000.00"), ("2001", "-50000.00")),
        post(("2231", "250.00"), ("100201", "-250.00")),
        post(("1001", "1000.00"), ("100201", "-1000.00")),
        post(("530107", "74.00"), ("100201", "-74.00")),
    ]
    items = {item.code: item for item in CashFlowItem.objects.filter(company=statements)}
    CashFlowEntry.objects.filter(company=statements).delete()
    cash = set(Account.objects.filter(company=statements).exclude(cash_kind="").values_list("pk", flat=True))
    for voucher, code in zip(made, ("1", "3", "4", "5", "14", "17", "", "1"), strict=True):
        for row in VoucherLine.objects.filter(company=statements, voucher=voucher).exclude(account__in=cash):
            CashFlowEntry.objects.create(
                company=statements,
                voucher=voucher,
                line=row,
                period=voucher.period,
                item=items[code],
                amount=row.credit - row.debit,
            )
    sheet = sheet_of(statements, "cash_flow_statement")
    expected = {
        1: "152.00", 3: "1186.50", 4: "8000.00", 5: "11600.00", 7: "-20634.50", 14: "50000.00", 17: "250.00",
        19: "49750.00", 20: "29115.50", 22: "29115.50",
    }  # fmt: skip
    assert {line: sheet.value(line) for line in expected} == {line: Decimal(v) for line, v in expected.items()}
    assert [check.holds for check in sheet.checks] == [True, True, True]


def test_reclassifications_move_lines_and_their_totals(statements: Company, post: Callable[..., Any]) -> None:
    post(("100201", "1000.00"), ("3001", "-1000.00"))
    statement = Statement.objects.get(company=statements, code="balance_sheet")
    period = Period.objects.get(company=statements, year=2025, number=12)
    for line_no, amount in ((1, "-100.00"), (28, "100.00")):
        StatementAdjustment.objects.create(
            company=statements,
            statement=statement,
            period=period,
            line_no=line_no,
            amount=Decimal(amount),
            reason="冻结",
        )
    sheet = sheet_of(statements, "balance_sheet")
    assert (sheet.value(1), sheet.value(15), sheet.value(28), sheet.value(30)) == (900, 900, 100, 1000)
    assert sheet.value(1, column=1) is not None
    assert len(sheet.adjustments) == 2
    assert next(row for row in sheet.rows if row.row.line_no == 28).adjusted
    assert sheet_of(statements, "balance_sheet", 2026, 1).value(28) == 0
    assert sheet_of(statements, "balance_sheet", 2026, 1).value(28, column=1) == 100


def test_ratios_read_cells_of_the_other_statements(statements: Company, post: Callable[..., Any]) -> None:
    post(("100201", "1000.00"), ("3001", "-1000.00"))
    post(("100201", "500.00"), ("2001", "-500.00"))
    sheet = sheet_of(statements, "ratios")
    assert sheet.value(1) == Decimal(3)
    assert round(sheet.value(3) or 0, 6) == Decimal("0.333333")
    assert sheet.value(6) is None  # No revenue: a blank, not a zero.


def test_a_statement_costs_a_constant_number_of_statements(
    statements: Company, post: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    post(("100201", "1000.00"), ("3001", "-1000.00"))
    for code in ("balance_sheet", "income_statement", "cash_flow_statement", "ratios"):
        with django_assert_max_num_queries(13):
            sheet_of(statements, code)


@pytest.mark.parametrize("standard", list(Standard))
@pytest.mark.parametrize("mode", list(ProfitTransfer))
def test_random_ledgers_balance_before_and_after_their_transfer(db: Any, standard: Standard, mode: str) -> None:
    """S01: and the transfer changes neither the sheet nor the income statement."""
    company = create_company("rnd", "随机账套", first_period=dt.date(2025, 11, 1), standard=standard)
    preferences = company.ledger_preferences
    preferences.profit_transfer = mode
    preferences.save()
    _random_openings(company, random.Random(f"{standard}{mode}"))
    maker, reviewer = (User.objects.create_user(username=name, password="not-a-secret") for name in ("制单", "审核"))
    period = Period.objects.get(company=company, year=2025, number=12)
    shown = ("balance_sheet", "income_statement")
    before = {code: sheet_of(company, code) for code in shown}
    drafts = profit.transfer(company, period, maker)
    assert drafts
    preview = {code: sheet_of(company, code, include_unposted=True) for code in shown}
    for voucher in drafts:
        vouchers.review(voucher, by=reviewer)
        vouchers.post(voucher, by=maker)
    left = trial_balance(company, period_range(company, "2025-12")).rows
    prefix = "5" if standard == Standard.SMALL else "6"
    assert not any(row.closing_debit or row.closing_credit for row in left if row.code.startswith(prefix))
    after = {code: sheet_of(company, code) for code in shown}
    for sheet in (*before.values(), *preview.values(), *after.values()):
        assert all(check.holds for check in sheet.checks)
    for code in shown:
        figures = [[row.values for row in sheets[code].rows] for sheets in (before, preview, after)]
        assert figures[0] == figures[1] == figures[2]


def test_the_demo_has_a_report_of_its_own(statements: Company) -> None:
    for _time in range(2):
        demo_statements.add(statements, {}, dt.date(2025, 12, 31))
    sheet = sheet_of(statements, "management_income")
    assert [column.label for column in sheet.columns] == ["本月", "上月", "本季", "本年累计"]
    assert len(sheet.rows) == 32
