"""What the page of an item shows: facts in sections, stock by warehouse, the last purchase."""

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext as _

from erp.core.money import ZERO
from erp.core.web.lines import plain
from erp.core.web.templatetags.ui import qty, rate, unit_cost
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocumentLine
from inventory.items.models import CostMethod, Item
from inventory.moves.models import PoolBalance, StockBalance

Facts = list[tuple[str, Any]]


class Place(NamedTuple):
    """``value`` is None where the item's cost is one for the whole company."""

    warehouse_id: int
    warehouse: str
    qty: Decimal
    reserved: Decimal
    value: Decimal | None

    @property
    def available(self) -> Decimal:
        return self.qty - self.reserved


class Stock(NamedTuple):
    places: list[Place]
    qty: Decimal
    reserved: Decimal
    value: Decimal

    @property
    def available(self) -> Decimal:
        return self.qty - self.reserved

    @property
    def unit_cost(self) -> Decimal | None:
        """What one is worth on average, or None when nothing is there."""
        return self.value / self.qty if self.qty > 0 else None


class Purchase(NamedTuple):
    document_id: int
    number: str
    date: dt.date
    supplier: str
    qty: Decimal
    unit_cost: Decimal | None


def stock_of(item: Item) -> Stock:
    """What lies where now. Value by the company's pool where the item has one."""
    pooled = PoolBalance.objects.filter(company_id=item.company_id, item=item).aggregate(value=Sum("value"))["value"]
    rows = StockBalance.objects.filter(company_id=item.company_id, item=item).select_related("warehouse")
    places = [
        Place(row.warehouse_id, row.warehouse.name, row.qty, row.reserved, row.value if pooled is None else None)
        for row in rows.order_by("warehouse__code")
    ]
    value = pooled if pooled is not None else sum((place.value or ZERO for place in places), ZERO)
    return Stock(
        places,
        sum((place.qty for place in places), Decimal(0)),
        sum((place.reserved for place in places), Decimal(0)),
        value,
    )


def last_purchase(item: Item) -> Purchase | None:
    """The item's latest confirmed purchase receipt."""
    line = (
        StockDocumentLine.objects.filter(
            company_id=item.company_id,
            item=item,
            document__kind=DocumentKind.PURCHASE_RECEIPT,
            document__status=DocumentStatus.CONFIRMED,
        )
        .select_related("document", "document__party")
        .order_by("-document__date", "-document_id", "line_no")
        .first()
    )
    if line is None:
        return None
    document = line.document
    party = document.party.name if document.party is not None else ""
    return Purchase(document.pk, document.number, document.date, party, line.qty, line.unit_cost)


def facts_of(item: Item, *, sees_cost: bool) -> list[tuple[str, Facts]]:
    """Title and facts of each section; what says nothing is left out of goods' sections for services."""
    basic: Facts = [
        (_("Code"), item.code),
        (_("Name"), item.name),
        (_("Category"), item.category),
        (_("Kind"), item.get_kind_display()),
        (_("Unit"), item.unit),
        (_("Specification"), item.spec),
        (_("Barcode"), item.barcode),
        (_("Tax rate"), rate(item.tax_rate)),
    ]
    sections = [(_("What it is"), basic)]
    if not item.is_stock:
        return sections
    cost: Facts = [(_("Cost method"), item.get_cost_method_display())]
    if sees_cost:
        if item.cost_method == CostMethod.STANDARD:
            cost.append((_("Opening standard cost"), _cost(item.standard_cost)))
        cost += [
            (_("Reference cost"), _cost(item.reference_cost)),
            (_("Purchase price, net"), _cost(item.purchase_price)),
        ]
    keeping: Facts = [
        (_("Tracking"), item.get_tracking_display()),
        (_("Shelf life"), _("%(days)s days") % {"days": item.shelf_life_days} if item.shelf_life_days else ""),
        (_("May go below zero"), _("Yes") if item.may_go_negative else _("No")),
        (_("Safety stock"), qty(item.safety_stock) if item.safety_stock else ""),
        (_("Maximum stock"), qty(item.maximum_stock) if item.maximum_stock is not None else ""),
        (_("Default warehouse"), item.default_warehouse),
        (_("Weight (kg)"), plain(item.weight)),
        (_("Volume (m³)"), plain(item.volume)),
    ]
    return [*sections, (_("Cost"), cost), (_("Stock keeping"), keeping)]


def _cost(value: Decimal | None) -> Any:
    return unit_cost(value) if value is not None else ""
