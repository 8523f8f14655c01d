"""What people do with one voucher: enter, change, reverse in red, void, delete. ``bulk`` reviews, posts and signs many.

Each opens the transaction and locks its voucher. Callers check the user's permission first.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.access.permissions import has_perm
from erp.core.companies.models import Company, VoucherWords
from erp.core.errors import DomainError
from erp.core.money import unit_cost
from erp.core.users.names import name_of
from ledger.accounts.models import Account, AccountDimension, CashKind
from ledger.cash_flow import services as cash_flow
from ledger.cash_flow.models import CashFlowItem
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionSetItem, DimensionValue
from ledger.dimensions.services import intern_sets
from ledger.periods.models import Period, PeriodStatus
from ledger.periods.services import open_period_for
from ledger.vouchers import hooks, refusals
from ledger.vouchers.bulk import post as post
from ledger.vouchers.bulk import post_many as post_many
from ledger.vouchers.bulk import review as review
from ledger.vouchers.bulk import review_many as review_many
from ledger.vouchers.bulk import unreview as unreview
from ledger.vouchers.bulk import unreview_many as unreview_many
from ledger.vouchers.bulk import wrong_state
from ledger.vouchers.checks import AccountTerms, LineInput, check_lines, check_word, totals, word_of
from ledger.vouchers.models import FreeVoucherNumber, Voucher, VoucherKind, VoucherLine, VoucherStatus, Word
from ledger.vouchers.numbers import take_numbers

CONTROL_PERMISSION = "ledger.post_to_control_account"


def words_of(company: Company) -> list[str]:
    """The voucher words that the company uses."""
    return [Word.JI] if company.voucher_words == VoucherWords.ONE else [Word.SHOU, Word.FU, Word.ZHUAN]


def create_voucher(
    company: Company,
    date: dt.date,
    word: str | None,
    lines: Sequence[LineInput],
    *,
    by: Any,
    kind: str = VoucherKind.MANUAL,
    attachments: int = 0,
    reversal_of: Voucher | None = None,
    corrects: Voucher | None = None,
    reference: str = "",
    entry_token: str = "",
) -> Voucher:
    """Save a draft with the next number of its period and word (``word`` None: as the lines ask, R-WORD).

    ``entry_token`` names the form: given a second time, the voucher that it made is returned and nothing is saved.
    Raises ``VoucherRefused`` with all refusals of the lines, ``NoPeriod``, ``PeriodClosed``.
    """
    if entry_token and (earlier := entered_with(company.pk, entry_token)):
        return earlier
    try:
        return _create(
            company,
            date,
            word,
            lines,
            by,
            kind=kind,
            attachments=attachments,
            reversal_of=reversal_of,
            corrects=corrects,
            reference=reference.strip()[:60],
            entry_token=entry_token,
        )
    except DomainError as refusal:
        if refusal.code == "one_voucher_per_entry_token" and (earlier := entered_with(company.pk, entry_token)):
            return earlier
        raise


def entered_with(company_id: int, entry_token: str) -> Voucher | None:
    """The voucher that this form has already made."""
    return Voucher.objects.filter(company_id=company_id, entry_token=entry_token).first()


def _create(
    company: Company, date: dt.date, word: str | None, lines: Sequence[LineInput], by: Any, **head: Any
) -> Voucher:
    lines = in_base_terms(company, lines)
    with refusals.guards_in_words(), transaction.atomic():
        word = _checked(company, word, lines, by, head["kind"])
        period = open_period_for(company.pk, date)
        (number,) = take_numbers(company.pk, period.pk, word)
        hooks.refuse(hooks.Saving(company, date, head["kind"], lines))
        voucher = Voucher.objects.create(
            company=company,
            period=period,
            word=word,
            number=number,
            date=date,
            total=totals(lines)[0],
            preparer=by,
            preparer_name=name_of(by),
            created_at=timezone.now(),
            **head,
        )
        _insert_lines(company, voucher, lines, by)
    return voucher


def update_draft(
    voucher: Voucher,
    *,
    date: dt.date,
    word: str | None,
    lines: Sequence[LineInput],
    attachments: int,
    by: Any,
    reference: str | None = None,
) -> Voucher:
    """Replace the content of a manual draft; whoever changes it becomes its preparer.

    The number stays unless period or word change; then the old one is free again. Raises as ``create_voucher``.
    """
    company = voucher.company
    lines = in_base_terms(company, lines)
    with refusals.guards_in_words(), transaction.atomic():
        voucher = _locked(company.pk, voucher.pk)
        _need(voucher, VoucherStatus.DRAFT)
        _need_own_hand(voucher)
        word = _checked(company, word, lines, by, voucher.kind)
        period = open_period_for(company.pk, date)
        VoucherLine.objects.filter(company=company, voucher=voucher).delete()
        if (voucher.period_id, voucher.word) != (period.pk, word):
            _free_number(voucher)
            (voucher.number,) = take_numbers(company.pk, period.pk, word)
        hooks.refuse(hooks.Saving(company, date, voucher.kind, lines, besides=voucher.pk))
        voucher.period, voucher.word, voucher.date = period, word, date
        voucher.attachments, voucher.total = attachments, totals(lines)[0]
        voucher.reference = voucher.reference if reference is None else reference.strip()[:60]
        voucher.preparer, voucher.preparer_name = by, name_of(by)
        voucher.save()
        _insert_lines(company, voucher, lines, by)
    return voucher


def delete_draft(voucher: Voucher, *, by: Any) -> None:
    """Delete a manual draft; the next voucher of its period and word takes the number (no gap)."""
    with refusals.guards_in_words(), transaction.atomic():
        voucher = _locked(voucher.company_id, voucher.pk)
        _need(voucher, VoucherStatus.DRAFT)
        _refuse_generated(voucher)
        _free_number(voucher)
        VoucherLine.objects.filter(company_id=voucher.company_id, voucher=voucher).delete()
        Voucher.objects.filter(company_id=voucher.company_id, pk=voucher.pk).delete()


def void(voucher: Voucher, *, by: Any) -> Voucher:
    """Void (作废) a draft: it keeps its number and its lines, and never counts."""
    with refusals.guards_in_words(), transaction.atomic():
        voucher = _locked(voucher.company_id, voucher.pk)
        _need(voucher, VoucherStatus.DRAFT)
        _refuse_generated(voucher)
        voucher.status = VoucherStatus.VOID
        voucher.save(update_fields=["status"])
    return voucher


def reverse(voucher: Voucher, *, by: Any, date: dt.date) -> Voucher:
    """A red-letter draft (红字冲销) of a posted voucher: same accounts, same sides, negative amounts, linked both ways.

    会计基础工作规范 art. 51(5): its summary names the date and number of the wrong voucher. It is reviewed and posted
    like any other. Raises ``AlreadyReversed``, ``ControlAccount`` (reverse the document instead), ``PeriodClosed``,
    ``FormerYear`` for a voucher of a closed former year, which a blue voucher corrects.
    """
    with refusals.guards_in_words(), transaction.atomic():
        voucher = _locked(voucher.company_id, voucher.pk)
        _need(voucher, VoucherStatus.POSTED)
        if date.year > voucher.period.year and is_closed_year(voucher.company_id, voucher.period.year):
            raise refusals.FormerYear(voucher=voucher, year=voucher.period.year)
        if other := live_reversal(voucher):
            raise refusals.AlreadyReversed(voucher=voucher, reversal=other)
        summary = f"注销{voucher.date.month}月{voucher.date.day}日{voucher.word}-{voucher.number}号凭证"
        lines = [
            LineInput(
                summary=summary,
                account_id=line.account_id,
                debit=-line.debit,
                credit=-line.credit,
                dimensions=line.dimensions,
                quantity=None if line.quantity is None else -line.quantity,
                currency=line.currency,
                original_amount=None if line.original_amount is None else -line.original_amount,
                rate=line.rate,
                unit_price=line.unit_price,
                settlement_method=line.settlement_method,
                settlement_no=line.settlement_no,
                business_no=line.business_no,
            )
            for line in read_lines(voucher)
        ]
        made = create_voucher(
            voucher.company, date, voucher.word, lines, by=by, kind=VoucherKind.REVERSAL, reversal_of=voucher
        )
        cash_flow.copy_negated(voucher.company_id, voucher.pk, made.pk)
        return made


def is_closed_year(company_id: int, year: int) -> bool:
    """Whether all periods of the year are closed."""
    periods = Period.objects.filter(company_id=company_id, year=year)
    return not periods.exclude(status=PeriodStatus.CLOSED).exists()


def live_reversal(voucher: Voucher) -> Voucher | None:
    """The voucher that reverses this one, unless it was voided."""
    return (
        Voucher.objects.filter(company_id=voucher.company_id, reversal_of=voucher)
        .exclude(status=VoucherStatus.VOID)
        .first()
    )


def read_lines(voucher: Voucher) -> list[LineInput]:
    """The voucher's lines as they would be entered (three statements)."""
    rows = list(VoucherLine.objects.filter(company_id=voucher.company_id, voucher=voucher).order_by("line_no"))
    pairs: dict[int, list[tuple[int, int]]] = {}
    chosen = cash_flow.chosen_items(voucher.company_id, voucher.pk)
    items = DimensionSetItem.objects.filter(
        company_id=voucher.company_id, dimension_set__in={row.dimension_set_id for row in rows}
    )
    for set_id, type_id, value_id in items.values_list("dimension_set_id", "dimension_type_id", "value_id"):
        pairs.setdefault(set_id, []).append((type_id, value_id))
    return [
        LineInput(
            summary=row.summary,
            account_id=row.account_id,
            debit=row.debit,
            credit=row.credit,
            dimensions=tuple(sorted(pairs.get(row.dimension_set_id, ()))),
            quantity=row.quantity,
            currency="" if row.currency == voucher.company.currency else row.currency,
            original_amount=row.original_amount,
            rate=row.rate,
            unit_price=row.unit_price,
            settlement_method=row.settlement_method,
            settlement_no=row.settlement_no,
            business_no=row.business_no,
            cash_flow_item=chosen.get(row.pk),
        )
        for row in rows
    ]


def account_terms(company_id: int, ids: Iterable[int]) -> dict[int, AccountTerms]:
    """What the accounts ask of a line (two statements)."""
    wanted = set(ids)
    dimensions: dict[int, dict[int, tuple[str, bool]]] = {}
    for row in AccountDimension.objects.filter(company_id=company_id, account__in=wanted).select_related(
        "dimension_type"
    ):
        dimensions.setdefault(row.account_id, {})[row.dimension_type_id] = (str(row.dimension_type), row.is_required)
    return {
        account.pk: AccountTerms(
            id=account.pk,
            label=str(account),
            is_postable=account.is_leaf and account.is_active,
            is_control=account.is_control,
            is_cash=account.cash_kind != CashKind.NONE,
            tracks_quantity=account.tracks_quantity,
            dimensions=dimensions.get(account.pk, {}),
            currency=account.currency,
            unit=account.unit,
        )
        for account in Account.objects.filter(company_id=company_id, pk__in=wanted)
    }


def in_base_terms(company: Company, lines: Iterable[LineInput]) -> list[LineInput]:
    """The lines with the company's own currency written as '' and without its needless amount and rate."""
    return [
        replace(line, currency="", original_amount=None, rate=None) if line.currency in ("", company.currency) else line
        for line in lines
    ]


def _checked(company: Company, word: str | None, lines: Sequence[LineInput], by: Any, kind: str) -> str:
    """The word to use, after all checks. Raises ``VoucherRefused``."""
    accounts = account_terms(company.pk, (line.account_id for line in lines))
    value_ids = {value for line in lines for _type, value in line.dimensions}
    known = dict(
        DimensionValue.objects.filter(company=company, pk__in=value_ids).values_list("id", "dimension_type_id")
    )
    errors = check_lines(
        lines,
        accounts,
        known_values=known,
        may_use_control=by is None or has_perm(by, company, CONTROL_PERMISSION),
        currencies=active_currencies(company) if any(line.currency for line in lines) else (),
        adjusts=kind not in (VoucherKind.MANUAL, VoucherKind.GENERATED),
    )
    errors += _check_cash_flow(company, lines)
    words = words_of(company)
    chosen = word or (words[0] if len(words) == 1 else word_of(lines, accounts))
    errors += check_word(chosen, lines, accounts, words)
    if errors:
        raise refusals.VoucherRefused(errors)
    return chosen


def active_currencies(company: Company) -> list[str]:
    """Codes of the foreign currencies in use."""
    return list(Currency.objects.filter(company=company, is_active=True).values_list("code", flat=True))


def _check_cash_flow(company: Company, lines: Sequence[LineInput]) -> list[DomainError]:
    """Refusals of cash-flow items that are not in use here. No statement where none was chosen."""
    wanted = {line.cash_flow_item for line in lines if line.cash_flow_item is not None}
    if not wanted:
        return []
    known = set(
        CashFlowItem.objects.filter(company=company, is_active=True, pk__in=wanted).values_list("pk", flat=True)
    )
    return [
        refusals.UnknownCashFlowItem(field="cash_flow_item", row=row)
        for row, line in enumerate(lines, start=1)
        if line.cash_flow_item is not None and line.cash_flow_item not in known
    ]


def _insert_lines(company: Company, voucher: Voucher, lines: Sequence[LineInput], by: Any) -> None:
    """All lines in one statement: the database checks that each statement balances."""
    sets = intern_sets(company.pk, {tuple(sorted(line.dimensions)) for line in lines})
    accounts = account_terms(company.pk, (line.account_id for line in lines))
    rows = []
    for line_no, line in enumerate(lines, start=1):
        counted = line.quantity if accounts[line.account_id].tracks_quantity else None
        rows.append(
            VoucherLine(
                company=company,
                voucher=voucher,
                period_id=voucher.period_id,
                line_no=line_no,
                summary=line.summary.strip()[:200],
                account_id=line.account_id,
                dimension_set_id=sets[tuple(sorted(line.dimensions))],
                debit=line.debit,
                credit=line.credit,
                currency=line.currency or company.currency,
                original_amount=line.original_amount if line.currency else None,
                rate=line.rate if line.currency else None,
                quantity=counted,
                unit_price=unit_price_of(line, counted),
                business_date=voucher.date,
                settlement_method=line.settlement_method,
                settlement_no=line.settlement_no,
                business_no=line.business_no,
            )
        )
    VoucherLine.objects.bulk_create(rows)
    if any(terms.is_cash for terms in accounts.values()):
        chosen = {row.pk: line.cash_flow_item for row, line in zip(rows, lines, strict=True) if line.cash_flow_item}
        cash_flow.assign_saved(company, voucher.pk, chosen, by=by)


def unit_price_of(line: LineInput, counted: Decimal | None) -> Decimal | None:
    """The price that was given, else amount ÷ quantity; None where the account counts nothing."""
    if not counted:
        return None
    return line.unit_price if line.unit_price is not None else unit_cost(line.debit or line.credit, counted)


def _locked(company_id: int, voucher_id: int) -> Voucher:
    return (
        Voucher.objects.select_for_update(of=("self",))
        .select_related("company", "period")
        .get(company_id=company_id, pk=voucher_id)
    )


def _need(voucher: Voucher, status: VoucherStatus) -> None:
    if voucher.status != status:
        raise wrong_state(voucher, status)


def _refuse_generated(voucher: Voucher) -> None:
    if voucher.kind == VoucherKind.GENERATED:
        raise refusals.GeneratedVoucher(voucher=voucher)


def _need_own_hand(voucher: Voucher) -> None:
    _refuse_generated(voucher)
    if voucher.kind == VoucherKind.REVERSAL:
        raise refusals.ReversalIsFixed(voucher=voucher)


def _free_number(voucher: Voucher) -> None:
    FreeVoucherNumber.objects.create(
        company_id=voucher.company_id, period_id=voucher.period_id, word=voucher.word, number=voucher.number
    )
