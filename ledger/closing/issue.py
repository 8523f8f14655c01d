"""What closing hands on: statements are issued, posted vouchers sealed; reopening supersedes the statements (C11)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.closing.checks import FINE, Finding, register_check
from ledger.periods.models import Period
from ledger.periods.services import register_after_close, register_after_reopen
from ledger.statements import snapshots
from ledger.statements.evaluation import evaluate
from ledger.statements.models import StatementKind
from ledger.statements.services import valid_statements
from ledger.vouchers.seals.services import seal

NAMED = 5


def register() -> None:
    """Called once when Django starts."""
    register_after_close(issue)
    register_after_reopen(supersede)
    register_check("statements", _("Statements agree with each other"), statements, order=95, is_blocking=False)


def issue(period: Period, by: Any) -> None:
    """Keep the statements as they are at closing, and seal what was posted."""
    snapshots.issue(period.company, period, by)
    seal(period.company_id)


def supersede(period: Period, by: Any) -> None:
    """Statements issued from the period are no longer the last word; they stay."""
    snapshots.supersede(period.company, period)


def statements(company: Company, period: Period) -> Finding:
    """The equalities printed below the statutory statements. A balance sheet that does not balance blocks."""
    failed: list[str] = []
    blocks = False
    url = ""
    for statement in valid_statements(company, period):
        if not statement.is_builtin:
            continue
        for check in evaluate(company, statement, period).checks:
            if check.holds:
                continue
            names = f" ({', '.join(check.names[:NAMED])})" if check.names else f" {check.difference:,.2f}"
            failed.append(f"{statement.name}: {check.label}{names}")
            blocks |= statement.kind == StatementKind.BALANCE_SHEET and check.left != check.right
            url = url or f"{reverse('statements_sheet', args=[statement.pk])}?period={period}"
    if not failed:
        return FINE
    return Finding(len(failed), "; ".join(failed[:NAMED]), url, blocks=blocks)
