"""Confirm stock documents: goods move, their cost is fixed, the ledger is told. One transaction for any number.

Documents count in order of date, then in the order given. A document that would oversell, at its date or at any
later moment, is refused as a whole; with ``on_refusal="skip"`` the others go on. What is dated before moves that are
there already is costed again from there on: at once where that is little, by a job where it is much.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from django.db import connection, transaction
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.retries import transactional
from inventory.costing.recost import LaterMoveRefused
from inventory.documents.batch import Batch
from inventory.documents.drafts import (
    NewStockDocument,
    NewStockLine,
    StoredDocument,
    insert_documents,
    prepare_documents,
)
from inventory.documents.errors import AlreadyConfirmed, NothingToSpread
from inventory.documents.landed import spread
from inventory.documents.models import DocumentStatus, StockDocument

OnRefusal = Literal["raise", "skip"]


@dataclass(slots=True)
class Confirmation:
    """Ids of the documents confirmed, in costing order; and id → why it is still a draft."""

    confirmed: list[int] = field(default_factory=list)
    refused: dict[int, DomainError] = field(default_factory=dict)


@transactional
def confirm_many(
    company: Company,
    document_ids: Sequence[int],
    *,
    by: Any,
    confirmed_at: dt.datetime | None = None,
    on_refusal: OnRefusal = "raise",
) -> Confirmation:
    """Confirm drafts. With ``raise`` the first refusal undoes all; with ``skip`` refused ones stay drafts.

    Refusals: ``AlreadyConfirmed``, ``PeriodClosed``, ``NoPeriod``, ``InsufficientStock``, ``MoreThanOriginal``…
    """
    if on_refusal == "raise":
        return _confirm_many(company, document_ids, by, confirmed_at, on_refusal)
    try:
        with transaction.atomic():
            return _confirm_many(company, document_ids, by, confirmed_at, on_refusal)
    except LaterMoveRefused:
        # Found out when all were written, and nobody knows which one it was: each by itself then.
        dates = dict(StockDocument.objects.filter(company=company, pk__in=document_ids).values_list("id", "date"))
        result = Confirmation()
        for document_id in sorted(dict.fromkeys(document_ids), key=lambda pk: dates.get(pk, dt.date.max)):
            try:
                with transaction.atomic():
                    one = _confirm_many(company, [document_id], by, confirmed_at, on_refusal)
            except LaterMoveRefused as problem:
                result.refused[document_id] = problem
            else:
                result.confirmed += one.confirmed
                result.refused |= one.refused
        return result


def _confirm_many(
    company: Company, document_ids: Sequence[int], by: Any, confirmed_at: dt.datetime | None, on_refusal: OnRefusal
) -> Confirmation:
    drafts, early = _lock_drafts(company.pk, document_ids)
    if early and on_refusal == "raise":
        raise next(iter(early.values()))
    batch = Batch.read(company, [row.document for row in drafts])
    outcome = batch.cost()
    result = Confirmation(refused=early)
    accepted: list[tuple[int, StoredDocument]] = []
    for position in batch.order:
        row = drafts[position]
        if (problem := outcome[position]) is not None:
            if on_refusal == "raise":
                raise problem
            result.refused[row.id] = problem
            continue
        accepted.append((position, row))
        result.confirmed.append(row.id)
    at = confirmed_at or timezone.now()
    StockDocument.objects.filter(company=company, pk__in=result.confirmed).update(
        status=DocumentStatus.CONFIRMED, confirmed_by=by, confirmed_at=at
    )
    batch.write(accepted, at, by=by)
    return result


def confirm(company: Company, document_id: int, *, by: Any) -> StockDocument:
    """Confirm one draft. Raises what ``confirm_many`` names."""
    confirm_many(company, [document_id], by=by)
    return StockDocument.objects.get(company=company, pk=document_id)


@transactional
def create_confirmed(
    company: Company,
    documents: Sequence[NewStockDocument],
    *,
    by: Any,
    confirmed_at: dt.datetime | None = None,
    on_refusal: OnRefusal = "raise",
) -> list[int | DomainError]:
    """Enter and confirm at once: the id of each document, or (with ``skip``) why nothing of it was written."""
    if on_refusal == "raise":
        return _create_confirmed(company, documents, by, confirmed_at, on_refusal)
    try:
        with transaction.atomic():
            return _create_confirmed(company, documents, by, confirmed_at, on_refusal)
    except (LaterMoveRefused, NothingToSpread, NotFound):
        result: list[int | DomainError] = [0] * len(documents)
        for position in sorted(range(len(documents)), key=lambda position: (documents[position].date, position)):
            try:
                with transaction.atomic():
                    one = [documents[position]]
                    (result[position],) = _create_confirmed(company, one, by, confirmed_at, on_refusal)
            except (LaterMoveRefused, NothingToSpread, NotFound) as problem:
                result[position] = problem
        return result


def _create_confirmed(
    company: Company,
    documents: Sequence[NewStockDocument],
    by: Any,
    confirmed_at: dt.datetime | None,
    on_refusal: OnRefusal,
) -> list[int | DomainError]:
    for document in documents:
        spread(company.pk, document)
    batch = Batch.read(company, documents)
    outcome = batch.cost()
    result: list[int | DomainError] = [problem or 0 for problem in outcome]
    if on_refusal == "raise":
        for position in batch.order:
            if (problem := outcome[position]) is not None:
                raise problem
    accepted = [position for position in batch.order if outcome[position] is None]
    at = confirmed_at or timezone.now()
    stored = prepare_documents([documents[position] for position in accepted])
    for position, row in zip(accepted, stored, strict=True):
        result[position] = row.id
    # Numbers come last: whoever takes the next one waits for this transaction from there on only.
    batch.write(
        list(zip(accepted, stored, strict=True)),
        at,
        by=by,
        before_telling=partial(insert_documents, company, stored, by=by, confirmed_at=at),
    )
    return result


def _lock_drafts(company_id: int, document_ids: Sequence[int]) -> tuple[list[StoredDocument], dict[int, DomainError]]:
    """The drafts with their lines, locked, in the order given; and refusals of those that are no drafts."""
    drafts: dict[int, StoredDocument] = {}
    refused: dict[int, DomainError] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, kind, number, date, status, warehouse_id, reason, party_id, department_id, source_type,
                      source_id, external_no, note, to_warehouse_id, of_document_id, amount, tax, allocate_by
                 FROM inventory_stockdocument WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE""",
            [company_id, list(document_ids)],
        )
        for row_id, kind, number, date, status, warehouse, *rest in cursor:
            if status != DocumentStatus.DRAFT:
                refused[row_id] = AlreadyConfirmed(number=number)
                continue
            drafts[row_id] = StoredDocument(NewStockDocument(kind, date, warehouse, [], *rest), row_id, number, [])
        cursor.execute(
            """SELECT document_id, id, item_id, qty, unit_cost, market_net, output_tax, of_line_id, source_line_id,
                      note, lot_id, bin_id, to_bin_id, unit_id, unit_qty, role, reason, share, amount, tax_rate,
                      input_tax_out
                 FROM inventory_stockdocumentline WHERE company_id = %s AND document_id = ANY(%s)
                ORDER BY document_id, line_no""",
            [company_id, list(drafts)],
        )
        for document_id, line_id, *line in cursor:
            draft = drafts[document_id]
            draft.line_ids.append(line_id)
            draft.document.lines.append(NewStockLine(*line))
    for document_id in document_ids:
        if document_id not in drafts and document_id not in refused:
            refused[document_id] = NotFound(what=StockDocument._meta.verbose_name, key=document_id)
    return [drafts[document_id] for document_id in dict.fromkeys(document_ids) if document_id in drafts], refused
