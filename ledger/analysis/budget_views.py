"""Pages of budgets: list, grid of accounts by months, Excel both ways, comparison with what was booked."""

import datetime as dt
import io
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.excel.read import read_table
from erp.core.reports.render import XLSX
from erp.core.web.views import allowed, page
from ledger.analysis import budgets
from ledger.analysis.models import Budget, BudgetControl

FILE_LIMIT = 10_000_000


class BudgetForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1990, max_value=2100)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    control = forms.ChoiceField(label=gettext_lazy("Control"), choices=BudgetControl.choices)
    is_cumulative = forms.BooleanField(label=gettext_lazy("What is left moves on"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False)


class MonthsForm(forms.Form):
    """Months of the comparison."""

    first = forms.TypedChoiceField(label=gettext_lazy("From month"), coerce=int, choices=[(n, n) for n in range(1, 13)])
    last = forms.TypedChoiceField(label=gettext_lazy("To month"), coerce=int, choices=[(n, n) for n in range(1, 13)])


@page("ledger.view_analysis")
def budget_list(request: HttpRequest) -> HttpResponse:
    """The budgets of all years."""
    company = request.company  # type: ignore[attr-defined]
    found = Budget.objects.filter(company=company)
    may = allowed(request, "ledger.manage_budget")
    return render(request, "ledger/analysis/budgets.html", {"budgets": found, "may_manage": may})


@page("ledger.manage_budget")
def budget_edit(request: HttpRequest, budget_id: int | None = None) -> HttpResponse:
    """Make a budget, or change its name, year and control."""
    company = request.company  # type: ignore[attr-defined]
    budget = get_object_or_404(Budget, company=company, pk=budget_id) if budget_id else None
    first: dict[str, Any] = {"year": dt.date.today().year, "control": BudgetControl.WARN, "is_cumulative": True}
    first["is_active"] = True
    if budget is not None:
        first = {name: getattr(budget, name) for name in BudgetForm.base_fields}
    form = BudgetForm(request.POST or None, initial=first)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = budgets.save_budget(company, budget, **form.cleaned_data)
            return redirect("analysis_budget", saved.pk)
        except DomainError as error:
            refusal = error
    return render(request, "ledger/analysis/budget_form.html", {"form": form, "budget": budget, "refusal": refusal})


@page("ledger.view_analysis")
def budget_detail(request: HttpRequest, budget_id: int) -> HttpResponse:
    """The grid: a row per account and value, twelve months."""
    budget = _budget(request, budget_id)
    if request.GET.get("export") == "xlsx":
        stream = io.BytesIO()
        budgets.write_xlsx(stream, budget)
        response = HttpResponse(stream.getvalue(), content_type=XLSX)
        name = f"{budget.company.code}-budget-{budget.year}.xlsx"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    rows = budgets.rows_of(budget)
    asked = (request.GET.get("account", ""), request.GET.get("value", ""))
    chosen = next((row for row in rows if (row.account.code, row.value_code) == asked), None)
    return render(
        request,
        "ledger/analysis/budget.html",
        {
            "budget": budget,
            "rows": rows,
            "chosen": chosen,
            "months": [(number, chosen.months[number - 1] if chosen else "") for number in budgets.MONTHS],
            "sums": [sum(row.months[number - 1] for row in rows) for number in budgets.MONTHS],
            "may_manage": allowed(request, "ledger.manage_budget"),
        },
    )


@require_POST
@page("ledger.manage_budget")
def budget_row(request: HttpRequest, budget_id: int) -> HttpResponse:
    """Set the twelve months of an account and value; ``each`` fills all months that were left blank."""
    budget = _budget(request, budget_id)
    try:
        account, value = budgets.find_cell(
            budget.company, request.POST.get("account", ""), request.POST.get("value", "")
        )
        each = request.POST.get("each", "").strip()
        months = [budgets.amount_of(request.POST.get(f"month_{n}", "").strip() or each) for n in budgets.MONTHS]
        budgets.set_months(budget, account, value, months)
        messages.success(request, _("The budget of %(account)s is saved.") % {"account": account})
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("analysis_budget", budget.pk)


@require_POST
@page("ledger.manage_budget")
def budget_import(request: HttpRequest, budget_id: int) -> HttpResponse:
    """Take the cells of a workbook in the layout of the export; one wrong row refuses all."""
    budget = _budget(request, budget_id)
    file = request.FILES.get("file")
    try:
        if file is None or (file.size or 0) > FILE_LIMIT:
            raise DomainError("no_file", gettext_lazy("Choose an Excel file of at most 10 MB."))
        table = read_table(file.read(), file.name or "budget.xlsx")
        count = budgets.read_rows(budget, (cells for _number, cells in table.rows))
        messages.success(request, _("%(count)d rows are read.") % {"count": count})
    except DomainError as refusal:
        for error in getattr(refusal, "errors", [refusal])[:5]:
            row = _("Row %(row)s: ") % {"row": error.row} if error.row else ""
            messages.error(request, f"{row}{error.message}")
    return redirect("analysis_budget", budget.pk)


@page("ledger.view_analysis")
def budget_compare(request: HttpRequest, budget_id: int) -> HttpResponse:
    """Planned and booked over some months; what was booked opens its lines."""
    budget = _budget(request, budget_id)
    form = MonthsForm({"first": request.GET.get("first") or 1, "last": request.GET.get("last") or 12})
    first, last = (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else (1, 12)
    first, last = min(first, last), max(first, last)
    rows = [(row, _drill(budget, row.row, first, last)) for row in budgets.compare(budget, first, last)]
    return render(request, "ledger/analysis/budget_compare.html", {"budget": budget, "form": form, "rows": rows})


def _drill(budget: Budget, row: budgets.BudgetRow, first: int, last: int) -> str:
    start = max(f"{budget.year}-{first:02d}", f"{budget.company.first_month():%Y-%m}")
    query = {"account": row.account.code, "from": start, "to": f"{budget.year}-{last:02d}"}
    if row.value:
        query["value"] = row.value_code
    return f"{reverse('account_lines')}?{urlencode(query)}"


def _budget(request: HttpRequest, budget_id: int) -> Budget:
    rows = Budget.objects.select_related("company")
    return get_object_or_404(rows, company=request.company, pk=budget_id)  # type: ignore[attr-defined]
