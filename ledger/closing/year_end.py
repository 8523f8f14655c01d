"""Year end (年末结转): 本年利润 to 利润分配-未分配利润, and the year's appropriations with it.

Two vouchers of kind ``closing_year``: the profit (or loss) of the year, and the other sub-accounts of 利润分配
(提取盈余公积, 应付利润 …), which hold the year's appropriations and begin the next year empty. The next year has no
opening rows of its own: its opening is this closing (legal rule C10).
"""

from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.closing.balances import Balance, of_accounts, profit_and_loss
from ledger.closing.models import RunKind
from ledger.closing.refusals import NotYearEnd, ProfitNotTransferred
from ledger.closing.writer import (
    Line,
    account_of_key,
    base_set,
    clear,
    drop_own_drafts,
    hold,
    opposite,
    refuse_unposted,
    write_draft,
)
from ledger.periods.models import Period
from ledger.periods.services import ensure_year
from ledger.vouchers.models import Voucher, VoucherKind

SUMMARY_PROFIT = "结转本年利润"
SUMMARY_APPROPRIATIONS = "结转利润分配各明细"
LAST_MONTH = 12


def transfer(company: Company, period: Period, by: Any) -> list[Voucher]:
    """Make the year's drafts, and the periods of the next year; no draft where nothing is to move.

    Raises ``NotYearEnd``, ``VouchersWait``, ``ProfitNotTransferred`` while accounts of profit and loss hold anything,
    ``RunWaits``, ``PeriodClosed``, ``KeyWithoutAccount``.
    """
    if period.number != LAST_MONTH:
        raise NotYearEnd(period=period)
    with transaction.atomic():
        period = hold(period)
        drop_own_drafts(period, RunKind.YEAR_END, by=by)
        refuse_unposted(period)
        if rest := [row for row in profit_and_loss(period) if row.amount]:
            amount = sum((abs(row.amount) for row in rest), ZERO)
            raise ProfitNotTransferred(period=period, amount=f"{amount:,.2f}")
        ensure_year(company, period.year + 1)
        target, _side = account_of_key(company.pk, "undistributed_profit")
        return [
            write_draft(period, VoucherKind.CLOSING_YEAR, lines, run=RunKind.YEAR_END, by=by)
            for lines in (
                _moved(company, profit_of_year(company, period), target, SUMMARY_PROFIT),
                _moved(company, appropriations(company, period), target, SUMMARY_APPROPRIATIONS),
            )
            if lines
        ]


def profit_of_year(company: Company, period: Period) -> list[Balance]:
    """What 本年利润 holds at the period's end."""
    account_id, _side = account_of_key(company.pk, "profit_of_year")
    return [row for row in of_accounts(period, [account_id]) if row.amount]


def appropriations(company: Company, period: Period) -> list[Balance]:
    """What the sub-accounts of 利润分配 hold, without 未分配利润 itself."""
    target, _side = account_of_key(company.pk, "undistributed_profit")
    parent = Account.objects.filter(company=company, pk=target).values("parent")
    others = Account.objects.filter(company=company, parent__in=parent, is_leaf=True).exclude(pk=target)
    return [row for row in of_accounts(period, list(others.values_list("id", flat=True))) if row.amount]


def _moved(company: Company, rows: list[Balance], target: int, summary: str) -> list[Line]:
    """The balances cleared, their sum on the target."""
    lines = [clear(summary, row) for row in rows]
    if total := sum((row.amount for row in rows), ZERO):
        lines.append(opposite(summary, -total, account_id=target, dimension_set_id=base_set(company)))
    return lines
