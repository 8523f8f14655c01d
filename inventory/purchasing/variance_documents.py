"""The stock documents that carry the part of a price variance whose goods are still in stock.

The core decides how much that is (share of the layer, or of what is on hand) and keeps it right when costs change
later; the rest of the amount is cost of sales.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from inventory.documents import reverse as stock_reverse
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.errors import NotReversibleLater
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine
from inventory.moves.models import StockMove
from inventory.purchasing.events import INVOICE
from inventory.purchasing.goods import Receipt
from inventory.purchasing.models import SupplierInvoice
from inventory.purchasing.variance import Part


def place_variances(
    company: Company,
    invoice: SupplierInvoice,
    party_id: int,
    parts: Sequence[tuple[Part, Receipt]],
    *,
    by: Any,
) -> int | None:
    """Put each variance into stock and cost of sales; the id of the first document, if any was needed."""
    first: int | None = None
    for warehouse_id in sorted({receipt.warehouse_id for _part, receipt in parts}):
        group = [(part, receipt) for part, receipt in parts if receipt.warehouse_id == warehouse_id]
        document = NewStockDocument(
            kind=DocumentKind.INVOICE_VARIANCE,
            date=max(invoice.date, *(receipt.date for _part, receipt in group)),
            warehouse_id=warehouse_id,
            lines=[
                NewStockLine(
                    item_id=receipt.item_id,
                    qty=Decimal(0),
                    of_line_id=receipt.line_id,
                    lot_id=receipt.lot_id,
                    amount=part.variance,
                )
                for part, receipt in group
            ],
            party_id=party_id,
            source_type=INVOICE,
            source_id=invoice.pk,
            external_no=invoice.invoice_no,
        )
        (made,) = create_confirmed(company, [document], by=by)
        if isinstance(made, DomainError):
            raise made
        first = first or made
        for (part, receipt), value in zip(group, values_of(company.pk, made), strict=True):
            part.place(stock=value, standard=False)
            part.receipt_line_id = receipt.line_id
    return first


def values_of(company_id: int, document_id: int) -> list[Decimal]:
    """What stock took of each line of a document, in their order; 0.00 where nothing was left."""
    lines = StockDocumentLine.objects.filter(company_id=company_id, document_id=document_id).order_by("line_no")
    moves = StockMove.objects.filter(company_id=company_id, document_id=document_id)
    values: dict[int, Decimal] = {}
    for line_id, value in moves.values_list("document_line_id", "value"):
        values[line_id] = values.get(line_id, Decimal(0)) + value
    return [values.get(line_id, Decimal("0.00")) for line_id in lines.values_list("id", flat=True)]


def documents_of(company_id: int, invoice_id: int) -> list[StockDocument]:
    """The variance documents of an invoice that stand."""
    return list(
        StockDocument.objects.filter(
            company_id=company_id,
            kind=DocumentKind.INVOICE_VARIANCE,
            source_type=INVOICE,
            source_id=invoice_id,
            status=DocumentStatus.CONFIRMED,
            reversal_of=None,
        ).order_by("pk")
    )


def take_back(company: Company, invoice_id: int, *, by: Any, date: dt.date | None) -> dict[int, list[Decimal]]:
    """Reverse an invoice's variance documents. Receipt line → what stock gives back (the negative of its part today)
    of each variance, in the order in which the invoice placed them.

    On a later day the goods that bore it may be gone: stock gives nothing back then, all of it is cost of sales."""
    found: dict[int, list[Decimal]] = {}
    for document in documents_of(company.pk, invoice_id):
        lines = list(StockDocumentLine.objects.filter(company=company, document=document).order_by("line_no"))
        try:
            mirror = stock_reverse.reverse(company, document.pk, by=by, date=date)
            values = values_of(company.pk, mirror.pk)
        except NotReversibleLater:
            values = [Decimal("0.00")] * len(lines)
        for line, value in zip(lines, values, strict=True):
            found.setdefault(line.of_line_id or 0, []).append(value)
    return found
