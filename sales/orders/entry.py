"""Entry pages of sales documents: a new sale or return, a return of a sale that was delivered, changing a draft."""

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.db.models.functions import Abs
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.web.lines import place
from erp.core.web.views import allowed, page, require
from inventory.documents.dates import working_date
from inventory.documents.errors import InsufficientStock
from inventory.items.models import Item, ItemKind
from inventory.warehouses.services import main_warehouse
from sales.customers.models import Customer
from sales.orders import forms as entry
from sales.orders.fulfil import complete_many
from sales.orders.models import OrderKind, OrderStatus, SalesOrder, SalesOrderLine
from sales.orders.queries import done_quantities
from sales.orders.services import NewOrder, create_order, update_draft


@page("sales.enter_document")
def sales_order_new(request: Any, kind: str) -> HttpResponse:
    """A new sale, or a return of which no sale is known. ``?customer=`` fills the customer in."""
    if kind not in OrderKind.values:
        raise Http404
    head: dict[str, Any] = {
        "date": working_date(request.company),
        "warehouse": main_warehouse(request.company).pk,
    }
    wanted = request.GET.get("customer", "")
    if wanted.isdigit() and (customer := Customer.objects.filter(company=request.company, pk=wanted).first()):
        head |= {"customer": customer.pk, "customer_text": str(customer)}
    return _entry(request, kind, None, head, [{}] * entry.BLANK_LINES)


@page("sales.enter_document")
def sales_return_new(request: Any, pk: int) -> HttpResponse:
    """A return of a sale: its lines with what has not come back yet."""
    sold = get_object_or_404(SalesOrder, company=request.company, pk=pk, kind=OrderKind.SALE)
    line_ids = list(sold.lines.values_list("id", flat=True))
    back = SalesOrderLine.objects.filter(company=request.company, of_line__in=line_ids)
    back = back.exclude(order__status=OrderStatus.CANCELLED).order_by()
    returned: dict[Any, Any] = dict(back.values("of_line").annotate(n=Abs(Sum("qty"))).values_list("of_line", "n"))
    lines = entry.returnable_lines(sold, returned, done_quantities(request.company.pk, line_ids))
    if not lines:
        messages.error(request, _("Nothing of %(number)s is left to return.") % {"number": sold.number})
        return redirect("sales_order_detail", pk=pk)
    head = entry.head_of(sold) | {"date": working_date(request.company, not_before=sold.date), "note": ""}
    return _entry(request, OrderKind.RETURN, None, head, lines, sold=sold)


@page("sales.enter_document")
def sales_order_edit(request: Any, pk: int) -> HttpResponse:
    """Change a draft."""
    order = get_object_or_404(SalesOrder.objects.select_related("customer"), company=request.company, pk=pk)
    if order.status != OrderStatus.DRAFT:
        text = _("%(number)s is no draft any more and cannot be changed. Enter a return instead.")
        messages.error(request, text % {"number": order.number})
        return redirect("sales_order_detail", pk=pk)
    return _entry(request, order.kind, order, entry.head_of(order), entry.lines_of(order))


def _entry(
    request: Any, kind: str, order: SalesOrder | None, head_initial: Any, lines_initial: Any, sold: Any = None
) -> HttpResponse:
    company, posted = request.company, request.POST if request.method == "POST" else None
    head = entry.SalesOrderForm(posted, initial=head_initial, company=company)
    if kind == OrderKind.RETURN:
        del head.fields["over_delivery"]  # what comes back was delivered
    formset = entry.OrderLineFormSet(posted, initial=lines_initial, prefix="lines", form_kwargs={"company": company})
    if posted is not None and head.is_valid() and formset.is_valid():
        lines = entry.used_lines(formset)
        new = entry.new_order(kind, head, lines)
        _keep_own_sold_lines(company, new)
        try:
            saved = (
                update_draft(company, order.pk, new, by=request.user)
                if order
                else create_order(company, new, by=request.user)
            )
        except DomainError as refusal:
            place(refusal, head, lines, entry.CELLS)
        else:
            if _is_done(request, saved, head, lines):
                return redirect("sales_order_detail", pk=saved.pk)
            order = saved  # what was typed is kept as a draft; the page goes on with it
    context = {
        "form": head,
        "formset": formset,
        "order": order,
        "sold": sold,
        "kind_label": OrderKind(kind).label,
        "foot": _foot(),
        "is_return": kind == OrderKind.RETURN,
        "may_confirm": allowed(request, "sales.confirm_document"),
        "back": reverse("sales_order_detail", args=[(order or sold).pk])
        if order or sold
        else reverse("sales_order_list"),
    }
    return render(request, "sales/orders/form.html", context)


def _foot() -> Any:
    """The grid's row of totals; the cells are filled in as one types."""
    cells = format_html_join("", '<td class="num" data-total="{}"></td>', [("net",), ("tax",), ("gross",)])
    return format_html('<tr><td></td><td colspan="4">{}</td>{}<td></td><td></td></tr>', _("Total"), cells)


def _keep_own_sold_lines(company: Any, new: NewOrder) -> None:
    """A return's line may name only a line sold to the same customer, of the same item; the browser is not believed."""
    named = {line.of_line_id for line in new.lines if line.of_line_id is not None}
    if not named:
        return
    sold = dict(
        SalesOrderLine.objects.filter(
            company=company, pk__in=named, order__customer_id=new.customer_id, order__kind=OrderKind.SALE
        ).values_list("id", "item_id")
    )
    for line in new.lines:
        if line.of_line_id is not None and sold.get(line.of_line_id) != line.item_id:
            line.of_line_id = None


def _is_done(request: Any, saved: SalesOrder, head: Any, lines: list[Any]) -> bool:
    """Complete the draft if that was asked for. When refused it stays a draft, and the refusal stands at its line."""
    if request.POST.get("action") != "complete":
        messages.success(request, _("%(number)s is saved as a draft.") % {"number": saved.number})
        return True
    require(request, "sales.confirm_document")
    try:
        complete_many(request.company, [saved.pk], by=request.user)
    except DomainError as refusal:
        messages.info(request, _("%(number)s is kept as a draft.") % {"number": saved.number})
        # A delivery has only the goods among the lines, and counts them.
        place(refusal, head, _goods(lines) if isinstance(refusal, InsufficientStock) else lines, entry.CELLS)
        return False
    messages.success(request, completed(saved.kind))
    return True


def completed(kind: str) -> str:
    """What completing an order of the kind did, in words."""
    if kind == OrderKind.RETURN:
        return _("The goods are back and credited; the vouchers follow.")
    return _("Confirmed, delivered and invoiced; the vouchers follow.")


def _goods(lines: list[Any]) -> list[Any]:
    ids = {line.cleaned_data["item"] for line in lines}
    goods = set(Item.objects.filter(pk__in=ids, kind=ItemKind.STOCK).values_list("id", flat=True))
    return [line for line in lines if line.cleaned_data["item"] in goods]
