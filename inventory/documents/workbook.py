"""One stock document as a workbook: its head above, its lines with typed cells."""

import io
from typing import Any

from django.utils.translation import gettext as _

from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from inventory.documents.models import StockDocument
from inventory.documents.queries import rows_of


def document_workbook(document: StockDocument, *, sees_cost: bool) -> bytes:
    """The sheet of a document; costs only where they may be seen."""
    columns: list[tuple[str, str, Any]] = [
        (_("Line"), "int", lambda row: row.line.line_no),
        (_("Item code"), "text", lambda row: row.line.item.code),
        (_("Item"), "text", lambda row: row.line.item.name),
        (_("Specification"), "text", lambda row: row.line.item.spec),
        (_("Lot or serial no."), "text", lambda row: row.line.lot.number if row.line.lot else ""),
        (_("Bin"), "text", lambda row: row.line.bin.code if row.line.bin else ""),
        (_("Unit"), "text", lambda row: row.line.item.unit),
        (_("Quantity"), "quantity", lambda row: row.line.qty),
        (_("Role"), "text", lambda row: str(row.line.get_role_display()) if row.line.role else ""),
        (_("Reason"), "text", lambda row: str(row.line.get_reason_display()) if row.line.reason else ""),
    ]
    if sees_cost:
        columns += [(_("Unit cost"), "cost", lambda row: row.unit_cost), (_("Cost"), "amount", lambda row: row.cost)]
    columns.append((_("Note"), "text", lambda row: row.line.note))
    rows = [[value(row) for _label, _kind, value in columns] for row in rows_of(document)]
    sheet = Sheet(
        name=document.number[:31],
        columns=[SheetColumn(str(label), kind) for label, kind, _value in columns],
        rows=rows,
        title=[f"{document.get_kind_display()} {document.number}", _subtitle(document)],
    )
    stream = io.BytesIO()
    write_workbook(stream, [sheet])
    return stream.getvalue()


def _subtitle(document: StockDocument) -> str:
    parts: list[Any] = [document.company.name, document.date.isoformat(), document.warehouse]
    if document.to_warehouse:
        parts.append(f"→ {document.to_warehouse}")
    if document.party:
        parts.append(document.party.name)
    if document.external_no:
        parts.append(document.external_no)
    return " · ".join(map(str, parts))
