"""What the cells of purchasing documents ask while one types: items with their price, units of an item."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from erp.core.web.lines import plain
from erp.core.web.templatetags.ui import qty, unit_cost
from erp.core.web.views import page
from inventory.items import lookup
from inventory.items.models import Item, ItemUnit
from inventory.purchasing.permissions import sees_prices
from inventory.purchasing.prices import last_prices


@page("purchasing.view_document")
def purchase_item_lookup(request: Any) -> HttpResponse:
    """Items by code, name, pinyin or barcode, with unit, price and tax rate of a new line. ``supplier``: whose price
    comes first; a barcode of a larger unit brings that unit."""
    company_id, text = request.company.pk, request.GET.get("q", "").strip()
    if not text:
        return JsonResponse({"results": []})
    hits = lookup.search(company_id, text)
    scanned = _scanned(company_id, text)
    if scanned is not None:
        hits = [hit for hit in lookup.search(company_id, scanned[0].code) if hit.id == scanned[0].pk]
    items = {item.pk: item for item in Item.objects.filter(company_id=company_id, pk__in=[hit.id for hit in hits])}
    supplier = request.GET.get("supplier", "")
    shown = sees_prices(request)
    last = last_prices(company_id, list(items), supplier_id=int(supplier) if supplier.isdigit() else None)
    results = []
    for hit in hits:
        unit = scanned[1] if scanned is not None and scanned[1] is not None else None
        price = items[hit.id].purchase_price if items[hit.id].purchase_price is not None else last.get(hit.id)
        hints = (
            [_("%(qty)s %(unit)s on hand") % {"qty": qty(hit.on_hand), "unit": hit.unit}] if hit.kind == "stock" else []
        )
        fill = {"tax_rate": plain(hit.tax_rate), "unit": unit.name if unit else hit.unit}
        if shown and hit.id in last:
            hints.append(_("last price %(price)s") % {"price": unit_cost(last[hit.id])})
        if shown and price is not None:
            fill["unit_price"] = plain(price * unit.factor if unit else price)
        results.append(lookup.as_json(hit, hint=" · ".join(hints), fill=fill))
    return JsonResponse({"results": results})


def _scanned(company_id: int, text: str) -> tuple[Item, ItemUnit | None] | None:
    """The item whose barcode was read, and the larger unit if the code stands on one."""
    item = Item.objects.filter(company_id=company_id, is_active=True, barcode=text).first()
    if item is not None:
        return item, None
    unit = ItemUnit.objects.filter(company_id=company_id, barcode=text).select_related("item").first()
    return (unit.item, unit) if unit is not None and unit.item.is_active else None


@page("purchasing.view_document")
def purchase_unit_lookup(request: Any) -> HttpResponse:
    """Units of ``item``: its own, then the larger ones with how many of its own they hold."""
    wanted, text = request.GET.get("item", ""), request.GET.get("q", "").strip()
    item = Item.objects.filter(company=request.company, pk=wanted).first() if wanted.isdigit() else None
    if item is None:
        return JsonResponse({"results": []})
    results = [{"id": 0, "code": "", "name": item.unit, "hint": ""}]
    units = ItemUnit.objects.filter(company=request.company, item=item).order_by("factor")
    if text and text != item.unit:
        named = units.filter(Q(name__icontains=text))
        units, results = (named, []) if named.exists() else (units, results)
    results += [
        {"id": unit.pk, "code": "", "name": unit.name, "hint": f"= {plain(unit.factor)} {item.unit}"} for unit in units
    ]
    return JsonResponse({"results": results})
