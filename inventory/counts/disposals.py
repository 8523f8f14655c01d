"""Decide about count differences (盘盈盘亏处理): income, expense by reason, or a claim on who is liable."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erp.core.companies.models import Company
from erp.core.errors import NotFound, WrongState
from erp.core.money import ZERO, cents
from erp.core.numbering.services import document_numbers
from erp.core.retries import transactional
from inventory.counts.errors import (
    ClaimNeedsEmployee,
    ClaimTooLarge,
    MoreThanPending,
    NotDisposable,
    NothingPending,
)
from inventory.counts.events import DISPOSAL, event_of
from inventory.counts.models import CountDisposal, DisposalKind
from inventory.counts.pending import Pending, pending
from inventory.documents.dates import working_date
from inventory.documents.models import DocumentStatus, StockDocument
from ledger.dimensions.models import DimensionValue
from ledger.periods.services import hold_open
from ledger.posting.events import raise_events
from ledger.posting.models import BusinessEvent

PREFIX = "PDCL"


@dataclass(frozen=True, slots=True)
class NewDisposal:
    """``amount`` None settles all that is open of the document and reason. ``claim`` is part of a loss."""

    document_id: int
    reason: str = ""
    amount: Decimal | None = None
    claim: Decimal = ZERO
    employee_id: int | None = None
    department_id: int | None = None
    date: dt.date | None = None
    note: str = ""


@transactional
def dispose(company: Company, new: NewDisposal, *, by: Any) -> CountDisposal:
    """Settle a pending difference, or a part of it.

    Raises ``NotDisposable``, ``NothingPending``, ``MoreThanPending``, ``ClaimTooLarge``, ``ClaimNeedsEmployee``,
    ``PeriodClosed``.
    """
    document = _lock(company, new.document_id)
    day = new.date or working_date(company, not_before=document.date)
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    open_row = _open(company, document, new.reason)
    amount = open_row.open if new.amount is None else cents(new.amount)
    _check(document, open_row, amount, new)
    (number,) = document_numbers(company.pk, PREFIX, f"{day:%Y%m}", 1)
    disposal = CountDisposal.objects.create(
        company=company,
        number=number,
        date=day,
        kind=open_row.kind,
        document=document,
        reason=new.reason,
        amount=amount,
        claim=cents(new.claim),
        employee_id=_value(company, "employee", new.employee_id),
        department_id=_value(company, "department", new.department_id)
        or document.department_id
        or _warehouse_department(company),
        note=new.note,
        created_by=by,
    )
    raise_events(company.pk, [event_of(company, disposal)])
    return disposal


def _lock(company: Company, document_id: int) -> StockDocument:
    """The document, locked: two people do not settle the same difference."""
    document = (
        StockDocument.objects.select_for_update(of=("self",), no_key=True)
        .select_related("warehouse")
        .filter(company=company, pk=document_id)
        .first()
    )
    if document is None:
        raise NotFound(what=StockDocument._meta.verbose_name, key=document_id)
    if document.status != DocumentStatus.CONFIRMED or document.reversal_of_id is not None:
        raise NotDisposable(number=document.number)
    return document


def _open(company: Company, document: StockDocument, reason: str) -> Pending:
    rows = {row.reason: row for row in pending(company, document_ids=[document.pk])}
    if reason not in rows:
        raise NothingPending(number=document.number, field="reason")
    return rows[reason]


def _check(document: StockDocument, row: Pending, amount: Decimal, new: NewDisposal) -> None:
    is_part = 0 < amount <= row.open if row.open > 0 else row.open <= amount < 0
    if not is_part:
        raise MoreThanPending(number=document.number, open=row.open, amount=amount, field="amount")
    claim = cents(new.claim)
    if claim < 0 or claim > max(amount, ZERO) or (claim and row.kind == DisposalKind.GAIN):
        most = max(amount, ZERO) if row.kind == DisposalKind.LOSS else ZERO
        raise ClaimTooLarge(claim=claim, amount=most, field="claim")
    if claim and new.employee_id is None:
        raise ClaimNeedsEmployee(claim=claim, field="employee")


def _value(company: Company, kind: str, value_id: int | None) -> int | None:
    """The dimension value if it is this company's and of that kind. Raises ``NotFound``."""
    if value_id is None:
        return None
    found = DimensionValue.objects.filter(company=company, dimension_type__code=kind, pk=value_id)
    if not found.exists():
        raise NotFound(what=DimensionValue._meta.verbose_name, key=value_id, field=kind)
    return value_id


def _warehouse_department(company: Company) -> int | None:
    """The warehouse's department, for documents that name none."""
    codes: Mapping[str, int] = dict(
        DimensionValue.objects.filter(company=company, dimension_type__code="department", code="WH").values_list(
            "code", "id"
        )
    )
    return codes.get("WH")


@transactional
def reverse_disposal(company: Company, disposal_id: int, *, by: Any, date: dt.date | None = None) -> CountDisposal:
    """Take a decision back: its voucher is repeated in red, and the difference is pending again."""
    original = (
        CountDisposal.objects.select_for_update(of=("self",))
        .select_related("document__warehouse", "employee")
        .filter(company=company, pk=disposal_id)
        .first()
    )
    if original is None:
        raise NotFound(what=CountDisposal._meta.verbose_name, key=disposal_id)
    if (
        original.reversal_of_id is not None
        or CountDisposal.objects.filter(company=company, reversal_of=original).exists()
    ):
        raise WrongState(
            what=CountDisposal._meta.verbose_name,
            key=original.number,
            state=DocumentStatus.REVERSED.label,
            needed=DocumentStatus.CONFIRMED.label,
        )
    day = max(date or working_date(company), original.date)
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    (number,) = document_numbers(company.pk, PREFIX, f"{day:%Y%m}", 1)
    red = CountDisposal.objects.create(
        company=company,
        number=number,
        date=day,
        kind=original.kind,
        document=original.document,
        reason=original.reason,
        amount=-original.amount,
        claim=-original.claim,
        employee=original.employee,
        department_id=original.department_id,
        reversal_of=original,
        note=original.note,
        created_by=by,
    )
    told = BusinessEvent.objects.get(company=company, source_type=DISPOSAL, source_id=original.pk)
    raise_events(company.pk, [event_of(company, red, original_event=told.pk)])
    return red


def live_disposals(company_id: int, document_id: int) -> list[str]:
    """Decisions that keep a document from being reversed: take them back first."""
    rows = CountDisposal.objects.filter(
        company_id=company_id, document_id=document_id, reversal_of=None, reversal=None
    ).order_by("id")
    return [f"{CountDisposal._meta.verbose_name} {number}" for number in rows.values_list("number", flat=True)]
