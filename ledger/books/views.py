"""Pages of the books: trial balance and account lines. Each opens the next: figure → lines → voucher → document."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from erp.core.errors import DomainError
from erp.core.reports.render import xlsx_response
from erp.core.web.views import page
from ledger.accounts.models import Account
from ledger.books import reports
from ledger.books.account_lines import AccountBook, account_lines
from ledger.books.forms import AccountLinesForm, TrialBalanceForm
from ledger.books.ranges import PeriodRange, latest_used_period, period_range
from ledger.dimensions.models import DimensionValue

PAGE_SIZE = 200


@page("ledger.view_report")
def trial_balance_page(request: HttpRequest) -> HttpResponse:
    """Trial balance with its filters; every figure of an account opens its lines."""
    company = request.company  # type: ignore[attr-defined]
    given = _given(request, TrialBalanceForm(company=company).fields)
    context: dict[str, Any] = {"form": TrialBalanceForm(given, company=company)}
    try:
        params = reports.TRIAL_BALANCE.clean(given)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(reports.TRIAL_BALANCE, company, params)
        periods, table = reports.trial_balance_for(company, params)
        context |= {
            "table": table,
            "periods": periods,
            "drill": _drill(periods),
            "dimension": params["dimension"],
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/books/trial_balance.html", context)


@page("ledger.view_report")
def account_lines_page(request: HttpRequest) -> HttpResponse:
    """The book of one account with its running balance, in pages."""
    company = request.company  # type: ignore[attr-defined]
    given = _given(request, AccountLinesForm(company=company).fields)
    context: dict[str, Any] = {"form": AccountLinesForm(given, company=company)}
    if not given.get("account"):
        return render(request, "ledger/books/account_lines.html", context)
    try:
        params = reports.ACCOUNT_LINES.clean(given)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(reports.ACCOUNT_LINES, company, params)
        periods = period_range(company, params["from"], params["to"])
        account, value = reports.book_subject(company, params)
        number = max(int(request.GET.get("page", "1") or 1), 1) if request.GET.get("page", "1").isdigit() else 1
        offset = (number - 1) * PAGE_SIZE
        book = account_lines(company, account, periods, value=value, offset=offset, limit=PAGE_SIZE)
        context |= _book_context(book, account, value, periods, number)
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/books/account_lines.html", context)


@page("ledger.view_report")
def account_lookup(request: HttpRequest) -> JsonResponse:
    """Accounts of all levels by code, name or pinyin."""
    company = request.company  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip().lower()
    accounts = Account.objects.filter(company=company).order_by("code")
    found = accounts.filter(code__startswith=text) if text.isdigit() else accounts.filter(search_key__icontains=text)
    rows = [{"id": account.pk, "code": account.code, "name": account.display_name} for account in found[:15]]
    return JsonResponse({"results": rows})


def _given(request: HttpRequest, fields: Any) -> dict[str, str]:
    """The parameters of the address, with the range completed: the period where the postings are."""
    given = {name: request.GET[name] for name in fields if request.GET.get(name)}
    if "from" not in given and "to" not in given:
        given["from"] = latest_used_period(request.company)  # type: ignore[attr-defined]
    given.setdefault("to", given.get("from", ""))
    given.setdefault("from", given["to"])
    return given


def _drill(periods: PeriodRange) -> str:
    query = urlencode({"from": str(periods.first), "to": str(periods.last)})
    return f"{reverse('account_lines')}?{query}"


def _book_context(
    book: AccountBook, account: Account, value: DimensionValue | None, periods: PeriodRange, number: int
) -> dict[str, Any]:
    paginator = Paginator(range(book.count), PAGE_SIZE)
    return {
        "account": account,
        "value": value,
        "periods": periods,
        "opening": abs(book.opening),
        "closing": abs(book.closing),
        "rows": list(reports.book_rows(book, with_opening=number == 1)),
        "closing_side": reports.side_of(book.closing),
        "opening_side": reports.side_of(book.opening),
        "turnover_debit": sum(total.debit for total in book.totals.values()),
        "turnover_credit": sum(total.credit for total in book.totals.values()),
        "page_obj": paginator.get_page(number),
    }
