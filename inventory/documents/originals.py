"""What is still open of an original: delivered and not come back, received and not returned, shipped and not arrived.

Only confirmed followers count; a reversed one counts no more.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from erp.core.companies.models import Company
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine


class OpenLine(NamedTuple):
    line: StockDocumentLine
    open: Decimal


def open_lines(company: Company, original_id: int, kind: str, *, but: int | None = None) -> list[OpenLine]:
    """Lines of the original with what a document of ``kind`` can still take of them. ``but``: a draft left out."""
    lines = list(
        StockDocumentLine.objects.filter(company=company, document=original_id)
        .select_related("item", "unit", "lot", "bin")
        .order_by("line_no")
    )
    taken = taken_quantities(company.pk, [line.pk for line in lines], kind, but=but)
    return [OpenLine(line, line.qty - taken.get(line.pk, Decimal(0))) for line in lines]


def taken_quantities(
    company_id: int, line_ids: Collection[int], kind: str, *, but: int | None = None
) -> dict[int, Decimal]:
    """Original line id → quantity that confirmed documents of the kind took of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.of_line_id, sum(l.qty)
                 FROM inventory_stockdocumentline l
                 JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                WHERE l.company_id = %s AND l.of_line_id = ANY(%s) AND d.kind = %s AND d.status = %s
                  AND d.reversal_of_id IS NULL AND d.id IS DISTINCT FROM %s
                GROUP BY l.of_line_id""",
            [company_id, list(line_ids), str(kind), DocumentStatus.CONFIRMED, but],
        )
        return dict(cursor.fetchall())


def candidates(company: Company, of_kind: str, kind: str, text: str = "", *, limit: int = 20) -> list[StockDocument]:
    """Confirmed documents that one of ``kind`` can be made of, newest first; those with nothing open left out."""
    found = StockDocument.objects.filter(
        company=company, kind=of_kind, status=DocumentStatus.CONFIRMED, reversal_of__isnull=True
    ).select_related("party", "warehouse", "to_warehouse")
    if text.strip():
        found = found.filter(_with(text.strip()))
    if kind != DocumentKind.LANDED_COST:
        found = found.filter(Exists(_lines_with_rest(company, kind)))
    return list(found.order_by("-date", "-id")[:limit])


def _with(text: str) -> Any:
    items = StockDocumentLine.objects.filter(
        document=OuterRef("pk"), company=OuterRef("company"), item__search_key__contains=text.lower()
    )
    return (
        Q(number__icontains=text)
        | Q(external_no__icontains=text)
        | Q(party__search_key__contains=text.lower())
        | Exists(items)
    )


def _lines_with_rest(company: Company, kind: str) -> QuerySet[StockDocumentLine]:
    """Lines of the document of the outer query of which something is left."""
    taken = (
        StockDocumentLine.objects.filter(
            company=company,
            of_line=OuterRef("pk"),
            document__kind=kind,
            document__status=DocumentStatus.CONFIRMED,
            document__reversal_of__isnull=True,
        )
        .order_by()
        .values("of_line")
        .annotate(n=Sum("qty"))
        .values("n")
    )
    lines = StockDocumentLine.objects.filter(company=company, document=OuterRef("pk"))
    return lines.annotate(taken=Coalesce(Subquery(taken), Decimal(0))).filter(qty__gt=F("taken"))
