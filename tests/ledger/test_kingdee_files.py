"""Files of vouchers: Kingdee's layouts and our own are read, checked and written; nothing comes in twice."""

import csv
import datetime as dt
import io
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from erp.core.companies.setup import create_company
from erp.core.excel.safety import FileRefused
from erp.core.imports.models import ImportRowIssue, ImportRun
from ledger.accounts.models import Account, AccountDimension
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.imports import export, services
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers.models import Voucher, VoucherLine, VoucherStatus
from ledger.vouchers.services import create_voucher, read_lines

pytestmark = pytest.mark.django_db
HEAD = [
    "凭证日期", "会计年度", "会计期间", "凭证字", "凭证号", "科目代码", "科目名称",
    "借方", "贷方", "凭证摘要", "核算项目", "附件数",
]  # fmt: skip


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def csv_of(*rows: Sequence[Any], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(
    company: Any, content: bytes, by: Any, *, dry: bool = False, name: str = "v.xlsx", **options: Any
) -> ImportRun:
    run = services.create_run(company, content, name, by=by)
    if not dry:
        run = services.run_again(run, by=by, is_dry_run=False)
    services.execute(run, **options)
    return run


def simple(number: int = 1, amount: Any = "100.00", day: Any = "2025-12-05", **more: Any) -> list[list[Any]]:
    account, other = more.get("account", "1001"), more.get("other", "1002.01")
    start = [day, 2025, 12, "记", number]
    return [
        [*start, account, "库存现金", amount, "", more.get("summary", "提现"), more.get("item", ""), 2],
        [*start, other, "", "", more.get("credit", amount), "", "", 2],
    ]


def messages(run: ImportRun) -> list[tuple[int, str, str]]:
    return list(ImportRowIssue.objects.filter(run=run).values_list("row_no", "code", "message"))


def sheet_values(content: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_the_standard_format_becomes_drafts_that_keep_order_and_number(company, accountant):
    run = read(company, xlsx_of(HEAD, *simple(7), *simple(3, "20.00")), accountant)
    assert run.summary["documents"] == 2
    vouchers = list(Voucher.objects.filter(company=company).order_by("number"))
    assert [(v.number, v.reference, v.total) for v in vouchers] == [
        (1, "记-3", Decimal("20.00")),
        (2, "记-7", Decimal("100.00")),
    ]
    assert all(v.status == VoucherStatus.DRAFT and v.attachments == 2 for v in vouchers)
    lines = read_lines(vouchers[1])
    assert lines[1].summary == "提现"  # a blank summary is the one above


def test_the_same_file_twice_adds_nothing_and_a_deleted_draft_may_come_again(company, accountant):
    content = xlsx_of(HEAD, *simple(1), *simple(2))
    read(company, content, accountant)
    again = read(company, content, accountant)
    assert (again.summary["documents"], again.summary["already_imported_documents"]) == (0, 2)
    assert Voucher.objects.filter(company=company).count() == 2
    VoucherLine.objects.filter(company=company, voucher__number=2).delete()
    Voucher.objects.filter(company=company, number=2).delete()
    assert read(company, content, accountant).summary["documents"] == 1


def test_a_dry_run_writes_nothing(company, accountant):
    run = read(company, xlsx_of(HEAD, *simple()), accountant, dry=True)
    assert run.summary["documents"] == 1
    assert not Voucher.objects.filter(company=company).exists()


def test_errors_name_row_column_and_cure(company, accountant):
    """V20: a file is checked like a form; what is wrong is told by row."""
    Period.objects.filter(company=company, year=2025, number=11).update(status=PeriodStatus.CLOSED)
    content = xlsx_of(
        HEAD,
        *simple(1, account="9999.01"),
        *simple(2, account="9999.01"),
        *simple(3, credit="90.00"),
        *simple(4, day="上周五"),
        *[[row[0], 2025, 11, *row[3:]] for row in simple(5, day="2025-11-05")],
        *simple(6, item="客户---C9---无此客户"),
        *simple(7),
    )
    run = read(company, content, accountant)
    found = {code: (row, text) for row, code, text in messages(run)}
    assert found["unknown_account"][0] == 2 and "2" in found["unknown_account"][1]
    assert sum(1 for _row, code, _text in messages(run) if code == "unknown_account") == 1
    assert found["voucher_not_balanced"][0] == 6 and "10.00" in found["voucher_not_balanced"][1]
    assert found["not_a_date"][0] == 8
    assert found["period_closed"][0] == 10
    assert found["unknown_dimension_value"][0] == 12
    assert (run.summary["documents"], run.summary["documents_refused"]) == (1, 6)
    assert run.summary["unknown_accounts"] == {"999901": ["库存现金", 2]}


def test_unknown_accounts_are_mapped_once(company, accountant):
    content = xlsx_of(HEAD, *simple(1, account="9999.01"))
    run = read(company, content, accountant, dry=True)
    services.map_accounts(run.profile, {"999901": "1001"})
    assert read(company, content, accountant).summary["documents"] == 1


def test_missing_dimension_values_are_made_when_asked(company, accountant):
    account = Account.objects.get(company=company, code="1001")
    kind = DimensionType.objects.get(company=company, code="customer")
    AccountDimension.objects.create(company=company, account=account, dimension_type=kind, is_required=True)
    content = xlsx_of(HEAD, *simple(1, item="客户---C001---华东公司"))
    assert read(company, content, accountant).summary["documents"] == 0
    assert read(company, content, accountant, create_missing=True).summary["documents"] == 1
    value = DimensionValue.objects.get(company=company, dimension_type=kind, code="C001")
    line = VoucherLine.objects.get(company=company, account=account)
    assert (value.code, value.name) == ("C001", "华东公司")
    assert list(line.dimension_set.items.values_list("value__code", flat=True)) == ["C001"]


def test_cloud_files_have_two_header_rows_and_blank_heads_below(company, accountant):
    account = Account.objects.get(company=company, code="1001")
    kind = DimensionType.objects.get(company=company, code="department")
    AccountDimension.objects.create(company=company, account=account, dimension_type=kind, is_required=False)
    keys = [
        "FBillHead(GL_VOUCHER)", "FDate", "FVOUCHERGROUPID", "FVOUCHERGROUPID#Name", "FVOUCHERGROUPNO",
        "FEXPLANATION", "FACCOUNTID", "FACCOUNTID#Name", "FDetailID#FFLEX5",
        "FDetailID#FFLEX5#Name", "FCURRENCYID", "FDEBIT", "FCREDIT",
    ]  # fmt: skip
    labels = [
        "*单据头(序号)", "*日期", "*凭证字#编码", "凭证字#名称", "凭证号",
        "摘要", "*科目编码#编码", "科目编码#名称", "核算维度#部门.编码",
        "核算维度#部门.名称", "币别#编码", "借方金额", "贷方金额",
    ]  # fmt: skip
    blank = [""] * 5
    content = xlsx_of(
        keys,
        labels,
        ["100001", dt.datetime(2025, 12, 3), "PRE001", "记", 1, "提现", "1001", "", "FIN", "财务部", "PRE001", 50, 0],
        [*blank, "提现", "1002.01", "", "", "", "PRE001", 0, 50],
        ["100002", dt.datetime(2025, 12, 4), "PRE001", "记", 2, "提现", "1001", "", "", "", "PRE001", 60, 0],
        [*blank, "提现", "1002.01", "", "", "", "PRE001", 0, 60],
    )
    run = read(company, content, accountant)
    assert messages(run) == []
    assert run.summary["documents"] == 2
    first = VoucherLine.objects.get(company=company, debit=50)
    assert first.voucher.date == dt.date(2025, 12, 3)
    assert list(first.dimension_set.items.values_list("value__code", flat=True)) == ["FIN"]


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (["FDC", "FAmount"], [("D", "30"), ("C", "30")]),
        (["借贷方向", "金额"], [("借", "30"), ("贷", "30")]),
        (["金额"], [("30",), ("-30",)]),
        (["FDEBIT", "FCREDIT"], [("-30", ""), ("", "-30")]),
    ],
)
def test_sides_may_be_columns_letters_words_or_signs(company, accountant, head, rows):
    content = csv_of(
        ["科目编码", *head, "日期", "凭证字", "凭证号", "摘要"],
        ["1001", *rows[0], "2025/12/5", "记", "1", "x"],
        ["1002.01", *rows[1], "2025/12/5", "记", "1", "x"],
    )
    run = read(company, content, accountant, name="v.csv")
    assert messages(run) == []
    sign = -1 if rows[0][0] == "-30" else 1
    assert {(one.debit, one.credit) for one in VoucherLine.objects.filter(company=company)} == {
        (sign * 30, 0),
        (0, sign * 30),
    }


def test_gb18030_and_rare_characters_survive(company, accountant):
    """L07: GB 18030 is read, characters outside the basic plane too."""
    content = csv_of(HEAD, *simple(1, summary="付𠮷野家餐费㐂"), encoding="gb18030")
    read(company, content, accountant, name="v.csv")
    assert VoucherLine.objects.filter(company=company, summary="付𠮷野家餐费㐂").count() == 2
    assert "付𠮷野家餐费㐂" in str(
        sheet_values(export.kingdee_workbook(company, dt.date(2025, 12, 1), dt.date(2025, 12, 31)))
    )


def _rich(company: Any) -> None:
    Currency.objects.get_or_create(company=company, code="USD", defaults={"name": "美元"})
    Account.objects.filter(company=company, code="100201").update(currency="*")
    Account.objects.filter(company=company, code="1101").update(tracks_quantity=True, unit="股")
    kind = DimensionType.objects.get(company=company, code="customer")
    account = Account.objects.get(company=company, code="1001")
    AccountDimension.objects.get_or_create(
        company=company, account=account, dimension_type=kind, defaults={"is_required": False}
    )


@pytest.mark.parametrize("write", [export.kingdee_workbook, export.own_workbook])
def test_export_import_and_export_again_are_equal(company, accountant, line, write):
    """Dimensions, currency, quantity, red amounts and settlement go through a file unchanged."""
    _rich(company)
    kind = DimensionType.objects.get(company=company, code="customer")
    value = ensure_values(company.pk, "customer", [ValueRow("C001", "华东---公司")])["C001"]
    lot = Account.objects.filter(company=company, code__startswith="1101", is_leaf=True).first()
    Account.objects.filter(pk=lot.pk).update(tracks_quantity=True, unit="股")
    day = dt.date(2025, 12, 5)
    create_voucher(
        company,
        day,
        None,
        [
            line("1001", debit="71.23", dimensions=((kind.pk, value),), business_no="Y-1"),
            line(
                "100201",
                credit="71.23",
                currency="USD",
                original_amount=Decimal("10.00"),
                rate=Decimal("7.123"),
                settlement_method="电汇",
                settlement_no="0001",
            ),
        ],
        by=accountant,
        attachments=3,
    )
    create_voucher(
        company,
        day,
        None,
        [
            line(lot.code, debit="-50.00", quantity=Decimal("-5"), unit_price=Decimal("10")),
            line("1001", credit="-50.00"),
        ],
        by=accountant,
    )
    first, last = dt.date(2025, 12, 1), dt.date(2025, 12, 31)
    content = write(company, first, last)
    other = create_company("other", "另一公司", first_period=dt.date(2025, 11, 1))
    _rich(other)
    Account.objects.filter(company=other, code=lot.code).update(tracks_quantity=True, unit="股")
    run = read(other, content, accountant, create_missing=True)
    assert messages(run) == []
    assert sheet_values(write(other, first, last)) == sheet_values(content)
    assert len(sheet_values(content)) == 5


def test_thousands_of_vouchers_take_seconds_and_few_statements(company, accountant, django_assert_max_num_queries):
    rows = [row for number in range(1, 2001) for row in simple(number, f"{number}.00")]
    content = csv_of(HEAD, *rows)
    run = services.run_again(
        services.create_run(company, content, "v.csv", by=accountant), by=accountant, is_dry_run=False
    )
    began = time.monotonic()
    with django_assert_max_num_queries(80):
        services.execute(run)
    assert time.monotonic() - began < 20
    vouchers = Voucher.objects.filter(company=company)
    assert vouchers.count() == 2000
    assert all(one.reference == f"记-{one.number}" for one in vouchers)


def test_the_pages_check_then_write(client, company, accountant, auditor):
    client.force_login(accountant)
    upload = io.BytesIO(xlsx_of(HEAD, *simple(1), *simple(2, account="9999")))
    upload.name = "金蝶凭证.xlsx"
    answer = client.post(reverse("imports_vouchers"), {"file": upload, "control_accounts": "on"}, follow=True)
    run = ImportRun.objects.get(company=company)
    services.execute(run)
    answer = client.get(reverse("imports_voucher_run", args=[run.pk]))
    assert "9999" in answer.content.decode()
    client.post(reverse("imports_voucher_accounts", args=[run.pk]), {"account-9999": "1001"})
    again = ImportRun.objects.filter(company=company).order_by("-pk").first()
    services.execute(again)
    client.post(reverse("imports_voucher_commit", args=[again.pk]))
    written = ImportRun.objects.filter(company=company).order_by("-pk").first()
    services.execute(written)
    assert Voucher.objects.filter(company=company).count() == 2
    answer = client.get(
        reverse("imports_voucher_export"), {"first": "2025-12-01", "last": "2025-12-31", "layout": "kingdee"}
    )
    assert len(sheet_values(answer.content)) == 5
    client.force_login(auditor)
    assert client.post(reverse("imports_voucher_commit", args=[again.pk])).status_code == 403


def _customer_on_cash(company: Any) -> None:
    account = Account.objects.get(company=company, code="1001")
    for code in ("customer", "department"):
        kind = DimensionType.objects.get(company=company, code=code)
        AccountDimension.objects.create(company=company, account=account, dimension_type=kind, is_required=False)
    ensure_values(company.pk, "customer", [ValueRow("C001", "华东公司")])


def _codes(company: Any) -> set[str]:
    line = VoucherLine.objects.get(company=company, account__code="1001")
    return set(line.dimension_set.items.values_list("value__code", flat=True))


def test_old_kis_fields_give_dimensions_by_class_and_object(company, accountant):
    _customer_on_cash(company)
    head = [
        "FDATE", "FPERIOD", "FGROUP", "FNUM", "FENTRYID", "FEXP", "FACCTID", "FCLSNAME1", "FOBJID1", "FOBJNAME1",
        "FCLSNAME2", "FOBJID2", "FCYID", "FDC", "FDEBIT", "FCREDIT", "FATTCHMENT", "FREFERENCE",
    ]  # fmt: skip
    content = xlsx_of(
        head,
        ["20251205", 12, "记", 9, 1, "x", "1001", "客户", "C001", "华东公司", "部门", "FIN", "RMB", "D", 8, 0, 1, "R"],
        ["20251205", 12, "记", 9, 2, "x", "1002.01", "", "*", "", "", "", "RMB", "C", 0, 8, 1, "R"],
    )
    run = read(company, content, accountant)
    assert messages(run) == []
    assert _codes(company) == {"C001", "FIN"}
    assert Voucher.objects.get(company=company).reference == "记-9 R"


def test_jingdou_files_give_dimensions_by_column_and_by_own_class(company, accountant):
    _customer_on_cash(company)
    head = [
        "日期", "凭证字", "凭证号", "附件数", "分录序号", "摘要", "科目代码", "科目名称", "借方金额", "贷方金额",
        "客户", "自定义辅助核算类别", "自定义辅助核算编码", "数量", "单价", "原币金额", "币别", "汇率",
    ]  # fmt: skip
    content = xlsx_of(
        ["凭证列表"],
        head,
        [
            "2025-12-05",
            "记",
            "记-1",
            0,
            1,
            "x",
            "1001",
            "现金",
            8,
            "",
            "C001 华东公司",
            "部门",
            "FIN",
            "",
            "",
            8,
            "RMB",
            1,
        ],
        ["2025-12-05", "记", "记-1", 0, 2, "x", "1002.01", "基本户", "", 8, "", "", "", "", "", 8, "RMB", 1],
    )
    run = read(company, content, accountant)
    assert messages(run) == []
    assert _codes(company) == {"C001", "FIN"}


def test_a_file_without_its_columns_is_refused_by_name(company, accountant):
    with pytest.raises(FileRefused, match="凭证日期"):
        services.create_run(company, xlsx_of(["科目代码", "借方", "贷方"], ["1001", 1, 1]), "v.xlsx", by=accountant)
