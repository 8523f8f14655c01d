"""Pages of the chart of accounts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.reports.render import xlsx_response
from erp.core.web.views import page
from ledger.accounts import queries, services
from ledger.accounts.forms import AccountForm, ChartFilter, SubAccountForm
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
    context = {"form": form, "account": parent, "refusal": refusal, "is_new": True}
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


def _initial(account: Account) -> dict[str, Any]:
    rows = AccountDimension.objects.filter(company_id=account.company_id, account=account)
    return {
        "name": account.name,
        "name_en": account.name_en,
        "is_active": account.is_active,
        "required": [str(row.dimension_type_id) for row in rows if row.is_required],
        "optional": [str(row.dimension_type_id) for row in rows if not row.is_required],
    }
