"""Transfers by template (自动转账): a voucher whose amounts come from formulas, balances and the rest.

Vouchers that are not posted yet count: the surtaxes are taken from the VAT transfer before it has been reviewed.
A month's template reads the month, a quarter's the quarter, a year's the year to December.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.money import ZERO, cents
from ledger.accounts.models import Direction
from ledger.closing.balances import balances
from ledger.closing.models import RunKind, TransferFrequency, TransferLine, TransferSource, TransferTemplate
from ledger.closing.refusals import AlreadyRun, TransferNotBalanced, TransferNotDue
from ledger.closing.writer import Line, base_set, clear, drop_own_drafts, hold, opposite, own_runs, write_draft
from ledger.formulas.services import values_of
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher, VoucherKind, VoucherStatus

_MONTHS = {TransferFrequency.MONTH: 1, TransferFrequency.QUARTER: 3, TransferFrequency.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Preview:
    """Lines that a run would write now."""

    lines: Sequence[Line]
    debit: Decimal
    credit: Decimal

    @property
    def is_balanced(self) -> bool:
        return self.debit == self.credit


def is_due(template: TransferTemplate, period: Period) -> bool:
    """Whether the template runs in the period: quarters end in March, June, September, December."""
    return period.number % _MONTHS[TransferFrequency(template.frequency)] == 0


def due(company: Company, period: Period) -> list[TransferTemplate]:
    """Active templates that run in the period, in their order."""
    rows = TransferTemplate.objects.filter(company=company, is_active=True).order_by("sequence", "code")
    return [row for row in rows if is_due(row, period)]


def preview(company: Company, template: TransferTemplate, period: Period) -> Preview:
    """The amounts as they are now, drafts included. Raises ``FormulaError``."""
    lines = _lines(company, template, period)
    return Preview(lines, sum((line.debit for line in lines), ZERO), sum((line.credit for line in lines), ZERO))


def run(company: Company, template: TransferTemplate, period: Period, by: Any) -> Voucher | None:
    """Make the template's draft in the period; None if all amounts are zero. A second run replaces its own draft.

    Raises ``TransferNotDue``, ``AlreadyRun`` once it is posted (only balances run again, as a supplement),
    ``TransferNotBalanced``, ``FormulaError``, ``RunWaits``, ``PeriodClosed``.
    """
    if not is_due(template, period):
        raise TransferNotDue(transfer=template, period=period, frequency=template.get_frequency_display())
    with transaction.atomic():
        period = hold(period)
        drop_own_drafts(period, RunKind.TRANSFER, by=by, template=template)
        if posted := posted_run(template, period):
            raise AlreadyRun(transfer=template, voucher=posted, period=period)
        made = preview(company, template, period)
        if not made.lines:
            return None
        if not made.is_balanced:
            raise TransferNotBalanced(transfer=template, debit=f"{made.debit:,.2f}", credit=f"{made.credit:,.2f}")
        return write_draft(
            period, VoucherKind.TRANSFER, made.lines, run=RunKind.TRANSFER, by=by, template=template, word=template.word
        )


def posted_run(template: TransferTemplate, period: Period) -> Voucher | None:
    """The posted voucher that keeps a template with formulas from running twice in a period."""
    if not template.lines.filter(source=TransferSource.FORMULA).exists():
        return None
    runs = own_runs(period, RunKind.TRANSFER, template)
    return next((run.voucher for run in runs if run.voucher and run.voucher.status == VoucherStatus.POSTED), None)


def waiting(company: Company, period: Period) -> list[TransferTemplate]:
    """Templates due in the period that have not run although they would move something."""
    found = []
    for template in due(company, period):
        if own_runs(period, RunKind.TRANSFER, template):
            continue
        if preview(company, template, period).lines:
            found.append(template)
    return found


def _first_month(template: TransferTemplate, period: Period) -> Period:
    """The first period of the template's span, not before the company's first."""
    months = _MONTHS[TransferFrequency(template.frequency)]
    first = Period.objects.filter(
        company_id=period.company_id, year=period.year, number__gt=period.number - months
    ).order_by("number")
    return first.first() or period


def _lines(company: Company, template: TransferTemplate, period: Period) -> list[Line]:
    rows = list(template.lines.select_related("account").order_by("sequence"))
    formulas = {row.formula for row in rows if row.source == TransferSource.FORMULA}
    worth = values_of(company, formulas, _first_month(template, period), period, True) if formulas else {}
    empty = base_set(company)
    lines: list[Line] = []
    rest: tuple[int, TransferLine] | None = None
    for row in rows:
        summary = row.summary or template.summary
        if row.source == TransferSource.REST:
            rest = (len(lines), row)
        elif row.source == TransferSource.BALANCE:
            lines += _balance_lines(period, row, summary)
        elif amount := cents(worth[row.formula]):
            lines.append(_on_side(summary, row, amount, empty))
    if rest is not None:
        place, row = rest
        over = sum((line.debit - line.credit for line in lines), ZERO)
        if over:
            where = {"account_id": row.account_id, "dimension_set_id": row.dimension_set_id or empty}
            lines.insert(place, opposite(row.summary or template.summary, over, **where))
    return lines


def _on_side(summary: str, row: TransferLine, amount: Decimal, empty: int) -> Line:
    """The amount on the line's side; a negative one turns it."""
    signed = amount if row.side == Direction.DEBIT else -amount
    return opposite(summary, -signed, account_id=row.account_id, dimension_set_id=row.dimension_set_id or empty)


def _balance_lines(period: Period, row: TransferLine, summary: str) -> list[Line]:
    """One line for each balance of the account and what is below it, clearing it."""
    found = balances(
        period,
        accounts="a.code LIKE %(beginning)s AND a.is_leaf"
        + (" AND s.dimension_set_id = %(dimensions)s" if row.dimension_set_id else ""),
        parameters={"beginning": f"{row.account.code}%", "dimensions": row.dimension_set_id},
        include_unposted=True,
    )
    return [clear(summary, one) for one in found if one.amount]
