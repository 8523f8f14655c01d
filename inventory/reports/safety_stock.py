"""安全库存预警: items below their safety stock or above their maximum, and how much to order."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.reports.room import StockReport, link
from inventory.reports.scope import CATEGORY, TEXT, Params, Scope, scope_of

BELOW, ABOVE = "below", "above"
STATES = ((BELOW, _("Below safety stock")), (ABOVE, _("Above the maximum")))

# Items with limits: on hand apart from defects and what is on its way between warehouses, reserved, on order.
_LEVELS = """
WITH stock AS (
    SELECT b.item_id, sum(b.qty) FILTER (WHERE w.kind = 'stock') AS on_hand, sum(b.reserved) AS reserved,
           sum(b.qty) FILTER (WHERE w.kind = 'transit') AS in_transit
      FROM inventory_stockbalance b JOIN inventory_warehouse w ON w.id = b.warehouse_id
     WHERE {where} GROUP BY b.item_id),
came AS (
    SELECT l.source_line_id, sum(l.qty - coalesce(r.qty, 0)) AS qty
      FROM inventory_stockdocumentline l
      JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
       AND d.kind = 'purchase_receipt' AND d.source_type = 'purchase_order' AND d.status = 'confirmed'
       AND d.reversal_of_id IS NULL
      LEFT JOIN LATERAL (
           SELECT sum(rl.qty) AS qty
             FROM inventory_stockdocumentline rl
             JOIN inventory_stockdocument rd ON rd.id = rl.document_id AND rd.company_id = rl.company_id
              AND rd.kind = 'purchase_return' AND rd.status = 'confirmed' AND rd.reversal_of_id IS NULL
            WHERE rl.company_id = l.company_id AND rl.of_line_id = l.id) r ON true
     WHERE l.company_id = %(company)s AND l.source_line_id IS NOT NULL
     GROUP BY l.source_line_id),
ordered AS (
    SELECT o.item_id, sum(greatest(o.qty - coalesce(c.qty, 0), 0)) AS qty
      FROM inventory_purchaseorderline o
      JOIN inventory_purchaseorder h ON h.id = o.order_id AND h.company_id = o.company_id AND h.status = 'confirmed'
      LEFT JOIN came c ON c.source_line_id = o.id
     WHERE o.company_id = %(company)s GROUP BY o.item_id)
SELECT i.code, i.name, c.name, i.unit, coalesce(p.name, ''), i.safety_stock, i.maximum_stock,
       coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(s.in_transit, 0), coalesce(o.qty, 0)
  FROM inventory_item i
  JOIN inventory_itemcategory c ON c.id = i.category_id
  LEFT JOIN inventory_supplier p ON p.id = i.default_supplier_id
  LEFT JOIN stock s ON s.item_id = i.id
  LEFT JOIN ordered o ON o.item_id = i.id
 WHERE i.company_id = %(company)s AND i.kind = 'stock' AND i.is_active
   AND (i.safety_stock > 0 OR i.maximum_stock IS NOT NULL)
   AND (%(item)s::bigint IS NULL OR i.id = %(item)s)
   AND i.search_key LIKE %(text)s AND (NOT %(by_category)s OR i.category_id = ANY(%(categories)s))
 ORDER BY i.code"""

COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=32),
    Column("category", _("Category")),
    Column("unit", _("Unit"), width=8),
    Column("state", _("Alert")),
    Column("on_hand", _("On hand"), "quantity"),
    Column("reserved", _("Reserved"), "quantity"),
    Column("in_transit", _("In transit"), "quantity"),
    Column("on_order", _("On order"), "quantity"),
    Column("available", _("Available"), "quantity"),
    Column("safety", _("Safety stock"), "quantity"),
    Column("maximum", _("Maximum stock"), "quantity"),
    Column("suggested", _("Suggested order"), "quantity"),
    Column("supplier", _("Supplier")),
)


def levels(scope: Scope) -> list[dict[str, Any]]:
    """Every item with limits, whether they are kept or not. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LEVELS.format(where=scope.where("b", warehouse=False)),
            scope.values(by_category=scope.category is not None),
        )
        return [_level(*row) for row in cursor.fetchall()]


def _level(
    code: str, name: str, category: str, unit: str, supplier: str, safety: Decimal, maximum: Decimal | None,
    on_hand: Decimal, reserved: Decimal, in_transit: Decimal, on_order: Decimal,
) -> dict[str, Any]:  # fmt: skip
    """Available is what can be promised: on hand − reserved + on the way + on order. An order fills up to the maximum,
    or to the safety stock where there is none."""
    available = on_hand - reserved + in_transit + on_order
    below = available < safety
    return {
        "code": code,
        "name": name,
        "category": category,
        "unit": unit,
        "supplier": supplier,
        "on_hand": on_hand,
        "reserved": reserved,
        "in_transit": in_transit,
        "on_order": on_order,
        "available": available,
        "safety": safety,
        "maximum": maximum,
        "suggested": (safety if maximum is None else max(maximum, safety)) - available if below else None,
        "alert": BELOW if below else ABOVE if maximum is not None and on_hand > maximum else "",
    }


def _query(company: Company, params: Params) -> ReportResult:
    wanted, words = params["alert"], dict(STATES)
    rows = [
        row | {"state": str(words[row["alert"]])}
        for row in levels(scope_of(company, params))
        if row["alert"] and (not wanted or row["alert"] == wanted)
    ]
    return ReportResult(rows)


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    here = link("stock_on_hand", text=row["code"])
    book = link("stock_moves", item_text=row["code"])
    return {
        "code": book,
        "on_hand": here,
        "reserved": here,
        "in_transit": link("transfers_in_transit", item=row["code"]),
    }


REPORT = register(
    Report(
        "safety_stock",
        _("Safety stock alerts"),
        "inventory.view_stock",
        _query,
        COLUMNS,
        (Parameter("alert", _("Alert")), TEXT, CATEGORY),
    )
)
PAGE = StockReport(
    REPORT,
    _("Stock"),
    drill=_drill,
    choices={"alert": (("", _("All")), *STATES)},
    empty=_("Every item keeps its limits. Limits are set on the items."),
)
