"""Spread a landed cost over the lines of its receipt: by value, quantity, weight or volume."""

from decimal import Decimal

from django.db import connection

from erp.core.errors import NotFound
from erp.core.money import ZERO, split
from inventory.documents.errors import NothingToSpread
from inventory.documents.models import AllocateBy, DocumentKind, StockDocument
from inventory.documents.new import NewStockDocument, NewStockLine

_WEIGHTS = {
    AllocateBy.VALUE: "coalesce(m.given, m.value)",
    AllocateBy.QUANTITY: "l.qty",
    AllocateBy.WEIGHT: "l.qty * coalesce(i.weight, 0)",
    AllocateBy.VOLUME: "l.qty * coalesce(i.volume, 0)",
}


def spread(company_id: int, document: NewStockDocument) -> None:
    """Give a landed cost its lines, one per line of the receipt; every part is rounded, the last takes the rest.

    Other documents, and landed costs whose lines are stated, stay as they are. Raises ``NothingToSpread``.
    """
    if document.kind != DocumentKind.LANDED_COST or document.lines or document.of_document_id is None:
        return
    by = AllocateBy(document.allocate_by or AllocateBy.VALUE)
    document.allocate_by = by.value
    rows = receipt_weights(company_id, document.of_document_id, by)
    weights = [weight for _line, _item, _lot, weight in rows]
    if not rows or not sum(weights):
        raise NothingToSpread(field="allocate_by", by=by.label)
    parts = split(document.amount or ZERO, weights)
    document.lines = [
        NewStockLine(item_id=item, qty=Decimal(0), of_line_id=line, lot_id=lot, amount=part)
        for (line, item, lot, _weight), part in zip(rows, parts, strict=True)
    ]


def receipt_weights(company_id: int, receipt_id: int, by: AllocateBy) -> list[tuple[int, int, int | None, Decimal]]:
    """(line, item, lot, weight) of a confirmed receipt, in order of its lines. Raises ``NotFound``."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT l.id, l.item_id, l.lot_id, {_WEIGHTS[by]}
                  FROM inventory_stockdocumentline l
                  JOIN inventory_stockmove m ON m.company_id = l.company_id AND m.document_id = l.document_id
                   AND m.document_line_id = l.id
                  JOIN inventory_item i ON i.id = l.item_id AND i.company_id = l.company_id
                  JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                   AND d.kind = 'purchase_receipt' AND d.status = 'confirmed' AND d.reversal_of_id IS NULL
                 WHERE l.company_id = %s AND l.document_id = %s ORDER BY l.line_no""",
            [company_id, receipt_id],
        )
        rows = cursor.fetchall()
    if not rows:
        raise NotFound(what=StockDocument._meta.verbose_name, key=receipt_id)
    return rows
