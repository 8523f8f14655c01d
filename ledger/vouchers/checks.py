"""Whether a voucher's lines may be saved: arithmetic and the accounts' own conditions, on plain values.

Pure: services feed it what they read. Each refusal names the row (1…n) and the field it belongs to.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp.core.errors import DomainError
from erp.core.money import CENT, ZERO, times
from ledger.vouchers import refusals
from ledger.vouchers.models import Word

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LineInput:
    """A line to be saved. Exactly one of ``debit`` and ``credit`` is not zero (red amounts are negative), company
    currency; ``dimensions`` are (type id, value id) pairs; ``quantity`` in the account's unit. ``currency`` '' is the
    company's; else ``original_amount`` × ``rate`` gives the amount. ``cash_flow_item`` is the item (id) of a counter
    line of cash that a person chose; None takes the default."""

    summary: str
    account_id: int
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    dimensions: tuple[Pair, ...] = ()
    quantity: Decimal | None = None
    currency: str = ""
    original_amount: Decimal | None = None
    rate: Decimal | None = None
    unit_price: Decimal | None = None
    settlement_method: str = ""
    settlement_no: str = ""
    business_no: str = ""
    cash_flow_item: int | None = None


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """What an account asks of a line. ``dimensions``: type id → (name, required); ``currency`` as ``Account``'s."""

    id: int
    label: str
    is_postable: bool
    is_control: bool
    is_cash: bool
    tracks_quantity: bool
    dimensions: Mapping[int, tuple[str, bool]]
    currency: str = ""
    unit: str = ""


def check_lines(
    lines: Sequence[LineInput],
    accounts: Mapping[int, AccountTerms],
    *,
    known_values: Mapping[int, int],
    may_use_control: bool,
    currencies: Collection[str] | None = None,
    adjusts: bool = False,
) -> list[DomainError]:
    """All refusals of the lines, in their order. ``known_values``: value id → its type id; ``currencies``: codes of
    the foreign currencies in use (None: any). ``adjusts``: the voucher may change the base amount of a currency
    alone, as revaluation, transfers and corrections do."""
    errors: list[DomainError] = []
    for row, line in enumerate(lines, start=1):
        if not line.summary.strip():
            errors.append(refusals.SummaryMissing(field="summary", row=row))
        account = accounts.get(line.account_id)
        if account is None or not account.is_postable:
            label = account.label if account else line.account_id
            errors.append(refusals.AccountNotPostable(field="account", row=row, account=label))
        else:
            if account.is_control and not may_use_control:
                errors.append(refusals.ControlAccount(field="account", row=row, account=account.label))
            errors += _check_dimensions(row, line, account, known_values)
            errors += _check_currency(row, line, account, currencies, adjusts)
        if bool(line.debit) == bool(line.credit):
            errors.append(refusals.OneSideOnly(field="debit", row=row))
    if len(lines) < 2:
        errors.append(refusals.TooFewLines())
    debit, credit = totals(lines)
    if debit != credit:
        errors.append(
            refusals.NotBalanced(debit=f"{debit:,.2f}", credit=f"{credit:,.2f}", difference=f"{debit - credit:,.2f}")
        )
    return errors


def _check_dimensions(
    row: int, line: LineInput, account: AccountTerms, known_values: Mapping[int, int]
) -> list[DomainError]:
    given = dict(line.dimensions)
    errors: list[DomainError] = []
    for type_id, (name, is_required) in account.dimensions.items():
        if is_required and type_id not in given:
            errors.append(
                refusals.DimensionMissing(
                    field="dimensions", row=row, account=account.label, dimension=name, dimension_type=type_id
                )
            )
    for type_id, value_id in given.items():
        if type_id not in account.dimensions or known_values.get(value_id) != type_id:
            name = account.dimensions.get(type_id, (str(type_id), False))[0]
            errors.append(
                refusals.DimensionNotOfAccount(
                    field="dimensions", row=row, account=account.label, dimension=name, dimension_type=type_id
                )
            )
    return errors


def _check_currency(
    row: int, line: LineInput, account: AccountTerms, currencies: Collection[str] | None, adjusts: bool
) -> list[DomainError]:
    """A foreign line carries amount and rate, in a currency that the account takes ('' is the company's own)."""
    if not line.currency:
        if account.currency in ("", "*"):
            return []
        return [refusals.WrongCurrency(field="currency", row=row, account=account.label, needed=account.currency)]
    if account.currency != "*" and account.currency != line.currency:
        if not account.currency:
            return [refusals.BaseCurrencyOnly(field="currency", row=row, account=account.label)]
        return [refusals.WrongCurrency(field="currency", row=row, account=account.label, needed=account.currency)]
    if currencies is not None and line.currency not in currencies:
        return [refusals.UnknownCurrency(field="currency", row=row, currency=line.currency)]
    if adjusts:
        return []
    if line.original_amount is None:
        return [refusals.OriginalAmountMissing(field="original_amount", row=row, currency=line.currency)]
    if line.rate is None or line.rate <= 0:
        return [refusals.RateMissing(field="rate", row=row, currency=line.currency)]
    right = times(line.original_amount, line.rate)
    # One cent: banks and invoices round the amount in base currency themselves.
    if abs(line.debit + line.credit - right) > CENT:
        return [refusals.BaseAmountDiffers(field="debit" if line.debit else "credit", row=row, right=f"{right:,.2f}")]
    return []


def totals(lines: Sequence[LineInput]) -> tuple[Decimal, Decimal]:
    """Σ debit and Σ credit."""
    return sum((line.debit for line in lines), ZERO), sum((line.credit for line in lines), ZERO)


def word_of(lines: Sequence[LineInput], accounts: Mapping[int, AccountTerms]) -> str:
    """R-WORD with three words: 收 for cash in, 付 for cash out (also cash to bank: nothing counts twice), else 转."""
    cash = [line for line in lines if (account := accounts.get(line.account_id)) and account.is_cash]
    if any(line.credit for line in cash):
        return Word.FU
    return Word.SHOU if cash else Word.ZHUAN


def check_word(
    word: str, lines: Sequence[LineInput], accounts: Mapping[int, AccountTerms], words: Collection[str]
) -> list[DomainError]:
    """Refusal of a voucher word that the company does not use or that the lines contradict. Empty if it fits."""
    needed = Word.JI if Word.JI in words else word_of(lines, accounts)
    return [] if word == needed else [refusals.WrongWord(field="word", word=word or "–", needed=needed)]
