"""Whether a voucher stays within the budgets: looked at while it is saved (registered in ``vouchers.hooks``).

Only debit accounts are controlled: debit less credit of the cell, unposted vouchers included, with this one. Three
statements, whatever the voucher's length; none but the first where no budget of the year controls.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO
from ledger.accounts.models import Account, Direction
from ledger.analysis.actuals import CellKey, booked
from ledger.analysis.models import Budget, BudgetControl, BudgetLine
from ledger.vouchers.checks import LineInput
from ledger.vouchers.hooks import Finding, Saving
from ledger.vouchers.models import VoucherKind

CONTROLLED = (VoucherKind.MANUAL, VoucherKind.CORRECTION)


class OverBudget(DomainError):
    code = "over_budget"
    template = _(
        "Budget %(budget)s: %(subject)s may use %(planned)s until %(period)s; with this voucher it is %(used)s, "
        "%(excess)s too much. Reduce the amount or have the budget changed."
    )


def check_saving(saving: Saving) -> list[Finding]:
    """The hook: vouchers that people enter are controlled, transfers and reversals are not."""
    if saving.kind not in CONTROLLED:
        return []
    return check(saving.company, saving.date, saving.lines, besides=saving.besides)


def check(company: Company, date: dt.date, lines: Sequence[LineInput], *, besides: int | None = None) -> list[Finding]:
    """Refusals and warnings for cells that the lines push over their budget."""
    budgets = {
        budget.pk: budget
        for budget in Budget.objects.filter(company=company, year=date.year, is_active=True).exclude(
            control=BudgetControl.NONE
        )
    }
    if not budgets:
        return []
    codes = dict(
        Account.objects.filter(company=company, pk__in={line.account_id for line in lines}).values_list("id", "code")
    )
    findings: list[Finding] = []
    for budget_id, cells in _touched(company, budgets, codes, date.month, lines).items():
        budget = budgets[budget_id]
        first = 1 if budget.is_cumulative else date.month
        used = booked(
            company, date.year, list(cells), first=first, last=date.month, with_unposted=True, besides=besides
        )
        for cell, (planned, added, subject) in cells.items():
            total = sum(used[cell].values(), ZERO) + added
            if added > 0 and total > planned:
                findings.append(
                    Finding(
                        OverBudget(
                            budget=budget,
                            subject=subject,
                            planned=f"{planned:,.2f}",
                            used=f"{total:,.2f}",
                            excess=f"{total - planned:,.2f}",
                            period=f"{date:%Y-%m}",
                        ),
                        budget.control == BudgetControl.REFUSE,
                    )
                )
    return findings


def _touched(
    company: Company, budgets: dict[int, Budget], codes: dict[int, str], month: int, lines: Sequence[LineInput]
) -> dict[int, dict[CellKey, tuple[Decimal, Decimal, str]]]:
    """Budget → cell → (planned until the month, added by the lines, name) of the cells that the lines stand on."""
    planned: dict[tuple[int, CellKey], Decimal] = {}
    names: dict[CellKey, str] = {}
    rows = BudgetLine.objects.filter(
        company=company, budget__in=budgets, number__lte=month, account__direction=Direction.DEBIT
    ).select_related("account", "value")
    for row in rows:
        cell = CellKey(row.account.code, row.value_id)
        key = (row.budget_id, cell)
        counts = budgets[row.budget_id].is_cumulative or row.number == month
        planned[key] = planned.get(key, ZERO) + (row.amount if counts else ZERO)
        names[cell] = f"{row.account}" + (f" · {row.value}" if row.value else "")
    found: dict[int, dict[CellKey, tuple[Decimal, Decimal, str]]] = {}
    for (budget_id, cell), amount in planned.items():
        own = [line for line in lines if _stands_on(line, codes.get(line.account_id, ""), cell)]
        if own:
            added = sum((line.debit - line.credit for line in own), ZERO)
            found.setdefault(budget_id, {})[cell] = (amount, added, names[cell])
    return found


def _stands_on(line: LineInput, code: str, cell: CellKey) -> bool:
    if not code.startswith(cell.code):
        return False
    return cell.value_id is None or any(value == cell.value_id for _type, value in line.dimensions)
