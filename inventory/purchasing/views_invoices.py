"""Supplier invoices: list, one with its matches, vouchers and payments, and what can be done with it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.web.actions import act_and_show
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import figure_input
from erp.core.web.views import allowed, page
from inventory.documents.dates import working_date
from inventory.purchasing import invoices
from inventory.purchasing.allocations import ROUNDING, UNPAYABLE, write_off
from inventory.purchasing.certify import certify_invoices
from inventory.purchasing.filters import SupplierInvoiceFilter
from inventory.purchasing.invoice_confirm import confirm_invoice
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.listing_invoices import with_open
from inventory.purchasing.models import (
    InvoiceKind,
    InvoiceMatch,
    InvoiceStatus,
    PayableAllocation,
    SupplierInvoice,
)
from inventory.purchasing.permissions import sees_prices
from inventory.purchasing.story import invoice_story
from inventory.purchasing.tables import SupplierInvoiceTable

PER_PAGE = 50
_PRICED = ["net", "tax", "gross", "variance", "open"]


@page("purchasing.view_document")
def supplier_invoice_list(request: Any) -> HttpResponse:
    """Invoices with what is unpaid of them."""
    found = SupplierInvoiceFilter(request.GET, with_open(request.company), today=working_date(request.company))
    hidden = [] if sees_prices(request) else _PRICED
    table = SupplierInvoiceTable(found.qs.order_by("-date", "-id"), exclude=hidden)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Supplier invoices"), "supplier-invoices")
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "may_enter": allowed(request, "purchasing.enter_invoice"),
        "is_empty": not SupplierInvoice.objects.filter(company=request.company).exists(),
    }
    return render(request, "inventory/purchasing/invoice_list.html", context)


@page("purchasing.enter_invoice")
def supplier_invoice_lookup(request: Any) -> HttpResponse:
    """Confirmed invoices of ``supplier`` whose numbers contain the text, newest first."""
    text, supplier = request.GET.get("q", "").strip(), request.GET.get("supplier", "")
    rows = SupplierInvoice.objects.filter(
        company=request.company, kind=InvoiceKind.BLUE, status=InvoiceStatus.CONFIRMED, number__icontains=text
    ) | SupplierInvoice.objects.filter(
        company=request.company, kind=InvoiceKind.BLUE, status=InvoiceStatus.CONFIRMED, invoice_no__icontains=text
    )
    if supplier.isdigit():
        rows = rows.filter(supplier=supplier)
    results = [
        {"id": row.pk, "code": row.number, "name": row.invoice_no, "hint": f"{row.date:%Y-%m-%d} · {row.gross:,.2f}"}
        for row in rows.order_by("-date", "-id")[:20]
    ]
    return JsonResponse({"results": results})


class ReverseForm(forms.Form):
    date = forms.DateField(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class WriteOffForm(forms.Form):
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2, widget=figure_input()
    )
    date = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[(UNPAYABLE, gettext_lazy("Can never be paid")), (ROUNDING, gettext_lazy("Difference of cents"))],
    )


@page("purchasing.view_document")
def supplier_invoice_detail(request: Any, pk: int) -> HttpResponse:
    """Head, lines with what they were matched with, how it was paid, and the story down to the vouchers."""
    invoice = _invoice(request, pk)
    matches: dict[int, list[InvoiceMatch]] = {}
    found = InvoiceMatch.objects.filter(company=request.company, invoice_line__invoice=invoice)
    for match in found.select_related("stock_line__document").order_by("pk"):
        matches.setdefault(match.invoice_line_id, []).append(match)
    lines = list(invoice.lines.select_related("item").order_by("line_no"))
    live = Q(payment=None) | Q(payment__status=InvoiceStatus.CONFIRMED)
    of_it = Q(invoice=invoice) | Q(credit=invoice)
    settled = PayableAllocation.objects.filter(live, of_it, company=request.company)
    shown = sees_prices(request)
    steps = invoice_story(invoice, sees_voucher=allowed(request, "ledger.view_voucher"), sees_prices=shown)
    context = {
        "invoice": invoice,
        "lines": [{"line": line, "matches": matches.get(line.pk, [])} for line in lines],
        "has_matches": bool(matches),
        "variance": sum(match.variance for own in matches.values() for match in own),
        "estimate": sum(match.estimate for own in matches.values() for match in own),
        "settlements": settled.select_related("payment", "credit", "invoice").order_by("date", "pk"),
        "facts": _facts(invoice),
        "steps": [step._asdict() for step in steps],
        "actions": _actions(request, invoice),
        "sees_prices": shown,
        "write_off_form": WriteOffForm(
            initial={"amount": f"{invoice.open:.2f}", "date": working_date(request.company, not_before=invoice.date)},
            auto_id="off_%s",
        ),
        "reverse_form": ReverseForm(
            initial={"date": working_date(request.company, not_before=invoice.date)}, auto_id="reverse_%s"
        ),
    }
    return render(request, "inventory/purchasing/invoice_detail.html", context)


def _invoice(request: Any, pk: int) -> Any:
    related = ("supplier", "of_invoice", "reversal_of", "variance_document", "created_by", "confirmed_by")
    return get_object_or_404(with_open(request.company).select_related(*related), pk=pk)


def _facts(invoice: Any) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {
            "label": _("Supplier"),
            "value": invoice.supplier,
            "url": reverse("supplier_detail", args=[invoice.supplier_id]),
        },
        {"label": _("Invoice no."), "value": invoice.invoice_no},
        {"label": _("Date"), "value": f"{invoice.date:%Y-%m-%d}"},
        {"label": _("Due"), "value": f"{invoice.due_on:%Y-%m-%d}" if invoice.due_on else ""},
        {"label": _("Input VAT"), "value": _tax_state(invoice)},
    ]
    if invoice.of_invoice is not None:
        url = reverse("supplier_invoice_detail", args=[invoice.of_invoice_id])
        facts.append({"label": _("Of invoice"), "value": invoice.of_invoice, "url": url})
    if invoice.variance_document is not None:
        url = reverse("stock_document_detail", args=[invoice.variance_document_id])
        facts.append({"label": _("Variance into stock"), "value": invoice.variance_document.number, "url": url})
    if invoice.note:
        facts.append({"label": _("Note"), "value": invoice.note})
    return facts


def _tax_state(invoice: SupplierInvoice) -> str:
    if not invoice.is_deductible:
        return _("Part of the cost")
    return _("Deductible, certified") if invoice.is_certified else _("Deductible, to be certified")


def _actions(request: Any, invoice: Any) -> set[str]:
    """What this user can do with the invoice in its state."""
    found: set[str] = set()
    is_draft = invoice.status == InvoiceStatus.DRAFT
    is_live = invoice.status == InvoiceStatus.CONFIRMED and invoice.reversal_of_id is None
    if allowed(request, "purchasing.enter_invoice"):
        if is_draft:
            found |= {"edit", "delete"}
        if is_live and invoice.kind == InvoiceKind.BLUE:
            found.add("allowance")
    if allowed(request, "purchasing.confirm_invoice"):
        if is_draft:
            found.add("confirm")
        if is_live:
            found.add("reverse")
        if is_live and invoice.is_deductible and not invoice.is_certified and invoice.tax:
            found.add("certify")
    if is_live and invoice.open > 0 and allowed(request, "purchasing.enter_payment"):
        found.add("pay")
    if is_live and invoice.open and allowed(request, "purchasing.allocate_payment"):
        found |= {"allocate", "write_off"} if invoice.open > 0 else {"allocate"}
    return found


@require_POST
@page("purchasing.confirm_invoice")
def supplier_invoice_confirm(request: Any, pk: int) -> HttpResponse:
    """Confirm a draft: estimates are settled, the payable stands."""
    done = _("Confirmed; its voucher follows.")
    return _act(request, pk, lambda: confirm_invoice(request.company, pk, by=request.user), done)


@require_POST
@page("purchasing.confirm_invoice")
def supplier_invoice_certify(request: Any, pk: int) -> HttpResponse:
    """The tax office has certified the invoice: its tax may be deducted now."""
    form = ReverseForm(request.POST)
    day = form.cleaned_data["date"] if form.is_valid() else working_date(request.company)
    done = _("Certified; the tax is deductible from now on.")
    return _act(request, pk, lambda: certify_invoices(request.company, [pk], by=request.user, date=day), done)


@require_POST
@page("purchasing.confirm_invoice")
def supplier_invoice_reverse(request: Any, pk: int) -> HttpResponse:
    """Take a confirmed invoice back on the day given: its receipts wait for an invoice again."""
    form = ReverseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the date of the reversal."))
        return redirect("supplier_invoice_detail", pk=pk)
    day = form.cleaned_data["date"]
    return _act(request, pk, lambda: reverse_invoice(request.company, pk, by=request.user, date=day), _("Reversed."))


@require_POST
@page("purchasing.allocate_payment")
def supplier_invoice_write_off(request: Any, pk: int) -> HttpResponse:
    """Owe less without paying: what can never be paid, or a difference of cents."""
    form = WriteOffForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the amount and the date of the write-off."))
        return redirect("supplier_invoice_detail", pk=pk)
    given = form.cleaned_data
    return _act(
        request,
        pk,
        lambda: write_off(
            request.company, pk, by=request.user, amount=given["amount"], date=given["date"], reason=given["reason"]
        ),
        _("Written off; its voucher follows."),
    )


@require_POST
@page("purchasing.enter_invoice")
def supplier_invoice_delete(request: Any, pk: int) -> HttpResponse:
    """Delete a draft."""
    return act_and_show(
        request,
        lambda: invoices.delete_invoice(request.company, pk, by=request.user),
        _("The draft is deleted."),
        "supplier_invoice_detail",
        pk,
        then="supplier_invoice_list",
    )


def _act(request: Any, pk: int, act: Callable[[], Any], done: str) -> HttpResponse:
    """Do it and show on the invoice's page what came of it."""
    return act_and_show(request, act, done, "supplier_invoice_detail", pk)
