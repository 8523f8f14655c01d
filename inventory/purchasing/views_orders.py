"""Purchase orders: list, one with its story, and what can be done with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.actions import act_and_show
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.views import allowed, page, require
from inventory.documents.dates import working_date
from inventory.lots.services import ensure_lots
from inventory.purchasing import orders
from inventory.purchasing.filters import PurchaseOrderFilter
from inventory.purchasing.forms_orders import ReceiveForm
from inventory.purchasing.listing import Progress, line_progress, order_progress, with_amounts
from inventory.purchasing.models import OrderStatus, PurchaseOrder
from inventory.purchasing.permissions import sees_prices
from inventory.purchasing.story import order_story
from inventory.purchasing.tables import PurchaseOrderTable, order_state

PER_PAGE = 50
_PRICED = ["net", "gross", "invoiced"]


@page("purchasing.view_document")
def purchase_order_list(request: Any) -> HttpResponse:
    """Orders, each with how much of it has come and was invoiced."""
    found = PurchaseOrderFilter(request.GET, with_amounts(request.company), company=request.company)
    hidden = [] if sees_prices(request) else _PRICED
    table = PurchaseOrderTable(found.qs.order_by("-date", "-id"), exclude=hidden)
    if wants_excel(request):
        table.progress = order_progress(request.company.pk, [row.record.pk for row in table.rows])
        return workbook_of_table(request, table, _("Purchase orders"), "purchase-orders")
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    table.progress = order_progress(request.company.pk, [row.record.pk for row in table.paginated_rows])
    context = {
        "filter": found,
        "table": table,
        "may_enter": allowed(request, "purchasing.enter_order"),
        "drafts": [row.record.pk for row in table.paginated_rows if row.record.status == OrderStatus.DRAFT]
        if allowed(request, "purchasing.confirm_order")
        else [],
        "is_empty": not PurchaseOrder.objects.filter(company=request.company).exists(),
    }
    return render(request, "inventory/purchasing/order_list.html", context)


@page("purchasing.enter_order")
def purchase_order_import(request: Any) -> HttpResponse:
    """Where files of order lines are uploaded."""
    return redirect("imports_sheet", code="purchase-orders")


@page("purchasing.view_document")
def purchase_order_detail(request: Any, pk: int) -> HttpResponse:
    """Head, lines with what came and was invoiced of them, and the story up to the vouchers."""
    order = _order(request, pk)
    progress = {line_id: figures for line_id, (_order_id, figures) in line_progress(request.company.pk, [pk]).items()}
    lines = list(order.lines.select_related("item", "unit").order_by("line_no"))
    whole = order_progress(request.company.pk, [pk])[pk]
    state, label = order_state(order.status, whole.received_share)
    context = {
        "order": order,
        "badge": state,
        "badge_label": label,
        "lines": [{"line": line, "done": progress.get(line.pk, Progress(line.qty))} for line in lines],
        "net": sum(line.net for line in lines),
        "tax": sum(line.tax for line in lines),
        "gross": sum(line.net + line.tax for line in lines),
        "facts": _facts(order),
        "steps": [step._asdict() for step in order_story(order, sees_voucher=allowed(request, "ledger.view_voucher"))],
        "actions": _actions(request, order, whole),
        "sees_prices": sees_prices(request),
    }
    return render(request, "inventory/purchasing/order_detail.html", context)


def _order(request: Any, pk: int) -> PurchaseOrder:
    related = ("supplier", "warehouse", "created_by", "confirmed_by")
    return get_object_or_404(PurchaseOrder.objects.select_related(*related), company=request.company, pk=pk)


def _facts(order: PurchaseOrder) -> list[dict[str, Any]]:
    url = reverse("supplier_detail", args=[order.supplier_id])
    facts: list[dict[str, Any]] = [
        {"label": _("Supplier"), "value": order.supplier, "url": url},
        {"label": _("Date"), "value": f"{order.date:%Y-%m-%d}"},
        {"label": _("Warehouse"), "value": order.warehouse},
        {"label": _("Expected"), "value": f"{order.expected_on:%Y-%m-%d}" if order.expected_on else ""},
    ]
    for label, value in ((_("External no."), order.external_no), (_("Note"), order.note)):
        if value:
            facts.append({"label": label, "value": value})
    return facts


def _actions(request: Any, order: PurchaseOrder, done: Progress) -> set[str]:
    """What this user can do with the order in its state."""
    found: set[str] = set()
    is_draft, is_open = order.status == OrderStatus.DRAFT, order.status == OrderStatus.CONFIRMED
    if allowed(request, "purchasing.enter_order"):
        found |= {"edit", "delete", "copy"} if is_draft else {"copy"}
    if allowed(request, "purchasing.confirm_order"):
        if is_draft:
            found.add("confirm")
        if is_open and (done.received > 0 or done.in_drafts > 0):
            found.add("close")
        if is_open and not done.received and not done.in_drafts:
            found |= {"cancel", "close"}
        if order.status == OrderStatus.CLOSED:
            found.add("reopen")
    if is_open and done.open > 0 and allowed(request, "inventory.enter_document"):
        found.add("receive")
    if done.received > done.invoiced and allowed(request, "purchasing.enter_invoice"):
        found.add("invoice")
    return found


@page("inventory.enter_document")
def purchase_order_receive(request: Any, pk: int) -> HttpResponse:
    """Take in what has come of an order: quantities stand at what is open, and are corrected where less came."""
    require(request, "purchasing.view_document")
    order = _order(request, pk)
    figures = line_progress(request.company.pk, [pk])
    rows: list[dict[str, Any]] = [
        {"line": line, "done": figures[line.pk][1]}
        for line in order.lines.select_related("item").order_by("line_no")
        if figures[line.pk][1].open > 0
    ]
    if order.status != OrderStatus.CONFIRMED or not rows:
        messages.error(request, _("Nothing of %(number)s is open to be received.") % {"number": order.number})
        return redirect("purchase_order_detail", pk=pk)
    form = ReceiveForm(
        request.POST or None,
        company=request.company,
        open_lines={row["line"].pk: row["done"].open for row in rows},
        tracked={row["line"].pk: row["line"].item.has_expiry for row in rows if row["line"].item.tracking},
        initial={
            "date": working_date(request.company, not_before=order.date),
            "warehouse": order.warehouse_id,
            "external_no": order.external_no,
        },
    )
    if request.method == "POST" and form.is_valid():
        made = _received(request, order, form, {row["line"].pk: row["line"].item_id for row in rows})
        if made is not None:
            return redirect("stock_document_detail", pk=made.pk)
    for row in rows:
        for name in ("qty", "lot", "expires_on"):
            field = f"{name}-{row['line'].pk}"
            row[name] = form[field] if field in form.fields else None
    context = {
        "has_lots": bool(form.tracked),
        "order": order,
        "form": form,
        "rows": rows,
        "may_confirm": allowed(request, "inventory.confirm_document"),
    }
    return render(request, "inventory/purchasing/receive.html", context)


def _received(request: Any, order: PurchaseOrder, form: ReceiveForm, items: dict[int, int]) -> Any:
    """The receipt made, or None with the refusal at its field. New lots are made with it. ``items``: of the lines."""
    confirms = request.POST.get("action") == "confirm"
    if confirms:
        require(request, "inventory.confirm_document")
    given = form.cleaned_data
    lots = form.lots()
    try:
        with transaction.atomic():
            rows = [(items[line_id], number, None, expires) for line_id, (number, expires) in lots.items()]
            known = ensure_lots(request.company, rows)
            made = orders.receive(
                request.company,
                order.pk,
                by=request.user,
                date=given["date"],
                quantities=form.quantities(),
                lots={line_id: known[items[line_id], number] for line_id, (number, _day) in lots.items()},
                warehouse_id=given["warehouse"].pk,
                external_no=given["external_no"],
                note=given["note"],
                confirm=confirms,
            )
    except DomainError as refusal:
        form.add_error(_place(refusal, form, list(lots)), refusal.message)
        return None
    text = _("%(number)s is confirmed.") if confirms else _("%(number)s is saved as a draft.")
    messages.success(request, text % {"number": made.number})
    return made


def _place(refusal: DomainError, form: ReceiveForm, lot_lines: list[int]) -> str | None:
    """The field that a refusal is about: its own, the lot of its row, or that of its line among those that come."""
    if refusal.field in form.fields:
        return refusal.field
    if refusal.row is not None and refusal.row <= len(lot_lines):
        return f"lot-{lot_lines[refusal.row - 1]}"
    parts = (refusal.field or "").split("-")
    coming = list(form.quantities())
    if len(parts) == 3 and parts[1].isdigit() and int(parts[1]) <= len(coming):
        line_id = coming[int(parts[1]) - 1]
        named = f"{parts[2]}-{line_id}"
        return named if named in form.fields else f"qty-{line_id}"
    return None


@require_POST
@page("purchasing.confirm_order")
def purchase_order_confirm(request: Any, pk: int) -> HttpResponse:
    """Confirm: agreed with the supplier; no goods move yet."""
    return _act(request, pk, lambda: orders.confirm_order(request.company, pk, by=request.user), _("Confirmed."))


@require_POST
@page("purchasing.confirm_order")
def purchase_order_confirm_many(request: Any) -> HttpResponse:
    """Confirm the drafts of a page of the list; what is refused stays a draft and is named."""
    ids = [int(text) for text in request.POST.getlist("order") if text.isdigit()]
    done, refused = orders.confirm_orders(request.company, ids, by=request.user, on_refusal="skip")
    if done:
        messages.success(request, _("%(count)s purchase orders are confirmed.") % {"count": len(done)})
    for refusal in list(refused.values())[:5]:
        messages.error(request, refusal.message)
    return redirect("purchase_order_list")


@require_POST
@page("purchasing.confirm_order")
def purchase_order_close(request: Any, pk: int) -> HttpResponse:
    """Nothing more of it will come."""
    return _act(request, pk, lambda: orders.close_order(request.company, pk, by=request.user), _("Closed."))


@require_POST
@page("purchasing.confirm_order")
def purchase_order_reopen(request: Any, pk: int) -> HttpResponse:
    """Take closing back."""
    return _act(request, pk, lambda: orders.reopen_order(request.company, pk, by=request.user), _("Open again."))


@require_POST
@page("purchasing.confirm_order")
def purchase_order_cancel(request: Any, pk: int) -> HttpResponse:
    """Cancel an order of which nothing came."""
    return _act(request, pk, lambda: orders.cancel_order(request.company, pk, by=request.user), _("Cancelled."))


@require_POST
@page("purchasing.enter_order")
def purchase_order_copy(request: Any, pk: int) -> HttpResponse:
    """A new draft with the same lines, to be changed."""
    _order(request, pk)
    try:
        made = orders.copy_order(request.company, pk, by=request.user, date=working_date(request.company))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("purchase_order_detail", pk=pk)
    messages.success(request, _("Copied as %(number)s.") % {"number": made.number})
    return redirect("purchase_order_edit", pk=made.pk)


@require_POST
@page("purchasing.enter_order")
def purchase_order_delete(request: Any, pk: int) -> HttpResponse:
    """Delete a draft."""
    return act_and_show(
        request,
        lambda: orders.delete_order(request.company, pk, by=request.user),
        _("The draft is deleted."),
        "purchase_order_detail",
        pk,
        then="purchase_order_list",
    )


def _act(request: Any, pk: int, act: Callable[[], Any], done: str) -> HttpResponse:
    """Do it and show on the order's page what came of it; the second of two clicks meets a refusal in words."""
    return act_and_show(request, act, done, "purchase_order_detail", pk)
