"""Items: list, form, what lies where; and the look-up that document grids ask."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import DecimalField, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import plain
from erp.core.web.templatetags.ui import qty, rate
from erp.core.web.views import allowed, page
from inventory.items import lookup
from inventory.items.filters import ItemFilter
from inventory.items.forms import ItemForm
from inventory.items.models import Item
from inventory.items.services import save_item
from inventory.items.tables import ItemTable
from inventory.moves.models import StockBalance


@page("inventory.view_stock")
def item_list(request: Any) -> HttpResponse:
    """Items with what is on hand of each."""
    on_hand = Coalesce(Sum("balances__qty"), Value(Decimal(0)), output_field=DecimalField())
    items = Item.objects.filter(company=request.company).select_related("category").annotate(on_hand=on_hand)
    found = ItemFilter(request.GET, items, company=request.company)
    table = ItemTable(found.qs.order_by("code"))
    if wants_excel(request):
        return workbook_of_table(request, table, _("Items"), "items")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {"filter": found, "table": table, "may_edit": allowed(request, "inventory.manage_item")}
    return render(request, "inventory/items/list.html", context)


@page("inventory.view_stock")
def item_detail(request: Any, pk: int) -> HttpResponse:
    """One item: its facts and its stock by warehouse."""
    item = get_object_or_404(Item.objects.select_related("category"), company=request.company, pk=pk)
    balances = StockBalance.objects.filter(company=request.company, item=item).select_related("warehouse")
    context = {
        "item": item,
        "balances": balances.order_by("warehouse__code"),
        "may_edit": allowed(request, "inventory.manage_item"),
        "sees_cost": allowed(request, "inventory.view_cost"),
        "facts": [
            (_("Code"), item.code),
            (_("Name"), item.name),
            (_("Category"), item.category),
            (_("Kind"), item.get_kind_display()),
            (_("Unit"), item.unit),
            (_("Specification"), item.spec),
            (_("Tax rate"), rate(item.tax_rate)),
            (_("Cost method"), item.get_cost_method_display() if item.is_stock else "–"),
        ],
    }
    return render(request, "inventory/items/detail.html", context)


@page("inventory.manage_item")
def item_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change an item."""
    item = get_object_or_404(Item, company=request.company, pk=pk) if pk else Item(company=request.company)
    form = ItemForm(
        request.POST or None,
        instance=item,
        company=request.company,
        sees_cost=allowed(request, "inventory.view_cost"),
    )
    if request.method == "POST" and form.is_valid():
        saved = save_item(form.instance, by=request.user)
        messages.success(request, _("%(item)s is saved.") % {"item": saved})
        return redirect("item_detail", pk=saved.pk)
    return render(request, "inventory/items/form.html", {"form": form, "item": item if pk else None})


@page("inventory.view_stock")
def item_lookup(request: HttpRequest) -> HttpResponse:
    """Items for a cell of a grid: ``?q=``; ``warehouse`` for the hint, ``stock=1`` leaves services out."""
    text = request.GET.get("q", "")
    warehouse = request.GET.get("warehouse", "")
    hits = (
        lookup.search(
            request.company.pk,  # type: ignore[attr-defined]
            text,
            warehouse_id=int(warehouse) if warehouse.isdigit() else None,
            only_stock=request.GET.get("stock") == "1",
        )
        if text.strip()
        else []
    )
    sees_cost = allowed(request, "inventory.view_cost")
    results = []
    for hit in hits:
        fill = {"tax_rate": plain(hit.tax_rate), "on_hand": plain(hit.on_hand) if hit.kind == "stock" else ""}
        if sees_cost and hit.unit_cost is not None:
            fill["unit_cost"] = plain(hit.unit_cost.quantize(Decimal("0.000001")))
        hint = (
            _("%(qty)s %(unit)s on hand") % {"qty": qty(hit.on_hand), "unit": hit.unit} if hit.kind == "stock" else ""
        )
        results.append(lookup.as_json(hit, hint=hint, fill=fill))
    return JsonResponse({"results": results})
