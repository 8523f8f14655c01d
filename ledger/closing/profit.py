"""Transfer of profit and loss (结转损益): every account of profit and loss is cleared to 本年利润.

Cleared are the posted balances at the period's end, per account × dimension set × currency, to the side opposite
to what they are: income in debit or an expense in credit included. So a second run after posting finds only what
came since and makes a supplement; a second run before it replaces its own draft.
以前年度损益调整 (6901) goes to 利润分配-未分配利润, never through this year's profit.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import AccountClass
from ledger.closing.balances import Balance, profit_and_loss
from ledger.closing.models import RunKind
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
from ledger.preferences.models import ProfitTransfer
from ledger.preferences.services import preferences_of
from ledger.vouchers.models import Voucher, VoucherKind

SUMMARY = "结转本期损益"
SUMMARY_INCOME = "结转本期收入"
SUMMARY_EXPENSE = "结转本期成本费用"
PRIOR_YEARS = "6901"


def transfer(company: Company, period: Period, by: Any) -> list[Voucher]:
    """Make the draft (or two drafts: income, expenses) that clears profit and loss; none if nothing is there.

    Raises ``VouchersWait`` while vouchers up to the period's end are not posted, ``RunWaits`` when its own draft is
    reviewed, ``PeriodClosed``, ``KeyWithoutAccount``.
    """
    with transaction.atomic():
        period = hold(period)
        drop_own_drafts(period, RunKind.PROFIT, by=by)
        refuse_unposted(period)
        rows = [row for row in profit_and_loss(period) if row.amount]
        if not rows:
            return []
        mode = preferences_of(company).profit_transfer
        return [
            write_draft(period, VoucherKind.CLOSING_PL, lines, run=RunKind.PROFIT, by=by)
            for lines in _vouchers(company, rows, mode)
        ]


def _vouchers(company: Company, rows: list[Balance], mode: str) -> list[list[Line]]:
    """Lines of each voucher."""
    if mode != ProfitTransfer.TWO:
        return [_lines(company, rows, SUMMARY, per_account=mode == ProfitTransfer.SINGLE)]
    income = [row for row in rows if row.account_class == AccountClass.INCOME]
    expense = [row for row in rows if row.account_class != AccountClass.INCOME]
    return [
        _lines(company, part, summary, per_account=False)
        for part, summary in ((income, SUMMARY_INCOME), (expense, SUMMARY_EXPENSE))
        if part
    ]


def _lines(company: Company, rows: list[Balance], summary: str, *, per_account: bool) -> list[Line]:
    earlier = [row for row in rows if row.code.startswith(PRIOR_YEARS)]
    current = [row for row in rows if not row.code.startswith(PRIOR_YEARS)]
    lines: list[Line] = []
    groups: Iterable[list[Balance]] = [current]
    if per_account:
        groups = [list(group) for _code, group in groupby(current, key=lambda row: row.code)]
    for group in groups:
        lines += _cleared(company, group, "profit_of_year", summary)
    return lines + _cleared(company, earlier, "undistributed_profit", summary)


def _cleared(company: Company, rows: list[Balance], key: str, summary: str) -> list[Line]:
    """The rows cleared, and their sum on the account of the key."""
    if not rows:
        return []
    lines = [clear(summary, row) for row in rows]
    total = sum((row.amount for row in rows), ZERO)
    if total:
        account_id, _direction = account_of_key(company.pk, key)
        lines.append(opposite(summary, -total, account_id=account_id, dimension_set_id=base_set(company)))
    return lines
