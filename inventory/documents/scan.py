"""Receiving and picking with a scanner: the page, and what one scan means.

The page keeps the lines; each scan asks ``scan_code`` once. What comes back is the form of ``entry``, so a scanned
document is an ordinary one.
"""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from erp.core.web.lines import plain
from erp.core.web.views import page
from inventory.documents import lookups
from inventory.documents.dates import working_date
from inventory.documents.entry import entry_page
from inventory.documents.models import DocumentKind
from inventory.documents.shapes import SHAPES
from inventory.items.models import ItemKind
from inventory.lots.models import Lot
from inventory.warehouses.services import main_warehouse

# Received and picked by scanning; kinds that start from an original are entered from it.
SCANNED = (
    DocumentKind.PURCHASE_RECEIPT,
    DocumentKind.DELIVERY,
    DocumentKind.OTHER_RECEIPT,
    DocumentKind.OTHER_ISSUE,
    DocumentKind.TRANSFER,
    DocumentKind.TRANSFER_OUT,
    DocumentKind.PRODUCTION_ISSUE,
    DocumentKind.FINISHED_RECEIPT,
)
COLUMNS = ("item_text", "qty", "lot", "expires_on")


@page("inventory.enter_document")
def stock_document_scan(request: Any, kind: str) -> HttpResponse:
    """A new document whose lines are scanned."""
    if kind not in SCANNED:
        raise Http404
    head = {"date": working_date(request.company), "warehouse": main_warehouse(request.company).pk}
    head |= {name: request.GET[name] for name in ("date", "warehouse") if request.GET.get(name)}
    unknown = [code.strip()[:60] for code in request.POST.getlist("unknown") if code.strip()]
    if unknown:
        # Nobody has to remember them: they stand in the note until the goods are found out.
        posted = request.POST.copy()
        posted["note"] = " ".join([posted.get("note", ""), _("Unknown codes:"), ", ".join(unknown)]).strip()[:200]
        request.POST = posted
    response = entry_page(request, kind, None, head, [], None, template="inventory/documents/scan.html", only=COLUMNS)
    if unknown and response.status_code == 302:
        text = _("Codes that nobody knew were not entered, but stand in the note: %(codes)s.")
        messages.warning(request, text % {"codes": ", ".join(unknown[:20])})
    return response


@page("inventory.view_stock")
def scan_code(request: Any) -> HttpResponse:
    """What ``?code=`` is: an item, a unit of it, or a lot or serial number; else in words that it is unknown."""
    code = request.GET.get("code", "").strip()
    kind = request.GET.get("kind", "")
    takes = kind in SHAPES and SHAPES[kind].takes
    warehouse = request.GET.get("warehouse", "")
    warehouse_id = int(warehouse) if warehouse.isdigit() else None
    company_id = request.company.pk
    lot: Lot | None = None
    found = lookups.by_code(company_id, code)
    if found is None and (lot := _lot(company_id, code)) is not None:
        found = lookups.FoundCode(lot.item, None, Decimal(1))
    if found is None:
        text = _("Nobody knows the code “%(code)s”: no item, unit or lot has it. Choose the item below, or enter "
                 "the barcode with the item.")  # fmt: skip
        return JsonResponse({"found": False, "message": text % {"code": code}})
    item = found.item
    stock = lookups.on_hand(company_id, [item.pk], warehouse_id).get(item.pk)
    available = stock.available if stock else Decimal(0)
    suggested = lookups.first_expired(company_id, item.pk, warehouse_id, Decimal(1)) if item.tracking and takes else []
    return JsonResponse(
        {
            "found": True,
            "id": item.pk,
            "code": item.code,
            "name": item.name,
            "unit": item.unit,
            "factor": plain(found.factor),
            "unit_name": found.unit.name if found.unit else "",
            "tracking": item.tracking,
            "has_expiry": item.has_expiry and not takes,
            "lot": lot.number if lot else "",
            "suggested": suggested[0].number if suggested else "",
            "available": plain(available) if takes else "",
        }
    )


def _lot(company_id: int, code: str) -> Lot | None:
    """The only lot or serial number that reads so."""
    found = Lot.objects.filter(
        company_id=company_id, number=code, item__is_active=True, item__kind=ItemKind.STOCK
    ).select_related("item")[:2]
    return found[0] if len(found) == 1 else None
