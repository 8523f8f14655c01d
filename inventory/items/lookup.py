"""Find items while a clerk types or scans: barcode and lot number exactly, else code, name or pinyin, nearest first.

Fast at 100,000 items because the index on the search key answers what begins with the text, in order; only when that
does not fill the list are the company's items read for what contains it.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from erp.core.pinyin import plain
from inventory.items.models import Item, ItemKind

LIMIT = 20


class ItemHit(NamedTuple):
    """``on_hand`` in the warehouse asked for, or in all. A barcode of another unit names it: one is ``factor``."""

    id: int
    code: str
    name: str
    unit: str
    kind: str
    tax_rate: Decimal
    on_hand: Decimal
    unit_cost: Decimal | None
    tracking: str = ""
    unit_id: int | None = None
    unit_name: str = ""
    factor: Decimal = Decimal(1)
    lot_id: int | None = None
    lot: str = ""


class _Found(NamedTuple):
    item_id: int
    unit_id: int | None = None
    unit_name: str = ""
    factor: Decimal = Decimal(1)
    lot_id: int | None = None
    lot: str = ""


# What the text names exactly: barcode of an item, barcode of a unit, number of a lot; in this order.
EXACT = """
SELECT i.id, f.unit_id, f.unit_name, f.factor, f.lot_id, f.lot
  FROM (SELECT 1 AS place, x.id AS item_id, NULL::bigint AS unit_id, '' AS unit_name, 1::numeric AS factor,
               NULL::bigint AS lot_id, '' AS lot
          FROM inventory_item x WHERE x.company_id = %(company)s AND x.barcode = %(raw)s AND x.barcode <> ''
        UNION ALL
        SELECT 2, u.item_id, u.id, u.name, u.factor, NULL, ''
          FROM inventory_itemunit u WHERE u.company_id = %(company)s AND u.barcode = %(raw)s AND u.barcode <> ''
        UNION ALL
        SELECT 3, l.item_id, NULL, '', 1, l.id, l.number
          FROM inventory_lot l WHERE l.company_id = %(company)s AND l.number = %(raw)s) f
  JOIN inventory_item i ON i.id = f.item_id AND i.is_active AND (NOT %(only_stock)s OR i.kind = %(stock)s)
 ORDER BY f.place, i.code LIMIT %(limit)s"""

# Items whose key begins with the text, in the order of the key: the shortest code first. Read from the index.
HEADS = """
SELECT i.id FROM inventory_item i
 WHERE i.company_id = %(company)s AND i.search_key LIKE %(head)s AND i.is_active
   AND (NOT %(only_stock)s OR i.kind = %(stock)s)
 ORDER BY i.search_key USING ~<~ LIMIT %(limit)s"""

# Items that have the text further on: at the head of a word before inside one.
INSIDE = """
SELECT i.id FROM inventory_item i
 WHERE i.company_id = %(company)s AND i.search_key LIKE %(inside)s AND i.search_key NOT LIKE %(head)s AND i.is_active
   AND (NOT %(only_stock)s OR i.kind = %(stock)s)
 ORDER BY i.search_key NOT LIKE %(word)s, i.code LIMIT %(limit)s"""

# Facts of the items in the order of their ids, with what lies there and what one is worth: by the company's pool where
# it has one, else by the warehouses asked for, else by the reference cost.
FACTS = """
SELECT i.id, i.code, i.name, i.unit, i.kind, i.tax_rate, coalesce(b.qty, 0),
       CASE WHEN p.qty > 0 THEN p.value / p.qty WHEN b.qty > 0 AND b.value > 0 THEN b.value / b.qty
            ELSE i.reference_cost END,
       i.tracking
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, place)
  JOIN inventory_item i ON i.id = wanted.id
  LEFT JOIN LATERAL (
       SELECT sum(b.qty) AS qty, sum(b.value) AS value FROM inventory_stockbalance b
        WHERE b.company_id = %(company)s AND b.item_id = i.id
          AND (%(warehouse)s::bigint IS NULL OR b.warehouse_id = %(warehouse)s)) b ON true
  LEFT JOIN LATERAL (
       SELECT sum(p.qty) AS qty, sum(p.value) AS value FROM inventory_poolbalance p
        WHERE p.company_id = %(company)s AND p.item_id = i.id) p ON true
 ORDER BY wanted.place"""


def search(
    company_id: int, text: str, *, warehouse_id: int | None = None, only_stock: bool = False, limit: int = LIMIT
) -> list[ItemHit]:
    """Active items that the text names or is part of. Up to four statements, however many items there are."""
    escaped = _escaped(text)
    asked: dict[str, Any] = {
        "company": company_id, "raw": text.strip(), "head": f"{escaped}%", "word": f"% {escaped}%",
        "inside": f"%{escaped}%", "only_stock": only_stock, "stock": ItemKind.STOCK, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(EXACT, asked)
        found: dict[int, _Found] = {}
        for row in cursor.fetchall():
            found.setdefault(row[0], _Found(*row))
        # A scan names what it means: what only contains the text is not read then.
        for statement in (HEADS,) if found else (HEADS, INSIDE):
            if len(found) < limit:
                cursor.execute(statement, asked)
                for (item_id,) in cursor.fetchall():
                    found.setdefault(item_id, _Found(item_id))
        hits = list(found.values())[:limit]
        if not hits:
            return []
        cursor.execute(FACTS, {"ids": [hit.item_id for hit in hits], "company": company_id, "warehouse": warehouse_id})
        facts = cursor.fetchall()
    return [ItemHit._make([*row, *hit[1:]]) for row, hit in zip(facts, hits, strict=True)]


def _escaped(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def by_code(company_id: int, text: str) -> Item | None:
    """The item whose code or barcode was typed, whatever the case; a code may be followed by its name."""
    words = text.split()
    codes = [text.strip(), words[0]] if words else []
    found: QuerySet[Item] = Item.objects.filter(company_id=company_id, is_active=True)
    # The key begins with the code in small letters: its index finds what the code alone would be searched for.
    by_key = (
        item for code in codes for item in found.filter(search_key__startswith=plain(code), code__iexact=code)[:1]
    )
    item = next(by_key, None)
    return item or (found.filter(barcode=codes[0]).first() if codes else None)


def as_json(hit: ItemHit, *, hint: str = "", fill: dict[str, Any] | None = None) -> dict[str, Any]:
    """The form in which look-up cells take a row. ``factor`` and ``unit_name``: one scan of a barcode is that much."""
    row: dict[str, Any] = {"id": hit.id, "code": hit.code, "name": hit.name, "hint": hint, "fill": fill or {}}
    if hit.unit_id is not None:
        row |= {"unit_id": hit.unit_id, "unit_name": hit.unit_name, "factor": f"{hit.factor.normalize():f}"}
    if hit.lot_id is not None:
        row |= {"lot_id": hit.lot_id, "lot": hit.lot}
    return row
