"""Confirm many drafts that somebody ticked: what became of each, in the order in which they were named."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from erp.core.access.permissions import PERMISSION_LABELS
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound, NotPermitted
from inventory.documents.confirm import confirm_many
from inventory.documents.kinds import KINDS
from inventory.documents.models import StockDocument

MOST = 1_000


class Outcome(NamedTuple):
    id: int
    document: StockDocument | None
    refusal: DomainError | None


def confirm_each(
    company: Company, document_ids: Sequence[int], *, by: Any, may: Callable[[str], bool]
) -> list[Outcome]:
    """Confirm what can be confirmed. ``may(permission)``: some kinds need their own."""
    ids = list(dict.fromkeys(document_ids))
    documents = {row.pk: row for row in StockDocument.objects.filter(company=company, pk__in=ids)}
    refused: dict[int, DomainError] = {}
    for pk in ids:
        if pk not in documents:
            refused[pk] = NotFound(what=StockDocument._meta.verbose_name, key=pk)
        elif not may(needed := KINDS[documents[pk].kind].permission):
            refused[pk] = NotPermitted(permission=PERMISSION_LABELS[needed], company=company)
    going = [pk for pk in ids if pk not in refused]
    if going:
        # Of one day, what was entered first counts first.
        refused |= confirm_many(company, sorted(going), by=by, on_refusal="skip").refused
        documents |= {row.pk: row for row in StockDocument.objects.filter(company=company, pk__in=going)}
    return [Outcome(pk, documents.get(pk), refused.get(pk)) for pk in ids]
