"""The purchase order as a PDF file."""

import io
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from erp.core.web.views import page
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.permissions import sees_prices
from inventory.purchasing.print_orders import order_pdf


@page("purchasing.view_document")
def purchase_order_print(request: Any, pk: int) -> HttpResponse:
    """One order; it shows prices, so it is for those who may see them."""
    if not sees_prices(request):
        raise PermissionDenied(_("The order on paper shows prices, which your role does not see."))
    related = ("supplier", "warehouse", "created_by", "confirmed_by")
    order = get_object_or_404(PurchaseOrder.objects.select_related(*related), company=request.company, pk=pk)
    stream = io.BytesIO()
    order_pdf(stream, request.company, order)
    response = HttpResponse(stream.getvalue(), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{request.company.code}-{order.number}.pdf"'
    return response
