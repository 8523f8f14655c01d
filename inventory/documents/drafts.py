"""Enter stock documents: check them, number them, write them in bulk; change or delete what is still a draft.

``NewStockDocument`` is what pages, imports and the sales app hand in; confirming is in ``confirm``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.bulk import copy_rows, next_ids
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound, WrongState
from erp.core.numbering.services import document_numbers
from inventory.documents.errors import (
    AlreadyConfirmed,
    NoLines,
    NoStockItem,
    OpeningDate,
    QuantityNotPositive,
    ReasonNeeded,
)
from inventory.documents.models import (
    DocumentKind,
    DocumentStatus,
    Reason,
    StockDocument,
    StockDocumentLine,
)
from inventory.items.facts import ItemFacts
from inventory.items.queries import item_facts

PREFIXES = {
    DocumentKind.OTHER_RECEIPT: "QTRK",
    DocumentKind.DELIVERY: "XSCK",
    DocumentKind.SALES_RETURN: "XSTK",
    DocumentKind.OTHER_ISSUE: "QTCK",
}
REASONS: dict[str, tuple[Reason, ...]] = {
    DocumentKind.OTHER_RECEIPT: (Reason.OPENING, Reason.DONATION, Reason.FOUND),
    DocumentKind.OTHER_ISSUE: (Reason.CONSUMPTION, Reason.GIFT, Reason.SAMPLE, Reason.CORRECTION),
    DocumentKind.DELIVERY: (Reason.NONE,),
    DocumentKind.SALES_RETURN: (Reason.NONE,),
}

_ZERO = Decimal(0)


@dataclass(slots=True)
class NewStockLine:
    """``qty`` positive, in the item's unit. ``unit_cost``: of receipts, and of returns without an original.
    ``of_line_id``: the delivery's line that comes back. ``source_line_id``: line of the upper app's document."""

    item_id: int
    qty: Decimal
    unit_cost: Decimal | None = None
    market_net: Decimal = _ZERO
    output_tax: Decimal = _ZERO
    of_line_id: int | None = None
    source_line_id: int | None = None
    note: str = ""


@dataclass(slots=True)
class NewStockDocument:
    """``party_id`` and ``department_id`` are dimension values; without a department the kind's own is taken."""

    kind: str
    date: dt.date
    warehouse_id: int
    lines: list[NewStockLine]
    reason: str = ""
    party_id: int | None = None
    department_id: int | None = None
    source_type: str = ""
    source_id: int | None = None
    external_no: str = ""
    note: str = ""


@dataclass(slots=True)
class StoredDocument:
    """A document with its row ids; ``values`` are the lines' values once it is costed."""

    document: NewStockDocument
    id: int
    number: str
    line_ids: list[int]
    reversal_of_id: int | None = None
    values: list[Decimal] = field(default_factory=list)


@transaction.atomic
def create_documents(company: Company, documents: Sequence[NewStockDocument], *, by: Any) -> list[int]:
    """Write drafts in bulk; ids in the order given. Raises what ``refusal`` gives for the first bad one."""
    items = item_facts(company.pk, {line.item_id for document in documents for line in document.lines})
    for document in documents:
        if problem := refusal(company, document, items):
            raise problem
    return [stored.id for stored in write_documents(company, documents, by=by)]


def create_document(company: Company, document: NewStockDocument, *, by: Any) -> StockDocument:
    """Write one draft."""
    (document_id,) = create_documents(company, [document], by=by)
    return StockDocument.objects.get(company=company, pk=document_id)


@transaction.atomic
def update_draft(company: Company, document_id: int, document: NewStockDocument, *, by: Any) -> StockDocument:
    """Replace header and lines of a draft; number and kind stay. Raises ``AlreadyConfirmed`` and as for creating."""
    row = lock_draft(company, document_id)
    if row.kind != document.kind:
        raise WrongState(what=row, key="", state=row.get_kind_display(), needed=DocumentKind(document.kind).label)
    items = item_facts(company.pk, {line.item_id for line in document.lines})
    if problem := refusal(company, document, items):
        raise problem
    for name in ("date", "warehouse_id", "reason", "party_id", "department_id", "external_no", "note"):
        setattr(row, name, getattr(document, name))
    row.save()
    StockDocumentLine.objects.filter(company=company, document=row).delete()
    _copy_lines(company.pk, [StoredDocument(document, row.pk, row.number, _line_ids(len(document.lines)))])
    return row


@transaction.atomic
def delete_draft(company: Company, document_id: int, *, by: Any) -> None:
    """Delete a draft. Raises ``AlreadyConfirmed``: a confirmed document is reversed instead."""
    row = lock_draft(company, document_id)
    StockDocumentLine.objects.filter(company=company, document=row).delete()
    row.delete()


def lock_draft(company: Company, document_id: int) -> StockDocument:
    """The draft, locked until the transaction ends. Raises ``NotFound``, ``AlreadyConfirmed``."""
    row = StockDocument.objects.select_for_update().filter(company=company, pk=document_id).first()
    if row is None:
        raise NotFound(what=StockDocument._meta.verbose_name, key=document_id)
    if row.status != DocumentStatus.DRAFT:
        raise AlreadyConfirmed(number=row.number)
    return row


def refusal(company: Company, document: NewStockDocument, items: Mapping[int, ItemFacts]) -> DomainError | None:
    """What is wrong with a document as entered, or None."""
    if not document.lines:
        return NoLines(field="lines")
    allowed = REASONS[document.kind]
    if document.reason not in allowed:
        return ReasonNeeded(
            field="reason",
            kind=DocumentKind(document.kind).label,
            reason=document.reason or "-",
            allowed=", ".join(str(reason.label) for reason in allowed),
        )
    if document.reason == Reason.OPENING:
        first = company.first_month()
        if (document.date.year, document.date.month) != (first.year, first.month):
            return OpeningDate(field="date", period=f"{first:%Y-%m}")
    for line_no, line in enumerate(document.lines, start=1):
        if line.qty <= 0:
            return QuantityNotPositive(field=f"lines-{line_no}-qty", line=line_no)
        if not items[line.item_id].is_stock:
            return NoStockItem(field=f"lines-{line_no}-item", item=items[line.item_id].code, line=line_no)
    return None


_HEADER = (
    "id", "company_id", "kind", "number", "date", "status", "warehouse_id", "reason", "party_id", "department_id",
    "source_type", "source_id", "external_no", "reversal_of_id", "note", "created_by_id", "created_at",
    "confirmed_by_id", "confirmed_at",
)  # fmt: skip
_LINE = (
    "id", "company_id", "document_id", "line_no", "item_id", "qty", "unit_cost", "market_net", "output_tax",
    "of_line_id", "source_line_id", "note",
)  # fmt: skip


def write_documents(
    company: Company,
    documents: Sequence[NewStockDocument],
    *,
    by: Any,
    confirmed_at: dt.datetime | None = None,
    reversal_of: Mapping[int, int] | None = None,
) -> list[StoredDocument]:
    """COPY headers and lines: as drafts, or as confirmed when ``confirmed_at`` is given (the caller writes moves).

    ``reversal_of``: position → id of the document that it reverses. Ids rise in the order given.
    """
    now = timezone.now()
    user_id = by.pk if by is not None else None
    ids = next_ids("inventory_stockdocument", len(documents))
    line_ids = iter(_line_ids(sum(len(document.lines) for document in documents)))
    stored = [
        StoredDocument(
            document,
            document_id,
            number,
            [next(line_ids) for _line in document.lines],
            reversal_of.get(position) if reversal_of else None,
        )
        for position, (document, document_id, number) in enumerate(
            zip(documents, ids, numbers(company.pk, documents), strict=True)
        )
    ]
    status = DocumentStatus.CONFIRMED if confirmed_at else DocumentStatus.DRAFT
    copy_rows(
        "inventory_stockdocument",
        _HEADER,
        (
            (
                row.id, company.pk, str(d.kind), row.number, d.date, str(status), d.warehouse_id, str(d.reason),
                d.party_id, d.department_id, d.source_type, d.source_id, d.external_no, row.reversal_of_id, d.note,
                user_id, now, user_id if confirmed_at else None, confirmed_at,
            )
            for row in stored
            for d in (row.document,)
        ),
    )  # fmt: skip
    _copy_lines(company.pk, stored)
    return stored


def numbers(company_id: int, documents: Sequence[NewStockDocument]) -> list[str]:
    """A number for each document: one counter update per (prefix, month), in sorted order."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, document in enumerate(documents):
        places[PREFIXES[DocumentKind(document.kind)], f"{document.date:%Y%m}"].append(index)
    result = [""] * len(documents)
    for (prefix, month), indexes in sorted(places.items()):
        for index, number in zip(indexes, document_numbers(company_id, prefix, month, len(indexes)), strict=True):
            result[index] = number
    return result


def _line_ids(count: int) -> list[int]:
    return next_ids("inventory_stockdocumentline", count)


def _copy_lines(company_id: int, stored: Sequence[StoredDocument]) -> None:
    copy_rows(
        "inventory_stockdocumentline",
        _LINE,
        (
            (
                line_id, company_id, row.id, line_no, line.item_id, line.qty, line.unit_cost, line.market_net,
                line.output_tax, line.of_line_id, line.source_line_id, line.note,
            )
            for row in stored
            for line_no, (line_id, line) in enumerate(zip(row.line_ids, row.document.lines, strict=True), start=1)
        ),
    )  # fmt: skip
