"""What a stock report covers: the parameters that all of them share, and the same as SQL.

Conditions are written only for what was asked, so a report about everything reads the moves and nothing else.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company, CostPool
from erp.core.errors import NotFound
from erp.core.pinyin import plain
from erp.core.reports import BadParameter, Parameter
from erp.core.reports.dates import date_range
from inventory.items.models import CostMethod, Item, ItemCategory
from inventory.lots.models import Lot
from inventory.moves.models import StockMove
from inventory.warehouses.models import Warehouse

Params = Any

TEXT = Parameter("text", _("Code, name or pinyin"))
ITEM = Parameter("item", _("Item code"))
CATEGORY = Parameter("category", _("Category code"))
WAREHOUSE = Parameter("warehouse", _("Warehouse code"))
LOT = Parameter("lot", _("Lot or serial no."))
FROM = Parameter("from", _("From period"), "period")
TO = Parameter("to", _("To period"), "period")
DAY_FROM = Parameter("day_from", _("From day"))
DAY_TO = Parameter("day_to", _("To day"))
AS_OF = Parameter("as_of", _("As of day"))
WHAT = (TEXT, CATEGORY, WAREHOUSE)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which items and warehouses; None: all. ``category_ids`` hold those below the category too."""

    company: Company
    text: str = ""
    item: Item | None = None
    category: ItemCategory | None = None
    category_ids: tuple[int, ...] = ()
    warehouse: Warehouse | None = None
    lot: str = ""

    @property
    def narrows_items(self) -> bool:
        return bool(self.text or self.item or self.category)

    @property
    def pools_all(self) -> bool:
        """Whether every item has one cost in the whole company."""
        return self.company.cost_pool == CostPool.COMPANY

    def is_pooled(self, method: str) -> bool:
        """Whether the value of an item of this method belongs to the item, not to its warehouses."""
        return self.pools_all or method == CostMethod.MONTHLY_AVERAGE

    def where(self, alias: str, *, warehouse: bool = True, lot: bool = True) -> str:
        """Conditions on a table with company, item, warehouse and lot columns. Parameters: ``self.values``."""
        parts = [f"{alias}.company_id = %(company)s"]
        if self.item is not None:
            parts.append(f"{alias}.item_id = %(item)s")
        if self.text or self.category is not None:
            inner = ["si.company_id = %(company)s"]
            if self.text:
                inner.append("si.search_key LIKE %(text)s")
            if self.category is not None:
                inner.append("si.category_id = ANY(%(categories)s)")
            parts.append(f"{alias}.item_id IN (SELECT si.id FROM inventory_item si WHERE {' AND '.join(inner)})")
        if warehouse and self.warehouse is not None:
            parts.append(f"{alias}.warehouse_id = %(warehouse)s")
        if lot and self.lot:
            parts.append(
                f"{alias}.lot_id IN (SELECT sl.id FROM inventory_lot sl "
                "WHERE sl.company_id = %(company)s AND sl.number = %(lot)s)"
            )
        return " AND ".join(parts)

    def values(self, **more: Any) -> dict[str, Any]:
        """Parameters of ``where`` and those of the statement."""
        escaped = plain(self.text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {
            "company": self.company.pk,
            "item": self.item.pk if self.item else None,
            "text": f"%{escaped}%",
            "categories": list(self.category_ids),
            "warehouse": self.warehouse.pk if self.warehouse else None,
            "lot": self.lot,
            "pools_all": self.pools_all,
            **more,
        }

    def subtitle(self) -> list[str]:
        """What was asked, as lines under the title."""
        parts = [str(one) for one in (self.item, self.category, self.warehouse, self.lot or None) if one is not None]
        return [" · ".join(parts)] if parts else []


def scope_of(company: Company, params: Params) -> Scope:
    """The scope that the parameters name by codes. Raises ``NotFound``."""
    category = _found(company, ItemCategory, params.get("category"), "category")
    return Scope(
        company=company,
        text=str(params.get("text") or "").strip(),
        item=_found(company, Item, params.get("item"), "item"),
        category=category,
        category_ids=tuple(with_subcategories(company, category.pk)) if category else (),
        warehouse=_found(company, Warehouse, params.get("warehouse"), "warehouse"),
        lot=_lot(company, params.get("lot")),
    )


def _found(company: Company, model: Any, given: Any, name: str) -> Any:
    text = str(given or "").strip()
    if not text:
        return None
    code = text.split(" ")[0]
    rows = model.objects.filter(company=company)
    found = rows.filter(code=text).first() or rows.filter(code=code).first() or rows.filter(code=code.upper()).first()
    if found is None:
        raise NotFound(field=name, what=model._meta.verbose_name, key=text)
    return found


def _lot(company: Company, given: Any) -> str:
    text = str(given or "").strip()
    if text and not Lot.objects.filter(company=company, number=text).exists():
        raise NotFound(field="lot", what=Lot._meta.verbose_name, key=text)
    return text


def with_subcategories(company: Company, category_id: int) -> list[int]:
    """The category and all below it. One statement; categories are few."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in ItemCategory.objects.filter(company=company).values_list("id", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found = [category_id]
    for pk in found:
        found.extend(children.get(pk, ()))
    return found


def day_of(params: Params, name: str) -> dt.date | None:
    """The day that a parameter names; None without it. Raises ``BadParameter``."""
    text = str(params.get(name) or "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        expected = _("a date like 2025-12-31")
        raise BadParameter(field=name, name=name, value=text, expected=expected) from None


def days_of(company: Company, params: Params) -> tuple[dt.date, dt.date]:
    """First and last day of a range: the days if given, else the periods; without any the month of the last move.

    A range without an end ends with that month, one without a beginning begins with the company's books. Raises
    ``BadParameter`` when it ends before it begins.
    """
    first, last = date_range(params)
    first, last = day_of(params, "day_from") or first, day_of(params, "day_to") or last
    month = current_month(company)
    if first is None and last is None:
        return month
    start = first or company.first_month()
    end = last or max(month[1], (start + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1))
    if end < start:
        raise BadParameter(field="to", name="to", value=end, expected=_now("a day after %(day)s") % {"day": start})
    return start, end


def current_month(company: Company) -> tuple[dt.date, dt.date]:
    """The month of the last move (where a reader wants to look), else the company's first."""
    last = (
        StockMove.objects.filter(company=company).order_by("-id").values_list("date", flat=True).first()
        or company.first_month()
    )
    start = last.replace(day=1)
    return start, (start + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
