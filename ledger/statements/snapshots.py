"""Statements as they were issued when a period was closed: kept for ever, marked superseded when it is reopened."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.companies.models import Company
from ledger.formulas.nodes import Value
from ledger.periods.models import Period
from ledger.statements.evaluation import StatementSheet, evaluate
from ledger.statements.models import Statement, StatementSnapshot
from ledger.statements.services import valid_statements


def issue(company: Company, period: Period, by: Any) -> list[StatementSnapshot]:
    """Keep the statutory statements of the period as they are now. Earlier ones of the period become superseded."""
    with transaction.atomic():
        supersede(company, period)
        return StatementSnapshot.objects.bulk_create(
            [
                StatementSnapshot(
                    company=company,
                    statement=statement,
                    period=period,
                    payload=payload_of(evaluate(company, statement, period)),
                    made_by=by,
                )
                for statement in valid_statements(company, period)
                if statement.is_builtin
            ]
        )


def supersede(company: Company, period: Period) -> int:
    """Mark what was issued for the period as superseded (the period was reopened). Returns how many."""
    current = StatementSnapshot.objects.filter(company=company, period=period, superseded_at=None)
    return current.update(superseded_at=timezone.now())


def snapshots_of(company: Company, statement: Statement, period: Period) -> list[StatementSnapshot]:
    """What was issued, the newest first."""
    rows = StatementSnapshot.objects.filter(company=company, statement=statement, period=period)
    return list(rows.select_related("made_by").order_by("-made_at", "-pk"))


def payload_of(sheet: StatementSheet) -> dict[str, Any]:
    """The statement as JSON: amounts are text, a blank is null."""
    return {
        "statement": sheet.statement.code,
        "name": sheet.statement.name,
        "form": sheet.statement.form_no,
        "period": str(sheet.period),
        "columns": [str(column.label) for column in sheet.columns],
        "rows": [
            {
                "line": row.row.line_no,
                "label": row.row.label,
                "export_label": row.row.export_label,
                "values": [_text(value) for value in row.values],
            }
            for row in sheet.rows
        ],
        "adjustments": [
            {"line": row.line_no, "amount": str(row.amount), "reason": row.reason} for row in sheet.adjustments
        ],
        "checks": [{"label": str(check.label), "holds": check.holds} for check in sheet.checks],
    }


def _text(value: Value) -> str | None:
    return None if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
