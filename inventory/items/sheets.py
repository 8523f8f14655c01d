"""Items with their units, and categories, as sheets."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.excel import values
from erp.core.web.lines import plain
from inventory.items.models import CostMethod, Item, ItemCategory, ItemKind, Tracking
from inventory.items.services import save_category, save_item
from inventory.items.sheet_rows import ACTIVE_HELP, Col, active, checked, days, figure, number, share, sheet, yes
from inventory.items.tree import nested
from inventory.items.unit_services import NewUnit
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse

METHODS = {
    "移动加权平均": CostMethod.MOVING_AVERAGE, "先进先出": CostMethod.FIFO, "月末加权平均": CostMethod.MONTHLY_AVERAGE,
    "个别计价": CostMethod.SPECIFIC, "标准成本": CostMethod.STANDARD,
    "移动平均": CostMethod.MOVING_AVERAGE, "全月平均": CostMethod.MONTHLY_AVERAGE, "计划成本": CostMethod.STANDARD,
    "": CostMethod.MOVING_AVERAGE,
}  # fmt: skip
TRACKING = {"批号": Tracking.LOT, "序列号": Tracking.SERIAL, "": Tracking.NONE}
KINDS = {"商品": ItemKind.STOCK, "服务": ItemKind.SERVICE, "": ItemKind.STOCK}
UNITS_HELP = "一个单位一项,用分号隔开:箱=12 表示一箱 12 个基本单位;有条码时写 箱=12/16901234567899。"


class UnitsUnreadable(DomainError):
    code = "units_unreadable"
    template = _("“%(text)s” cannot be read as units. Write 箱=12 or 箱=12/barcode; semicolons between several.")


def read_units(cell: Any) -> list[NewUnit]:
    """``箱=12/16901;盒=4`` → units."""
    units = []
    for part in values.text(cell).replace("\uff1b", ";").split(";"):
        if not part.strip():
            continue
        name, equals, rest = part.replace("\uff1d", "=").partition("=")
        size, _slash, barcode = rest.partition("/")
        if not name.strip() or not equals or not size.strip():
            raise UnitsUnreadable(text=part.strip())
        units.append(NewUnit(name.strip(), values.decimal(size), barcode.strip()))
    return units


def write_units(units: list[NewUnit]) -> str:
    return ";".join(f"{u.name}={plain(u.factor)}" + (f"/{u.barcode}" if u.barcode else "") for u in units)


ITEM_COLUMNS = (
    Col("编码", "code", values.code, is_required=True),
    Col("名称", "name", is_required=True),
    Col("类别编码", "category", is_required=True),
    Col("类型", "kind", words=KINDS),
    Col("基本单位", "unit"),
    Col("规格型号", "spec"),
    Col("条码", "barcode"),
    Col("其他单位", "units", read_units, help=UNITS_HELP),
    Col("税率", "tax_rate", share, kind="percent"),
    Col("计价方法", "cost_method", words=METHODS),
    Col("标准成本", "standard_cost", number, kind="cost"),
    Col("参考成本", "reference_cost", number, kind="cost"),
    Col("采购价(不含税)", "purchase_price", number, kind="cost"),
    Col("批号/序列号管理", "tracking", words=TRACKING),
    Col("保质期管理", "has_expiry", yes, help="是 / 否"),
    Col("保质期天数", "shelf_life_days", days),
    Col("允许负库存", "may_go_negative", yes, help="是 / 否"),
    Col("安全库存", "safety_stock", figure, kind="quantity"),
    Col("最高库存", "maximum_stock", number, kind="quantity"),
    Col("默认仓库", "default_warehouse"),
    Col("默认供应商", "default_supplier"),
    Col("重量(kg)", "weight", number, kind="quantity"),
    Col("体积(m³)", "volume", number, kind="quantity"),
    Col("启用", "is_active", active, help=ACTIVE_HELP),
)
REFERENCES = {"category": ItemCategory, "default_warehouse": Warehouse, "default_supplier": Supplier}


def save_item_row(company: Company, given: Mapping[str, Any], by: Any) -> None:
    """A new item, or an item of that code changed; a column that the file leaves out stays as it is."""
    item = Item.objects.filter(company=company, code__iexact=given["code"]).first() or Item(
        company=company, code=given["code"]
    )
    for key, value in given.items():
        if key == "units" or (key == "unit" and not value):
            continue
        if key in REFERENCES:
            value = _named(company, key, value) if value else None
        if key != "code":
            setattr(item, key, value)
    save_item(checked(item), by=by, units=given.get("units"))


def _named(company: Company, key: str, code: str) -> Any:
    model: Any = REFERENCES[key]
    found = model.objects.filter(company=company, code__iexact=code).first()
    if found is None:
        raise NotFound(field=key, what=model._meta.verbose_name, key=code)
    return found


def item_rows(company: Company) -> Iterator[list[Any]]:
    """Items with all that the columns hold, in order of code."""
    related = ("category", "default_warehouse", "default_supplier")
    for item in (
        Item.objects.filter(company=company).select_related(*related).prefetch_related("units").order_by("code")
    ):
        row: list[Any] = []
        for column in ITEM_COLUMNS:
            if column.key == "units":
                row.append(write_units([NewUnit(u.name, u.factor, u.barcode) for u in item.units.all()]))
                continue
            value = getattr(item, column.key)
            if column.key in REFERENCES:
                value = value.code if value is not None else ""
            elif isinstance(value, bool):
                value = "是" if value else "否"
            row.append(value)
        yield row


CATEGORY_COLUMNS = (
    Col("编码", "code", values.code, is_required=True),
    Col("名称", "name", is_required=True),
    Col("上级编码", "parent", values.code, help="空白表示最上级;上级须已存在或在本表中排在前面。"),
)


def save_category_row(company: Company, given: Mapping[str, Any], by: Any) -> None:
    """A new category, or one of that code renamed or moved."""
    known = ItemCategory.objects.filter(company=company)
    category = known.filter(code__iexact=given["code"]).first() or ItemCategory(company=company, code=given["code"])
    category.name = given["name"]
    if "parent" in given:
        parent = known.filter(code__iexact=given["parent"]).first() if given["parent"] else None
        if given["parent"] and parent is None:
            raise NotFound(field="parent", what=ItemCategory._meta.verbose_name, key=given["parent"])
        category.parent = parent
    save_category(checked(category), by=by)


def category_rows(company: Company) -> Iterator[list[Any]]:
    """Parents before their children."""
    for node in nested(ItemCategory.objects.filter(company=company).select_related("parent").order_by("code")):
        yield [node.row.code, node.row.name, node.row.parent.code if node.row.parent else ""]


ITEMS = sheet(
    code="items",
    label=_("Items"),
    title="存货",
    permission="inventory.manage_item",
    view_permission="inventory.view_cost",  # the sheet carries costs
    back="item_list",
    columns=ITEM_COLUMNS,
    save=save_item_row,
    rows=item_rows,
    examples=[["CZ-001", "青花茶杯", "GOODS", "商品", "个", "200ml", "6901234567892", "箱=48/16901234567899"]],
)
CATEGORIES = sheet(
    code="item-categories",
    label=_("Item categories"),
    title="存货类别",
    permission="inventory.manage_item",
    view_permission="inventory.view_stock",
    back="item_category_list",
    columns=CATEGORY_COLUMNS,
    save=save_category_row,
    rows=category_rows,
    examples=[["CUPS", "茶杯", "GOODS"]],
)
