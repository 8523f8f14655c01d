"""Pages of opening balances: the grid by account, and the rows of one account by dimension and currency."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.values import RowError
from erp.core.money import ZERO
from erp.core.web.views import allowed, page, require
from ledger.accounts.models import Account, AccountClass, AccountDimension
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.openings import queries, services
from ledger.openings.services import OpeningRow

BLANK_ROWS = 5


def _columns(company: Company, account: Account | None = None) -> list[tuple[str, str]]:
    """(field, heading) of the amounts that are entered."""
    columns = [("debit", _("Debit")), ("credit", _("Credit"))]
    if account is None or account.tracks_quantity:
        columns.append(("quantity", _("Quantity")))
    if account is not None and account.currency:
        columns += [("original_debit", _("Original debit")), ("original_credit", _("Original credit"))]
    if services.starts_mid_year(company):
        columns += [("year_debit", _("Debit of the year so far")), ("year_credit", _("Credit of the year so far"))]
        if account is None or account.account_class in (AccountClass.INCOME, AccountClass.EXPENSE):
            columns.append(("year_profit", _("Actual profit and loss")))
    return columns


@page("ledger.view_report")
def grid(request: HttpRequest) -> HttpResponse:
    """All leaf accounts; those with dimensions or currencies are entered on a page of their own."""
    company = request.company  # type: ignore[attr-defined]
    columns = _columns(company)
    refusal = None
    if request.method == "POST":
        require(request, "ledger.manage_opening")
        try:
            rows = [
                _row_of(request.POST, str(one.account.pk), one.account.pk, columns)
                for one in queries.openings(company)
                if not one.has_details and f"debit-{one.account.pk}" in request.POST
            ]
            services.set_openings(company, rows, request.user)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The opening balances are kept."))
            return redirect("openings_grid")
    shown = [
        {
            "account": one.account,
            "has_details": one.has_details,
            "cells": [
                {
                    "name": f"{name}-{one.account.pk}",
                    "label": label,
                    "value": request.POST.get(f"{name}-{one.account.pk}", one.sums[name] or "")
                    if refusal
                    else one.sums[name] or "",
                    "is_shown": _takes(one.account, name),
                }
                for name, label in columns
            ],
        }
        for one in queries.openings(company)
    ]
    return render(
        request,
        "ledger/openings/grid.html",
        {
            "columns": columns,
            "rows": shown,
            "trial": queries.trial(company),
            "refusal": refusal,
            "closed": services.closed_period(company),
            "is_mid_year": services.starts_mid_year(company),
            "first": company.first_month(),
            "may_manage": allowed(request, "ledger.manage_opening"),
        },
        status=422 if refusal else 200,
    )


def _takes(account: Account, name: str) -> bool:
    if name == "quantity":
        return account.tracks_quantity
    return name != "year_profit" or account.account_class in (AccountClass.INCOME, AccountClass.EXPENSE)


@page("ledger.view_report")
def details(request: HttpRequest, account_id: int) -> HttpResponse:
    """The rows of one account by dimension values and currency. A row without amounts is taken away."""
    company = request.company  # type: ignore[attr-defined]
    account = get_object_or_404(Account, company=company, pk=account_id, is_leaf=True)
    kinds = [
        row.dimension_type
        for row in AccountDimension.objects.filter(company=company, account=account).select_related("dimension_type")
    ]
    columns = _columns(company, account)
    refusal = None
    if request.method == "POST":
        require(request, "ledger.manage_opening")
        try:
            rows = _posted_rows(request.POST, company, account, kinds, columns)
            services.set_openings(company, rows, request.user, clear=[account.pk])
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The opening balances of %(account)s are kept.") % {"account": account})
            return redirect("openings_grid")
    (opening,) = queries.openings(company, account_ids=[account.pk]) or [queries.AccountOpening(account, True)]
    shown: list[dict[str, Any]] = []
    for number in range(len(opening.rows) + BLANK_ROWS):
        one = opening.rows[number] if number < len(opening.rows) else None
        given = {value.type_id: value.code for value in one.values} if one else {}
        shown.append(
            {
                "dimensions": [(f"value-{number}-{kind.pk}", kind, given.get(kind.pk, "")) for kind in kinds],
                "currency": (f"currency-{number}", one.row.currency if one else company.currency),
                "cells": [
                    (f"{name}-{number}", label, getattr(one.row, name) or "" if one else "") for name, label in columns
                ],
            }
        )
    return render(
        request,
        "ledger/openings/details.html",
        {
            "account": account,
            "kinds": kinds,
            "columns": columns,
            "rows": shown,
            "count": len(shown),
            "refusal": refusal,
            "closed": services.closed_period(company),
            "may_manage": allowed(request, "ledger.manage_opening"),
        },
        status=422 if refusal else 200,
    )


def _posted_rows(
    given: Mapping[str, str],
    company: Company,
    account: Account,
    kinds: list[DimensionType],
    columns: list[tuple[str, str]],
) -> list[OpeningRow]:
    rows = []
    count = int(given.get("rows", "0")) if given.get("rows", "0").isdigit() else 0
    for number in range(min(count, 5_000)):
        pairs = []
        for kind in kinds:
            code = given.get(f"value-{number}-{kind.pk}", "").strip()
            if code:
                pairs.append((kind.pk, _value(company, kind, code, number + 1)))
        currency = given.get(f"currency-{number}", "").strip().upper()
        rows.append(
            _row_of(
                given,
                str(number),
                account.pk,
                columns,
                dimensions=tuple(pairs),
                currency="" if currency == company.currency else currency,
            )
        )
    return [row for row in rows if not row.is_empty()]


def _value(company: Company, kind: DimensionType, code: str, row: int) -> int:
    values_of = DimensionValue.objects.filter(company=company, dimension_type=kind)
    value = values_of.filter(code=code.split(" ")[0]).first() or values_of.filter(name=code).first()
    if value is None:
        raise services.OpeningRefused(
            account=kind, problem=_("“%(code)s” does not exist.") % {"code": code}, field="dimensions", row=row
        )
    return value.pk


def _row_of(
    given: Mapping[str, str], key: str, account_id: int, columns: list[tuple[str, str]], **more: Any
) -> OpeningRow:
    amounts: dict[str, Any] = {}
    for name, label in columns:
        text = given.get(f"{name}-{key}", "").strip()
        try:
            amounts[name] = values.decimal(text) if text else ZERO
        except RowError as error:
            raise services.OpeningRefused(account=label, problem=error.message, field=name) from error
    return OpeningRow(account_id, **amounts, **more)
