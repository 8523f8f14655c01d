"""Pages of availability: what can be promised, one item day by day, reservations."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.reports import ReportResult
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.views import allowed, page
from inventory.availability import queries, services
from inventory.availability.forms import AvailabilityFilter, ReserveForm
from inventory.availability.models import Reservation
from inventory.availability.report import COLUMNS, REPORT
from inventory.documents.models import DocumentKind
from inventory.items.models import Item
from inventory.reports.scope import with_subcategories
from inventory.warehouses.models import Warehouse
from inventory.warehouses.services import main_warehouse
from ledger.posting.links import document_label, document_url

SEE, RESERVE = "inventory.view_stock", "inventory.reserve_stock"


@page(SEE)
def availability_list(request: Any) -> HttpResponse:
    """Items with what is there, what is reserved, what is to come and to go."""
    form = AvailabilityFilter(request.GET, company=request.company)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    category, warehouse = asked.get("category"), asked.get("warehouse")
    rows = queries.availability(
        request.company,
        warehouse_ids=[warehouse.pk] if warehouse else None,
        text=asked.get("text") or "",
        category_ids=with_subcategories(request.company, category.pk) if category else None,
    )
    if asked.get("only") == "short":
        rows = [row for row in rows if row.to_promise < 0 or row.free < 0]
    elif asked.get("only") == "reserved":
        rows = [row for row in rows if row.reserved]
    if wants_excel(request):
        return workbook_of_report(request, REPORT, ReportResult(rows), COLUMNS, "availability")
    context = {
        "form": form,
        "page_obj": Paginator(rows, 50).get_page(request.GET.get("page")),
        "warehouse": warehouse,
        "is_filtered": any(asked.values()),
    }
    return render(request, "inventory/availability/list.html", context)


@page(SEE)
def availability_item(request: Any, pk: int) -> HttpResponse:
    """One item day by day, and who reserved it."""
    item = get_object_or_404(Item, company=request.company, pk=pk)
    chosen = request.GET.get("warehouse", "")
    warehouse = None
    if chosen.isdigit():
        warehouse = get_object_or_404(Warehouse, company=request.company, pk=int(chosen))
    found = queries.schedule(request.company, item.pk, [warehouse.pk] if warehouse else None)
    if found is None:
        raise Http404
    held = Reservation.objects.filter(company=request.company, item=item).select_related("warehouse", "created_by")
    if warehouse is not None:
        held = held.filter(warehouse=warehouse)
    context = {
        "item": item,
        "warehouse": warehouse,
        "row": found.start,
        "first": found.start.free + found.start.in_transit,
        "steps": [
            (step, _label(step.source_type), document_url(step.source_type, step.source_id)) for step in found.steps
        ],
        "held": [(row, _label(row.source_type), document_url(row.source_type, row.source_id)) for row in held],
        "may_reserve": allowed(request, RESERVE),
    }
    return render(request, "inventory/availability/item.html", context)


def _label(source_type: str) -> str:
    if source_type == services.BY_HAND:
        return _("By hand")
    if source_type == "purchase_order":
        return _("Purchase order")
    if source_type in DocumentKind.values:
        return str(DocumentKind(source_type).label)
    return document_label(source_type)


@page(SEE)
def reservation_list(request: Any) -> HttpResponse:
    """All reservations; those that nobody needs any more are marked."""
    rows = (
        Reservation.objects.filter(company=request.company)
        .select_related("item", "warehouse", "created_by")
        .order_by("item__code", "warehouse__code", "id")
    )
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(item__search_key__contains=text.lower())
    page_obj = Paginator(rows, 50).get_page(request.GET.get("page"))
    stale = set(services.orphans(request.company))
    context = {
        "page_obj": page_obj,
        "rows": [
            (row, _label(row.source_type), document_url(row.source_type, row.source_id), row.pk in stale)
            for row in page_obj
        ],
        "stale": len(stale),
        "q": text,
        "may_reserve": allowed(request, RESERVE),
    }
    return render(request, "inventory/availability/reservations.html", context)


@page(RESERVE)
def reservation_new(request: Any) -> HttpResponse:
    """Set goods aside by hand."""
    initial: dict[str, Any] = {"warehouse": main_warehouse(request.company).pk}
    if (pk := request.GET.get("item", "")).isdigit():
        item = Item.objects.filter(company=request.company, pk=int(pk)).first()
        initial |= {"item": item.pk, "item_text": str(item)} if item else {}
    form = ReserveForm(request.POST or None, initial=initial, company=request.company)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.reserve_by_hand(
                request.company,
                given["item"],
                given["warehouse"].pk,
                given["qty"],
                by=request.user,
                purpose=given["purpose"],
            )
        except DomainError as refusal:
            form.add_error("qty", refusal.message)
        else:
            messages.success(request, _("The goods are reserved."))
            return redirect("availability_item", pk=given["item"])
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "inventory/availability/reserve.html", {"form": form}, status=status)


@require_POST
@page(RESERVE)
def reservation_release(request: Any, pk: int) -> HttpResponse:
    """Give one reservation free."""
    try:
        services.release(request.company, [pk], by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The reservation is released."))
    back = request.POST.get("item", "")
    return redirect("availability_item", pk=int(back)) if back.isdigit() else redirect("reservation_list")


@require_POST
@page(RESERVE)
def reservation_release_stale(request: Any) -> HttpResponse:
    """Give free what nobody needs any more."""
    count = services.release_stale(request.company, by=request.user)
    text = ngettext("%(count)s reservation is released.", "%(count)s reservations are released.", count)
    messages.success(request, text % {"count": count})
    return redirect("reservation_list")
