"""Warehouses: list with what they hold, and form."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.views import allowed, page
from inventory.moves.models import StockBalance
from inventory.warehouses.forms import WarehouseForm
from inventory.warehouses.models import Warehouse
from inventory.warehouses.services import save_warehouse
from inventory.warehouses.tables import EditableWarehouseTable, WarehouseTable


@page("inventory.view_stock")
def warehouse_list(request: Any) -> HttpResponse:
    """Warehouses; a row leads to the stock there."""
    there = StockBalance.objects.filter(company=request.company, warehouse=OuterRef("pk")).exclude(qty=0).order_by()
    grouped = there.values("warehouse")
    warehouses = Warehouse.objects.filter(company=request.company).annotate(
        kinds=Subquery(grouped.annotate(n=Count("id")).values("n")),
        qty=Subquery(grouped.annotate(n=Sum("qty")).values("n")),
        value=Subquery(grouped.annotate(n=Sum("value")).values("n")),
    )
    may_edit = allowed(request, "inventory.manage_item")
    hidden = () if allowed(request, "inventory.view_cost") else ("value",)
    table = (EditableWarehouseTable if may_edit else WarehouseTable)(warehouses.order_by("code"), exclude=hidden)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Warehouses"), "warehouses")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(request, "inventory/warehouses/list.html", {"table": table, "may_edit": may_edit})


@page("inventory.manage_item")
def warehouse_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change a warehouse."""
    warehouse = get_object_or_404(Warehouse, company=request.company, pk=pk) if pk else None
    form = WarehouseForm(request.POST or None, instance=warehouse, company=request.company)
    if request.method == "POST" and form.is_valid():
        saved = save_warehouse(form.instance, by=request.user)
        messages.success(request, _("%(warehouse)s is saved.") % {"warehouse": saved})
        return redirect("warehouse_list")
    return render(request, "inventory/warehouses/form.html", {"form": form, "warehouse": warehouse})
