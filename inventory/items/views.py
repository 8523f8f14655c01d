"""Items: list, form, what lies where; and the look-up that document grids ask."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import filled, place, plain
from erp.core.web.templatetags.ui import qty
from erp.core.web.views import allowed, page
from inventory.items import lookup
from inventory.items.detail import facts_of, last_purchase, stock_of
from inventory.items.filters import ItemFilter
from inventory.items.forms import ItemForm, UnitFormSet
from inventory.items.models import Item, ItemCategory
from inventory.items.services import has_moves, save_item
from inventory.items.tables import ItemTable
from inventory.items.tree import nested
from inventory.items.unit_services import NewUnit, units_of
from inventory.lots.models import LotBalance
from inventory.moves.models import StockBalance


@page("inventory.view_stock")
def item_list(request: Any) -> HttpResponse:
    """Items with what is on hand of each; the tree of categories beside them."""
    # A sub-query is asked for the rows of the page only; a join would add up every balance of the company first.
    there = StockBalance.objects.filter(company=request.company, item=OuterRef("pk")).order_by().values("item")
    on_hand = Coalesce(
        Subquery(there.annotate(n=Sum("qty")).values("n")), Value(Decimal(0)), output_field=DecimalField()
    )
    items = Item.objects.filter(company=request.company).select_related("category").annotate(on_hand=on_hand)
    found = ItemFilter(request.GET, items, company=request.company)
    table = ItemTable(found.qs.order_by("code"))
    if wants_excel(request):
        return workbook_of_table(request, table, _("Items"), "items")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "nodes": nested(ItemCategory.objects.filter(company=request.company).order_by("code")),
        "chosen": request.GET.get("category", ""),
        "may_edit": allowed(request, "inventory.manage_item"),
    }
    return render(request, "inventory/items/list.html", context)


@page("inventory.view_stock")
def item_detail(request: Any, pk: int) -> HttpResponse:
    """One item: its facts, its stock by warehouse, units, lots, last purchase."""
    related = ("category", "default_warehouse", "default_supplier")
    item = get_object_or_404(Item.objects.select_related(*related), company=request.company, pk=pk)
    sees_cost = allowed(request, "inventory.view_cost")
    lots = LotBalance.objects.filter(company=request.company, item=item).exclude(qty=0)
    context = {
        "item": item,
        "sections": facts_of(item, sees_cost=sees_cost),
        "stock": stock_of(item),
        "units": units_of(item),
        "lots": lots.select_related("lot", "warehouse").order_by("lot__expires_on", "lot__number")
        if item.tracking
        else (),
        "last_purchase": last_purchase(item),
        "method_changes": item.method_changes.select_related("by"),
        "may_edit": allowed(request, "inventory.manage_item"),
        "may_change_method": item.is_stock and allowed(request, "inventory.adjust_cost"),
        "sees_cost": sees_cost,
        "sees_suppliers": allowed(request, "purchasing.view_document"),
    }
    return render(request, "inventory/items/detail.html", context)


@page("inventory.manage_item")
def item_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change an item with its units."""
    item = get_object_or_404(Item, company=request.company, pk=pk) if pk else Item(company=request.company)
    form = ItemForm(
        request.POST or None,
        instance=item,
        company=request.company,
        sees_cost=allowed(request, "inventory.view_cost"),
        is_used=bool(pk) and has_moves(item),
    )
    has_grid = "units-TOTAL_FORMS" in request.POST
    rows = [{"name": unit.name, "factor": plain(unit.factor), "barcode": unit.barcode} for unit in units_of(item)]
    units = UnitFormSet(request.POST if has_grid else None, initial=rows, prefix="units")
    if request.method == "POST" and form.is_valid() and (not has_grid or units.is_valid()):
        lines = filled(units, ("name", "factor", "barcode")) if has_grid else []
        wanted: list[NewUnit] | None = [line.as_unit() for line in lines] if has_grid else None
        try:
            saved = save_item(form.instance, by=request.user, units=wanted)
        except DomainError as refusal:
            if pk is None:
                form.instance.pk = None  # rolled back
            place(refusal, form, lines, {})
        else:
            messages.success(request, _("%(item)s is saved.") % {"item": saved})
            return redirect("item_detail", pk=saved.pk)
    return render(request, "inventory/items/form.html", {"form": form, "units": units, "item": item if pk else None})


@page("inventory.view_stock")
def item_lookup(request: HttpRequest) -> HttpResponse:
    """Items for a cell of a grid or a scanner: ``?q=`` code, name, pinyin, barcode or lot number.

    ``warehouse`` for the hint, ``stock=1`` leaves services out. A barcode of a unit answers with unit and factor.
    """
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
