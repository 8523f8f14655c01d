"""Statements as reports: command line and API get what the page shows."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult
from ledger.books.ranges import latest_used_period, period_range
from ledger.statements.columns import chosen_columns
from ledger.statements.evaluation import StatementSheet, evaluate
from ledger.statements.layout import notes, title_lines
from ledger.statements.models import Basis, StatementKind
from ledger.statements.services import statement_of

DEFAULTS = {
    StatementKind.BALANCE_SHEET: (Basis.END, Basis.YEAR_START),
    StatementKind.INCOME: (Basis.YEAR_TO_DATE, Basis.PERIOD),
    StatementKind.CASH_FLOW: (Basis.YEAR_TO_DATE, Basis.PERIOD),
    StatementKind.RATIOS: (Basis.YEAR_TO_DATE, Basis.PERIOD),
}
PARAMETERS = (
    Parameter("period", _("Period"), "period"),
    Parameter("columns", _("Columns")),
    Parameter("unposted", _("With unposted vouchers"), "bool", False),
)


def bases_of(text: str | None, kind: str = StatementKind.BALANCE_SHEET) -> tuple[str, ...]:
    """Bases of columns from ``end,year_start``; empty: the usual ones. Raises ``BadParameter``."""
    given = [name.strip() for name in (text or "").split(",") if name.strip()]
    if not given:
        return tuple(DEFAULTS.get(StatementKind(kind), DEFAULTS[StatementKind.INCOME]))
    known = set(Basis.values)
    for name in given:
        if name not in known:
            raise BadParameter(field="columns", name="columns", value=name, expected=", ".join(Basis.values))
    return tuple(dict.fromkeys(given))


def sheet_for(company: Company, code: str, params: Any) -> StatementSheet:
    """The statement that the parameters ask for. Raises ``NotFound``, ``UnknownPeriod``, ``BadParameter``."""
    period = period_range(company, params["period"] or latest_used_period(company)).last
    statement = statement_of(company, code, period)
    bases = bases_of(params["columns"], _kind_of(code))
    return evaluate(company, statement, period, bool(params["unposted"]), columns=chosen_columns(bases, period))


def _kind_of(code: str) -> str:
    return code if code in StatementKind.values else StatementKind.OWN


def _rows(sheet: StatementSheet) -> list[dict[str, Any]]:
    return [
        {
            "line": row.row.line_no,
            "label": row.row.display_label,
            **{column.basis: value for column, value in zip(sheet.columns, row.values, strict=True)},
        }
        for row in sheet.rows
    ]


def _columns(code: str | None) -> Any:
    def columns(params: Any) -> Sequence[Column]:
        kind = _kind_of(code or params["statement"] or StatementKind.BALANCE_SHEET)
        figures = "quantity" if kind in (StatementKind.RATIOS, StatementKind.OWN) else "amount"
        return (
            Column("line", _("Line"), "int"),
            Column("label", _("Line item"), width=40),
            *(Column(basis, Basis(basis).label, figures) for basis in bases_of(params["columns"], kind)),
        )

    return columns


def _query(code: str | None) -> Any:
    def query(company: Company, params: Any) -> ReportResult:
        sheet = sheet_for(company, code or params["statement"] or StatementKind.BALANCE_SHEET, params)
        return ReportResult(rows=_rows(sheet), subtitle=title_lines(sheet, company), notes=list(notes(sheet)))

    return query


def _report(kind: StatementKind) -> Report:
    return Report(
        name=kind.value,
        title=kind.label,
        permission="ledger.view_statement",
        query=_query(kind.value),
        columns=_columns(kind.value),
        parameters=PARAMETERS,
    )


OWN = Report(
    name="statement",
    title=_("Statement"),
    permission="ledger.view_statement",
    query=_query(None),
    columns=_columns(None),
    parameters=(Parameter("statement", _("Statement")), *PARAMETERS),
)
REPORTS = (*(_report(kind) for kind in DEFAULTS), OWN)
