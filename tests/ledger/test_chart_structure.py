"""The shape of the chart: accounts in use get sub-accounts, move, change; what was posted stays as it is."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from openpyxl import load_workbook

from erp.core.companies.setup import create_company
from ledger.accounts import files, properties, services, structure
from ledger.accounts.models import Account, AccountDimension
from ledger.balances.models import AccountBalance
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType
from ledger.imports import sheets
from ledger.openings.services import OpeningRow, set_openings
from ledger.posting.models import AccountMapping
from ledger.preferences.services import preferences_of
from ledger.vouchers.models import VoucherLine
from ledger.vouchers.services import create_voucher

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def _content(line_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM ledger_voucherline l WHERE id = %s", [line_id])
        return str(cursor.fetchone()[0])


def test_the_row_of_an_account_in_use_becomes_its_first_sub_account(company, account, accountant, posted):
    cash = account("1001")
    set_openings(
        company, [OpeningRow(cash.pk, debit=Decimal(7)), OpeningRow(account("3001").pk, credit=Decimal(7))], None
    )
    posted("100.00")
    line = VoucherLine.objects.get(company=company, account=cash)
    before, mappings = _content(line.pk), AccountMapping.objects.filter(company=company, account=cash).count()
    taken = structure.carried(cash)
    assert (taken.balance, taken.lines, taken.openings) == (Decimal("107.00"), 1, 1)
    child = services.add_sub_account(cash, name="人民币", by=accountant)
    assert (child.pk, child.code, child.level, child.is_leaf) == (cash.pk, "100101", 2, True)
    parent = account("1001")
    assert (parent.name, parent.is_leaf, parent.level, child.parent_id) == ("库存现金", False, 1, parent.pk)
    assert parent.cash_kind == "cash"
    assert _content(line.pk) == before  # what the hash is made of: the account's id, not its code
    assert services.balance_of(parent) == services.balance_of(child) == Decimal("107.00")
    assert AccountBalance.objects.filter(company=company, account__code__startswith="1001").count() == 1
    assert AccountMapping.objects.filter(company=company, account=child).count() == mappings
    assert services.add_sub_account(parent, name="美元").code == "100102"


def test_a_parent_takes_no_more_lines(company, account, accountant, line, posted):
    posted("1.00")
    services.add_sub_account(account("1001"), name="人民币")
    with pytest.raises(Exception, match="1001"):
        create_voucher(
            company, dt.date(2025, 12, 5), None, [line("1001", debit="1"), line("100201", credit="1")], by=accountant
        )


def test_codes_of_the_first_level_are_fixed_and_sub_accounts_free(company, account):
    """C01: level-1 codes are the standard's; below them the company is free."""
    with pytest.raises(structure.FirstLevelFixed):
        structure.change_code(account("1001"), "1009")
    with pytest.raises(structure.FirstLevelFixed):
        structure.move(account("1001"), account("1002"))
    child = services.add_sub_account(account("1012"), name="外埠存款")
    assert structure.change_code(child, f"{child.code[:-2]}88").code.endswith("88")
    added = structure.add_first_level(company, code="1099", name="其他资金", account_class="asset", direction="debit")
    assert added.level == 1
    with pytest.raises(structure.CodeTaken):
        structure.add_first_level(company, code="1001", name="x", account_class="asset", direction="debit")


def test_the_code_scheme_says_how_many_digits_a_level_adds(company, account):
    prefs = preferences_of(company)
    prefs.code_scheme = "4-3"
    prefs.save()
    child = services.add_sub_account(account("1001"), name="人民币")
    assert child.code == "1001001"
    with pytest.raises(services.TooDeep):
        services.add_sub_account(child, name="x")


def test_an_account_moves_with_all_below_it_within_its_class(company, account):
    first = services.add_sub_account(account("560101"), name="甲")
    source, target = account("560101"), account("5602")
    moved = structure.move(source, target)
    assert moved.code.startswith("5602") and moved.parent_id == target.pk
    first.refresh_from_db()
    assert (first.code, first.level) == (moved.code + "01", 3)
    with pytest.raises(structure.OtherClass):
        structure.move(moved, account("1002"))
    with pytest.raises(structure.CannotMoveThere):
        structure.move(moved, first)


def test_currency_and_cash_of_an_account_agree_with_what_was_posted(company, account, posted):
    Currency.objects.create(company=company, code="USD", name="美元")
    posted("10.00")
    bank = account("100201")
    base = properties.properties_of(bank)
    with pytest.raises(properties.CannotChangeAccount):
        properties.change(bank, properties.Properties(**{**_as(base), "currency": "USD"}))
    with pytest.raises(properties.CannotChangeAccount):
        properties.change(bank, properties.Properties(**{**_as(base), "cash_kind": ""}))
    with pytest.raises(properties.CannotChangeAccount):
        properties.change(bank, properties.Properties(**{**_as(base), "is_revalued": True}))
    changed = properties.change(bank, properties.Properties(**{**_as(base), "currency": "*", "is_revalued": True}))
    assert changed.currency == "*" and changed.is_revalued


def _as(one: properties.Properties) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_a_newly_required_dimension_counts_for_new_lines_only(company, account, posted, draft):
    """C02: a dimension of the company's own may be required on an account."""
    posted("10.00")
    kind = DimensionType.objects.create(company=company, code="vehicle", name="车辆")
    services.set_dimensions(account("1001"), [kind.pk], [])
    assert VoucherLine.objects.filter(company=company, account=account("1001")).count() == 1
    with pytest.raises(Exception, match="车辆"):
        draft("5.00")


@pytest.mark.parametrize("layout", ["own", "kingdee"])
def test_the_chart_goes_out_and_comes_in_equal(company, account, accountant, layout):
    services.add_sub_account(account("1001"), name="人民币")
    services.add_sub_account(account("1001"), name="美元")
    content = files.export(company, layout)
    other = create_company("other", "另一公司", first_period=dt.date(2025, 11, 1))
    run = sheets.check_file(other, files.SHEET, content, "科目.xlsx", {}, by=accountant)
    sheets.commit(run, files.SHEET, by=accountant)
    read = lambda data: list(load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))  # noqa: E731
    assert read(files.export(other, layout)) == read(content)
    assert Account.objects.filter(company=other, code="100102", name="美元").exists()


def test_the_pages_show_what_goes_along(client, company, account, accountant, posted):
    posted("10.00")
    client.force_login(accountant)
    page = reverse("account_add", args=[account("1001").pk])
    assert "10.00" in client.get(page).content.decode()
    client.post(page, {"code": "100101", "name": "人民币"})
    child = account("100101")
    assert client.get(reverse("account_edit", args=[child.pk])).status_code == 200
    answer = client.post(
        reverse("account_edit", args=[child.pk]), {"name": "人民币现金", "is_active": "on", "cash_kind": "cash"}
    )
    assert answer.status_code == 302
    child.refresh_from_db()
    assert child.name == "人民币现金"
    assert client.get(reverse("account_list")).status_code == 200
    assert client.get(reverse("account_move", args=[child.pk])).status_code == 200
    assert client.get(reverse("account_first_level")).status_code == 200
    assert client.get(reverse("imports_sheet", args=["accounts"])).status_code == 200
    assert not AccountDimension.objects.filter(account=child).exists()
