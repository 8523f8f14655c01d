"""Entry pages of supplier invoices: out of receipts or returns that wait for one, with charges beside them; charges
and allowances alone; changing a draft.
"""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.money import ZERO, cents
from erp.core.web.lines import place, plain
from erp.core.web.views import allowed, page, require
from inventory.documents.dates import working_date
from inventory.documents.models import StockDocument
from inventory.purchasing import forms_invoices as entry
from inventory.purchasing import invoices
from inventory.purchasing.invoice_confirm import confirm_invoice
from inventory.purchasing.invoices import NewInvoice, NewInvoiceLine, NewMatch
from inventory.purchasing.listing_invoices import OpenGoods, open_goods, suppliers_waiting
from inventory.purchasing.models import InvoiceKind, InvoiceMatch, InvoiceStatus, SupplierInvoice
from inventory.suppliers.models import Supplier


@page("purchasing.enter_invoice")
def supplier_invoice_match(request: Any) -> HttpResponse:
    """Choose a supplier, then tick what is on the invoice. ``?kind=red``: a red-letter invoice of returns;
    ``order`` and ``receipt`` (repeated) tick their lines."""
    kind = InvoiceKind.RED if request.GET.get("kind") == "red" else InvoiceKind.BLUE
    wanted = request.GET.get("supplier", "")
    supplier = Supplier.objects.filter(company=request.company, pk=wanted).first() if wanted.isdigit() else None
    if supplier is None:
        context = {"waiting": suppliers_waiting(request.company, kind), "kind": kind, "is_red": kind == InvoiceKind.RED}
        return render(request, "inventory/purchasing/invoice_suppliers.html", context)
    head = {
        "supplier": supplier.pk,
        "supplier_text": str(supplier),
        "date": working_date(request.company),
        "is_deductible": True,
        "is_certified": True,
    }
    rows = open_goods(request.company, supplier, kind)
    return _goods_entry(request, None, supplier, kind, head, rows, _ticked(request, rows))


def _ticked(request: Any, rows: list[OpenGoods]) -> frozenset[int]:
    """The lines of the receipts or of the order that the address names; else none."""
    documents = {int(text) for text in request.GET.getlist("receipt") if text.isdigit()}
    order = request.GET.get("order", "")
    if order.isdigit():
        found = StockDocument.objects.filter(company=request.company, source_type="purchase_order", source_id=order)
        documents |= set(found.values_list("id", flat=True))
    return frozenset(row.line_id for row in rows if row.document_id in documents)


@page("purchasing.enter_invoice")
def supplier_invoice_charge(request: Any) -> HttpResponse:
    """A charge, or (``?kind=red``) an allowance: no goods come or go with it. ``?of=`` names the invoice it lowers."""
    kind = InvoiceKind.RED if request.GET.get("kind") == "red" else InvoiceKind.BLUE
    head: dict[str, Any] = {
        "kind": kind,
        "date": working_date(request.company),
        "is_deductible": True,
        "is_certified": True,
    }
    of = request.GET.get("of", "")
    if of.isdigit() and (original := SupplierInvoice.objects.filter(company=request.company, pk=of).first()):
        head |= {
            "kind": InvoiceKind.RED,
            "supplier": original.supplier_id,
            "supplier_text": str(original.supplier),
            "of_invoice": original.number,
            "is_deductible": original.is_deductible,
        }
    return _charge_entry(request, None, head, [{}] * entry.BLANK_LINES)


@page("purchasing.enter_invoice")
def supplier_invoice_edit(request: Any, pk: int) -> HttpResponse:
    """Change a draft: with the receipts that wait beside those it has, or its charges."""
    invoice = get_object_or_404(SupplierInvoice.objects.select_related("supplier"), company=request.company, pk=pk)
    if invoice.status != InvoiceStatus.DRAFT:
        text = _("%(number)s is no draft any more and cannot be changed. Reverse it instead.")
        messages.error(request, text % {"number": invoice.number})
        return redirect("supplier_invoice_detail", pk=pk)
    head: dict[str, Any] = {
        "kind": invoice.kind,
        "supplier": invoice.supplier_id,
        "supplier_text": str(invoice.supplier),
        "invoice_no": invoice.invoice_no,
        "date": invoice.date,
        "due_on": invoice.due_on,
        "of_invoice": invoice.of_invoice.number if invoice.of_invoice else "",
        "is_deductible": invoice.is_deductible,
        "is_certified": invoice.is_certified,
        "note": invoice.note,
    }
    matches = list(
        InvoiceMatch.objects.filter(company=request.company, invoice_line__invoice=invoice).select_related(
            "invoice_line"
        )
    )
    if not matches:
        return _charge_entry(request, invoice, head, _charges_of(invoice) or [{}])
    rows = open_goods(request.company, invoice.supplier, invoice.kind)
    cells: dict[str, Any] = {}
    for match in matches:
        line = match.invoice_line
        cells |= {
            f"qty-{match.stock_line_id}": plain(match.qty),
            f"unit_price-{match.stock_line_id}": plain(line.unit_price),
            f"tax_rate-{match.stock_line_id}": plain(line.tax_rate),
        }
    ticked = frozenset(match.stock_line_id for match in matches)
    return _goods_entry(request, invoice, invoice.supplier, invoice.kind, head, rows, ticked, cells)


def _charges_of(invoice: SupplierInvoice) -> list[dict[str, Any]]:
    """Lines without goods as the grid's first content."""
    return [
        {
            "description": line.description,
            "item": line.item_id,
            "item_text": str(line.item) if line.item else "",
            "net": plain(abs(line.net)),
            "tax_rate": plain(line.tax_rate),
            "tax": plain(abs(line.tax)),
        }
        for line in invoice.lines.filter(qty=0).select_related("item").order_by("line_no")
    ]


def _goods_entry(
    request: Any,
    invoice: SupplierInvoice | None,
    supplier: Supplier,
    kind: str,
    head_initial: dict[str, Any],
    rows: list[OpenGoods],
    ticked: frozenset[int],
    cells: dict[str, Any] | None = None,
) -> HttpResponse:
    company, posted = request.company, request.POST if request.method == "POST" else None
    head = entry.InvoiceHeadForm(posted, initial=head_initial, company=company, fixed_supplier=True)
    match = entry.MatchForm(posted, open_lines=rows, taken=ticked, initial=cells)
    charges_initial = [*(_charges_of(invoice) if invoice else []), {}]
    formset = entry.ChargeLineFormSet(posted, initial=charges_initial, prefix="lines", form_kwargs={"company": company})
    if posted is not None and head.is_valid() and match.is_valid() and formset.is_valid():
        charges = entry.used_charges(formset)
        lines = [_goods_line(match, row) for row in match.taken()] + [_charge_line(line) for line in charges]
        if not head.refuse_other_total(_gross(lines)):
            new = _new_invoice(head, supplier.pk, kind, lines)
            invoice, refusal = _save(request, invoice, new)
            if refusal is None and invoice is not None:
                return redirect("supplier_invoice_detail", pk=invoice.pk)
            if refusal is not None:
                _place_in_match(refusal, head, match, charges)
    context = {
        "form": head,
        "match": match,
        "formset": formset,
        "rows": [{"row": row, "cells": match.bound(row), "estimate": plain(row.unit_cost)} for row in rows],
        "supplier": supplier,
        "invoice": invoice,
        "is_red": kind == InvoiceKind.RED,
        "may_confirm": allowed(request, "purchasing.confirm_invoice"),
        "back": _back(invoice),
    }
    return render(request, "inventory/purchasing/invoice_match.html", context)


def _charge_entry(
    request: Any, invoice: SupplierInvoice | None, head_initial: dict[str, Any], lines_initial: list[dict[str, Any]]
) -> HttpResponse:
    company, posted = request.company, request.POST if request.method == "POST" else None
    head = entry.ChargeHeadForm(posted, initial=head_initial, company=company)
    if invoice is not None:
        head.fields["kind"].disabled = True  # Its number says what it is.
    formset = entry.ChargeLineFormSet(posted, initial=lines_initial, prefix="lines", form_kwargs={"company": company})
    if posted is not None and head.is_valid() and formset.is_valid():
        charges = entry.used_charges(formset)
        lines = [_charge_line(line) for line in charges]
        if not head.refuse_other_total(_gross(lines)):
            new = _new_invoice(head, head.cleaned_data["supplier"], head.cleaned_data["kind"], lines)
            new.of_invoice_id = head.cleaned_data["of_invoice_id"]
            invoice, refusal = _save(request, invoice, new)
            if refusal is None and invoice is not None:
                return redirect("supplier_invoice_detail", pk=invoice.pk)
            if refusal is not None:
                place(refusal, head, charges, entry.CELLS)
    context = {
        "form": head,
        "formset": formset,
        "invoice": invoice,
        "foot": _foot(),
        "may_confirm": allowed(request, "purchasing.confirm_invoice"),
        "back": _back(invoice),
    }
    return render(request, "inventory/purchasing/invoice_charge.html", context)


def _foot() -> Any:
    """The row of totals of charges; the cells are filled in as one types."""
    cells = '<td class="num" data-total="net"></td><td></td><td class="num" data-total="tax"></td>'
    return format_html('<tr><td></td><td colspan="2">{}</td>{}<td></td></tr>', _("Total"), mark_safe(cells))


def _back(invoice: SupplierInvoice | None) -> str:
    return reverse("supplier_invoice_detail", args=[invoice.pk]) if invoice else reverse("supplier_invoice_list")


def _goods_line(match: entry.MatchForm, row: Any) -> NewInvoiceLine:
    qty = match.of(row, "qty")
    return NewInvoiceLine(
        item_id=row.item_id,
        qty=qty,
        unit_price=match.of(row, "unit_price"),
        tax_rate=match.of(row, "tax_rate"),
        matches=[NewMatch(row.line_id, qty)],
    )


def _charge_line(line: entry.ChargeLineForm) -> NewInvoiceLine:
    given = line.cleaned_data
    return NewInvoiceLine(
        item_id=given["item"],
        net=given["net"],
        tax=line.tax_amount,
        tax_rate=line.rate,
        description=given["description"],
    )


def _gross(lines: list[NewInvoiceLine]) -> Decimal:
    """The total of what was entered, as the service computes it."""
    total = ZERO
    for line in lines:
        net = line.net if line.net is not None else cents(line.qty * line.unit_price)
        tax = line.tax if line.tax is not None else cents(net * (line.tax_rate or 0))
        total += net + tax
    return total


def _new_invoice(head: entry.InvoiceHeadForm, supplier_id: int, kind: str, lines: list[NewInvoiceLine]) -> NewInvoice:
    given = head.cleaned_data
    return NewInvoice(
        supplier_id=supplier_id,
        date=given["date"],
        lines=lines,
        kind=kind,
        invoice_no=given["invoice_no"],
        due_on=given["due_on"],
        is_deductible=given["is_deductible"],
        is_certified=given["is_certified"],
        note=given["note"],
    )


def _save(
    request: Any, invoice: SupplierInvoice | None, new: NewInvoice
) -> tuple[SupplierInvoice | None, DomainError | None]:
    """Write the draft and confirm it if that was asked for. A refused confirmation leaves the draft."""
    company = request.company
    try:
        saved = (
            invoices.update_invoice(company, invoice.pk, new, by=request.user)
            if invoice
            else invoices.create_invoice(company, new, by=request.user)
        )
    except DomainError as refusal:
        return invoice, refusal
    if request.POST.get("action") != "confirm":
        messages.success(request, _("%(number)s is saved as a draft.") % {"number": saved.number})
        return saved, None
    require(request, "purchasing.confirm_invoice")
    try:
        confirm_invoice(company, saved.pk, by=request.user)
    except DomainError as refusal:
        messages.info(request, _("%(number)s is kept as a draft.") % {"number": saved.number})
        return saved, refusal
    messages.success(request, _("%(number)s is confirmed; its voucher follows.") % {"number": saved.number})
    return saved, None


def _place_in_match(refusal: DomainError, head: Any, match: entry.MatchForm, charges: list[Any]) -> None:
    """Show a refusal at its receipt line, at its charge, at its field of the head, or above the form."""
    taken = match.taken()
    parts = (refusal.field or "").split("-")
    if len(parts) == 3 and parts[0] == "lines" and parts[1].isdigit() and int(parts[1]) <= len(taken):
        row = taken[int(parts[1]) - 1]
        name = parts[2] if f"{parts[2]}-{row.line_id}" in match.fields else "qty"
        match.add_error(f"{name}-{row.line_id}", refusal.message)
        return
    if len(parts) == 3 and parts[1].isdigit():
        refusal.field = f"lines-{int(parts[1]) - len(taken)}-{parts[2]}"
    place(refusal, head, charges, entry.CELLS)
