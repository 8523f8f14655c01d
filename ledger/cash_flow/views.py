"""Pages of cash flow: the workbench of a period, one voucher's items, the query and the T-account."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError, InvalidValue
from erp.core.reports import Report
from erp.core.reports.render import xlsx_response
from erp.core.web.views import allowed, page, require
from ledger.books.ranges import latest_used_period, period_range
from ledger.cash_flow import queries, reports, services
from ledger.cash_flow.forms import PeriodForm, RangeForm
from ledger.cash_flow.models import CashFlowItem
from ledger.cash_flow.services import Part
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers.models import Voucher

SPARE_PARTS = 2


@page("ledger.view_report")
def workbench(request: HttpRequest) -> HttpResponse:
    """The period's counter lines by account, direction and item, what is unassigned, and whether it agrees."""
    company = request.company  # type: ignore[attr-defined]
    given = {"period": request.GET.get("period") or latest_used_period(company)}
    context: dict[str, Any] = {"form": PeriodForm(given, company=company)}
    try:
        period = period_range(company, given["period"], given["period"]).first
        rows = queries.groups(company, period)
        context |= {
            "period": period,
            "rows": rows,
            "unassigned": [row for row in rows if row.item_id is None and not row.is_non_cash],
            "check": queries.check(company, period, period),
            "items": CashFlowItem.objects.filter(company=company, is_active=True),
            "may_change": allowed(request, "ledger.assign_cash_flow") and period.status == PeriodStatus.OPEN,
        }
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, "ledger/cash_flow/workbench.html", context)


@require_POST
@page("ledger.assign_cash_flow")
def assign_group(request: HttpRequest) -> HttpResponse:
    """Give every line of one row of the workbench the item chosen on it."""
    company = request.company  # type: ignore[attr-defined]
    period = get_object_or_404(Period, company=company, pk=_number(request.POST.get("period")))
    chosen = request.POST.get("row", "")
    account, direction, was = (*chosen.split(":"), "", "")[:3]
    try:
        count = services.assign_group(
            company,
            period,
            _number(account),
            direction,
            _number(request.POST.get(f"item-{chosen}")),
            was=_number(was) or None,
            by=request.user,
        )
        text = ngettext("%(count)s line is assigned.", "%(count)s lines are assigned.", count)
        messages.success(request, text % {"count": count})
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{reverse('cash_flow_workbench')}?{urlencode({'period': str(period)})}")


@page("ledger.view_voucher")
def voucher_items(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """The items of one voucher; each line may be split into parts."""
    company = request.company  # type: ignore[attr-defined]
    voucher = get_object_or_404(Voucher.objects.select_related("period"), company=company, pk=voucher_id)
    lines = queries.counter_lines(company.pk, voucher.pk)
    context: dict[str, Any] = {"voucher": voucher}
    typed: dict[int, list[dict[str, Any]]] = {
        line.line_id: [{**part, "item": str(part["item"] or "none")} for part in line.parts] for line in lines
    }
    if request.method == "POST":
        require(request, "ledger.assign_cash_flow")
        typed = {line.line_id: _typed_parts(request, line.line_id) for line in lines}
        try:
            parts = {line_id: _parts(rows) for line_id, rows in typed.items()}
            services.set_voucher_items(company, voucher.pk, parts, by=request.user)
            messages.success(request, _("The cash-flow items of %(voucher)s are saved.") % {"voucher": voucher})
            return redirect("cash_flow_voucher", voucher.pk)
        except DomainError as refusal:
            context["refusal"] = refusal
    spare: dict[str, Any] = {"item": "", "amount": ""}
    context |= {
        "lines": [(line, [*typed[line.line_id], *([spare] * SPARE_PARTS)]) for line in lines],
        "items": CashFlowItem.objects.filter(company=company, is_active=True),
        "may_change": allowed(request, "ledger.assign_cash_flow") and voucher.period.status == PeriodStatus.OPEN,
    }
    return render(request, "ledger/cash_flow/voucher.html", context)


@page("ledger.view_report")
def lines(request: HttpRequest) -> HttpResponse:
    """The entries of an item, each with its voucher."""
    return _report_page(request, reports.LINES, with_item=True)


@page("ledger.view_report")
def t_account(request: HttpRequest) -> HttpResponse:
    """What came in from and went out to which counter account."""
    return _report_page(request, reports.T_ACCOUNT, with_item=False)


def _report_page(request: HttpRequest, report: Report, *, with_item: bool) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    names = ("from", "to", "item") if with_item else ("from", "to")
    given = {name: request.GET[name] for name in names if request.GET.get(name)}
    if "from" not in given and "to" not in given:
        given["from"] = latest_used_period(company)
    given.setdefault("from", given.get("to", ""))
    given.setdefault("to", given["from"])
    context: dict[str, Any] = {"form": RangeForm(given, company=company, with_item=with_item), "report": report}
    try:
        params = report.clean(given)
        if request.GET.get("export") == "xlsx":
            return xlsx_response(report, company, params)
        context["result"] = report.query(company, params)
        context["given"] = urlencode({"from": given["from"], "to": given["to"]})
    except DomainError as refusal:
        context["refusal"] = refusal
    return render(request, f"ledger/cash_flow/{'lines' if with_item else 't_account'}.html", context)


def _typed_parts(request: HttpRequest, line_id: int) -> list[dict[str, Any]]:
    """What was typed for the line: rows without an amount are left out. ``item`` 'none' means not cash."""
    chosen = request.POST.getlist(f"item-{line_id}")
    amounts = request.POST.getlist(f"amount-{line_id}")
    pairs = zip(chosen, amounts, strict=False)
    return [{"item": item, "amount": amount.strip()} for item, amount in pairs if amount.strip() and item]


def _parts(rows: list[dict[str, Any]]) -> list[Part]:
    parts = []
    for row in rows:
        try:
            amount = Decimal(row["amount"].replace(",", ""))
        except InvalidOperation:
            raise InvalidValue(
                field="amount", field_label=_("Amount"), value=row["amount"], cure=_("Type a number.")
            ) from None
        parts.append(Part(None if row["item"] == "none" else _number(row["item"]), amount))
    return parts


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdigit() else 0
