"""Purchase orders as a sheet: one row a line; rows of one order have the same 单据号, or supplier and date without one.

Importing writes drafts. Items are found by code, barcode or whole name; a blank price is the item's, a blank rate its
tax rate; a unit is one of the item's.
"""

import datetime as dt
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.excel.template import TemplateColumn, import_template
from erp.core.excel.values import RowError
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.imports.mapping import Issue
from erp.core.money import WIDE, quantity, rounded
from inventory.documents.dates import working_date
from inventory.items.models import Item, ItemUnit
from inventory.purchasing.forms_orders import PRICE_STEP
from inventory.purchasing.models import PurchaseOrderLine
from inventory.purchasing.orders import NewOrder, NewOrderLine, create_orders
from inventory.purchasing.prices import last_prices
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse
from ledger.imports.sheets import SheetCheck, SheetKind

# heading, kind of cell, help, whether every row needs it
COLUMNS = (
    ("单据号", "text", "同一张订单的各行填同一个号;留空则按供应商、日期、仓库合并。", False),
    ("供应商", "text", "供应商代码、全名或税号。", True),
    ("日期", "date", "留空为当前业务日期。", False),
    ("仓库", "text", "仓库代码或名称,留空为主仓库。", False),
    ("预计到货", "date", "", False),
    ("商品", "text", "商品代码、条码或全名。", True),
    ("单位", "text", "留空为商品的基本单位。", False),
    ("数量", "quantity", "按所填单位。", True),
    ("单价", "cost", "不含税,按所填单位;留空取商品采购价或最近采购价。", False),
    ("税率", "percent", "如 13% 或 0.13;留空取商品税率。", False),
    ("备注", "text", "", False),
)
NEEDED = ("供应商", "商品", "数量")
HEADINGS = tuple(column[0] for column in COLUMNS)


@dataclass(slots=True)
class _Row:
    row_no: int
    order: tuple[Any, ...]
    external_no: str
    supplier_id: int
    date: dt.date
    warehouse_id: int | None
    expected_on: dt.date | None
    line: NewOrderLine


class _Books:
    """What the file may name, read once: suppliers, warehouses, items with their units and prices."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.today = working_date(company)
        self.suppliers: dict[str, int] = {}
        rows = Supplier.objects.filter(company=company, is_active=True)
        for pk, *names in rows.values_list("id", "tax_id", "name", "code"):
            self.suppliers |= {values.code(name): pk for name in names if name}
        self.warehouses: dict[str, int] = {}
        for pk, *names in Warehouse.objects.filter(company=company, is_active=True).values_list("id", "name", "code"):
            self.warehouses |= {values.code(name): pk for name in names}
        self.items: dict[str, Item] = {}
        for item in Item.objects.filter(company=company, is_active=True).order_by("-code"):
            for name in (item.name, item.barcode):
                if name:
                    self.items.setdefault(values.code(name), item)
        self.items |= {values.code(item.code): item for item in self.items.values()}
        self.units = {(unit.item_id, values.code(unit.name)): unit for unit in ItemUnit.objects.filter(company=company)}
        self.prices = last_prices(company.pk, [item.pk for item in self.items.values()])


def check(company: Company, content: bytes, filename: str, options: Mapping[str, bool]) -> SheetCheck:
    """Read the rows; what is wrong stands at its row and column. Raises ``FileRefused``."""
    table = read_table(content, filename, expected=NEEDED)
    table.require_columns(NEEDED)
    places = {name: table.headers.index(name) for name in HEADINGS if name in table.headers}
    books = _Books(company)
    issues: list[Issue] = []
    rows: list[_Row] = []
    for row_no, cells in table.rows:
        given = {name: cells[place] for name, place in places.items()}
        row = _read(row_no, given, books, issues)
        if row is not None:
            rows.append(row)
    orders = _orders(rows, issues)

    def write(by: Any) -> None:
        create_orders(company, orders, by=by)

    net = sum((line.unit_price * (line.qty or 0) for order in orders for line in order.lines), Decimal(0))
    figures = {_("Purchase orders"): len(orders), _("Rows"): len(rows), _("Net"): f"{net:,.2f}"}
    return SheetCheck(issues, write, figures)


def _read(row_no: int, given: Mapping[str, Any], books: _Books, issues: list[Issue]) -> _Row | None:
    found = len(issues)

    def refuse(field: str, text: str) -> None:
        issues.append(Issue(row_no, field, "order_row", text))

    def cell(field: str, read: Callable[[Any], Any], otherwise: Any = None) -> Any:
        value = given.get(field)
        if values.is_blank(value):
            return otherwise
        try:
            return read(value)
        except RowError as error:
            refuse(field, error.message)
            return otherwise

    def known(field: str, names: Mapping[str, Any], missing: str) -> Any:
        text = values.text(given.get(field))
        value = names.get(values.code(text)) if text else None
        if text and value is None:
            refuse(field, missing % {"text": text})
        return value

    supplier = known("供应商", books.suppliers, _("There is no active supplier “%(text)s”."))
    warehouse = known("仓库", books.warehouses, _("There is no active warehouse “%(text)s”."))
    item = known("商品", books.items, _("There is no active item “%(text)s”."))
    for field in NEEDED:
        if values.is_blank(given.get(field)):
            refuse(field, _("This must be filled in."))
    day = cell("日期", values.date, books.today)
    expected = cell("预计到货", values.date)
    qty, price, rate = cell("数量", values.decimal), cell("单价", values.decimal), cell("税率", values.decimal)
    if qty is not None and qty <= 0:
        refuse("数量", _("The quantity must be greater than zero."))
    if price is not None and price < 0:
        refuse("单价", _("The price is negative."))
    if rate is not None and not 0 <= rate < 1:
        refuse("税率", _("A tax rate lies between 0 and 1, for example 0.13."))
    unit, factor = None, Decimal(1)
    if item is not None and (name := values.code(given.get("单位"))) and name != values.code(item.unit):
        unit = books.units.get((item.pk, name))
        if unit is None:
            refuse("单位", _("%(item)s has no unit “%(text)s”.") % {"item": item.code, "text": name})
        else:
            factor = unit.factor
    if item is not None and price is None:
        own = item.purchase_price if item.purchase_price is not None else books.prices.get(item.pk)
        if own is None and len(issues) == found:
            refuse("单价", _("%(item)s has no purchase price yet. Enter one.") % {"item": item.code})
        price = WIDE.multiply(own, factor) if own is not None else None
    if len(issues) > found or item is None or qty is None or price is None:
        return None
    number = values.text(given.get("单据号"))
    return _Row(
        row_no,
        (number,) if number else (supplier, day, warehouse),
        number,
        supplier,
        day,
        warehouse,
        expected,
        NewOrderLine(
            item_id=item.pk,
            qty=quantity(WIDE.multiply(qty, factor)),
            unit_price=rounded(WIDE.divide(price, factor), PRICE_STEP),
            tax_rate=item.tax_rate if rate is None else rate,
            unit_id=unit.pk if unit is not None else None,
            unit_qty=qty if unit is not None else None,
            note=values.text(given.get("备注"))[:200],
        ),
    )


def _orders(rows: list[_Row], issues: list[Issue]) -> list[NewOrder]:
    """Rows put together to orders; the head is that of the first row."""
    made: dict[tuple[Any, ...], NewOrder] = {}
    for row in rows:
        order = made.get(row.order)
        if order is None:
            order = made[row.order] = NewOrder(
                supplier_id=row.supplier_id,
                date=row.date,
                lines=[],
                warehouse_id=row.warehouse_id,
                expected_on=row.expected_on,
                external_no=row.external_no[:80],
            )
        elif (order.supplier_id, order.warehouse_id) != (row.supplier_id, row.warehouse_id):
            text = _("Order “%(number)s” has another supplier or warehouse in an earlier row.")
            issues.append(Issue(row.row_no, "单据号", "order_row", text % {"number": row.external_no}))
        order.lines.append(row.line)
    return list(made.values())


def export(company: Company, layout: str) -> bytes:
    """The lines of all orders in the columns of the import, in the units they were ordered in."""
    lines = (
        PurchaseOrderLine.objects.filter(company=company)
        .select_related("order", "order__supplier", "order__warehouse", "item", "unit")
        .order_by("order__date", "order_id", "line_no")
    )
    data = []
    for line in lines:
        order, in_unit = line.order, line.unit is not None and line.unit_qty is not None
        factor = line.unit.factor if line.unit is not None and in_unit else Decimal(1)
        data.append([
            order.number, order.supplier.code, order.date, order.warehouse.code, order.expected_on, line.item.code,
            line.unit.name if line.unit is not None and in_unit else line.item.unit,
            line.unit_qty if in_unit else line.qty, line.unit_price * factor, line.tax_rate, line.note,
        ])  # fmt: skip
    stream = io.BytesIO()
    write_workbook(stream, [Sheet("采购订单", [SheetColumn(name, kind) for name, kind, _h, _n in COLUMNS], data)])
    return stream.getvalue()


def template(company: Company) -> bytes:
    """An empty file with help in its headings and two rows as an example of one order."""
    columns = [TemplateColumn(name, text, is_required=needed, kind=kind) for name, kind, text, needed in COLUMNS]
    day = working_date(company)
    examples = [
        [
            "1",
            "S001",
            day,
            "MAIN",
            day + dt.timedelta(days=7),
            "85123A",
            "",
            Decimal(120),
            Decimal("6.5"),
            Decimal("0.13"),
            "",
        ],
        [
            "1",
            "S001",
            day,
            "MAIN",
            day + dt.timedelta(days=7),
            "71053",
            "",
            Decimal(60),
            Decimal("3.2"),
            Decimal("0.13"),
            "加急",
        ],
    ]
    stream = io.BytesIO()
    import_template(stream, "采购订单", columns, examples)
    return stream.getvalue()


SHEET = SheetKind(
    code="purchase-orders",
    label=gettext_lazy("Purchase orders"),
    permission="purchasing.enter_order",
    view_permission="purchasing.enter_order",
    back="purchase_order_list",
    check=check,
    export=export,
    template=template,
    layouts=(("own", gettext_lazy("Tongzhang")),),
)
