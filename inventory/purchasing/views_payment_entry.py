"""Entry pages of supplier payments: choose a supplier, see what is owed, say what is paid; changing a draft."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.money import ZERO
from erp.core.web.lines import plain
from erp.core.web.views import allowed, page, require
from inventory.documents.dates import working_date
from inventory.purchasing import payments
from inventory.purchasing.forms_payments import PaymentForm, SharesForm
from inventory.purchasing.models import InvoiceStatus, PayableAllocation, PaymentKind, SupplierPayment
from inventory.purchasing.open_items import OpenInvoice, open_invoices, prepaid
from inventory.purchasing.payables import balances
from inventory.purchasing.payments import NewPayment, Share
from inventory.suppliers.models import Supplier


@page("purchasing.enter_payment")
def supplier_payment_new(request: Any) -> HttpResponse:
    """A new payment, or (``?kind=refund``) money that a supplier gives back. ``?invoice=`` settles that one in full."""
    kind = PaymentKind.REFUND if request.GET.get("kind") == "refund" else PaymentKind.PAYMENT
    wanted = request.GET.get("supplier", "")
    supplier = Supplier.objects.filter(company=request.company, pk=wanted).first() if wanted.isdigit() else None
    if supplier is None:
        context = {
            "owed": [
                row for row in balances(request.company, on=working_date(request.company)) if row.owed or row.prepaid
            ],
            "kind": kind,
            "is_refund": kind == PaymentKind.REFUND,
        }
        return render(request, "inventory/purchasing/payment_suppliers.html", context)
    head: dict[str, Any] = {
        "kind": kind,
        "supplier": supplier.pk,
        "supplier_text": str(supplier),
        "date": working_date(request.company),
    }
    items = _open_items(request, supplier, kind)
    shares: dict[int, Decimal] = {}
    if (invoice := request.GET.get("invoice", "")).isdigit():
        shares = {item.id: abs(item.open) for item in items if item.id == int(invoice)}
        head["amount"] = plain(sum(shares.values(), ZERO)) if shares else ""
    return _entry(request, None, supplier, kind, head, items, shares)


@page("purchasing.enter_payment")
def supplier_payment_edit(request: Any, pk: int) -> HttpResponse:
    """Change a draft."""
    payment = get_object_or_404(SupplierPayment.objects.select_related("supplier"), company=request.company, pk=pk)
    if payment.status != InvoiceStatus.DRAFT:
        text = _("%(number)s is no draft any more and cannot be changed. Reverse it instead.")
        messages.error(request, text % {"number": payment.number})
        return redirect("supplier_payment_detail", pk=pk)
    head = {
        "kind": payment.kind,
        "supplier": payment.supplier_id,
        "supplier_text": str(payment.supplier),
        "date": payment.date,
        "amount": plain(payment.amount),
        "discount": plain(payment.discount) if payment.discount else "",
        "bank_account": payment.bank_account_id,
        "settlement_no": payment.settlement_no,
        "note": payment.note,
    }
    own = PayableAllocation.objects.filter(company=request.company, payment=payment)
    shares: dict[int, Decimal] = dict(own.values_list("invoice_id", "amount"))
    items = _open_items(request, payment.supplier, payment.kind)
    return _entry(request, payment, payment.supplier, payment.kind, head, items, shares)


def _open_items(request: Any, supplier: Supplier, kind: str) -> list[OpenInvoice]:
    """What a payment can settle: what is owed. What a refund can: red-letter invoices."""
    sign = 1 if kind == PaymentKind.PAYMENT else -1
    return [item for item in open_invoices(request.company.pk, supplier_id=supplier.pk) if sign * item.open > 0]


def _entry(
    request: Any,
    payment: SupplierPayment | None,
    supplier: Supplier,
    kind: str,
    head_initial: dict[str, Any],
    items: list[OpenInvoice],
    shares_initial: dict[int, Decimal],
) -> HttpResponse:
    company, posted = request.company, request.POST if request.method == "POST" else None
    head = PaymentForm(posted, initial=head_initial, company=company, fixed_supplier=True)
    head.fields["kind"].disabled = True  # What can be settled depends on it.
    shares = SharesForm(posted, open_items=items, shares=shares_initial)
    if posted is not None and head.is_valid() and shares.is_valid():
        payment, refusal = _save(request, payment, _new_payment(head, supplier, kind, shares))
        if refusal is None and payment is not None:
            return redirect("supplier_payment_detail", pk=payment.pk)
        if refusal is not None:
            head.add_error(refusal.field if refusal.field in head.fields else None, refusal.message)
    context = {
        "form": head,
        "shares": shares,
        "rows": [{"item": item, "open": abs(item.open), "cell": shares.bound(item)} for item in items],
        "owed": sum((abs(item.open) for item in items), ZERO),
        "prepaid": prepaid(company.pk, supplier.pk),
        "supplier": supplier,
        "payment": payment,
        "kind_label": PaymentKind(kind).label,
        "is_refund": kind == PaymentKind.REFUND,
        "today": working_date(company),
        "may_confirm": allowed(request, "purchasing.confirm_payment"),
        "back": reverse("supplier_payment_detail", args=[payment.pk]) if payment else reverse("supplier_payment_list"),
    }
    return render(request, "inventory/purchasing/payment_form.html", context)


def _new_payment(head: PaymentForm, supplier: Supplier, kind: str, shares: SharesForm) -> NewPayment:
    given = head.cleaned_data
    return NewPayment(
        supplier_id=supplier.pk,
        date=given["date"],
        amount=given["amount"],
        kind=kind,
        discount=given["discount"],
        bank_account_id=given["bank_account"].pk if given["bank_account"] else None,
        settlement_no=given["settlement_no"],
        shares=[Share(invoice_id, amount) for invoice_id, amount in shares.shares().items()],
        note=given["note"],
    )


def _save(
    request: Any, payment: SupplierPayment | None, new: NewPayment
) -> tuple[SupplierPayment | None, DomainError | None]:
    """Write the draft and confirm it if that was asked for. A refused confirmation leaves the draft."""
    company = request.company
    try:
        saved = (
            payments.update_payment(company, payment.pk, new, by=request.user)
            if payment
            else payments.create_payment(company, new, by=request.user)
        )
    except DomainError as refusal:
        return payment, refusal
    if request.POST.get("action") != "confirm":
        messages.success(request, _("%(number)s is saved as a draft.") % {"number": saved.number})
        return saved, None
    require(request, "purchasing.confirm_payment")
    try:
        payments.confirm_payment(company, saved.pk, by=request.user)
    except DomainError as refusal:
        messages.info(request, _("%(number)s is kept as a draft.") % {"number": saved.number})
        return saved, refusal
    messages.success(request, _("%(number)s is confirmed; its voucher follows.") % {"number": saved.number})
    return saved, None
