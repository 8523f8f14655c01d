"""What the entry grid asks for while somebody types: accounts, values, currencies, rates, balances. JSON only."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from erp.core.web.templatetags.ui import money
from erp.core.web.views import allowed, page
from ledger.accounts.models import Account
from ledger.vouchers import finders, queries, services
from ledger.vouchers.forms import terms_as_json


@page("ledger.enter_voucher")
def account_lookup(request: HttpRequest) -> JsonResponse:
    """Accounts for the grid by code, name or pinyin: leaves that this user may post to."""
    company = request.company  # type: ignore[attr-defined]
    found = finders.find_accounts(
        company, request.GET.get("q", ""), with_control=allowed(request, services.CONTROL_PERMISSION)
    )
    terms = services.account_terms(company.pk, [account.pk for account in found])
    return _results(
        {
            "id": account.pk,
            "code": account.code,
            "name": queries.full_name(account).partition(" ")[2],
            "hint": " · ".join(name for name, required in terms[account.pk].dimensions.values() if required),
            "terms": terms_as_json(terms[account.pk]),
        }
        for account in found
    )


@page("ledger.view_voucher")
def value_lookup(request: HttpRequest) -> JsonResponse:
    """Dimension values by code, name or pinyin: of one dimension, or of all that an account has."""
    found = finders.find_values(
        request.company,  # type: ignore[attr-defined]
        request.GET.get("q", ""),
        account_id=_number(request.GET.get("account")),
        type_id=_number(request.GET.get("type")),
    )
    return _results(
        {"id": value.pk, "code": value.code, "name": value.name, "hint": str(value.dimension_type)} for value in found
    )


@page("ledger.enter_voucher")
def currency_lookup(request: HttpRequest) -> JsonResponse:
    """Foreign currencies in use, each with its booking rate at ``date``, which the grid proposes."""
    company = request.company  # type: ignore[attr-defined]
    date = _date(request)
    found = finders.find_currencies(company, request.GET.get("q", ""))
    rates = finders.booking_rates(company, [currency.code for currency in found], date)
    return _results(
        {
            "id": currency.code,
            "code": currency.code,
            "name": str(currency).partition(" ")[2],
            "hint": rate_text(rates.get(currency.code)),
            "fill": {"rate": rate_text(rates.get(currency.code))},
        }
        for currency in found
    )


@page("ledger.enter_voucher")
def settlement_lookup(request: HttpRequest) -> JsonResponse:
    """Ways to settle (结算方式): the usual ones and those used here before."""
    found = finders.settlement_methods(request.company, request.GET.get("q", ""))  # type: ignore[attr-defined]
    return _results({"id": name, "name": name} for name in found)


@page("ledger.enter_voucher")
def cash_flow_lookup(request: HttpRequest) -> JsonResponse:
    """Cash-flow items by code or name, in the order of the statement."""
    found = finders.find_cash_flow_items(request.company, request.GET.get("q", ""))  # type: ignore[attr-defined]
    return _results(
        {"id": item.pk, "code": item.code, "name": str(item).partition(" ")[2], "hint": item.get_flow_display()}
        for item in found
    )


@page("ledger.enter_voucher")
def account_balance(request: HttpRequest, account_id: int) -> JsonResponse:
    """The latest balance of an account, posted and not yet posted, for the status line of the grid."""
    company = request.company  # type: ignore[attr-defined]
    account = get_object_or_404(Account.objects.select_related("parent"), company=company, pk=account_id)
    posted, waiting = finders.latest_balance(company, account.pk)
    return JsonResponse(
        {
            "account": queries.full_name(account),
            "posted": str(posted),
            "waiting": str(waiting),
            "text": _("%(account)s · balance %(balance)s · with unposted %(all)s")
            % {
                "account": queries.full_name(account),
                "balance": _sided(posted),
                "all": _sided(posted + waiting),
            },
        }
    )


def rate_text(rate: Any) -> str:
    """A rate without needless zeros; '' without one."""
    return "" if rate is None else f"{rate.normalize():f}"


def _sided(balance: Any) -> str:
    """A balance with its side in front, as books show it: 借 100.00."""
    side = _("Dr") if balance > 0 else _("Cr") if balance < 0 else _("nil")
    return f"{side} {money(abs(balance))}"


def _results(rows: Any) -> JsonResponse:
    return JsonResponse({"results": list(rows)})


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _date(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return queries.default_date(request.company, request.session.get("voucher_date"))  # type: ignore[attr-defined]
