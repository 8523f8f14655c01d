"""Confirm stock documents: goods move, their cost is fixed, the ledger is told. One transaction for any number.

Documents count in order of date, then in the order given. A document that would oversell, at its date or at any
later moment, is refused as a whole; with ``on_refusal="skip"`` the others go on. A back-dated issue takes the
average of now: what was costed before it stays as it is.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from django.db import connection
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import unit_cost
from erp.core.retries import transactional
from inventory import events
from inventory.documents.drafts import NewStockDocument, NewStockLine, StoredDocument, refusal, write_documents
from inventory.documents.errors import AlreadyConfirmed
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument
from inventory.documents.parties import parties
from inventory.items.facts import ItemFacts
from inventory.items.queries import item_facts
from inventory.moves import writer
from inventory.moves.models import OPENING
from inventory.moves.writer import NewMove
from inventory.valuation.costing import (
    Costing,
    CostingDocument,
    CostingLine,
    Direction,
    PoolKey,
    cost_document,
)
from inventory.warehouses.models import Warehouse
from ledger.periods.services import hold_open
from ledger.posting.events import raise_events

OnRefusal = Literal["raise", "skip"]

DIRECTIONS = {
    DocumentKind.OTHER_RECEIPT: Direction.IN,
    DocumentKind.SALES_RETURN: Direction.BACK,
    DocumentKind.DELIVERY: Direction.OUT,
    DocumentKind.OTHER_ISSUE: Direction.OUT,
}
COMING_IN = {Direction.IN, Direction.BACK, Direction.IN_AT}


@dataclass(slots=True)
class Confirmation:
    """Ids of the documents confirmed, in costing order; and id → why it is still a draft."""

    confirmed: list[int] = field(default_factory=list)
    refused: dict[int, DomainError] = field(default_factory=dict)


class WarehouseFacts(NamedTuple):
    label: str
    value_id: int


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

    Refusals: ``AlreadyConfirmed``, ``PeriodClosed``, ``NoPeriod``, ``InsufficientStock``, ``ReturnExceedsDelivery``…
    """
    drafts, early = _lock_drafts(company.pk, document_ids)
    if early and on_refusal == "raise":
        raise next(iter(early.values()))
    batch = Batch.read(company, [row.document for row in drafts])
    outcome = batch.cost()
    result = Confirmation(refused=early)
    accepted = []
    for position in batch.order:
        row, values = drafts[position], outcome[position]
        if isinstance(values, DomainError):
            if on_refusal == "raise":
                raise values
            result.refused[row.id] = values
            continue
        row.values = values
        accepted.append(row)
        result.confirmed.append(row.id)
    at = confirmed_at or timezone.now()
    StockDocument.objects.filter(company=company, pk__in=result.confirmed).update(
        status=DocumentStatus.CONFIRMED, confirmed_by=by, confirmed_at=at
    )
    batch.write(accepted, at)
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
    batch = Batch.read(company, documents)
    outcome = batch.cost()
    if on_refusal == "raise":
        for position in batch.order:
            if isinstance(problem := outcome[position], DomainError):
                raise problem
    accepted = [position for position in batch.order if not isinstance(outcome[position], DomainError)]
    at = confirmed_at or timezone.now()
    stored = write_documents(company, [documents[position] for position in accepted], by=by, confirmed_at=at)
    result: list[int | DomainError] = [problem if isinstance(problem, DomainError) else 0 for problem in outcome]
    for position, row in zip(accepted, stored, strict=True):
        values = outcome[position]
        assert not isinstance(values, DomainError)
        row.values = values
        result[position] = row.id
    batch.write(stored, at)
    return result


@dataclass(slots=True)
class Batch:
    """Documents of one company about to be costed, with everything that takes a statement read for all of them."""

    company: Company
    documents: Sequence[NewStockDocument]
    items: Mapping[int, ItemFacts]
    warehouses: Mapping[int, WarehouseFacts]
    order: list[int] = field(default_factory=list)
    costing: Costing | None = None

    @classmethod
    def read(cls, company: Company, documents: Sequence[NewStockDocument]) -> "Batch":
        return cls(
            company,
            documents,
            item_facts(company.pk, {line.item_id for document in documents for line in document.lines}),
            warehouse_facts(company.pk, {document.warehouse_id for document in documents}),
            sorted(range(len(documents)), key=lambda position: (documents[position].date, position)),
        )

    def cost(self) -> list[list[Any] | DomainError]:
        """Lock what the documents touch and cost them: by position the lines' values, or the refusal."""
        company_id, documents = self.company.pk, self.documents
        outcome: list[list[Any] | DomainError] = [[] for _document in documents]
        closed = hold_open(company_id, {document.date for document in documents})
        going: list[int] = []
        for position in self.order:
            document = documents[position]
            problem = closed.get(document.date) or refusal(self.company, document, self.items)
            if problem is not None:
                outcome[position] = problem
            else:
                going.append(position)
        self.costing = costing = self._lock(documents[position] for position in going)
        for position in going:
            document = documents[position]
            lines = [
                CostingLine(line_no, line.item_id, line.qty, line.unit_cost, line.of_line_id)
                for line_no, line in enumerate(document.lines, start=1)
            ]
            direction = DIRECTIONS[DocumentKind(document.kind)]
            outcome[position] = cost_document(
                costing, CostingDocument(document.date, document.warehouse_id, direction, lines)
            )
        return outcome

    def _lock(self, documents: Iterable[NewStockDocument]) -> Costing:
        keys: set[PoolKey] = set()
        since: dict[PoolKey, dt.date] = {}
        of_lines: list[int] = []
        for document in documents:
            taking = DIRECTIONS[DocumentKind(document.kind)] not in COMING_IN
            for line in document.lines:
                key = (line.item_id, document.warehouse_id)
                keys.add(key)
                if line.of_line_id is not None:
                    of_lines.append(line.of_line_id)
                if taking and (key not in since or document.date < since[key]):
                    since[key] = document.date
        return lock_costing(self.company.pk, keys, since, of_lines, self.items, self.warehouses)

    def write(self, stored: Sequence[StoredDocument], at: dt.datetime) -> None:
        """Moves, balances and events of costed documents."""
        if not stored:
            return
        company_id = self.company.pk
        assert self.costing is not None
        writer.write_moves(company_id, _moves(stored), at=at)
        touched = {(line.item_id, row.document.warehouse_id) for row in stored for line in row.document.lines}
        writer.write_balances(company_id, {key: self.costing.pools[key] for key in sorted(touched)})
        raise_events(
            company_id,
            events.build_events(
                stored,
                self.items,
                parties(company_id, {row.document.party_id for row in stored if row.document.party_id is not None}),
                {warehouse_id: facts.value_id for warehouse_id, facts in self.warehouses.items()},
                events.default_departments(company_id),
            ),
        )


def lock_costing(
    company_id: int,
    keys: set[PoolKey],
    since: Mapping[PoolKey, dt.date],
    of_lines: Sequence[int],
    items: Mapping[int, ItemFacts],
    warehouses: Mapping[int, WarehouseFacts],
) -> Costing:
    """Lock originals and pools, in that order, and read what costing needs."""
    originals = writer.lock_originals(company_id, of_lines)
    pools = writer.lock_pools(company_id, keys)
    labels = {warehouse_id: facts.label for warehouse_id, facts in warehouses.items()}
    return Costing(pools, items, labels, originals, writer.later_moves(company_id, since))


def warehouse_facts(company_id: int, warehouse_ids: set[int]) -> dict[int, WarehouseFacts]:
    """Warehouse id → name and dimension value. Raises ``NotFound``."""
    rows = Warehouse.objects.filter(company_id=company_id, pk__in=warehouse_ids)
    found = {
        pk: WarehouseFacts(name, value) for pk, name, value in rows.values_list("id", "name", "dimension_value_id")
    }
    if missing := warehouse_ids - found.keys():
        raise NotFound(what=Warehouse._meta.verbose_name, key=min(missing))
    return found


def _moves(stored: Sequence[StoredDocument]) -> Iterable[NewMove]:
    for row in stored:
        document = row.document
        sign = 1 if DIRECTIONS[DocumentKind(document.kind)] in COMING_IN else -1
        kind = OPENING if document.reason == Reason.OPENING else str(document.kind)
        for line_id, line, value in zip(row.line_ids, document.lines, row.values, strict=True):
            yield NewMove(
                line.item_id,
                document.warehouse_id,
                document.date,
                kind,
                sign * line.qty,
                unit_cost(value, line.qty),
                sign * value,
                row.id,
                line_id,
                None,
            )


def _lock_drafts(company_id: int, document_ids: Sequence[int]) -> tuple[list[StoredDocument], dict[int, DomainError]]:
    """The drafts with their lines, locked, in the order given; and refusals of those that are no drafts."""
    drafts: dict[int, StoredDocument] = {}
    refused: dict[int, DomainError] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, kind, number, date, status, warehouse_id, reason, party_id, department_id, source_type,
                      source_id
                 FROM inventory_stockdocument WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE""",
            [company_id, list(document_ids)],
        )
        for row_id, kind, number, date, status, warehouse, reason, party, department, source, source_id in cursor:
            if status != DocumentStatus.DRAFT:
                refused[row_id] = AlreadyConfirmed(number=number)
                continue
            document = NewStockDocument(kind, date, warehouse, [], reason, party, department, source, source_id)
            drafts[row_id] = StoredDocument(document, row_id, number, [])
        cursor.execute(
            """SELECT document_id, id, item_id, qty, unit_cost, market_net, output_tax, of_line_id, source_line_id
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
