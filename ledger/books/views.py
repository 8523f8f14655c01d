"""Pages of the books. Each opens the next: figure → lines → voucher → document."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.reports.render import xlsx_response
from erp.core.web.views import page
from ledger.accounts.models import Account
from ledger.books import line_books, reports
from ledger.books.forms import BookForm, given
from ledger.books.journal import JOURNAL, journal_part
from ledger.books.multicolumn import MULTICOLUMN, multicolumn_part
from ledger.books.print import printed
from ledger.books.ranges import PeriodRange
from ledger.books.room import Book, book_page

VOUCHERS_PER_PAGE = 50

BOOKS = {
    "account_lines": Book(
        line_books.ACCOUNT_LINES, line_books.account_lines_part, needs=("account",), every_account=True
    ),
    "dimension_lines": Book(line_books.DIMENSION_LINES, line_books.dimension_lines_part, needs=("value",)),
    "cash_journal": Book(line_books.CASH_JOURNAL, line_books.cash_journal_part, every_account=True),
    "quantity_lines": Book(line_books.QUANTITY_LINES, line_books.quantity_lines_part, needs=("account",)),
    "journal": Book(JOURNAL, journal_part, page_size=VOUCHERS_PER_PAGE),
    "multicolumn": Book(MULTICOLUMN, multicolumn_part, links=((_("Column sets"), "multicolumn_books"),)),
    "general_ledger": Book(reports.GENERAL_LEDGER),
    "voucher_summary": Book(reports.VOUCHER_SUMMARY),
    "quantity_totals": Book(reports.QUANTITY_TOTALS, opens="quantity_lines"),
    "dimension_balances": Book(reports.DIMENSION_BALANCES, needs=("dimension",)),
    "dimension_table": Book(reports.DIMENSION_TABLE, needs=("dimension",)),
}


@page("ledger.view_report")
def trial_balance_page(request: HttpRequest) -> HttpResponse:
    """Trial balance with its filters; every figure of an account opens its lines."""
    company = request.company  # type: ignore[attr-defined]
    report = reports.TRIAL_BALANCE
    chosen = given(request, report)
    context: dict[str, Any] = {
        "form": BookForm(chosen, company=company, report=report),
        "export": "?" + urlencode({**chosen, "export": "xlsx"}),
        "print": "?" + urlencode({**chosen, "export": "pdf"}),
    }
    try:
        params = report.clean(chosen)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(report, company, params)
        if request.GET.get("export") == "pdf":
            return printed(report, company, params, by=request.user)
        periods, table = reports.trial_balance_for(company, params)
        context |= {
            "table": table,
            "periods": periods,
            "drill": _drill(periods, chosen),
            "dimension": params["dimension"],
            "currency": params["currency"] or company.currency,
            "params": params,
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/books/trial_balance.html", context)


@page("ledger.view_report")
def book(request: HttpRequest, name: str) -> HttpResponse:
    """Any other book, by its name."""
    return book_page(request, BOOKS[name])


def account_lines_page(request: HttpRequest) -> HttpResponse:
    """The book of one account with its running balance, in pages."""
    return book(request, "account_lines")


@page("ledger.view_report")
def account_lookup(request: HttpRequest) -> JsonResponse:
    """Accounts of all levels by code, name or pinyin."""
    company = request.company  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip().lower()
    accounts = Account.objects.filter(company=company).order_by("code")
    found = accounts.filter(code__startswith=text) if text.isdigit() else accounts.filter(search_key__icontains=text)
    rows = [{"id": account.pk, "code": account.code, "name": account.display_name} for account in found[:15]]
    return JsonResponse({"results": rows})


def _drill(periods: PeriodRange, chosen: dict[str, str]) -> str:
    query = {"from": str(periods.first), "to": str(periods.last)}
    query |= {name: chosen[name] for name in ("currency", "unposted") if chosen.get(name)}
    return f"{reverse('account_lines')}?{urlencode(query)}"
