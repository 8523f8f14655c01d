"""Pages of clearing: ages by party, a party's open items with clearing by hand, clearings made."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError, InvalidValue, NotFound
from erp.core.money import ZERO
from erp.core.reports import Report
from erp.core.reports.render import xlsx_response
from erp.core.web.views import allowed, page
from ledger.accounts.models import Account
from ledger.bank.reports import day_of
from ledger.clearing import reports, services
from ledger.clearing.forms import AgeingForm, PartyForm
from ledger.clearing.models import Clearing
from ledger.clearing.queries import open_lines, usual_account
from ledger.dimensions.models import DimensionValue

SHOWN = 200


@page("ledger.view_report")
def ageing_page(request: HttpRequest) -> HttpResponse:
    """Balances by party and age; each party opens its open items."""
    company = request.company  # type: ignore[attr-defined]
    given = _given(request, reports.AGEING)
    context: dict[str, Any] = {"form": AgeingForm(given, company=company), "given": given}
    try:
        params = reports.AGEING.clean(given)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(reports.AGEING, company, params)
        account, limits, rows, balance = reports.ageing_for(company, params)
        total = sum((row.balance for row in rows), ZERO)
        context |= {
            "account": account,
            "labels": reports.labels(limits),
            "rows": rows,
            "balance": balance,
            "total": total,
            "totals": [sum((row.ages[place] for row in rows), ZERO) for place in range(len(limits) + 1)],
            "agrees": total == balance,
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/clearing/ageing.html", context)


@page("ledger.view_report")
def open_items(request: HttpRequest) -> HttpResponse:
    """The open items of a party (or of all), with a box for the amount to clear of each."""
    company = request.company  # type: ignore[attr-defined]
    given = _given(request, reports.OPEN_ITEMS)
    context: dict[str, Any] = {"form": PartyForm(given, company=company)}
    try:
        if request.GET.get("export") == "xlsx":
            return xlsx_response(reports.OPEN_ITEMS, company, reports.OPEN_ITEMS.clean(given))
        account = services.find_account(company, given["account"])
        party = reports.party_of(company, given.get("party"))
        as_of = day_of(given["as_of"], "as_of")
        lines = open_lines(company, account, as_of, party_id=party.pk if party else None, every=party is None)
        ids = {line.party_id for line in lines if line.party_id}
        names = {value.pk: value for value in DimensionValue.objects.filter(company=company, pk__in=ids)}
        context |= {
            "account": account,
            "party": party,
            "rows": [(line, names.get(line.party_id or 0), (as_of - line.date).days) for line in lines],
            "total": sum((line.open for line in lines), ZERO),
            "may_change": allowed(request, "ledger.clear_item"),
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/clearing/open_items.html", context)


@require_POST
@page("ledger.clear_item")
def clear_items(request: HttpRequest) -> HttpResponse:
    """Clear the amounts typed for lines of one party."""
    company = request.company  # type: ignore[attr-defined]
    account = _account(request)
    party_id = _number(request.POST.get("party"))
    try:
        amounts = {
            int(name.removeprefix("line-")): _amount(text)
            for name, text in request.POST.items()
            if name.startswith("line-") and name.removeprefix("line-").isdigit() and str(text).strip()
        }
        services.clear(company, account, party_id or None, amounts, by=request.user)
        messages.success(request, _("The items are cleared."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    value = DimensionValue.objects.filter(company=company, pk=party_id).first()
    query = {"account": account.code, "party": value.code if value else ""}
    return redirect(f"{reverse('clearing_open_items')}?{urlencode(query)}")


@require_POST
@page("ledger.clear_item")
def automatic(request: HttpRequest) -> HttpResponse:
    """Clear by the rules, every party of the account; or take the automatic clearings back."""
    company = request.company  # type: ignore[attr-defined]
    account = _account(request)
    if request.POST.get("action") == "undo":
        count = services.undo_automatic(company, account, by=request.user)
        text = ngettext("%(count)s clearing is taken back.", "%(count)s clearings are taken back.", count)
    else:
        count = services.auto_clear(company, account, by=request.user)
        text = ngettext("%(count)s clearing is made.", "%(count)s clearings are made.", count)
    messages.success(request, text % {"count": count})
    return redirect(f"{reverse('clearing_ageing')}?{urlencode({'account': account.code})}")


@page("ledger.view_report")
def made(request: HttpRequest) -> HttpResponse:
    """The latest clearings, each to be undone."""
    company = request.company  # type: ignore[attr-defined]
    rows = Clearing.objects.filter(company=company).select_related("account", "party")
    rows = rows.prefetch_related("items__voucher_line__voucher")
    context = {"rows": rows.order_by("-id")[:SHOWN], "may_change": allowed(request, "ledger.clear_item")}
    return render(request, "ledger/clearing/made.html", context)


@require_POST
@page("ledger.clear_item")
def undo(request: HttpRequest, clearing_id: int) -> HttpResponse:
    try:
        services.undo(request.company, clearing_id, by=request.user)  # type: ignore[attr-defined]
        messages.success(request, _("The items are open again."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("clearing_list")


def _given(request: HttpRequest, report: Report) -> dict[str, str]:
    """The parameters of the address; the usual account and today where it names none."""
    given = {p.name: request.GET[p.name] for p in report.parameters if request.GET.get(p.name)}
    if "account" not in given:
        given["account"] = usual_account(request.company)  # type: ignore[attr-defined]
    given.setdefault("as_of", dt.date.today().isoformat())
    return given


def _account(request: HttpRequest) -> Account:
    try:
        return services.find_account(request.company, request.POST.get("account", ""))  # type: ignore[attr-defined]
    except NotFound as refusal:
        raise Http404(refusal.message) from refusal


def _amount(text: Any) -> Decimal:
    try:
        return Decimal(str(text).replace(",", ""))
    except InvalidOperation:
        raise InvalidValue(field="amount", field_label=_("Amount"), value=text, cure=_("Type a number.")) from None


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdigit() else 0
