"""Ratios month by month with their trends: the statement of ratios, seen over the months of a year."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.books.ranges import latest_used_period, period_range
from ledger.periods.models import Period
from ledger.statements.columns import month_columns
from ledger.statements.evaluation import SheetRow, StatementSheet, evaluate
from ledger.statements.models import NumberFormat, StatementKind
from ledger.statements.services import statement_of
from ledger.vouchers.filters import period_choices


class RatioForm(forms.Form):
    """``to`` as the books call their last period."""

    to = forms.ChoiceField(label=gettext_lazy("To period"))

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = period_choices(company)  # type: ignore[attr-defined]


def ratios_of(company: Company, period: Period) -> StatementSheet:
    """The ratios of the months from January to the period. Raises ``NotFound`` without such a statement."""
    statement = statement_of(company, StatementKind.RATIOS, period)
    return evaluate(company, statement, period, columns=month_columns(statement, period), with_checks=False)


@page("ledger.view_analysis")
def ratios_page(request: HttpRequest) -> HttpResponse:
    """Table of the months; percentages as one chart of lines, other figures as another."""
    company = request.company  # type: ignore[attr-defined]
    asked = request.GET.get("to") or latest_used_period(company)
    context: dict[str, Any] = {"form": RatioForm({"to": asked}, company=company)}
    try:
        sheet = ratios_of(company, period_range(company, asked).last)
        context |= {
            "sheet": sheet,
            "rows": [(row, row.row.number_format == NumberFormat.PERCENT) for row in sheet.rows],
            "charts": [
                (f"ratios-{number}", title, series)
                for number, (title, series) in enumerate(
                    (title, _series(sheet, rows))
                    for title, rows in (
                        (_("Percentages"), _of(sheet, percent=True)),
                        (_("Ratios and days"), _of(sheet, percent=False)),
                    )
                    if rows
                )
            ],
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/analysis/ratios.html", context)


def _of(sheet: StatementSheet, *, percent: bool) -> list[SheetRow]:
    """Rows with at least one value, either percentages or plain numbers (amounts would dwarf the others)."""
    wanted = NumberFormat.PERCENT if percent else NumberFormat.NUMBER
    return [
        row for row in sheet.rows if row.row.number_format == wanted and any(value is not None for value in row.values)
    ]


def _series(sheet: StatementSheet, rows: list[SheetRow]) -> dict[str, Any]:
    """For the chart; a month without value is a gap."""
    return {
        "names": [str(column.label) for column in sheet.columns],
        "series": [
            {
                "name": row.row.display_label,
                "data": [
                    None
                    if value is None
                    else round(float(value) * (100 if row.row.number_format == NumberFormat.PERCENT else 1), 4)
                    for value in row.values
                ],
            }
            for row in rows
        ],
    }
