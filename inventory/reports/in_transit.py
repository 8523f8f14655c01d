"""在途调拨: what was shipped to another warehouse and has not arrived yet."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Report, ReportResult, register
from inventory.reports.room import StockReport, link
from inventory.reports.scope import AS_OF, ITEM, WAREHOUSE, Params, day_of, scope_of

# Per line of a shipment: what its moves, those of its arrivals and of what was lost leave in the transit warehouse.
_OPEN = """
SELECT d.id, d.number, d.date, f.name, t.name, i.code, i.name, i.unit, coalesce(n.number, ''), o.shipped, o.qty, o.value
  FROM (SELECT ol.id AS line_id, sum(m.qty) FILTER (WHERE m.qty > 0) AS shipped,
               sum(m.qty) AS qty, sum(m.value) AS value
          FROM inventory_stockmove m
          JOIN inventory_warehouse w ON w.id = m.warehouse_id AND w.kind = 'transit'
          JOIN inventory_stockdocumentline l ON l.id = m.document_line_id
          JOIN inventory_stockdocument h ON h.id = l.document_id AND h.kind IN ('transfer_out', 'transfer_in')
          LEFT JOIN inventory_stockmove om ON om.company_id = m.company_id AND om.id = m.reversal_of_id
          LEFT JOIN inventory_stockdocumentline rl ON rl.id = om.document_line_id
          JOIN inventory_stockdocumentline ol
            ON ol.id = CASE WHEN h.kind = 'transfer_in' THEN coalesce(rl.of_line_id, l.of_line_id)
                            ELSE coalesce(rl.id, l.id) END
         WHERE {where} AND m.date <= %(as_of)s
         GROUP BY 1 HAVING sum(m.qty) <> 0) o
  JOIN inventory_stockdocumentline l ON l.id = o.line_id
  JOIN inventory_stockdocument d ON d.id = l.document_id
  JOIN inventory_item i ON i.id = l.item_id
  JOIN inventory_warehouse f ON f.id = d.warehouse_id
  LEFT JOIN inventory_warehouse t ON t.id = d.to_warehouse_id
  LEFT JOIN inventory_lot n ON n.id = l.lot_id
 WHERE %(warehouse)s::bigint IS NULL OR %(warehouse)s IN (d.warehouse_id, d.to_warehouse_id)
 ORDER BY d.date, d.id, l.line_no"""

COLUMNS = (
    Column("document", _("Shipment")),
    Column("date", _("Date"), "date"),
    Column("days", _("Days on the way"), "int"),
    Column("warehouse", _("From warehouse")),
    Column("to_warehouse", _("Transit warehouse")),
    Column("code", _("Code")),
    Column("name", _("Name"), width=32),
    Column("lot", _("Lot or serial no.")),
    Column("unit", _("Unit"), width=8),
    Column("shipped", _("Shipped"), "quantity"),
    Column("qty", _("In transit"), "quantity"),
    Column("value", _("Value"), "amount"),
)


def _query(company: Company, params: Params) -> ReportResult:
    scope, as_of = scope_of(company, params), day_of(params, "as_of") or dt.date.today()
    with connection.cursor() as cursor:
        cursor.execute(_OPEN.format(where=scope.where("m", warehouse=False)), scope.values(as_of=as_of))
        rows = [_row(as_of, *row) for row in cursor.fetchall()]
    totals = {"value": sum((row["value"] for row in rows), ZERO)}
    return ReportResult(rows, totals, scope.subtitle())


def _row(
    as_of: dt.date, pk: int, number: str, date: dt.date, warehouse: str, to: str | None, code: str, name: str,
    unit: str, lot: str, shipped: Decimal, qty: Decimal, value: Decimal,
) -> dict[str, Any]:  # fmt: skip
    return {
        "document_id": pk,
        "document": number,
        "date": date,
        "days": (as_of - date).days,
        "warehouse": warehouse,
        "to_warehouse": to or "",
        "code": code,
        "name": name,
        "lot": lot,
        "unit": unit,
        "shipped": shipped,
        "qty": qty,
        "value": value,
    }


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    document = reverse("stock_document_detail", args=[row["document_id"]])
    book = link("stock_moves", item_text=row["code"], lot=row["lot"])
    return {"document": document, "shipped": document, "qty": document, "value": document, "code": book}


REPORT = register(
    Report(
        "transfers_in_transit",
        _("Transfers in transit"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (WAREHOUSE, ITEM, AS_OF),
    )
)
PAGE = StockReport(REPORT, _("Stock"), drill=_drill, empty=_("Everything that was shipped has arrived."))
