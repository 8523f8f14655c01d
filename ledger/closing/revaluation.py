"""Revaluation of foreign currency (期末调汇): balances in foreign currency are brought to the closing rate.

For each revalued account × dimension set × currency: original balance × closing rate − base balance goes to the
account with the original amount unchanged, and against it exchange gain or loss (财会 小企业会计准则 art. 77;
CAS 19 art. 11). The line stands on the account's own side, in red where the balance shrinks, so that a book's
turnover on the other side stays what was really paid. Drafts count: they will be posted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.money import ZERO, times
from ledger.accounts.models import Direction
from ledger.closing.balances import Balance, balances
from ledger.closing.models import RunKind
from ledger.closing.refusals import RateMissing
from ledger.closing.writer import Line, account_of_key, base_set, drop_own_drafts, hold, write_draft
from ledger.currencies.services import closing_rates
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher, VoucherKind

SUMMARY = "期末调汇"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a balance must change by, in base currency, to stand at the closing rate."""

    balance: Balance
    rate: Decimal
    amount: Decimal


def differences(company: Company, period: Period, *, include_unposted: bool = True) -> list[Difference]:
    """Every foreign balance that is not at the closing rate. Raises ``RateMissing`` naming the currencies."""
    rows = balances(
        period,
        accounts="a.is_revalued AND s.currency <> %(base)s",
        parameters={"base": company.currency},
        include_unposted=include_unposted,
    )
    rates = closing_rates(company, {row.currency for row in rows}, period)
    if missing := sorted({row.currency for row in rows} - set(rates)):
        raise RateMissing(currencies=", ".join(missing), period=period)
    found = [
        Difference(row, rates[row.currency], times(row.original, rates[row.currency]) - row.amount) for row in rows
    ]
    return [one for one in found if one.amount]


def revalue(company: Company, period: Period, by: Any) -> list[Voucher]:
    """Make the draft that brings foreign balances to the closing rate; none if they stand there already.

    A second run replaces its own draft; after posting it supplements. Raises ``RateMissing``, ``RunWaits``,
    ``PeriodClosed``, ``KeyWithoutAccount``.
    """
    with transaction.atomic():
        period = hold(period)
        drop_own_drafts(period, RunKind.REVALUATION, by=by)
        found = differences(company, period)
        if not found:
            return []
        lines = _lines(company, found)
        return [write_draft(period, VoucherKind.REVALUATION, lines, run=RunKind.REVALUATION, by=by)]


def _lines(company: Company, found: Sequence[Difference]) -> list[Line]:
    """Gain and loss first (netted where one account takes both), then the accounts."""
    empty = base_set(company)
    loss_account, loss_side = account_of_key(company.pk, "exchange_loss")
    gain_account, gain_side = account_of_key(company.pk, "exchange_gain")
    losses = sum((one.amount for one in found if one.amount < 0), ZERO)
    gains = sum((one.amount for one in found if one.amount > 0), ZERO)
    if loss_account == gain_account:
        gains, losses = (gains + losses, ZERO) if gains + losses > 0 else (ZERO, gains + losses)
    lines = [
        _on_side(SUMMARY, side, -amount, account_id=account, dimension_set_id=empty)
        for account, side, amount in ((loss_account, loss_side, losses), (gain_account, gain_side, gains))
        if amount
    ]
    for one in found:
        row = one.balance
        lines.append(
            _on_side(
                f"{SUMMARY} {row.currency} {one.rate.normalize():f}",
                row.direction,
                one.amount,
                account_id=row.account_id,
                dimension_set_id=row.dimension_set_id,
                currency=row.currency,
                original=ZERO,
                rate=one.rate,
            )
        )
    return lines


def _on_side(summary: str, side: str, amount: Decimal, **where: Any) -> Line:
    """``amount`` (debit less credit) on the given side, in red where it is against it."""
    if side == Direction.DEBIT:
        return Line(summary, debit=amount, **where)
    return Line(summary, credit=-amount, **where)
