"""Pages of the chart of accounts."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError, NotFound
from erp.core.reports.render import xlsx_response
from erp.core.web.views import page
from ledger.accounts import properties, queries, services, structure
from ledger.accounts.forms import AccountForm, ChartFilter, FirstLevelForm, MoveForm, SubAccountForm
from ledger.accounts.models import Account, AccountDimension
from ledger.accounts.report import CHART


@page("ledger.view_account")
def account_list(request: HttpRequest) -> HttpResponse:
    """The chart as a tree."""
    company = request.company  # type: ignore[attr-defined]
    given = {name: request.GET[name] for name in ("text", "account_class") if request.GET.get(name)}
    if request.GET.get("export") == "xlsx":
        return xlsx_response(CHART, company, CHART.clean(given))
    return render(
        request,
        "ledger/accounts/list.html",
        {
            "form": ChartFilter(request.GET),
            "rows": queries.chart(company, text=given.get("text", ""), account_class=given.get("account_class", "")),
        },
    )


@page("ledger.manage_account")
def account_add(request: HttpRequest, parent_id: int) -> HttpResponse:
    """Add a sub-account (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    parent = get_object_or_404(Account, company=company, pk=parent_id)
    refusal = None
    if request.method == "POST":
        form = SubAccountForm(request.POST)
        if form.is_valid():
            try:
                account = services.add_sub_account(parent, by=request.user, **form.cleaned_data)
            except DomainError as error:
                refusal = error
            else:
                messages.success(request, _("Account %(account)s is added.") % {"account": account})
                return redirect("account_list")
    else:
        try:
            code = services.next_code(parent)
        except DomainError as error:
            code, refusal = "", error
        form = SubAccountForm(initial={"code": code})
    context = {
        "form": form,
        "account": parent,
        "refusal": refusal,
        "is_new": True,
        "carried": structure.carried(parent) if parent.is_leaf else None,
    }
    return render(request, "ledger/accounts/form.html", context)


@page("ledger.manage_account")
def account_edit(request: HttpRequest, account_id: int) -> HttpResponse:
    """Change names, dimensions and use of an account (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    account = get_object_or_404(Account, company=company, pk=account_id)
    refusal = None
    if request.method == "POST":
        form = AccountForm(request.POST, company=company)
        if form.is_valid():
            given = form.cleaned_data
            try:
                if given["is_active"] != account.is_active:
                    services.set_active(account, is_active=given["is_active"])
                with transaction.atomic():
                    properties.change(account, form.properties(), by=request.user)
                    account.refresh_from_db()
                    services.rename(account, name=given["name"], name_en=given["name_en"])
                    services.set_dimensions(account, map(int, given["required"]), map(int, given["optional"]))
            except DomainError as error:
                refusal = error
            else:
                messages.success(request, _("Account %(account)s is changed.") % {"account": account})
                return redirect("account_list")
    else:
        form = AccountForm(company=company, initial=_initial(account))
    context = {"form": form, "account": account, "refusal": refusal, "is_new": False}
    return render(request, "ledger/accounts/form.html", context)


@page("ledger.manage_account")
def account_first_level(request: HttpRequest) -> HttpResponse:
    """Add an account of the first level beside those of the standard (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    form, refusal = FirstLevelForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            account = structure.add_first_level(company, **form.cleaned_data)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Account %(account)s is added.") % {"account": account})
            return redirect("account_list")
    return render(request, "ledger/accounts/first_level.html", {"form": form, "refusal": refusal})


@page("ledger.manage_account")
def account_move(request: HttpRequest, account_id: int) -> HttpResponse:
    """Hang an account under another parent (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    account = get_object_or_404(Account, company=company, pk=account_id)
    form, refusal = MoveForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            parent = Account.objects.filter(company=company, code=form.cleaned_data["parent"]).first()
            if parent is None:
                raise NotFound(what=_("Account"), key=form.cleaned_data["parent"])
            moved = structure.move(account, parent, by=request.user)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Account %(account)s is changed.") % {"account": moved})
            return redirect("account_list")
    context = {"form": form, "account": account, "refusal": refusal, "carried": structure.carried(account)}
    return render(request, "ledger/accounts/move.html", context)


def _initial(account: Account) -> dict[str, Any]:
    rows = AccountDimension.objects.filter(company_id=account.company_id, account=account)
    return {
        "tracks_quantity": account.tracks_quantity,
        "unit": account.unit,
        "currency": account.currency,
        "is_revalued": account.is_revalued,
        "cash_kind": account.cash_kind,
        "cash_flow_in": account.cash_flow_in_id or "",
        "cash_flow_out": account.cash_flow_out_id or "",
        "name": account.name,
        "name_en": account.name_en,
        "is_active": account.is_active,
        "required": [str(row.dimension_type_id) for row in rows if row.is_required],
        "optional": [str(row.dimension_type_id) for row in rows if not row.is_required],
    }
