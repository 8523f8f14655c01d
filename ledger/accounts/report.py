"""The chart of accounts as a report."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.reports import Column, Parameter, Report, ReportResult
from ledger.accounts import queries


def _chart(company: Any, params: Any) -> ReportResult:
    rows = [
        {
            "code": row.account.code,
            "name": row.account.name,
            "name_en": row.account.name_en,
            "class": row.account.get_account_class_display(),
            "direction": row.account.get_direction_display(),
            "required": row.required,
            "optional": row.optional,
            "control": gettext("yes") if row.account.is_control else "",
            "active": gettext("yes") if row.account.is_active else gettext("no"),
        }
        for row in queries.chart(company, **{name: value for name, value in params.items() if value})
    ]
    return ReportResult(rows=rows)


CHART = Report(
    name="accounts",
    title=_("Chart of accounts"),
    permission="ledger.view_account",
    query=_chart,
    columns=(
        Column("code", _("Code"), width=12),
        Column("name", _("Name"), width=28),
        Column("name_en", _("English name"), width=32),
        Column("class", _("Class"), width=10),
        Column("direction", _("Direction"), width=8),
        Column("required", _("Required dimensions"), width=24),
        Column("optional", _("Optional dimensions"), width=24),
        Column("control", _("Control account"), width=10),
        Column("active", _("In use"), width=8),
    ),
    parameters=(Parameter("text", _("Text")), Parameter("account_class", _("Class"))),
)
