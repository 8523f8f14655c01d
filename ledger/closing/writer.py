"""Vouchers that period end makes: a draft written by two statements however many lines it has, and its run.

They are drafts like any other: somebody else reviews them, then they are posted. They may stand on control accounts
and carry any dimension set, because they only carry on what is there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.bulk import copy_rows
from erp.core.companies.models import Company
from erp.core.errors import PeriodClosed
from erp.core.money import WIDE, ZERO, rounded
from erp.core.users.names import name_of
from ledger.cash_flow.services import assign
from ledger.closing.balances import Balance
from ledger.closing.models import ClosingRun, RunKind, TransferTemplate
from ledger.closing.refusals import KeyWithoutAccount, RunWaits, VouchersWait
from ledger.dimensions.services import empty_set_id
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.models import AccountMapping
from ledger.vouchers.models import Voucher, VoucherStatus
from ledger.vouchers.numbers import take_numbers
from ledger.vouchers.services import delete_draft, words_of

LISTED = 10  # vouchers named in a refusal
RATE_STEP = Decimal("0.00000001")

_COLUMNS = (
    "company_id", "voucher_id", "period_id", "line_no", "summary", "account_id", "dimension_set_id", "debit", "credit",
    "currency", "original_amount", "rate", "business_date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line to write. ``currency`` '' is the base; ``original`` then stays empty."""

    summary: str
    account_id: int
    dimension_set_id: int
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    currency: str = ""
    original: Decimal | None = None
    rate: Decimal | None = None


def hold(period: Period) -> Period:
    """Lock the period: postings into it and a second press of the button wait. Raises ``PeriodClosed``."""
    held = Period.objects.select_for_update(of=("self",)).select_related("company").get(pk=period.pk)
    if held.status != PeriodStatus.OPEN:
        raise PeriodClosed(period=held)
    return held


def own_runs(period: Period, kind: str, template: TransferTemplate | None = None) -> list[ClosingRun]:
    """Runs of this step in the period whose voucher still stands (neither void nor reversed)."""
    runs = ClosingRun.objects.filter(company_id=period.company_id, period=period, kind=kind, template=template)
    runs = runs.filter(voucher__isnull=False).exclude(voucher__status=VoucherStatus.VOID)
    reversed_ids = set(
        Voucher.objects.filter(company_id=period.company_id, reversal_of__in=runs.values("voucher"))
        .exclude(status=VoucherStatus.VOID)
        .values_list("reversal_of_id", flat=True)
    )
    return [run for run in runs.select_related("voucher").order_by("id") if run.voucher_id not in reversed_ids]


def drop_own_drafts(period: Period, kind: str, *, by: Any, template: TransferTemplate | None = None) -> None:
    """Delete the drafts of an earlier run of this step. Raises ``RunWaits`` if one is reviewed."""
    for run in own_runs(period, kind, template):
        if run.voucher.status == VoucherStatus.REVIEWED:  # type: ignore[union-attr]
            raise RunWaits(voucher=run.voucher, voucher_id=run.voucher_id)
        if run.voucher.status == VoucherStatus.DRAFT:  # type: ignore[union-attr]
            delete_draft(run.voucher, by=by)  # type: ignore[arg-type]


def refuse_unposted(period: Period) -> None:
    """Raise ``VouchersWait`` naming vouchers up to the period's end that are not posted."""
    waiting = Voucher.objects.filter(
        company_id=period.company_id,
        period__start__lte=period.start,
        status__in=[VoucherStatus.DRAFT, VoucherStatus.REVIEWED],
    )
    if count := waiting.count():
        first = waiting.order_by("period__start", "word", "number")[:LISTED]
        names = ", ".join(f"{row}" for row in first) + ("…" if count > LISTED else "")
        raise VouchersWait(count=count, period=period, vouchers=names)


def account_of_key(company_id: int, key: str) -> tuple[int, str]:
    """(id, direction) of the account that the key leads to without selectors. Raises ``KeyWithoutAccount``."""
    row = (
        AccountMapping.objects.filter(company_id=company_id, key__code=key, is_active=True, selector_key="")
        .values_list("account_id", "account__direction")
        .first()
    )
    if row is None:
        raise KeyWithoutAccount(key=key)
    return row


def opposite(summary: str, amount: Decimal, **where: Any) -> Line:
    """The line that clears a balance (debit less credit): it stands on the other side."""
    return Line(summary, debit=max(-amount, ZERO), credit=max(amount, ZERO), **where)


def clear(summary: str, row: Balance) -> Line:
    """The line that brings a balance to zero, in its currency too."""
    same_way = row.original * row.amount >= 0
    return opposite(
        summary,
        row.amount,
        account_id=row.account_id,
        dimension_set_id=row.dimension_set_id,
        currency=row.currency,
        original=abs(row.original) if same_way else -abs(row.original),
        rate=rounded(WIDE.divide(row.amount, row.original), RATE_STEP) if row.original and same_way else None,
    )


def base_set(company: Company) -> int:
    """The dimension set without values."""
    return empty_set_id(company.pk)


def write_draft(
    period: Period,
    kind: str,
    lines: Sequence[Line],
    *,
    run: RunKind,
    by: Any,
    template: TransferTemplate | None = None,
    word: str = "",
) -> Voucher:
    """A draft dated the period's last day with its cash-flow items, and the run that names it. ``lines`` balance."""
    company = period.company
    words = words_of(company)
    chosen = word if word in words else words[-1]
    name = name_of(by) if by is not None else "系统"
    with transaction.atomic():
        (number,) = take_numbers(company.pk, period.pk, chosen)
        voucher = Voucher.objects.create(
            company=company,
            period=period,
            word=chosen,
            number=number,
            date=period.end,
            kind=kind,
            total=sum((line.debit for line in lines), ZERO),
            preparer=by,
            preparer_name=name,
            created_at=timezone.now(),
        )
        copy_rows("ledger_voucherline", _COLUMNS, _rows(company, voucher, lines))
        ClosingRun.objects.create(
            company=company, period=period, kind=run, template=template, voucher=voucher, made_by=by
        )
        assign(company, [voucher.pk])
    return voucher


def _rows(company: Company, voucher: Voucher, lines: Iterable[Line]) -> Iterable[tuple[Any, ...]]:
    for line_no, line in enumerate(lines, start=1):
        is_foreign = line.currency not in ("", company.currency)
        yield (
            company.pk,
            voucher.pk,
            voucher.period_id,
            line_no,
            line.summary[:200],
            line.account_id,
            line.dimension_set_id,
            line.debit,
            line.credit,
            line.currency or company.currency,
            line.original if is_foreign else None,
            line.rate if is_foreign else None,
            voucher.date,
        )
