"""The designer: rows, columns, own reports, reclassifications. Each action names its permission."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.accounts.models import Account
from ledger.statements import services
from ledger.statements.forms import AdjustmentForm, ColumnFormSet, CopyForm, RowForm
from ledger.statements.models import Statement, StatementAdjustment, StatementColumn, StatementRow
from ledger.statements.views import asked_period


def _statement(request: HttpRequest, statement_id: int) -> Statement:
    return get_object_or_404(Statement, company=request.company, pk=statement_id)  # type: ignore[attr-defined]


def _row(request: HttpRequest, row_id: int) -> StatementRow:
    rows = StatementRow.objects.select_related("statement__company")
    return get_object_or_404(rows, company=request.company, pk=row_id)  # type: ignore[attr-defined]


@page("ledger.manage_statement")
def statement_design(request: HttpRequest, statement_id: int) -> HttpResponse:
    """All rows with their formulas; each opens in the drawer."""
    statement = _statement(request, statement_id)
    rows = StatementRow.objects.filter(statement=statement).order_by("sequence", "id")
    context = {"statement": statement, "rows": rows, "columns": statement.columns.all(), "copy_form": CopyForm()}
    return render(request, "ledger/statements/design.html", context)


@page("ledger.manage_statement")
def row_edit(request: HttpRequest, row_id: int) -> HttpResponse:
    """Change a row (in the drawer)."""
    row = _row(request, row_id)
    return _row_form(request, row.statement, row, None)


@page("ledger.manage_statement")
def row_add(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Add a row after another one, or at the end."""
    statement = _statement(request, statement_id)
    after = request.GET.get("after", "")
    return _row_form(request, statement, None, _row(request, int(after)) if after.isdigit() else None)


def _row_form(
    request: HttpRequest, statement: Statement, row: StatementRow | None, after: StatementRow | None
) -> HttpResponse:
    refusal = None
    form = RowForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_row(statement, row, after=after, **form.cleaned_data)
        except DomainError as error:
            refusal = _place(form, error)
        else:
            messages.success(request, _("The row is saved."))
            return redirect("statements_design", statement.pk)
    context = {"form": form, "statement": statement, "row": row, "refusal": refusal, "action": request.get_full_path()}
    return render(request, "ledger/statements/row.html", context)


@require_POST
@page("ledger.manage_statement")
def row_action(request: HttpRequest, row_id: int, action: str) -> HttpResponse:
    """Move a row up or down, or delete it."""
    row = _row(request, row_id)
    statement_id = row.statement_id
    doings: dict[str, Callable[[], Any]] = {
        "up": lambda: services.move_row(row, up=True),
        "down": lambda: services.move_row(row, up=False),
        "delete": lambda: services.delete_row(row),
    }
    _say(request, doings[action])
    return redirect("statements_design", statement_id)


@page("ledger.manage_statement")
def statement_columns(request: HttpRequest, statement_id: int) -> HttpResponse:
    """The columns of a statement (in the drawer)."""
    statement = _statement(request, statement_id)
    rows = StatementColumn.objects.filter(statement=statement)
    initial = [{"label": row.label, "basis": row.basis} for row in rows]
    formset = ColumnFormSet(request.POST or None, initial=initial)
    if request.method == "POST" and formset.is_valid():
        given = [form.cleaned_data for form in formset if form.cleaned_data.get("label")]
        services.set_columns(statement, [(row["label"], row["basis"]) for row in given])
        messages.success(request, _("The columns are saved."))
        return redirect("statements_design", statement.pk)
    return render(request, "ledger/statements/columns.html", {"statement": statement, "formset": formset})


@require_POST
@page("ledger.manage_statement")
def statement_action(request: HttpRequest, statement_id: int, action: str) -> HttpResponse:
    """Copy a statement to an own report, restore the shipped version, or delete an own report."""
    statement = _statement(request, statement_id)
    if action == "copy":
        form = CopyForm(request.POST)
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, " ".join(map(str, errors)))
            return redirect("statements_design", statement.pk)
        made: list[Statement] = []
        if _say(request, lambda: made.append(services.copy(statement, **form.cleaned_data))):
            return redirect("statements_design", made[0].pk)
        return redirect("statements_design", statement.pk)
    if action == "delete":
        gone = _say(request, lambda: services.delete(statement))
        return redirect("statements_list") if gone else redirect("statements_design", statement.pk)
    _say(request, lambda: services.restore(statement))
    return redirect("statements_design", statement.pk)


@page("ledger.adjust_statement")
def adjustments(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Manual reclassifications of a period, with their reasons."""
    company = request.company  # type: ignore[attr-defined]
    statement = _statement(request, statement_id)
    period = asked_period(request)
    form = AdjustmentForm(request.POST or None, statement=statement)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        account = Account.objects.filter(company=company, code=given.pop("account").split(" ")[0]).first()
        line_no = int(given.pop("line_no"))
        try:
            services.adjust(statement, period, line_no=line_no, account=account, by=request.user, **given)
        except DomainError as error:
            refusal = _place(form, error)
        else:
            messages.success(request, _("The reclassification is saved."))
            return redirect(f"{reverse('statements_adjustments', args=[statement.pk])}?period={period}")
    rows = StatementAdjustment.objects.filter(company=company, statement=statement, period=period)
    context = {
        "statement": statement,
        "period": period,
        "form": form,
        "refusal": refusal,
        "rows": rows.select_related("account", "party", "made_by"),
    }
    return render(request, "ledger/statements/adjustments.html", context)


@require_POST
@page("ledger.adjust_statement")
def adjustment_remove(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """Take a reclassification back."""
    rows = StatementAdjustment.objects.select_related("period")
    row = get_object_or_404(rows, company=request.company, pk=adjustment_id)  # type: ignore[attr-defined]
    address = f"{reverse('statements_adjustments', args=[row.statement_id])}?period={row.period}"
    _say(request, lambda: services.remove_adjustment(row))
    return redirect(address)


def _say(request: HttpRequest, doing: Callable[[], Any]) -> bool:
    """Do it; a refusal becomes a message."""
    try:
        doing()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, _("Done."))
    return True


def _place(form: forms.BaseForm, error: DomainError) -> DomainError | None:
    """Show a refusal at its field; what belongs to none comes back for the top of the page."""
    if error.field not in form.fields:
        return error
    form.add_error(error.field, error.message)
    return None
