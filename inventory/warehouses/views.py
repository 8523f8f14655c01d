"""Warehouses: list with what they hold, form, and the bins in one."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, Count, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import place
from erp.core.web.views import allowed, page
from inventory.warehouses.forms import BinForm, WarehouseForm
from inventory.warehouses.models import Bin, Warehouse
from inventory.warehouses.queries import holdings
from inventory.warehouses.services import save_bin, save_warehouse
from inventory.warehouses.tables import BinTable, EditableBinTable, EditableWarehouseTable, WarehouseTable


@page("inventory.view_stock")
def warehouse_list(request: Any) -> HttpResponse:
    """Warehouses; a row leads to the stock there."""
    bins = Bin.objects.filter(warehouse=OuterRef("pk"), is_active=True).order_by().values("warehouse")
    warehouses = Warehouse.objects.filter(company=request.company).annotate(
        bin_count=Case(
            When(has_bins=True, then=Coalesce(Subquery(bins.annotate(n=Count("id")).values("n")), Value(0))),
            output_field=IntegerField(),
        ),
    )
    may_edit = allowed(request, "inventory.manage_item")
    hidden = () if allowed(request, "inventory.view_cost") else ("value",)
    table = (EditableWarehouseTable if may_edit else WarehouseTable)(
        warehouses.order_by("code"), exclude=hidden, there=holdings(request.company.pk)
    )
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
        try:
            saved = save_warehouse(form.instance, by=request.user)
        except DomainError as refusal:
            place(refusal, form, [], {})
        else:
            messages.success(request, _("%(warehouse)s is saved.") % {"warehouse": saved})
            return redirect("warehouse_list")
    return render(request, "inventory/warehouses/form.html", {"form": form, "warehouse": warehouse})


@page("inventory.view_stock")
def bin_list(request: Any, pk: int) -> HttpResponse:
    """The bins of a warehouse."""
    warehouse = get_object_or_404(Warehouse, company=request.company, pk=pk)
    may_edit = allowed(request, "inventory.manage_item")
    bins = Bin.objects.filter(company=request.company, warehouse=warehouse).order_by("code")
    table = (EditableBinTable if may_edit else BinTable)(bins)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Bins"), f"bins-{warehouse.code}")
    RequestConfig(request, paginate={"per_page": 100}).configure(table)
    context = {"table": table, "warehouse": warehouse, "may_edit": may_edit}
    return render(request, "inventory/warehouses/bins.html", context)


@page("inventory.manage_item")
def bin_edit(request: Any, pk: int, bin_pk: int | None = None) -> HttpResponse:
    """Enter or change a bin."""
    warehouse = get_object_or_404(Warehouse, company=request.company, pk=pk)
    row = get_object_or_404(Bin, company=request.company, warehouse=warehouse, pk=bin_pk) if bin_pk else None
    form = BinForm(request.POST or None, instance=row, warehouse=warehouse)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_bin(form.instance, by=request.user)
        except DomainError as refusal:
            place(refusal, form, [], {})
        else:
            messages.success(request, _("%(bin)s is saved.") % {"bin": saved})
            return redirect("bin_list", pk=warehouse.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "warehouse": warehouse, "bin": row}
    return render(request, "inventory/warehouses/bin_form.html", context, status=status)
