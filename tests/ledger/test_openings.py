"""Opening balances: entered by account and dimension, from a sheet, before the first close only."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from erp.core.companies.setup import create_company
from ledger.accounts.models import Account, AccountDimension
from ledger.balances.models import OpeningBalance
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.imports import sheets
from ledger.openings import files, queries
from ledger.openings.services import OpeningRow, OpeningsFixed, OpeningsRefused, set_openings
from ledger.periods.models import Period, PeriodStatus

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def xlsx_of(*rows: Any) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rows_of(content: bytes) -> list[Any]:
    return list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def load(company: Any, content: bytes, by: Any, **options: bool) -> Any:
    run = sheets.check_file(company, files.SHEET, content, "期初.xlsx", options, by=by)
    sheets.commit(run, files.SHEET, by=by)
    return run


def test_openings_are_set_per_account_and_others_stay(company, accountant, account):
    set_openings(company, [OpeningRow(account("1001").pk, debit=D(100))], accountant)
    set_openings(company, [OpeningRow(account("3001").pk, credit=D(80))], accountant)
    set_openings(company, [OpeningRow(account("1001").pk, debit=D(70))], accountant)
    trial = queries.trial(company)
    assert (trial.debit, trial.credit, trial.difference) == (D(70), D(80), D(-10))
    set_openings(company, [], accountant, clear=[account("1001").pk])
    assert queries.trial(company).debit == 0


def test_openings_are_refused_after_the_first_close(company, accountant, account):
    Period.objects.filter(company=company, number=11, year=2025).update(status=PeriodStatus.CLOSED)
    with pytest.raises(OpeningsFixed):
        set_openings(company, [OpeningRow(account("1001").pk, debit=D(1))], accountant)


def test_rows_are_checked_like_lines(company, accountant, account):
    kind = DimensionType.objects.get(company=company, code="customer")
    AccountDimension.objects.create(company=company, account=account("1001"), dimension_type=kind, is_required=True)
    rows = [
        OpeningRow(account("1001").pk, debit=D(1)),
        OpeningRow(account("1002").pk, debit=D(1)),
        OpeningRow(account("3001").pk, debit=D(1), credit=D(1)),
        OpeningRow(account("3001").pk, credit=D(1), currency="USD"),
        OpeningRow(account("3001").pk, credit=D(1), year_profit=D(5)),
    ]
    with pytest.raises(OpeningsRefused) as refused:
        set_openings(company, rows, accountant)
    assert [(one.row, one.field) for one in refused.value.errors] == [
        (1, "dimensions"), (2, "account"), (3, "debit"), (4, "currency"), (4, "original_debit"), (5, "year_profit"),
    ]  # fmt: skip


def test_the_year_so_far_belongs_to_a_mid_year_start_only(accountant):
    january = create_company("jan", "一月公司", first_period=dt.date(2026, 1, 1))
    cash = Account.objects.get(company=january, code="1001")
    with pytest.raises(OpeningsRefused):
        set_openings(january, [OpeningRow(cash.pk, debit=D(1), year_debit=D(1))], accountant)


def test_contra_of_stock_from_documents_stays_when_other_accounts_are_set(company, accountant, account):
    from ledger.dimensions.services import empty_set_id

    for code, debit, credit in (("1405", D(300), D(0)), ("3001", D(0), D(300))):
        leaf = Account.objects.filter(company=company, code__startswith=code, is_leaf=True).first()
        OpeningBalance.objects.create(
            company=company, account=leaf, dimension_set_id=empty_set_id(company.pk), currency="CNY",
            debit=debit, credit=credit, original_debit=debit, original_credit=credit,
        )  # fmt: skip
    set_openings(company, [OpeningRow(account("1001").pk, debit=D(5)), OpeningRow(account("2241").pk)], accountant)
    assert queries.trial(company).difference == 5
    assert OpeningBalance.objects.get(company=company, account=account("3001")).credit == 300


def _rich(company: Any) -> None:
    Currency.objects.get_or_create(company=company, code="USD", defaults={"name": "美元"})
    Account.objects.filter(company=company, code="100201").update(currency="*")
    cash = Account.objects.get(company=company, code="1001")
    kind = DimensionType.objects.get(company=company, code="customer")
    AccountDimension.objects.get_or_create(
        company=company, account=cash, dimension_type=kind, defaults={"is_required": True}
    )


@pytest.mark.parametrize("layout", ["own", "kingdee"])
def test_export_import_and_export_again_are_equal(company, accountant, account, layout):
    _rich(company)
    kind = DimensionType.objects.get(company=company, code="customer")
    ids = ensure_values(company.pk, "customer", [ValueRow("C1", "华东"), ValueRow("C2", "华南")])
    usd = {"currency": "USD", "original_debit": D("10.00")}
    rows = [
        OpeningRow(account("1001").pk, debit=D("60.50"), dimensions=((kind.pk, ids["C1"]),), year_debit=D(20)),
        OpeningRow(account("1001").pk, credit=D("0.50"), dimensions=((kind.pk, ids["C2"]),)),
        OpeningRow(account("100201").pk, debit=D("71.20"), **usd),
        OpeningRow(account("100201").pk, debit=D("5.00")),
        OpeningRow(account("3001").pk, credit=D("136.20"), year_credit=D(20)),
    ]
    assert set_openings(company, rows, accountant) == 5
    content = files.export(company, layout)
    other = create_company("other", "另一公司", first_period=dt.date(2025, 11, 1))
    _rich(other)
    load(other, content, accountant, create_missing=True)
    assert rows_of(files.export(other, layout)) == rows_of(content)
    assert queries.trial(other).difference == 0


def test_kingdees_balance_of_accounts_with_group_headings_sums_and_dimension_rows(company, accountant, account):
    _rich(company)
    ensure_values(company.pk, "customer", [ValueRow("C1", "华东"), ValueRow("C2", "华南")])
    content = xlsx_of(
        ["科目余额表"],
        ["科目代码", "科目名称", "客户", "年初余额", "", "本年累计", "", "期末余额", ""],
        ["", "", "", "借方", "贷方", "借方", "贷方", "借方", "贷方"],
        ["1001", "库存现金", "", 100, "", 50, 30, 120, ""],
        ["", "", "C1", 60, "", 50, 30, 80, ""],
        ["", "", "C2", 40, "", "", "", 40, ""],
        ["1002", "银行存款", "", 10, "", "", "", 10, ""],
        ["1002.01", "基本户", "", 10, "", "", "", 10, ""],
        ["3001", "实收资本", "", "", 110, 30, 50, "", 130],
        ["合计", "", "", 110, 110, 80, 80, 130, 130],
    )
    run = load(company, content, accountant)
    assert run.summary["figures"]
    trial = queries.trial(company)
    assert (trial.debit, trial.credit, trial.year_debit, trial.year_credit) == (130, 130, 80, 80)
    assert OpeningBalance.objects.filter(company=company, account=account("1001")).count() == 2


def test_a_wrong_file_writes_nothing(company, accountant):
    content = xlsx_of(["科目代码", "期初借方", "期初贷方"], ["1001", 5, ""], ["9999", "", 5], ["3001", "", "五"])
    run = sheets.check_file(company, files.SHEET, content, "x.xlsx", {}, by=accountant)
    with pytest.raises(sheets.SheetRefused):
        sheets.commit(run, files.SHEET, by=accountant)
    assert not OpeningBalance.objects.filter(company=company).exists()


def test_the_pages_keep_what_is_typed(client, company, accountant, auditor, account):
    _rich(company)
    ids = ensure_values(company.pk, "customer", [ValueRow("C1", "华东")])
    client.force_login(accountant)
    cash, capital = account("1001").pk, account("3001").pk
    assert client.get(reverse("openings_grid")).status_code == 200
    client.post(reverse("openings_grid"), {f"debit-{capital}": "", f"credit-{capital}": "1,000.00"})
    kind = DimensionType.objects.get(company=company, code="customer").pk
    page = reverse("openings_details", args=[cash])
    assert client.get(page).status_code == 200
    client.post(page, {"rows": "1", f"value-0-{kind}": "C1", "debit-0": "999.5"})
    row = OpeningBalance.objects.get(company=company, account_id=cash)
    assert (row.debit, row.dimension_set.items.get().value_id) == (D("999.50"), ids["C1"])
    assert "0.50" in client.get(reverse("openings_grid")).content.decode()
    assert client.post(page, {"rows": "1", f"value-0-{kind}": "C9", "debit-0": "1"}).status_code == 422
    client.force_login(auditor)
    assert client.post(page, {"rows": "0"}).status_code == 403
