"""Entry pages of purchase orders: a new one, changing a draft."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.web.lines import place, plain
from erp.core.web.views import allowed, page, require
from inventory.documents.dates import working_date
from inventory.items.models import Item
from inventory.purchasing import forms_orders as entry
from inventory.purchasing import orders
from inventory.purchasing.models import OrderStatus, PurchaseOrder
from inventory.purchasing.orders import NewOrder, NewOrderLine
from inventory.purchasing.prices import last_prices
from inventory.suppliers.models import Supplier
from inventory.warehouses.services import main_warehouse


@page("purchasing.enter_order")
def purchase_order_new(request: Any) -> HttpResponse:
    """A new order. ``?supplier=`` and ``?item=`` (repeated) fill it in."""
    head: dict[str, Any] = {"date": working_date(request.company), "warehouse": main_warehouse(request.company).pk}
    wanted = request.GET.get("supplier", "")
    if wanted.isdigit() and (supplier := Supplier.objects.filter(company=request.company, pk=wanted).first()):
        head |= {"supplier": supplier.pk, "supplier_text": str(supplier)}
    lines = _lines_of_items(request, head.get("supplier"))
    blank: list[dict[str, Any]] = [{}] * max(entry.BLANK_LINES - len(lines), 1)
    return _entry(request, None, head, lines + blank)


def _lines_of_items(request: Any, supplier_id: int | None) -> list[dict[str, Any]]:
    wanted = [int(text) for text in request.GET.getlist("item") if text.isdigit()]
    items = list(Item.objects.filter(company=request.company, pk__in=wanted, is_active=True).order_by("code"))
    last = last_prices(request.company.pk, [item.pk for item in items], supplier_id=supplier_id)
    return [
        {
            "item": item.pk,
            "item_text": str(item),
            "unit": item.unit,
            "unit_price": plain(item.purchase_price if item.purchase_price is not None else last.get(item.pk)),
            "tax_rate": plain(item.tax_rate),
        }
        for item in items
    ]


@page("purchasing.enter_order")
def purchase_order_edit(request: Any, pk: int) -> HttpResponse:
    """Change a draft."""
    order = get_object_or_404(PurchaseOrder.objects.select_related("supplier"), company=request.company, pk=pk)
    if order.status != OrderStatus.DRAFT:
        text = _("%(number)s is no draft any more and cannot be changed. Copy it, or close it.")
        messages.error(request, text % {"number": order.number})
        return redirect("purchase_order_detail", pk=pk)
    return _entry(request, order, entry.head_of(order), entry.lines_of(order))


def _entry(request: Any, order: PurchaseOrder | None, head_initial: Any, lines_initial: Any) -> HttpResponse:
    company, posted = request.company, request.POST if request.method == "POST" else None
    head = entry.PurchaseOrderForm(posted, initial=head_initial, company=company)
    formset = entry.OrderLineFormSet(posted, initial=lines_initial, prefix="lines", form_kwargs={"company": company})
    if posted is not None and head.is_valid() and formset.is_valid():
        lines = entry.used_lines(formset)
        new = _new_order(head, lines)
        try:
            saved = (
                orders.update_order(company, order.pk, new, by=request.user)
                if order
                else orders.create_order(company, new, by=request.user)
            )
        except DomainError as refusal:
            place(refusal, head, lines, entry.CELLS)
        else:
            if _is_done(request, saved, head):
                return redirect("purchase_order_detail", pk=saved.pk)
            order = saved  # what was typed is kept as a draft; the page goes on with it
    context = {
        "form": head,
        "formset": formset,
        "order": order,
        "foot": _foot(),
        "may_confirm": allowed(request, "purchasing.confirm_order"),
        "back": reverse("purchase_order_detail", args=[order.pk]) if order else reverse("purchase_order_list"),
    }
    return render(request, "inventory/purchasing/order_form.html", context)


def _new_order(head: entry.PurchaseOrderForm, lines: list[entry.OrderLineForm]) -> NewOrder:
    given = head.cleaned_data
    return NewOrder(
        supplier_id=given["supplier"],
        date=given["date"],
        warehouse_id=given["warehouse"].pk,
        expected_on=given["expected_on"],
        external_no=given["external_no"],
        note=given["note"],
        lines=[
            NewOrderLine(
                item_id=line.cleaned_data["item"],
                qty=line.base_qty,
                unit_price=line.base_price,
                tax_rate=line.cleaned_data["tax_rate"],
                unit_id=line.unit_id,
                unit_qty=line.cleaned_data["qty"] if line.unit_id is not None else None,
                note=line.cleaned_data["note"],
            )
            for line in lines
        ],
    )


def _foot() -> Any:
    """The grid's row of totals; the cells are filled in as one types."""
    cells = format_html_join("", '<td class="num" data-total="{}"></td>', [("net",), ("tax",), ("gross",)])
    return format_html('<tr><td></td><td colspan="5">{}</td>{}<td></td><td></td></tr>', _("Total"), cells)


def _is_done(request: Any, saved: PurchaseOrder, head: entry.PurchaseOrderForm) -> bool:
    """Confirm the draft if that was asked for. When refused it stays a draft, and the refusal stands on the page."""
    if request.POST.get("action") != "confirm":
        messages.success(request, _("%(number)s is saved as a draft.") % {"number": saved.number})
        return True
    require(request, "purchasing.confirm_order")
    try:
        orders.confirm_order(request.company, saved.pk, by=request.user)
    except DomainError as refusal:
        messages.info(request, _("%(number)s is kept as a draft.") % {"number": saved.number})
        place(refusal, head, [], entry.CELLS)
        return False
    messages.success(request, _("%(number)s is confirmed.") % {"number": saved.number})
    return True
