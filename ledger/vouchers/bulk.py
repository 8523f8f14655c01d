"""Review, post, sign: what people do with many vouchers at once. The single forms call the bulk ones.

Each opens the transaction, locks its vouchers in order of id, and returns what was done beside what was refused, so
that one voucher never holds up the others. Callers check the user's permission first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from erp.core.errors import DomainError, NotFound
from erp.core.users.names import name_of
from ledger.accounts.models import CashKind
from ledger.preferences.models import LedgerPreferences
from ledger.vouchers import refusals
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine, VoucherStatus
from ledger.vouchers.seals.wake import seal_on_commit


@dataclass(frozen=True, slots=True)
class Refusal:
    """A voucher that a bulk action left as it was, and why."""

    voucher_id: int
    voucher: str
    error: DomainError


@dataclass(slots=True)
class BulkOutcome:
    """Ids of the vouchers done, and the refusals of the others."""

    done: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def review_many(company_id: int, ids: Iterable[int], *, by: Any) -> BulkOutcome:
    """Review drafts. Refused: what is no draft, and what the reviewer prepared (内部控制: two people)."""

    def refuse(voucher: Voucher) -> DomainError | None:
        if voucher.status != VoucherStatus.DRAFT:
            return wrong_state(voucher, VoucherStatus.DRAFT)
        if voucher.preparer_id is not None and voucher.preparer_id == by.pk:
            return refusals.OwnVoucher(voucher=voucher, name=voucher.preparer_name)
        return None

    return _bulk(
        company_id,
        ids,
        refuse,
        status=VoucherStatus.REVIEWED,
        reviewer=by,
        reviewer_name=name_of(by),
        reviewed_at=timezone.now(),
    )


def unreview_many(company_id: int, ids: Iterable[int], *, by: Any) -> BulkOutcome:
    """Take a review back, which is possible until the voucher is posted."""
    return _bulk(
        company_id,
        ids,
        lambda voucher: (
            None if voucher.status == VoucherStatus.REVIEWED else wrong_state(voucher, VoucherStatus.REVIEWED)
        ),
        status=VoucherStatus.DRAFT,
        reviewer=None,
        reviewer_name="",
        reviewed_at=None,
    )


def post_many(company_id: int, ids: Iterable[int], *, by: Any) -> BulkOutcome:
    """Post reviewed vouchers: from here on they never change, their turnover counts, and they are sealed."""
    ids = list(ids)
    to_sign = _with_cash(company_id, ids) if signature_required(company_id) else set()

    def refuse(voucher: Voucher) -> DomainError | None:
        if voucher.status != VoucherStatus.REVIEWED:
            return wrong_state(voucher, VoucherStatus.REVIEWED)
        if voucher.pk in to_sign and not voucher.cashier_name:
            return refusals.SignatureMissing(voucher=voucher)
        return None

    outcome = _bulk(
        company_id,
        ids,
        refuse,
        status=VoucherStatus.POSTED,
        poster=by,
        poster_name=name_of(by),
        posted_at=timezone.now(),
    )
    if outcome.done:
        seal_on_commit(company_id)
    return outcome


def signature_required(company_id: int) -> bool:
    """Whether the company posts cash vouchers only with the cashier's signature."""
    return LedgerPreferences.objects.filter(company_id=company_id, cashier_signature_required=True).exists()


def _with_cash(company_id: int, ids: Sequence[int]) -> set[int]:
    """Those of the vouchers that have a cash or bank line."""
    lines = VoucherLine.objects.filter(company_id=company_id, voucher__in=ids).exclude(account__cash_kind=CashKind.NONE)
    return set(lines.values_list("voucher_id", flat=True))


def sign_many(company_id: int, ids: Iterable[int], *, by: Any) -> BulkOutcome:
    """The cashier's signature on vouchers with a cash or bank line, before they are posted."""
    ids = list(ids)
    with_cash = _with_cash(company_id, ids)

    def refuse(voucher: Voucher) -> DomainError | None:
        if voucher.status not in (VoucherStatus.DRAFT, VoucherStatus.REVIEWED):
            return wrong_state(voucher, VoucherStatus.REVIEWED)
        return None if voucher.pk in with_cash else refusals.NotACashVoucher(voucher=voucher)

    return _bulk(company_id, ids, refuse, cashier=by, cashier_name=name_of(by), signed_at=timezone.now())


def void_many(company_id: int, ids: Iterable[int], *, by: Any) -> BulkOutcome:
    """Void (作废) drafts: they keep number and lines, and never count. Not what comes from a document."""

    def refuse(voucher: Voucher) -> DomainError | None:
        if voucher.status != VoucherStatus.DRAFT:
            return wrong_state(voucher, VoucherStatus.DRAFT)
        return refusals.GeneratedVoucher(voucher=voucher) if voucher.kind == VoucherKind.GENERATED else None

    return _bulk(company_id, ids, refuse, status=VoucherStatus.VOID)


def review(voucher: Voucher, *, by: Any) -> None:
    """Review one draft. Raises its refusal."""
    raise_first(review_many(voucher.company_id, [voucher.pk], by=by))


def unreview(voucher: Voucher, *, by: Any) -> None:
    """Take back the review of one voucher. Raises its refusal."""
    raise_first(unreview_many(voucher.company_id, [voucher.pk], by=by))


def post(voucher: Voucher, *, by: Any) -> None:
    """Post one reviewed voucher. Raises its refusal."""
    raise_first(post_many(voucher.company_id, [voucher.pk], by=by))


def _bulk(
    company_id: int, ids: Iterable[int], refuse: Callable[[Voucher], DomainError | None], **changes: Any
) -> BulkOutcome:
    """Apply ``changes`` to the vouchers that ``refuse`` lets pass: one UPDATE; halves when a guard refuses."""
    outcome = BulkOutcome()
    with transaction.atomic():
        rows = Voucher.objects.select_for_update().filter(company_id=company_id, pk__in=list(ids)).order_by("id")
        passed = []
        for voucher in rows:
            if error := refuse(voucher):
                outcome.refused.append(Refusal(voucher.pk, str(voucher), error))
            else:
                passed.append(voucher)
        _apply(company_id, passed, changes, outcome)
    return outcome


def _apply(company_id: int, vouchers: Sequence[Voucher], changes: dict[str, Any], outcome: BulkOutcome) -> None:
    if not vouchers:
        return
    ids = [voucher.pk for voucher in vouchers]
    try:
        with transaction.atomic():
            Voucher.objects.filter(company_id=company_id, pk__in=ids).update(**changes)
    except IntegrityError as error:
        if len(vouchers) == 1:
            refusal = refusals.from_database(error)
            outcome.refused.append(Refusal(ids[0], str(vouchers[0]), refusal))
            return
        middle = len(vouchers) // 2
        _apply(company_id, vouchers[:middle], changes, outcome)
        _apply(company_id, vouchers[middle:], changes, outcome)
        return
    outcome.done.extend(ids)


def raise_first(outcome: BulkOutcome) -> None:
    """For actions on one voucher: raise its refusal."""
    if outcome.refused:
        raise outcome.refused[0].error
    if not outcome.done:
        raise NotFound(what=Voucher._meta.verbose_name, key="")


def wrong_state(voucher: Voucher, needed: VoucherStatus) -> DomainError:
    """The refusal of a voucher that is in another state than an action needs."""
    return refusals.VoucherChanged(voucher=voucher, state=voucher.get_status_display(), needed=needed.label)
