"""Find items while a clerk types: by code, name or pinyin, nearest first."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from erp.core.pinyin import plain
from inventory.items.models import Item, ItemKind

LIMIT = 20


class ItemHit(NamedTuple):
    """``on_hand`` in the warehouse asked for, or in all."""

    id: int
    code: str
    name: str
    unit: str
    kind: str
    tax_rate: Decimal
    on_hand: Decimal
    unit_cost: Decimal | None


def search(
    company_id: int, text: str, *, warehouse_id: int | None = None, only_stock: bool = False, limit: int = LIMIT
) -> list[ItemHit]:
    """Active items with the text in code, name or pinyin: exact code first, then heads of words. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.id, i.code, i.name, i.unit, i.kind, i.tax_rate, coalesce(b.qty, 0),
                      CASE WHEN b.qty > 0 THEN b.value / b.qty ELSE i.reference_cost END
                 FROM (SELECT i.*, CASE WHEN lower(i.code) = %(text)s THEN 0 WHEN i.search_key LIKE %(head)s THEN 1
                                        WHEN i.search_key LIKE %(word)s THEN 2 ELSE 3 END AS distance
                         FROM inventory_item i
                        WHERE i.company_id = %(company)s AND i.is_active AND i.search_key LIKE %(inside)s
                          AND (NOT %(only_stock)s OR i.kind = %(stock)s)
                        ORDER BY distance, i.code LIMIT %(limit)s) i
                 LEFT JOIN LATERAL (
                      SELECT sum(b.qty) AS qty, sum(b.value) AS value FROM inventory_stockbalance b
                       WHERE b.company_id = %(company)s AND b.item_id = i.id
                         AND (%(warehouse)s::bigint IS NULL OR b.warehouse_id = %(warehouse)s)) b ON true
                ORDER BY i.distance, i.code""",
            {
                "company": company_id,
                "text": plain(text),
                "head": f"{_escaped(text)}%",
                "word": f"% {_escaped(text)}%",
                "inside": f"%{_escaped(text)}%",
                "warehouse": warehouse_id,
                "only_stock": only_stock,
                "stock": ItemKind.STOCK,
                "limit": limit,
            },
        )
        return [ItemHit(*row) for row in cursor.fetchall()]


def _escaped(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def by_code(company_id: int, text: str) -> Item | None:
    """The item whose code was typed, whatever the case; a code may be followed by its name."""
    words = text.split()
    codes = [text.strip(), words[0]] if words else []
    found: QuerySet[Item] = Item.objects.filter(company_id=company_id, is_active=True)
    return next((item for code in codes for item in found.filter(code__iexact=code)[:1]), None)


def as_json(hit: ItemHit, *, hint: str = "", fill: dict[str, Any] | None = None) -> dict[str, Any]:
    """The form in which look-up cells take a row."""
    return {"id": hit.id, "code": hit.code, "name": hit.name, "hint": hint, "fill": fill or {}}
