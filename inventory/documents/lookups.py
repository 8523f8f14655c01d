"""What the cells of stock documents ask while a clerk types or scans: items, lots, bins, parties, stock on hand."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from erp.core.pinyin import plain as searched
from erp.core.web.lines import plain
from erp.core.web.templatetags.ui import qty as shown
from inventory.items import lookup
from inventory.items.models import Item, ItemKind, ItemUnit
from inventory.lots.models import Lot, LotBalance
from inventory.warehouses.models import Bin
from ledger.dimensions.models import DimensionValue

LIMIT = 20


class OnHand(NamedTuple):
    qty: Decimal
    available: Decimal


class FoundCode(NamedTuple):
    """An item by its code or barcode, or by the barcode of one of its units: then one scan is ``factor`` pieces."""

    item: Item
    unit: ItemUnit | None
    factor: Decimal


class LotShare(NamedTuple):
    lot_id: int
    number: str
    expires_on: dt.date | None
    qty: Decimal


def on_hand(company_id: int, item_ids: Collection[int], warehouse_id: int | None) -> dict[int, OnHand]:
    """Item id → what lies in the warehouse (all of them without one) and what of it is promised to nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT item_id, sum(qty), sum(qty - reserved) FROM inventory_stockbalance
                WHERE company_id = %s AND item_id = ANY(%s) AND (%s::bigint IS NULL OR warehouse_id = %s)
                GROUP BY item_id""",
            [company_id, list(item_ids), warehouse_id, warehouse_id],
        )
        return {row[0]: OnHand(row[1], row[2]) for row in cursor.fetchall()}


def by_code(company_id: int, code: str) -> FoundCode | None:
    """What was scanned: barcode of an item, barcode of a unit, or an item's code; exactly, whatever the case."""
    text = code.strip()
    if not text:
        return None
    items = Item.objects.filter(company_id=company_id, is_active=True, kind=ItemKind.STOCK)
    if item := items.filter(barcode=text).first():
        return FoundCode(item, None, Decimal(1))
    unit = (
        ItemUnit.objects.filter(company_id=company_id, barcode=text, item__is_active=True)
        .select_related("item")
        .first()
    )
    if unit is not None:
        return FoundCode(unit.item, unit, unit.factor)
    found = items.filter(code__iexact=text).first()
    return FoundCode(found, None, Decimal(1)) if found else None


def units_of(company_id: int, item_ids: Iterable[int]) -> dict[int, list[ItemUnit]]:
    """Item id → its other units, smallest first."""
    found: dict[int, list[ItemUnit]] = defaultdict(list)
    for unit in ItemUnit.objects.filter(company_id=company_id, item__in=set(item_ids)).order_by("factor"):
        found[unit.item_id].append(unit)
    return found


def item_rows(
    company_id: int, text: str, *, warehouse_id: int | None, sees_cost: bool, is_receipt: bool
) -> list[dict[str, Any]]:
    """Rows for the item cell: by barcode first, then by code, name or pinyin. Three statements for any number."""
    found = by_code(company_id, text)
    if found and found.item.code.lower() != text.strip().lower():
        hits = lookup.search(company_id, found.item.code, warehouse_id=warehouse_id, only_stock=True, limit=1)
    else:
        found = None
        hits = lookup.search(company_id, text, warehouse_id=warehouse_id, only_stock=True)
    ids = [hit.id for hit in hits]
    stock = on_hand(company_id, ids, warehouse_id)
    units = units_of(company_id, ids)
    facts = {row["id"]: row for row in Item.objects.filter(pk__in=ids).values(*_FACTS)}
    rows = []
    for hit in hits:
        here, fact = stock.get(hit.id, OnHand(Decimal(0), Decimal(0))), facts[hit.id]
        fill = {"on_hand": plain(here.qty), "available": plain(here.available)}
        price = fact["purchase_price"] if is_receipt and fact["purchase_price"] is not None else hit.unit_cost
        if sees_cost and price is not None:
            fill["unit_cost"] = plain(price.quantize(Decimal("0.000001")))
        row = lookup.as_json(
            hit, hint=_("%(qty)s %(unit)s on hand") % {"qty": shown(here.qty), "unit": hit.unit}, fill=fill
        )
        rows.append(
            row
            | {
                "unit": hit.unit,
                "units": [{"id": unit.pk, "name": unit.name, "factor": plain(unit.factor)} for unit in units[hit.id]],
                "chosen_unit": found.unit.pk if found and found.unit else "",
                "tracking": fact["tracking"],
                "has_expiry": fact["has_expiry"],
            }
        )
    return rows


_FACTS = ("id", "tracking", "has_expiry", "purchase_price")


def lot_rows(
    company_id: int, item_id: int, warehouse_id: int | None, text: str, *, takes: bool
) -> list[dict[str, Any]]:
    """Lots of the item: those on hand in the warehouse, first to expire first; for receipts also lots of before."""
    rows = []
    for balance in _lots_on_hand(company_id, item_id, warehouse_id):
        if text.lower() in balance.lot.number.lower():
            rows.append(_lot_row(balance.lot, balance.qty))
    if not takes:
        here = {row["id"] for row in rows}
        lots = Lot.objects.filter(company_id=company_id, item=item_id, number__icontains=text).order_by("-id")
        rows += [_lot_row(lot, Decimal(0)) for lot in lots[:LIMIT] if lot.pk not in here]
    return rows[:LIMIT]


def first_expired(company_id: int, item_id: int, warehouse_id: int | None, needed: Decimal) -> list[LotShare]:
    """Lots that make up the quantity, first to expire first; less than needed when there is not enough."""
    shares = []
    for balance in _lots_on_hand(company_id, item_id, warehouse_id):
        if needed <= 0:
            break
        part = min(needed, balance.qty)
        shares.append(LotShare(balance.lot_id, balance.lot.number, balance.lot.expires_on, part))
        needed -= part
    return shares


def _lots_on_hand(company_id: int, item_id: int, warehouse_id: int | None) -> list[LotBalance]:
    found = LotBalance.objects.filter(company_id=company_id, item=item_id, qty__gt=0).select_related("lot")
    if warehouse_id is not None:
        found = found.filter(warehouse=warehouse_id)
    return list(found.order_by(F("lot__expires_on").asc(nulls_last=True), "lot__number"))


def _lot_row(lot: Lot, qty: Decimal) -> dict[str, Any]:
    parts = [shown(qty)] if qty else []
    if lot.expires_on:
        parts.append(_("expires %(day)s") % {"day": lot.expires_on.isoformat()})
    fill = {"expires_on": lot.expires_on.isoformat()} if lot.expires_on else {}
    return {"id": lot.pk, "code": "", "name": lot.number, "hint": " · ".join(map(str, parts)), "fill": fill}


def bin_rows(company_id: int, warehouse_id: int | None, text: str) -> list[dict[str, Any]]:
    """Bins of the warehouse by code or name."""
    found = Bin.objects.filter(company_id=company_id, is_active=True, warehouse=warehouse_id)
    found = found.filter(Q(code__icontains=text) | Q(name__icontains=text))
    return [{"id": one.pk, "code": "", "name": one.code, "hint": one.name} for one in found.order_by("code")[:LIMIT]]


def party_rows(company_id: int, dimension: str, text: str) -> list[dict[str, Any]]:
    """Customers or suppliers by code, name or pinyin, as values of their dimension."""
    found = parties(company_id, dimension).filter(search_key__contains=searched(text))
    return [{"id": one.pk, "code": one.code, "name": one.name, "hint": ""} for one in found.order_by("code")[:LIMIT]]


def parties(company_id: int, dimension: str) -> Any:
    return DimensionValue.objects.filter(company_id=company_id, dimension_type__code=dimension, is_active=True)
