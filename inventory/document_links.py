"""What purchasing and counting know of a stock document: invoices that were matched with it, the invoice that made it.

Here, above the subjects, so that documents know nothing of purchasing.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from inventory.documents.models import StockDocument
from inventory.documents.related import Related, register_related
from inventory.purchasing.models import InvoiceStatus, SupplierInvoice
from ledger.posting.links import document_url

SUPPLIER_INVOICE = "supplier_invoice"


def register() -> None:
    """Called once by the app's ``ready``."""
    register_related(invoices_of)


def invoices_of(document: StockDocument) -> Iterable[Related]:
    """Supplier invoices with a line matched to a line of the document."""
    found = SupplierInvoice.objects.filter(
        company=document.company_id, lines__matches__stock_line__document=document
    ).distinct()
    for invoice in found.order_by("date", "id"):
        label = f"{invoice.get_kind_display()} {invoice.number}"
        is_plain = invoice.status == InvoiceStatus.CONFIRMED
        yield Related(
            _("Invoiced by"),
            label,
            document_url(SUPPLIER_INVOICE, invoice.pk) or "",
            "" if is_plain else invoice.status,
            "" if is_plain else invoice.get_status_display(),
            "purchasing.view_document",
        )
