"""Save many new vouchers at once: checked each, written set-based, numbered without gaps.

The one idea: reading, numbering and writing cost the same number of statements for one voucher as for thousands
(numbers: one per period and word). Every voucher is checked as ``create_voucher`` checks one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.access.permissions import has_perm
from erp.core.bulk import copy_rows, next_ids
from erp.core.companies.models import Company
from erp.core.errors import DomainError, SeveralRefusals
from erp.core.users.names import name_of
from ledger.cash_flow.assignment import assign
from ledger.cash_flow.models import CashFlowItem
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import intern_sets
from ledger.periods.models import Period
from ledger.periods.services import hold_open
from ledger.vouchers import refusals, services
from ledger.vouchers.checks import AccountTerms, LineInput, check_lines, check_word, totals, word_of
from ledger.vouchers.models import VoucherKind, VoucherStatus
from ledger.vouchers.numbers import take_numbers

_VOUCHER_COLUMNS = (
    "id", "company_id", "period_id", "word", "number", "date", "status", "kind", "attachments", "total", "reference",
    "preparer_id", "preparer_name", "reviewer_name", "poster_name", "cashier_name", "created_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "id", "company_id", "voucher_id", "period_id", "line_no", "summary", "account_id", "dimension_set_id", "debit",
    "credit", "currency", "original_amount", "rate", "quantity", "unit_price", "business_date", "settlement_method",
    "settlement_no", "business_no",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher to be saved as a draft; ``word`` None: as the lines ask. ``errors`` were found while reading it."""

    date: dt.date
    lines: Sequence[LineInput]
    word: str | None = None
    attachments: int = 0
    reference: str = ""
    kind: str = VoucherKind.MANUAL
    errors: Sequence[DomainError] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A draft that was saved."""

    id: int
    word: str
    number: int


class BatchRefused(SeveralRefusals):
    """Nothing was saved, because some vouchers are wrong. ``refused``: position (0…) → its refusal."""

    def __init__(self, refused: Mapping[int, DomainError]) -> None:
        super().__init__(list(refused.values()))
        self.refused = dict(refused)

    def as_dict(self) -> dict[str, Any]:
        errors = [
            {**each.as_dict(), "voucher": position}
            for position, error in self.refused.items()
            for each in refusals.each_of(error)
        ]
        return {**super().as_dict(), "errors": errors}


def create_many(
    company: Company, entries: Sequence[NewVoucher], *, by: Any, partial: bool = False
) -> list[Made | DomainError]:
    """Save drafts, in the order given. Answers for each what was made or, with ``partial``, why not.

    Without ``partial`` one refusal keeps all from being saved: raises ``BatchRefused``.
    """
    with refusals.guards_in_words(), transaction.atomic():
        checked = _Checker(company, entries, by).all()
        refused = {place: found for place, found in enumerate(checked) if isinstance(found, DomainError)}
        if refused and not partial:
            raise BatchRefused(refused)
        good = [found for found in checked if not isinstance(found, DomainError)]
        made = iter(_write(company, good, by))
        return [found if isinstance(found, DomainError) else next(made) for found in checked]


@dataclass(frozen=True, slots=True)
class _Ready:
    entry: NewVoucher
    lines: Sequence[LineInput]
    word: str
    period_id: int
    accounts: Mapping[int, AccountTerms]

    @property
    def has_cash(self) -> bool:
        return any(self.accounts[line.account_id].is_cash for line in self.lines)


class _Checker:
    """What the checks need to know, read once for all vouchers."""

    def __init__(self, company: Company, entries: Sequence[NewVoucher], by: Any) -> None:
        self.company = company
        self.entries = entries
        lines = [line for entry in entries for line in entry.lines]
        self.accounts = services.account_terms(company.pk, (line.account_id for line in lines))
        values = {value for line in lines for _type, value in line.dimensions}
        self.known_values = dict(
            DimensionValue.objects.filter(company=company, pk__in=values).values_list("id", "dimension_type_id")
        )
        self.may_use_control = by is None or has_perm(by, company, services.CONTROL_PERMISSION)
        self.currencies = services.active_currencies(company)
        wanted = {line.cash_flow_item for line in lines if line.cash_flow_item is not None}
        items = CashFlowItem.objects.filter(company=company, is_active=True, pk__in=wanted) if wanted else ()
        self.cash_flow_items = {item.pk for item in items}
        self.words = services.words_of(company)
        self.closed = hold_open(company.pk, (entry.date for entry in entries))
        self.periods = {(period.year, period.number): period.pk for period in Period.objects.filter(company=company)}

    def all(self) -> list[_Ready | DomainError]:
        return [self._one(entry) for entry in self.entries]

    def _one(self, entry: NewVoucher) -> _Ready | DomainError:
        errors = list(entry.errors)
        if closed := self.closed.get(entry.date):
            errors.append(closed)
        if errors:
            return refusals.VoucherRefused(errors)
        lines = services.in_base_terms(self.company, entry.lines)
        errors = check_lines(
            lines,
            self.accounts,
            known_values=self.known_values,
            may_use_control=self.may_use_control,
            currencies=self.currencies,
            adjusts=entry.kind not in (VoucherKind.MANUAL, VoucherKind.GENERATED),
        )
        errors += [
            refusals.UnknownCashFlowItem(field="cash_flow_item", row=row)
            for row, line in enumerate(lines, start=1)
            if line.cash_flow_item is not None and line.cash_flow_item not in self.cash_flow_items
        ]
        word = entry.word or (self.words[0] if len(self.words) == 1 else word_of(lines, self.accounts))
        errors += check_word(word, lines, self.accounts, self.words)
        if errors:
            return refusals.VoucherRefused(errors)
        return _Ready(entry, lines, word, self.periods[entry.date.year, entry.date.month], self.accounts)


def _write(company: Company, ready: Sequence[_Ready], by: Any) -> list[Made]:
    """Order of locks as everywhere: dimension sets, then number counters, sorted."""
    if not ready:
        return []
    sets = intern_sets(company.pk, {tuple(sorted(line.dimensions)) for each in ready for line in each.lines})
    numbers = _numbers(company.pk, ready)
    ids = next_ids("ledger_voucher", len(ready))
    line_ids = iter(next_ids("ledger_voucherline", sum(len(each.lines) for each in ready)))
    copy_rows("ledger_voucher", _VOUCHER_COLUMNS, _voucher_rows(company, ids, numbers, ready, by))
    chosen: dict[int, int] = {}
    copy_rows("ledger_voucherline", _LINE_COLUMNS, _line_rows(company, ids, line_ids, ready, sets, chosen))
    with_cash = [voucher_id for voucher_id, each in zip(ids, ready, strict=True) if each.has_cash]
    assign(company.pk, with_cash, chosen, by_name=name_of(by))
    return [Made(*row) for row in zip(ids, (each.word for each in ready), numbers, strict=True)]


def _numbers(company_id: int, ready: Sequence[_Ready]) -> list[int]:
    places: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, each in enumerate(ready):
        places[each.period_id, each.word].append(place)
    numbers = [0] * len(ready)
    for (period_id, word), indexes in sorted(places.items()):
        for place, number in zip(indexes, take_numbers(company_id, period_id, word, len(indexes)), strict=True):
            numbers[place] = number
    return numbers


def _voucher_rows(
    company: Company, ids: Sequence[int], numbers: Sequence[int], ready: Sequence[_Ready], by: Any
) -> Iterator[tuple[Any, ...]]:
    now, name, preparer = timezone.now(), name_of(by), by.pk if by is not None else None
    for voucher_id, number, each in zip(ids, numbers, ready, strict=True):
        entry = each.entry
        yield (
            voucher_id, company.pk, each.period_id, each.word, number, entry.date, VoucherStatus.DRAFT.value,
            str(entry.kind), entry.attachments, totals(each.lines)[0], entry.reference.strip()[:60], preparer, name,
            "", "", "", now,
        )  # fmt: skip


def _line_rows(
    company: Company,
    ids: Sequence[int],
    line_ids: Iterator[int],
    ready: Sequence[_Ready],
    sets: Mapping[tuple[Any, ...], int],
    chosen: dict[int, int],
) -> Iterator[tuple[Any, ...]]:
    """Rows for COPY; cash-flow items that were chosen are noted in ``chosen`` by line id."""
    for voucher_id, each in zip(ids, ready, strict=True):
        for line_no, line in enumerate(each.lines, start=1):
            line_id = next(line_ids)
            if line.cash_flow_item is not None:
                chosen[line_id] = line.cash_flow_item
            counted = line.quantity if each.accounts[line.account_id].tracks_quantity else None
            yield (
                line_id, company.pk, voucher_id, each.period_id, line_no, line.summary.strip()[:200], line.account_id,
                sets[tuple(sorted(line.dimensions))], line.debit, line.credit, line.currency or company.currency,
                line.original_amount if line.currency else None, line.rate if line.currency else None, counted,
                services.unit_price_of(line, counted), each.entry.date, line.settlement_method, line.settlement_no,
                line.business_no,
            )  # fmt: skip
