"""Lots and serial numbers: list with what lies where and when it expires, one with its road, form, suggestion."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.db.models import F, OuterRef, Subquery, Sum
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import place, plain
from erp.core.web.views import allowed, page
from inventory.documents.dates import working_date
from inventory.documents.models import DocumentKind
from inventory.lots.filters import LotFilter
from inventory.lots.forms import LotForm
from inventory.lots.models import Lot, LotBalance
from inventory.lots.queries import suggest_lots, trace
from inventory.lots.services import save_lot
from inventory.lots.tables import LotTable


@page("inventory.view_stock")
def lot_list(request: Any) -> HttpResponse:
    """Lots, first to expire first; what is used up only on request."""
    today = working_date(request.company)
    there = LotBalance.objects.filter(company=request.company, lot=OuterRef("pk")).order_by().values("lot")
    lots = (
        Lot.objects.filter(company=request.company)
        .select_related("item")
        .annotate(on_hand=Subquery(there.annotate(n=Sum("qty")).values("n")))
    )
    found = LotFilter(request.GET, lots, company=request.company, today=today)
    table = LotTable(found.qs.order_by(F("expires_on").asc(nulls_last=True), "item__code", "number"), today=today)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Lots"), "lots")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(request, "inventory/lots/list.html", {"filter": found, "table": table})


@page("inventory.view_stock")
def lot_detail(request: Any, pk: int) -> HttpResponse:
    """One lot: where it lies, where it came from and where it went."""
    lot = get_object_or_404(Lot.objects.select_related("item"), company=request.company, pk=pk)
    balances = LotBalance.objects.filter(company=request.company, lot=lot).exclude(qty=0).select_related("warehouse")
    context = {
        "lot": lot,
        "facts": [
            {"label": _("Item"), "value": lot.item, "url": reverse("item_detail", args=[lot.item_id])},
            {"label": _("Produced on"), "value": lot.produced_on and lot.produced_on.isoformat()},
            {"label": _("Expires on"), "value": lot.expires_on and lot.expires_on.isoformat()},
            {"label": _("Note"), "value": lot.note},
        ],
        "is_expired": lot.expires_on is not None and lot.expires_on < working_date(request.company),
        "balances": balances.order_by("warehouse__code"),
        "steps": [(step, DocumentKind(step.kind).label) for step in trace(request.company.pk, lot.pk)],
        "sees_cost": allowed(request, "inventory.view_cost"),
        "may_edit": allowed(request, "inventory.manage_item"),
    }
    return render(request, "inventory/lots/detail.html", context)


@page("inventory.manage_item")
def lot_edit(request: Any, pk: int) -> HttpResponse:
    """Mend the dates of a lot, or note something."""
    lot = get_object_or_404(Lot.objects.select_related("item"), company=request.company, pk=pk)
    form = LotForm(request.POST or None, instance=lot)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_lot(form.instance, by=request.user)
        except DomainError as refusal:
            place(refusal, form, [], {})
        else:
            messages.success(request, _("%(lot)s is saved.") % {"lot": saved})
            return redirect("lot_detail", pk=saved.pk)
    status = 422 if form.is_bound else 200
    return render(request, "inventory/lots/form.html", {"form": form, "lot": lot}, status=status)


@page("inventory.view_stock")
def lot_suggestion(request: Any) -> HttpResponse:
    """``?item=&warehouse=&qty=&on=``: which lots to take, first to expire first; what is short and what has expired."""
    given = request.GET
    try:
        qty = Decimal(given.get("qty") or "0")
        on = dt.date.fromisoformat(given["on"]) if given.get("on") else working_date(request.company)
        item_id, warehouse_id = int(given.get("item", "")), int(given.get("warehouse", ""))
    except (InvalidOperation, ValueError):
        return JsonResponse({"lots": [], "short": "0", "expired": "0"}, status=400)
    found = suggest_lots(request.company.pk, item_id, warehouse_id, qty, on)
    lots = [
        {
            "id": lot.pk,
            "number": lot.number,
            "expires_on": lot.expires_on.isoformat() if lot.expires_on else None,
            "qty": plain(part),
        }
        for lot, part in found.parts
    ]
    return JsonResponse({"lots": lots, "short": plain(found.short), "expired": plain(found.expired)})
