"""Figures of stock documents for lists and pages: quantity, cost, what became of their events, lines with moves."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from erp.core.companies.models import Company
from erp.core.money import AmountField
from inventory.documents.kinds import KINDS, Flow
from inventory.documents.models import LineRole, StockDocument, StockDocumentLine
from inventory.moves.models import StockMove
from ledger.posting.models import BusinessEvent

# A document that sends goods out shows its cost positive; red is what a reversal takes back.
OUTWARD = frozenset(kind for kind, spec in KINDS.items() if spec.flow in (Flow.OUT, Flow.BACK_OUT))
# What moves or is made inside the company is worth what arrives.
INSIDE = frozenset(kind for kind, spec in KINDS.items() if spec.flow in (Flow.MOVE, Flow.MAKE))


class LineRow(NamedTuple):
    """A line with what its moves are worth. ``cost`` is None before the document is confirmed."""

    line: StockDocumentLine
    unit_cost: Decimal | None
    cost: Decimal | None


def with_figures(company: Company) -> QuerySet[Any]:
    """Documents with quantity, cost, and what became of their event."""
    lines = StockDocumentLine.objects.filter(company=company, document=OuterRef("pk")).order_by().values("document")
    moves = StockMove.objects.filter(company=company, document=OuterRef("pk")).order_by().values("document")
    event = BusinessEvent.objects.filter(company=company, source_type=OuterRef("kind"), source_id=OuterRef("pk"))
    whole = Subquery(moves.annotate(n=Sum("value")).values("n"), output_field=AmountField())
    arriving = Subquery(moves.filter(value__gt=0).annotate(n=Sum("value")).values("n"), output_field=AmountField())
    return (
        StockDocument.objects.filter(company=company)
        .select_related("warehouse", "to_warehouse", "party")
        .annotate(
            qty=Subquery(lines.annotate(n=Sum("qty", filter=~Q(role=LineRole.CONSUMED))).values("n")),
            value=Case(
                When(kind__in=sorted(INSIDE), then=arriving),
                When(kind__in=sorted(OUTWARD), then=whole * Value(-1)),
                default=whole,
                output_field=AmountField(),
            ),
            event_state=Subquery(event.values("state")[:1]),
            voucher_word=Subquery(event.values("voucher__word")[:1]),
            voucher_number=Subquery(event.values("voucher__number")[:1]),
        )
    )


def rows_of(document: StockDocument) -> list[LineRow]:
    """The document's lines in their order with unit cost and cost."""
    moves: dict[int, list[StockMove]] = defaultdict(list)
    for move in StockMove.objects.filter(company=document.company_id, document=document):
        moves[move.document_line_id].append(move)
    lines = document.lines.select_related("item", "unit", "lot", "bin", "to_bin", "of_line__document")
    return [_row(document.kind, line, moves.get(line.pk, [])) for line in lines.order_by("line_no")]


def _row(kind: str, line: StockDocumentLine, moves: Sequence[StockMove]) -> LineRow:
    if not moves:
        return LineRow(line, line.unit_cost, None)
    counted = [move for move in moves if move.qty] or moves
    if kind in INSIDE:
        arriving = [move for move in counted if move.qty > 0] or counted
        cost = sum((abs(move.value) for move in arriving), Decimal(0))
        return LineRow(line, arriving[0].unit_cost, cost)
    sign = -1 if kind in OUTWARD else 1
    return LineRow(line, counted[0].unit_cost, sign * sum((move.value for move in moves), Decimal(0)))


def with_item(documents: QuerySet[Any], company: Company, text: str) -> QuerySet[Any]:
    """Documents with a line whose item has the text in code, name, pinyin or barcode."""
    lines = StockDocumentLine.objects.filter(
        Q(item__search_key__contains=text.lower()) | Q(item__barcode=text), company=company, document=OuterRef("pk")
    )
    return documents.filter(Exists(lines))
