"""Sales documents: list, one with its story, and what can be done with it: confirm, deliver, invoice, all at once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.actions import act_and_show
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.views import allowed, page
from sales.orders import fulfil, services
from sales.orders.entry import completed
from sales.orders.filters import SalesOrderFilter
from sales.orders.forms import FulfilForm
from sales.orders.models import OrderKind, OrderStatus, SalesOrder
from sales.orders.queries import Done, OrderState, done_quantities, order_states, related_orders
from sales.orders.story import story
from sales.orders.tables import SalesOrderTable, badge_of

PER_PAGE = 50


@page("sales.view_document")
def sales_order_list(request: Any) -> HttpResponse:
    """Sales and returns, each with how far it is."""
    orders = SalesOrder.objects.filter(company=request.company).select_related("customer")
    found = SalesOrderFilter(request.GET, orders)
    table = SalesOrderTable(found.qs.order_by("-date", "-id"))
    if wants_excel(request):
        return workbook_of_table(request, table, _("Sales orders"), "sales-orders")
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    table.states = order_states(request.company.pk, [row.record.pk for row in table.paginated_rows])
    context = {"filter": found, "table": table, "may_enter": allowed(request, "sales.enter_document")}
    return render(request, "sales/orders/list.html", context)


@page("sales.view_document")
def sales_order_detail(request: Any, pk: int) -> HttpResponse:
    """Head, lines with what is delivered and invoiced of them, and the story up to the vouchers."""
    order = _order(request, pk)
    lines = list(order.lines.select_related("item").order_by("line_no"))
    done = done_quantities(request.company.pk, [line.pk for line in lines])
    state = order_states(request.company.pk, [order.pk])[order.pk]
    context = {
        "order": order,
        "state": state,
        "badge": badge_of(state),
        "lines": [{"line": line, "done": done.get(line.pk, Done())} for line in lines],
        "facts": _facts(order),
        "steps": [step._asdict() for step in story(order, state, sees_voucher=allowed(request, "ledger.view_voucher"))],
        "actions": _actions(request, order, state),
        "is_return": order.kind == OrderKind.RETURN,
    }
    return render(request, "sales/orders/detail.html", context)


def _order(request: Any, pk: int) -> SalesOrder:
    related = ("customer", "warehouse", "created_by", "confirmed_by")
    return get_object_or_404(SalesOrder.objects.select_related(*related), company=request.company, pk=pk)


def _facts(order: SalesOrder) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {
            "label": _("Customer"),
            "value": order.customer,
            "url": reverse("customer_detail", args=[order.customer_id]),
        },
        {"label": _("Date"), "value": f"{order.date:%Y-%m-%d}"},
        {"label": _("Warehouse"), "value": order.warehouse},
        {"label": _("Prices"), "value": _("With tax") if order.price_includes_tax else _("Without tax")},
    ]
    if order.over_delivery:
        facts.append({"label": _("Over-delivery allowed"), "value": f"{order.over_delivery * 100:.4g} %"})
    for label, value in ((_("Region"), order.region), (_("External no."), order.external_no), (_("Note"), order.note)):
        if value:
            facts.append({"label": label, "value": value})
    label = _("Return of") if order.kind == OrderKind.RETURN else _("Came back with")
    facts += [
        {"label": label, "value": other, "url": reverse("sales_order_detail", args=[other.pk])}
        for other in related_orders(order)
    ]
    return facts


def _actions(request: Any, order: SalesOrder, state: OrderState) -> set[str]:
    """What this user can do with the order in its state."""
    found: set[str] = set()
    is_draft, is_open = order.status == OrderStatus.DRAFT, order.status == OrderStatus.CONFIRMED
    if allowed(request, "sales.enter_document"):
        if is_draft:
            found |= {"edit", "delete"}
        if is_open and order.kind == OrderKind.SALE and (state.delivered or state.invoiced):
            found.add("return")
    if allowed(request, "sales.confirm_document"):
        if is_draft:
            found |= {"confirm", "complete"}
        if is_open and state.has_goods and state.delivered < 1:
            found.add("deliver")
        if is_open and state.invoiced < 1:
            found.add("invoice")
        if {"deliver", "invoice"} <= found:
            found.add("complete")
        if order.status != OrderStatus.CANCELLED and not is_draft and not state.delivered and not state.invoiced:
            found.add("cancel")
    return found


@page("sales.confirm_document")
def sales_order_fulfil(request: Any, pk: int, what: str) -> HttpResponse:
    """Deliver or invoice a part: quantities per line, on a day."""
    order = _order(request, pk)
    if what not in ("deliver", "invoice"):
        raise Http404
    lines = list(order.lines.select_related("item").order_by("line_no"))
    done = done_quantities(request.company.pk, [line.pk for line in lines])
    rows: list[dict[str, Any]] = []
    left: dict[int, Decimal] = {}
    for line in lines:
        so_far = done.get(line.pk, Done())
        rest = abs(line.qty) - (so_far.delivered if what == "deliver" else so_far.invoiced)
        if rest > 0 and (what == "invoice" or line.item.is_stock):
            left[line.pk] = rest
            rows.append({"line": line, "left": rest})
    if order.status != OrderStatus.CONFIRMED or not rows:
        messages.error(request, _("Nothing of %(number)s is left to do here.") % {"number": order.number})
        return redirect("sales_order_detail", pk=pk)
    form = FulfilForm(request.POST or None, left=left, initial={"date": order.date})
    if request.method == "POST" and form.is_valid():
        act = fulfil.deliver if what == "deliver" else fulfil.invoice
        try:
            made = act(
                request.company, pk, by=request.user, date=form.cleaned_data["date"], quantities=form.quantities()
            )
        except DomainError as refusal:
            form.add_error("date" if refusal.field == "date" else None, refusal.message)
        else:
            messages.success(request, _("%(number)s is made.") % {"number": made.number})
            return redirect("sales_order_detail", pk=pk)
    for row in rows:
        row["field"] = form[f"qty-{row['line'].pk}"]
    context = {"order": order, "form": form, "rows": rows, "what": what}
    return render(request, "sales/orders/fulfil.html", context)


@require_POST
@page("sales.confirm_document")
def sales_order_confirm(request: Any, pk: int) -> HttpResponse:
    """Confirm: agreed with the customer; no goods move yet."""
    return _act(request, pk, lambda: services.confirm_orders(request.company, [pk], by=request.user), _("Confirmed."))


@require_POST
@page("sales.confirm_document")
def sales_order_complete(request: Any, pk: int) -> HttpResponse:
    """Confirm, deliver and invoice in one transaction."""
    done = completed(_order(request, pk).kind)
    return _act(request, pk, lambda: fulfil.complete_many(request.company, [pk], by=request.user), done)


@require_POST
@page("sales.confirm_document")
def sales_order_cancel(request: Any, pk: int) -> HttpResponse:
    """Cancel an order of which nothing was done."""
    return _act(request, pk, lambda: services.cancel_order(request.company, pk, by=request.user), _("Cancelled."))


@require_POST
@page("sales.enter_document")
def sales_order_delete(request: Any, pk: int) -> HttpResponse:
    """Delete a draft."""
    return act_and_show(
        request,
        lambda: services.delete_draft(request.company, pk, by=request.user),
        _("The draft is deleted."),
        "sales_order_detail",
        pk,
        then="sales_order_list",
    )


def _act(request: Any, pk: int, act: Callable[[], Any], done: str) -> HttpResponse:
    """Do it and show on the order's page what came of it; the second of two clicks meets a refusal in words."""
    return act_and_show(request, act, done, "sales_order_detail", pk)
