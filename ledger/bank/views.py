"""Pages of bank reconciliation: accounts, matching, statements and their import, the reconciliation statement."""

import base64
import binascii
import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO
from erp.core.reports.render import xlsx_response
from erp.core.web.views import allowed, page
from ledger.bank import reports, services
from ledger.bank.forms import AccountForm, OpeningItemForm, ReconciliationForm, UploadForm
from ledger.bank.models import BankLine, BankMatch, BankMatchItem, BankStatement
from ledger.bank.queries import BankAccount, bank_accounts, open_lines
from ledger.bank.statement_file import StatementFile, parse

SHOWN_MATCHES = 200
PREVIEW_ROWS = 200


@page("ledger.view_report")
def overview(request: HttpRequest) -> HttpResponse:
    """Every bank account with both balances and what is open."""
    company = request.company  # type: ignore[attr-defined]
    params = reports.OVERVIEW.clean({})
    if request.GET.get("export") == "xlsx":
        return xlsx_response(reports.OVERVIEW, company, params)
    return render(request, "ledger/bank/overview.html", {"result": reports.OVERVIEW.query(company, params)})


@page("ledger.view_report")
def reconcile(request: HttpRequest) -> HttpResponse:
    """Open lines of both sides beside each other, to be matched."""
    company = request.company  # type: ignore[attr-defined]
    context: dict[str, Any] = {}
    try:
        bank = _account(request)
        as_of = reports.day_of(request.GET.get("as_of") or "9999-12-31", "as_of")
        theirs, ours = open_lines(company, bank, as_of)
        context = {
            "bank": bank,
            "theirs": theirs,
            "ours": ours,
            "may_change": allowed(request, "ledger.reconcile_bank"),
            "form": AccountForm({"account": bank.key, "as_of": request.GET.get("as_of", "")}, company=company),
        }
    except DomainError as refusal:
        context = {"refusal": refusal, "form": AccountForm(company=company)}
    return render(request, "ledger/bank/reconcile.html", context)


@require_POST
@page("ledger.reconcile_bank")
def match_lines(request: HttpRequest) -> HttpResponse:
    """Match the chosen lines if both sides sum to the same."""
    bank = _posted_account(request)
    try:
        services.match(
            request.company,  # type: ignore[attr-defined]
            bank,
            _numbers(request.POST.getlist("bank")),
            _numbers(request.POST.getlist("book")),
            by=request.user,
        )
        messages.success(request, _("The lines are matched."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return _to("bank_reconcile", bank)


@require_POST
@page("ledger.reconcile_bank")
def auto_match(request: HttpRequest) -> HttpResponse:
    """Let the rules match what they find."""
    bank = _posted_account(request)
    counts = services.auto_match(request.company, bank, by=request.user)  # type: ignore[attr-defined]
    total = sum(counts.values())
    text = ngettext("%(count)s match was found.", "%(count)s matches were found.", total)
    messages.success(request, text % {"count": total})
    return _to("bank_reconcile", bank)


@page("ledger.view_report")
def matches(request: HttpRequest) -> HttpResponse:
    """The latest matches of an account, each to be taken apart."""
    company = request.company  # type: ignore[attr-defined]
    bank = _account(request)
    made = list(BankMatch.objects.filter(company=company, account=bank.account)[:SHOWN_MATCHES])
    items: dict[int, list[BankMatchItem]] = {}
    rows = BankMatchItem.objects.filter(company=company, match__in=made)
    for row in rows.select_related("bank_line", "voucher_line__voucher").order_by("voucher_line", "id"):
        items.setdefault(row.match_id, []).append(row)
    context = {
        "bank": bank,
        "rows": [(match, items.get(match.pk, [])) for match in made],
        "may_change": allowed(request, "ledger.reconcile_bank"),
        "form": AccountForm({"account": bank.key}, company=company),
    }
    return render(request, "ledger/bank/matches.html", context)


@require_POST
@page("ledger.reconcile_bank")
def unmatch(request: HttpRequest, match_id: int) -> HttpResponse:
    bank = _posted_account(request)
    try:
        services.unmatch(request.company, match_id, by=request.user)  # type: ignore[attr-defined]
        messages.success(request, _("The lines are open again."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return _to("bank_matches", bank)


@page("ledger.view_report")
def statements(request: HttpRequest) -> HttpResponse:
    """Imported statements; a file is read and shown first, and saved when the reader says so."""
    company = request.company  # type: ignore[attr-defined]
    may_change = allowed(request, "ledger.reconcile_bank")
    context: dict[str, Any] = {"form": UploadForm(company=company)}
    if request.method == "POST" and may_change:
        try:
            bank, file, content = _uploaded(request)
            if request.POST.get("save"):
                statement = services.import_statement(company, bank, file, by=request.user)
                messages.success(request, _("%(count)s lines are imported.") % {"count": statement.lines.count()})
                return _to("bank_reconcile", bank)
            context |= {
                "file": file,
                "bank": bank,
                "content": base64.b64encode(content).decode(),
                "preview": file.rows[:PREVIEW_ROWS],
                "earlier": services.imported_before(company, bank, file),
            }
        except DomainError as refusal:
            context["refusal"] = refusal
    rows = BankStatement.objects.filter(company=company).select_related("account", "value", "imported_by")
    context |= {"rows": rows.order_by("-imported_at")[:100], "may_change": may_change}
    return render(request, "ledger/bank/statements.html", context)


@require_POST
@page("ledger.reconcile_bank")
def statement_delete(request: HttpRequest, statement_id: int) -> HttpResponse:
    try:
        services.delete_statement(request.company, statement_id, by=request.user)  # type: ignore[attr-defined]
        messages.success(request, _("The statement is removed."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("bank_statements")


@page("ledger.view_report")
def reconciliation_statement(request: HttpRequest) -> HttpResponse:
    """余额调节表 as of a day."""
    company = request.company  # type: ignore[attr-defined]
    given = {name: request.GET[name] for name in ("account", "as_of", "balance") if request.GET.get(name)}
    given.setdefault("account", next((bank.key for bank in bank_accounts(company)), ""))
    given.setdefault("as_of", dt.date.today().isoformat())
    context: dict[str, Any] = {"form": ReconciliationForm(given, company=company)}
    try:
        params = reports.STATEMENT.clean(given)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(reports.STATEMENT, company, params)
        bank, found = reports.reconciliation_for(company, params)
        kinds = [(label, direction, found.of(side, direction)) for side, direction, label in reports.KINDS]
        context |= {"bank": bank, "found": found, "kinds": kinds}
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/bank/statement.html", context)


@page("ledger.reconcile_bank")
def opening_items(request: HttpRequest) -> HttpResponse:
    """Items open when reconciliation began."""
    company = request.company  # type: ignore[attr-defined]
    bank = _posted_account(request) if request.method == "POST" else _account(request)
    form = OpeningItemForm(request.POST or None)
    context: dict[str, Any] = {"bank": bank, "form": form}
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data}
        for name in ("receipt", "payment"):
            given[name] = given[name] or ZERO
        try:
            services.add_opening_item(company, bank, **given)
            return _to("bank_opening_items", bank)
        except DomainError as refusal:
            context["refusal"] = refusal
    lines = BankLine.objects.filter(company=company, account=bank.account, value=bank.value, statement=None)
    context["rows"] = lines
    return render(request, "ledger/bank/opening.html", context)


@require_POST
@page("ledger.reconcile_bank")
def opening_delete(request: HttpRequest, line_id: int) -> HttpResponse:
    bank = _posted_account(request)
    company = request.company  # type: ignore[attr-defined]
    line = get_object_or_404(BankLine, company=company, pk=line_id, statement=None)
    if BankMatchItem.objects.filter(company=company, bank_line=line).exists():
        messages.error(request, _("This item is matched. Take the match apart first."))
    else:
        line.delete()
    return _to("bank_opening_items", bank)


def _uploaded(request: HttpRequest) -> tuple[BankAccount, StatementFile, bytes]:
    """The file of the form, or the one that was previewed (it travels with the page)."""
    bank = _posted_account(request)
    if upload := request.FILES.get("file"):
        content, name = upload.read(), upload.name or "statement"
    else:
        name = request.POST.get("name", "")
        try:
            content = base64.b64decode(request.POST.get("content", ""), validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content:
            raise DomainError("file_missing", _("Choose a file."), field="file")
    return bank, parse(content, name), content


def _account(request: HttpRequest) -> BankAccount:
    company = request.company  # type: ignore[attr-defined]
    key = request.GET.get("account") or next((bank.key for bank in bank_accounts(company)), "")
    return _found(request, key)


def _posted_account(request: HttpRequest) -> BankAccount:
    return _found(request, request.POST.get("account", ""))


def _found(request: HttpRequest, key: str) -> BankAccount:
    try:
        return services.find_account(request.company, key)  # type: ignore[attr-defined]
    except NotFound as refusal:
        raise Http404(refusal.message) from refusal


def _to(name: str, bank: BankAccount) -> HttpResponse:
    return redirect(f"{reverse(name)}?{urlencode({'account': bank.key})}")


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isdigit()]
