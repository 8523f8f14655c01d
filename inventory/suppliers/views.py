"""Suppliers: list, one with its latest documents, form, groups, and the look-up that documents ask."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import place
from erp.core.web.templatetags.ui import rate
from erp.core.web.views import allowed, page
from inventory.documents.models import StockDocument
from inventory.items.models import Item
from inventory.items.tree import nested
from inventory.suppliers import lookup
from inventory.suppliers.filters import SupplierFilter
from inventory.suppliers.forms import SupplierForm, SupplierGroupForm
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.suppliers.services import save_group, save_supplier
from inventory.suppliers.tables import SupplierTable

SEE = "purchasing.view_document"
MANAGE = "inventory.manage_supplier"
RECENT = 10


@page(SEE)
def supplier_list(request: Any) -> HttpResponse:
    """Suppliers by code, name, pinyin or tax number."""
    suppliers = Supplier.objects.filter(company=request.company).select_related("group").order_by("code")
    found = SupplierFilter(request.GET, suppliers, company=request.company)
    table = SupplierTable(found.qs)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Suppliers"), "suppliers")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {"filter": found, "table": table, "may_edit": allowed(request, MANAGE)}
    return render(request, "inventory/suppliers/list.html", context)


@page(SEE)
def supplier_detail(request: Any, pk: int) -> HttpResponse:
    """One supplier: its facts, its latest stock documents, the items that are bought from it."""
    supplier = get_object_or_404(Supplier.objects.select_related("group"), company=request.company, pk=pk)
    documents = StockDocument.objects.filter(company=request.company, party_id=supplier.dimension_value_id)
    items = Item.objects.filter(company=request.company, default_supplier=supplier).order_by("code")
    context = {
        "supplier": supplier,
        "facts": [
            (_("Code"), supplier.code),
            (_("Name"), supplier.name),
            (_("Group"), supplier.group),
            (_("Tax number"), supplier.tax_id),
            (_("Tax rate"), rate(supplier.tax_rate)),
            (_("Days to pay"), supplier.payment_days),
            (_("Bank"), supplier.bank_name),
            (_("Bank account"), supplier.bank_account),
            (_("Contact"), supplier.contact),
            (_("Phone"), supplier.phone),
            (_("Address"), supplier.address),
            (_("Note"), supplier.note),
        ],
        "documents": documents.select_related("warehouse").order_by("-date", "-id")[:RECENT],
        "items": items[:RECENT],
        "sees_stock": allowed(request, "inventory.view_stock"),
        "may_edit": allowed(request, MANAGE),
    }
    return render(request, "inventory/suppliers/detail.html", context)


@page(MANAGE)
def supplier_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change a supplier."""
    supplier = get_object_or_404(Supplier, company=request.company, pk=pk) if pk else None
    form = SupplierForm(request.POST or None, instance=supplier, company=request.company)
    if request.method == "POST" and form.is_valid():
        saved = save_supplier(form.instance, by=request.user)
        messages.success(request, _("%(supplier)s is saved.") % {"supplier": saved})
        return redirect("supplier_detail", pk=saved.pk)
    status = 422 if form.is_bound else 200
    return render(request, "inventory/suppliers/form.html", {"form": form, "supplier": supplier}, status=status)


@page(SEE)
def supplier_group_list(request: Any) -> HttpResponse:
    """The tree of groups with how many suppliers are in each."""
    groups = SupplierGroup.objects.filter(company=request.company).annotate(count=Count("suppliers")).order_by("code")
    context = {"nodes": nested(groups), "may_edit": allowed(request, MANAGE)}
    return render(request, "inventory/suppliers/groups.html", context)


@page(MANAGE)
def supplier_group_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change a group; accounts that are chosen for it hold for the groups below."""
    group = get_object_or_404(SupplierGroup, company=request.company, pk=pk) if pk else None
    form = SupplierGroupForm(request.POST or None, instance=group, company=request.company)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_group(form.instance, by=request.user)
        except DomainError as refusal:
            place(refusal, form, [], {})
        else:
            messages.success(request, _("%(group)s is saved.") % {"group": saved})
            return redirect("supplier_group_list")
    status = 422 if form.is_bound else 200
    return render(request, "inventory/suppliers/group_form.html", {"form": form, "group": group}, status=status)


@page(SEE)
def supplier_lookup(request: HttpRequest) -> HttpResponse:
    """Suppliers for a look-up cell: ``?q=``."""
    text = request.GET.get("q", "")
    found = lookup.search(request.company.pk, text) if text.strip() else []  # type: ignore[attr-defined]
    return JsonResponse({"results": [lookup.as_json(supplier) for supplier in found]})
