"""What belongs to a stock document, up and down: its source, its original, what followed, its reversal.

Subjects above (invoices, counts, orders) say what they know with ``register_related``.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.documents.models import DocumentStatus, StockDocument
from ledger.posting.links import document_label, document_url


class Related(NamedTuple):
    """``relation``: what it is to the document; ``state`` of a badge, '' for none; ``permission`` to see it."""

    relation: Any
    label: Any
    url: str
    state: str = ""
    state_label: Any = ""
    permission: str = "inventory.view_stock"


Provider = Callable[[StockDocument], Iterable[Related]]
_PROVIDERS: list[Provider] = []
# Types of sources that not everybody who sees stock may open.
_SEES_SOURCE = {
    "sales_order": "sales.view_document",
    "purchase_order": "purchasing.view_document",
    "supplier_invoice": "purchasing.view_document",
}


def register_related(provider: Provider) -> None:
    """``provider(document)`` gives the documents of its subject that belong to it."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def related_to(document: StockDocument, *, may: Callable[[str], bool]) -> list[Related]:
    """What of it the user may see: source and original first, then followers by date, the reversal, the rest."""
    return [one for one in _all(document) if may(one.permission)]


def _all(document: StockDocument) -> list[Related]:
    company = document.company_id
    found: list[Related] = []
    if document.source_id and document.source_type:
        url = document_url(document.source_type, document.source_id)
        if url:
            sees = _SEES_SOURCE.get(document.source_type, "inventory.view_stock")
            found.append(Related(_("Made from"), document_label(document.source_type), url, permission=sees))
    of_lines = StockDocument.objects.filter(company=company, lines__isnull=False)
    originals = [*document.lines.exclude(of_line=None).values_list("of_line__document_id", flat=True)]
    if document.of_document_id is not None:
        originals.append(document.of_document_id)
    for one in of_lines.filter(pk__in=originals).distinct().order_by("date", "id"):
        found.append(_stock(_("Belongs to"), one))
    followers = StockDocument.objects.filter(company=company, of_document=document)
    followers |= StockDocument.objects.filter(company=company, lines__of_line__document=document)
    for one in followers.exclude(pk=document.pk).distinct().order_by("date", "id"):
        if one.reversal_of_id != document.pk:
            found.append(_stock(_("Followed by"), one))
    if document.reversal_of is not None:
        found.append(_stock(_("Reverses"), document.reversal_of))
    for one in StockDocument.objects.filter(company=company, reversal_of=document):
        found.append(_stock(_("Reversed by"), one))
    for provider in _PROVIDERS:
        found += provider(document)
    return found


def _stock(relation: str, document: StockDocument) -> Related:
    url = reverse("stock_document_detail", args=[document.pk])
    is_plain = document.status == DocumentStatus.CONFIRMED
    return Related(
        relation,
        str(document),
        url,
        "" if is_plain else document.status,
        "" if is_plain else document.get_status_display(),
    )
