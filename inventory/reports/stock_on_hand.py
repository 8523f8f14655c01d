"""Stock on hand (库存余额): what lies in each warehouse now, its unit cost and its value."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, QuerySet, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.pinyin import plain
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.items.models import ItemCategory
from inventory.moves.models import StockBalance

COST = DecimalField(max_digits=24, decimal_places=10)


def stock_on_hand(
    company: Company,
    *,
    text: str = "",
    item_id: int | None = None,
    category_id: int | None = None,
    warehouse_id: int | None = None,
    hide_zero: bool = True,
) -> QuerySet[StockBalance]:
    """Balances by item and warehouse with ``unit_cost``.

    ``text``: part of code, name or pinyin. A category means those below it too.
    """
    rows = StockBalance.objects.filter(company=company).select_related("item", "item__category", "warehouse")
    if text.strip():
        rows = rows.filter(item__search_key__contains=plain(text))
    if item_id is not None:
        rows = rows.filter(item_id=item_id)
    if category_id is not None:
        rows = rows.filter(item__category_id__in=with_subcategories(company, category_id))
    if warehouse_id is not None:
        rows = rows.filter(warehouse_id=warehouse_id)
    if hide_zero:
        rows = rows.exclude(qty=0)
    unit_cost = Case(When(qty=0, then=Value(Decimal(0))), default=F("value") / F("qty"), output_field=COST)
    return rows.annotate(unit_cost=unit_cost).order_by("item__code", "warehouse__code")


def totals(rows: QuerySet[StockBalance]) -> dict[str, Decimal]:
    """Quantity and value of all rows. One statement."""
    sums = rows.order_by().aggregate(qty=Sum("qty"), value=Sum("value"))
    return {name: amount or ZERO for name, amount in sums.items()}


def with_subcategories(company: Company, category_id: int) -> list[int]:
    """The category and all below it. One statement; categories are few."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in ItemCategory.objects.filter(company=company).values_list("id", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found = [category_id]
    for pk in found:
        found.extend(children.get(pk, ()))
    return found


COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=36),
    Column("category", _("Category")),
    Column("warehouse", _("Warehouse")),
    Column("unit", _("Unit"), width=8),
    Column("qty", _("Quantity"), "quantity"),
    Column("unit_cost", _("Unit cost"), "cost"),
    Column("value", _("Value"), "amount"),
)
COST_COLUMNS = {"unit_cost", "value"}


def as_rows(balances: QuerySet[StockBalance]) -> list[dict[str, Any]]:
    """Balances in the shape of the report's columns."""
    return [
        {
            "code": row.item.code,
            "name": row.item.name,
            "category": row.item.category.name,
            "warehouse": row.warehouse.name,
            "unit": row.item.unit,
            "qty": row.qty,
            "unit_cost": row.unit_cost,  # type: ignore[attr-defined]
            "value": row.value,
        }
        for row in balances
    ]


def _query(company: Company, params: Any) -> ReportResult:
    rows = stock_on_hand(company, text=params["text"] or "", hide_zero=not params["zero"])
    if params["warehouse"]:
        rows = rows.filter(warehouse__code=params["warehouse"])
    return ReportResult(as_rows(rows), totals(rows))


REPORT = register(
    Report(
        "stock_on_hand",
        _("Stock on hand"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (
            Parameter("text", _("Code, name or pinyin")),
            Parameter("warehouse", _("Warehouse code")),
            Parameter("zero", _("Show items without stock"), "bool", False),
        ),
    )
)
