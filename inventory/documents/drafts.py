"""Enter stock documents: check them, number them, write them in bulk; change or delete what is still a draft.

``NewStockDocument`` is what pages, imports and the sales app hand in; confirming is in ``confirm``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.bulk import copy_rows, next_ids
from erp.core.companies.models import Company
from erp.core.errors import NotFound, WrongState
from erp.core.numbering.services import document_numbers
from inventory.documents.checks import refusal
from inventory.documents.errors import AlreadyConfirmed
from inventory.documents.kinds import KINDS
from inventory.documents.landed import spread
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine
from inventory.documents.new import NewStockDocument, NewStockLine, StoredDocument
from inventory.items.queries import item_facts

__all__ = [
    "NewStockDocument",
    "NewStockLine",
    "StoredDocument",
    "create_document",
    "create_documents",
    "delete_draft",
    "insert_documents",
    "lock_draft",
    "prepare_documents",
    "update_draft",
    "write_documents",
]


@transaction.atomic
def create_documents(company: Company, documents: Sequence[NewStockDocument], *, by: Any) -> list[int]:
    """Write drafts in bulk; ids in the order given. Raises what ``refusal`` gives for the first bad one."""
    for document in documents:
        spread(company.pk, document)
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
    spread(company.pk, document)
    items = item_facts(company.pk, {line.item_id for line in document.lines})
    if problem := refusal(company, document, items):
        raise problem
    for name in _CHANGEABLE:
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


_HEADER = (
    "id", "company_id", "kind", "number", "date", "status", "warehouse_id", "reason", "party_id", "department_id",
    "source_type", "source_id", "external_no", "reversal_of_id", "note", "created_by_id", "created_at",
    "confirmed_by_id", "confirmed_at", "to_warehouse_id", "of_document_id", "amount", "tax", "allocate_by",
)  # fmt: skip
_LINE = (
    "id", "company_id", "document_id", "line_no", "item_id", "qty", "unit_cost", "market_net", "output_tax",
    "of_line_id", "source_line_id", "note", "lot_id", "bin_id", "to_bin_id", "unit_id", "unit_qty", "role", "reason",
    "share", "amount", "tax_rate", "input_tax_out",
)  # fmt: skip
_CHANGEABLE = (
    "date", "warehouse_id", "reason", "party_id", "department_id", "external_no", "note", "to_warehouse_id",
    "of_document_id", "amount", "tax", "allocate_by",
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
    stored = prepare_documents(documents, reversal_of)
    insert_documents(company, stored, by=by, confirmed_at=confirmed_at)
    return stored


def prepare_documents(
    documents: Sequence[NewStockDocument], reversal_of: Mapping[int, int] | None = None
) -> list[StoredDocument]:
    """Documents with the ids that their rows will have, and no number yet."""
    ids = next_ids("inventory_stockdocument", len(documents))
    line_ids = iter(_line_ids(sum(len(document.lines) for document in documents)))
    return [
        StoredDocument(
            document,
            document_id,
            "",
            [next(line_ids) for _line in document.lines],
            reversal_of.get(position) if reversal_of else None,
        )
        for position, (document, document_id) in enumerate(zip(documents, ids, strict=True))
    ]


def insert_documents(
    company: Company, stored: Sequence[StoredDocument], *, by: Any, confirmed_at: dt.datetime | None = None
) -> None:
    """Number prepared documents and COPY their rows. The counters stay locked until the transaction ends, so this
    comes as late as it can."""
    now = timezone.now()
    user_id = by.pk if by is not None else None
    for row, number in zip(stored, numbers(company.pk, [row.document for row in stored]), strict=True):
        row.number = number
    status = DocumentStatus.CONFIRMED if confirmed_at else DocumentStatus.DRAFT
    copy_rows(
        "inventory_stockdocument",
        _HEADER,
        (
            (
                row.id, company.pk, str(d.kind), row.number, d.date, str(status), d.warehouse_id, str(d.reason),
                d.party_id, d.department_id, d.source_type, d.source_id, d.external_no, row.reversal_of_id, d.note,
                user_id, now, user_id if confirmed_at else None, confirmed_at, d.to_warehouse_id, d.of_document_id,
                d.amount, d.tax, d.allocate_by,
            )
            for row in stored
            for d in (row.document,)
        ),
    )  # fmt: skip
    _copy_lines(company.pk, stored)


def numbers(company_id: int, documents: Sequence[NewStockDocument]) -> list[str]:
    """A number for each document: one counter update per (prefix, month), in sorted order."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, document in enumerate(documents):
        places[KINDS[document.kind].prefix, f"{document.date:%Y%m}"].append(index)
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
                line.output_tax, line.of_line_id, line.source_line_id, line.note, line.lot_id, line.bin_id,
                line.to_bin_id, line.unit_id, line.unit_qty, str(line.role), str(line.reason), line.share,
                line.amount, line.tax_rate, line.input_tax_out,
            )
            for row in stored
            for line_no, (line_id, line) in enumerate(zip(row.line_ids, row.document.lines, strict=True), start=1)
        ),
    )  # fmt: skip
