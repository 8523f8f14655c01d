"""Masters come and go as sheets: template, dry run with what is wrong per row, commit, export that reads back."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from erp.core.companies.models import Company
from inventory.items.models import Item, ItemCategory
from inventory.items.services import NewItem, NewUnit, ensure_items
from inventory.items.unit_services import units_of
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Bin, Warehouse
from ledger.imports.sheets import SheetCheck, sheet_kind
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db

D = Decimal
CODES = ("items", "item-categories", "warehouses", "bins", "suppliers")


def book(*rows: list[Any]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)  # type: ignore[union-attr]
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def check(company: Company, code: str, content: bytes) -> SheetCheck:
    return sheet_kind(code).check(company, content, "masters.xlsx", {})


def load(company: Company, code: str, *rows: list[Any]) -> None:
    found = check(company, code, book(*rows))
    assert found.issues == []
    found.write(None)


@pytest.fixture
def company() -> Company:
    company = CompanyFactory()
    load(company, "item-categories", ["编码", "名称", "上级编码"], ["CUPS", "茶杯", "GOODS"], ["BLUE", "青花", "CUPS"])
    load(company, "warehouses", ["编码", "名称", "类型", "启用库位"], ["EAST", "东仓", "不良品仓", "是"])
    load(company, "bins", ["仓库编码", "库位编码", "名称"], ["EAST", "A-01", "一排"], ["east", "A-02", ""])
    load(
        company,
        "suppliers",
        ["编码", "名称", "税号", "税率", "付款天数"],
        ["S1", "景德镇瓷厂", "91360200MA", "13%", 45],
    )
    return company


HEAD = [
    "编码",
    "名称",
    "类别编码",
    "基本单位",
    "条码",
    "其他单位",
    "计价方法",
    "标准成本",
    "批号/序列号管理",
    "默认供应商",
    "允许负库存",
]


def test_masters_come_in_as_sheets(company: Company) -> None:
    assert str(ItemCategory.objects.get(company=company, code="BLUE").parent) == "CUPS 茶杯"
    east = Warehouse.objects.get(company=company, code="EAST")
    assert (east.kind, east.has_bins, Bin.objects.filter(warehouse=east).count()) == ("defects", True, 2)
    supplier = Supplier.objects.get(company=company, code="S1")
    assert (supplier.tax_rate, supplier.payment_days) == (D("0.13"), 45)
    load(
        company,
        "items",
        HEAD,
        ["c1", "青花杯", "CUPS", "个", "6901", "箱=48/16901;盒=4", "先进先出", None, "批号", "S1", "否"],
        ["c2", "青花盘", "BLUE", "个", "", "", "标准成本", 7.25, "", "", "是"],
    )
    cup, plate = Item.objects.filter(company=company, code__in=("C1", "C2")).order_by("code")
    assert (cup.cost_method, cup.tracking, cup.default_supplier) == ("fifo", "lot", supplier)
    assert units_of(cup) == [NewUnit("盒", D(4)), NewUnit("箱", D(48), "16901")]
    assert (plate.standard_cost, plate.may_go_negative) == (D("7.25"), True)
    load(company, "items", ["编码", "名称", "类别编码"], ["C1", "大青花杯", "CUPS"])
    cup.refresh_from_db()
    assert (cup.name, cup.cost_method, len(units_of(cup))) == ("大青花杯", "fifo", 2)


def test_what_is_wrong_is_told_per_row_and_nothing_is_written(company: Company) -> None:
    found = check(
        company,
        "items",
        book(
            HEAD,
            ["G1", "好", "CUPS", "个", "6901", "", "", None, "", "", ""],
            ["B1", "", "CUPS", "个", "", "", "", None, "", "", ""],
            ["B2", "乙", "NO-SUCH", "个", "", "", "", None, "", "", ""],
            ["B3", "丙", "CUPS", "个", "6901", "", "", None, "", "", ""],
            ["B4", "丁", "CUPS", "个", "", "箱12", "", None, "", "", ""],
            ["B5", "戊", "CUPS", "个", "", "箱=0", "", None, "", "", ""],
            ["B6", "己", "CUPS", "个", "", "", "后进先出", None, "", "", ""],
            ["B7", "庚", "CUPS", "个", "", "", "个别计价", None, "", "", ""],
            ["B8", "辛", "CUPS", "个", "", "", "标准成本", "七", "", "", ""],
            ["B9", "壬" * 201, "CUPS", "个", "", "", "", None, "", "", "也许"],
        ),
    )
    assert [(issue.row_no, issue.field) for issue in found.issues] == [
        (3, "名称"), (4, "类别编码"), (5, "条码"), (6, "其他单位"), (7, ""), (8, "计价方法"), (9, "批号/序列号管理"),
        (10, "标准成本"), (11, "允许负库存"),
    ]  # fmt: skip
    assert all(issue.message and "%(" not in issue.message for issue in found.issues)
    assert not Item.objects.filter(company=company).exists()


def test_a_name_that_is_too_long_is_told(company: Company) -> None:
    (issue,) = check(company, "suppliers", book(["编码", "名称"], ["S9", "长" * 121])).issues
    assert (issue.row_no, issue.field) == (2, "名称")


@pytest.mark.parametrize("code", CODES)
def test_an_export_reads_back_and_changes_nothing(company: Company, code: str) -> None:
    ensure_items(
        company,
        [
            NewItem("C1", "杯", "CUPS", barcode="690", units=(NewUnit("箱", D("48.5"), "1690"), NewUnit("盒", D(4)))),
            NewItem("C2", "盘", cost_method="standard", standard_cost=D("7.123456"), reference_cost=D("7")),
        ],
    )
    kind = sheet_kind(code)
    before = kind.export(company, "own")
    found = check(company, code, before)
    assert found.issues == []
    found.write(None)
    assert cells(kind.export(company, "own")) == cells(before)
    assert len(cells(before)) > 1


@pytest.mark.parametrize("code", CODES)
def test_a_template_can_be_filled_in(company: Company, code: str) -> None:
    assert cells(sheet_kind(code).template(company))


def cells(content: bytes) -> list[tuple[Any, ...]]:
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return list(page.iter_rows(values_only=True))
