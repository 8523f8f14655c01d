"""Answers to the cells of stock documents: JSON for look-ups, stock on hand, suggested lots, shares of landed cost."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.money import split
from erp.core.web.lines import plain
from erp.core.web.views import allowed, page
from inventory.documents import lookups
from inventory.documents.landed import receipt_weights
from inventory.documents.models import AllocateBy, DocumentKind, StockDocumentLine


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdigit() else None


def _results(rows: list[dict[str, Any]]) -> HttpResponse:
    return JsonResponse({"results": rows})


@page("inventory.view_stock")
def item_lookup(request: Any) -> HttpResponse:
    """Goods by barcode, code, name or pinyin, with what lies in the warehouse and their units."""
    text = request.GET.get("q", "")
    if not text.strip():
        return _results([])
    return _results(
        lookups.item_rows(
            request.company.pk,
            text,
            warehouse_id=_number(request, "warehouse"),
            sees_cost=allowed(request, "inventory.view_cost"),
            is_receipt=request.GET.get("kind") == DocumentKind.PURCHASE_RECEIPT,
        )
    )


@page("inventory.view_stock")
def lot_lookup(request: Any) -> HttpResponse:
    """Lots of ``?item=``, first to expire first."""
    item = _number(request, "item")
    if item is None:
        return _results([])
    takes = request.GET.get("takes") == "1"
    text = request.GET.get("q", "").strip()
    return _results(lookups.lot_rows(request.company.pk, item, _number(request, "warehouse"), text, takes=takes))


@page("inventory.view_stock")
def bin_lookup(request: Any) -> HttpResponse:
    """Bins of ``?warehouse=``."""
    text = request.GET.get("q", "").strip()
    return _results(lookups.bin_rows(request.company.pk, _number(request, "warehouse"), text))


@page("inventory.view_stock")
def party_lookup(request: Any) -> HttpResponse:
    """Customers or suppliers (``?dimension=``)."""
    dimension = request.GET.get("dimension", "")
    text = request.GET.get("q", "")
    if dimension not in ("customer", "supplier") or not text.strip():
        return _results([])
    return _results(lookups.party_rows(request.company.pk, dimension, text))


@page("inventory.view_stock")
def on_hand(request: Any) -> HttpResponse:
    """``?items=1,2&warehouse=``: item → on hand and available, for lines that stand already."""
    ids = [int(part) for part in request.GET.get("items", "").split(",") if part.isdigit()][:2_000]
    found = lookups.on_hand(request.company.pk, ids, _number(request, "warehouse"))
    nothing = lookups.OnHand(Decimal(0), Decimal(0))
    rows = {item: found.get(item, nothing) for item in ids}
    return JsonResponse(
        {str(item): {"on_hand": plain(row.qty), "available": plain(row.available)} for item, row in rows.items()}
    )


@page("inventory.view_stock")
def first_expired(request: Any) -> HttpResponse:
    """``?item=&warehouse=&qty=``: the lots to take, first to expire first."""
    item = _number(request, "item")
    try:
        needed = Decimal(request.GET.get("qty", "") or "1")
    except InvalidOperation:
        needed = Decimal(1)
    if item is None:
        return _results([])
    shares = lookups.first_expired(request.company.pk, item, _number(request, "warehouse"), needed)
    return JsonResponse(
        {
            "lots": [
                {
                    "id": one.lot_id,
                    "number": one.number,
                    "qty": plain(one.qty),
                    "expires_on": one.expires_on.isoformat() if one.expires_on else "",
                }
                for one in shares
            ],
            "missing": plain(needed - sum((one.qty for one in shares), Decimal(0))),
        }
    )


@page("inventory.adjust_cost")
def landed_preview(request: Any) -> HttpResponse:
    """How a charge would be spread over the lines of a receipt (``?of_document=&amount=&allocate_by=``)."""
    receipt = _number(request, "of_document")
    by = request.GET.get("allocate_by", "")
    try:
        amount = Decimal(request.GET.get("amount", "").replace(",", "") or "0")
        weights = receipt_weights(request.company.pk, receipt or 0, AllocateBy(by))
    except (InvalidOperation, ValueError, DomainError):
        return render(request, "inventory/documents/landed_preview.html", {"rows": []})
    total = sum((row[3] for row in weights), Decimal(0))
    if not total:
        problem = _("The lines have no %(by)s to spread by. Choose another way.") % {"by": AllocateBy(by).label}
        return render(request, "inventory/documents/landed_preview.html", {"rows": [], "problem": problem})
    parts = split(amount, [row[3] for row in weights])
    lines = StockDocumentLine.objects.filter(company=request.company, pk__in=[row[0] for row in weights])
    found = {line.pk: line for line in lines.select_related("item")}
    rows = [
        {"line": found[row[0]], "weight": row[3], "share": part, "per_unit": part / found[row[0]].qty}
        for row, part in zip(weights, parts, strict=True)
    ]
    context = {"rows": rows, "total": sum(parts, Decimal(0)), "by": AllocateBy(by).label}
    return render(request, "inventory/documents/landed_preview.html", context)
