"""Supplier payments: list, one with what it settled, confirm and reverse; allocating and undoing it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.money import ZERO
from erp.core.web.actions import act_and_show
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.templatetags.ui import money
from erp.core.web.views import allowed, page
from inventory.documents.dates import working_date
from inventory.purchasing import allocations, payments
from inventory.purchasing.allocations import NewAllocation
from inventory.purchasing.filters import SupplierPaymentFilter
from inventory.purchasing.forms_payments import AllocationDayForm, SharesForm
from inventory.purchasing.listing_invoices import with_rest
from inventory.purchasing.models import InvoiceStatus, PayableAllocation, PaymentKind, SupplierPayment
from inventory.purchasing.open_items import OpenInvoice, open_invoices, open_payments
from inventory.purchasing.permissions import sees_prices
from inventory.purchasing.story import payment_story
from inventory.purchasing.tables import SupplierPaymentTable
from inventory.purchasing.views_invoices import ReverseForm
from inventory.suppliers.models import Supplier

PER_PAGE = 50


@page("purchasing.view_document")
def supplier_payment_list(request: Any) -> HttpResponse:
    """Payments and refunds with what of them is not allocated."""
    found = SupplierPaymentFilter(request.GET, with_rest(request.company))
    hidden = [] if sees_prices(request) else ["amount", "discount", "open"]
    table = SupplierPaymentTable(found.qs.order_by("-date", "-id"), exclude=hidden)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Supplier payments"), "supplier-payments")
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "may_enter": allowed(request, "purchasing.enter_payment"),
        "is_empty": not SupplierPayment.objects.filter(company=request.company).exists(),
    }
    return render(request, "inventory/purchasing/payment_list.html", context)


@page("purchasing.view_document")
def supplier_payment_detail(request: Any, pk: int) -> HttpResponse:
    """Head, the invoices it settles, and the story down to the vouchers."""
    related = ("reversal_of", "created_by", "confirmed_by")
    payment: Any = get_object_or_404(with_rest(request.company).select_related(*related), pk=pk)
    rows = list(
        PayableAllocation.objects.filter(company=request.company, payment=payment)
        .select_related("invoice", "undone_by")
        .order_by("pk")
    )
    is_draft, is_live = payment.status == InvoiceStatus.DRAFT, payment.status == InvoiceStatus.CONFIRMED
    may_confirm = allowed(request, "purchasing.confirm_payment")
    actions = {
        name
        for name, given in (
            ("edit", is_draft and allowed(request, "purchasing.enter_payment")),
            ("confirm", is_draft and may_confirm),
            ("reverse", is_live and payment.reversal_of_id is None and may_confirm),
            ("allocate", payment.open > 0 and allowed(request, "purchasing.allocate_payment")),
        )
        if given
    }
    context = {
        "payment": payment,
        "allocations": rows,
        "settled": sum((row.amount for row in rows), ZERO),
        "facts": _facts(payment, sees_prices=sees_prices(request)),
        "steps": [
            step._asdict()
            for step in payment_story(payment, rows, sees_voucher=allowed(request, "ledger.view_voucher"))
        ],
        "actions": actions,
        "sees_prices": sees_prices(request),
        "reverse_form": ReverseForm(
            initial={"date": working_date(request.company, not_before=payment.date)}, auto_id="reverse_%s"
        ),
    }
    return render(request, "inventory/purchasing/payment_detail.html", context)


def _facts(payment: Any, *, sees_prices: bool) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {
            "label": _("Supplier"),
            "value": payment.supplier,
            "url": reverse("supplier_detail", args=[payment.supplier_id]),
        },
        {"label": _("Date"), "value": f"{payment.date:%Y-%m-%d}"},
        {
            "label": _("Bank account"),
            "value": payment.bank_account.name if payment.bank_account else _("Default account"),
        },
        {"label": _("Settlement no."), "value": payment.settlement_no},
    ]
    if sees_prices:
        facts += [
            {"label": label, "value": money(amount)}
            for label, amount in (
                (_("Amount"), payment.amount),
                (_("Discount"), payment.discount),
                (_("Not allocated"), payment.open),
            )
        ]
    if payment.note:
        facts.append({"label": _("Note"), "value": payment.note})
    return facts


@require_POST
@page("purchasing.confirm_payment")
def supplier_payment_confirm(request: Any, pk: int) -> HttpResponse:
    """Confirm a draft: the money is paid."""
    done = _("Confirmed; its voucher follows.")
    return _act(request, pk, lambda: payments.confirm_payment(request.company, pk, by=request.user), done)


@require_POST
@page("purchasing.confirm_payment")
def supplier_payment_reverse(request: Any, pk: int) -> HttpResponse:
    """Take a payment back on the day given; what it settled is owed again."""
    form = ReverseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the date of the reversal."))
        return redirect("supplier_payment_detail", pk=pk)
    day = form.cleaned_data["date"]
    return _act(
        request, pk, lambda: payments.reverse_payment(request.company, pk, by=request.user, date=day), _("Reversed.")
    )


@require_POST
@page("purchasing.enter_payment")
def supplier_payment_delete(request: Any, pk: int) -> HttpResponse:
    """Delete a draft."""
    return act_and_show(
        request,
        lambda: payments.delete_payment(request.company, pk, by=request.user),
        _("The draft is deleted."),
        "supplier_payment_detail",
        pk,
        then="supplier_payment_list",
    )


def _act(request: Any, pk: int, act: Callable[[], Any], done: str) -> HttpResponse:
    """Do it and show on the payment's page what came of it."""
    return act_and_show(request, act, done, "supplier_payment_detail", pk)


@page("purchasing.allocate_payment")
def supplier_allocation(request: Any, pk: int) -> HttpResponse:
    """What is open of one supplier: choose a prepayment or a red-letter invoice at the left, invoices at the right."""
    supplier = get_object_or_404(Supplier, company=request.company, pk=pk)
    invoices = open_invoices(request.company.pk, supplier_id=pk)
    owed = [row for row in invoices if row.open > 0]
    sources = _sources(request, supplier, invoices)
    chosen = next((one for one in sources if one["key"] == request.GET.get("source")), sources[0] if sources else None)
    posted = request.POST if request.method == "POST" else None
    shares = SharesForm(posted, open_items=owed, shares={})
    day = AllocationDayForm(posted, initial={"date": working_date(request.company)})
    if posted is not None and chosen is not None and shares.is_valid() and day.is_valid():
        if not shares.shares():
            shares.add_error(None, _("Enter what is settled of at least one invoice."))
        elif _allocated(request, chosen, shares, day):
            return redirect("supplier_allocation", pk=pk)
    context = {
        "supplier": supplier,
        "sources": sources,
        "chosen": chosen,
        "form": shares,
        "day": day,
        "rows": [{"item": row, "open": row.open, "cell": shares.bound(row)} for row in owed],
        "past": _past(request, supplier),
        "today": working_date(request.company),
    }
    return render(request, "inventory/purchasing/allocation.html", context)


def _sources(request: Any, supplier: Supplier, invoices: list[OpenInvoice]) -> list[dict[str, Any]]:
    """What can settle invoices: payments with something left, red-letter invoices."""
    found: list[dict[str, Any]] = [
        {
            "key": f"payment-{row.id}", "payment_id": row.id, "credit_id": None, "number": row.number,
            "date": row.date, "open": row.open, "label": _("Prepayment"),
            "url": reverse("supplier_payment_detail", args=[row.id]),
        }
        for row in open_payments(request.company.pk, supplier_id=supplier.pk)
        if row.kind == PaymentKind.PAYMENT and row.open > 0
    ]  # fmt: skip
    found += [
        {
            "key": f"credit-{row.id}", "payment_id": None, "credit_id": row.id, "number": row.number,
            "date": row.date, "open": -row.open, "label": _("Red-letter invoice"),
            "url": reverse("supplier_invoice_detail", args=[row.id]),
        }
        for row in invoices
        if row.open < 0
    ]  # fmt: skip
    return found


def _allocated(request: Any, chosen: dict[str, Any], shares: SharesForm, day: AllocationDayForm) -> bool:
    """Write the allocations; a refusal stands at its invoice, else above the table."""
    pairs = [
        NewAllocation(invoice_id, chosen["payment_id"], chosen["credit_id"], amount)
        for invoice_id, amount in shares.shares().items()
    ]
    try:
        allocations.allocate(request.company, pairs, by=request.user, date=day.cleaned_data["date"])
    except DomainError as refusal:
        if refusal.field == "date":
            day.add_error("date", refusal.message)
        else:
            shares.add_error(None, refusal.message)
        return False
    messages.success(request, _("Allocated."))
    return True


def _past(request: Any, supplier: Supplier) -> Any:
    """The latest allocations that count, with whether they can be undone."""
    rows = PayableAllocation.objects.filter(company=request.company, supplier=supplier, undoes=None)
    rows = rows.filter(Q(payment=None) | Q(payment__status=InvoiceStatus.CONFIRMED))
    return rows.select_related("payment", "credit", "invoice", "undone_by").order_by("-pk")[:50]


@require_POST
@page("purchasing.allocate_payment")
def supplier_allocation_auto(request: Any, pk: int) -> HttpResponse:
    """Settle by due date all that prepayments and red-letter invoices reach."""
    supplier = get_object_or_404(Supplier, company=request.company, pk=pk)
    try:
        day = working_date(request.company)
        made = allocations.allocate_automatically(request.company, supplier.pk, by=request.user, date=day)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        text = _("%(count)s allocations were made.") if made else _("There is nothing to allocate.")
        messages.success(request, text % {"count": len(made)})
    return redirect("supplier_allocation", pk=pk)


@require_POST
@page("purchasing.allocate_payment")
def supplier_allocation_undo(request: Any, pk: int) -> HttpResponse:
    """Take one allocation back; the invoice is owed again."""
    row = get_object_or_404(PayableAllocation, company=request.company, pk=pk)
    try:
        allocations.undo_allocation(
            request.company, pk, by=request.user, date=working_date(request.company, not_before=row.date)
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Allocation %(number)s is undone.") % {"number": row.number})
    return redirect("supplier_allocation", pk=row.supplier_id)


@page("purchasing.view_document")
def payable_allocation(request: Any, pk: int) -> HttpResponse:
    """Where the vouchers of an allocation lead: the allocation page of its supplier, else the document that settles."""
    row = get_object_or_404(PayableAllocation, company=request.company, pk=pk)
    if allowed(request, "purchasing.allocate_payment"):
        return redirect("supplier_allocation", pk=row.supplier_id)
    if row.payment_id is not None:
        return redirect("supplier_payment_detail", pk=row.payment_id)
    return redirect("supplier_invoice_detail", pk=row.credit_id or row.invoice_id)
