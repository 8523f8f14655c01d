"""What is reserved for others stays out of a document's reach; what it takes itself is no longer reserved."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q

from erp.core.companies.models import Company
from inventory.availability.models import Reservation
from inventory.availability.services import Wanted, take
from inventory.documents.models import DocumentKind
from inventory.documents.new import NewStockDocument
from inventory.moves.plan import Planned, millionths

# A loss that was counted is a fact, whoever the goods were promised to.
_FACTS = (DocumentKind.COUNT_LOSS, DocumentKind.SCRAP)
Own = tuple[str, int, int, int]  # (source type, source line, item, warehouse)


class Promises:
    """Reservations at the locked places (millionths), and what each document holds of them itself."""

    def __init__(
        self, company: Company, reserved: Mapping[tuple[int, int], int], documents: Iterable[NewStockDocument]
    ) -> None:
        self.company = company
        self.reserved = dict(reserved)
        self.own: dict[Own, int] = {}
        self.used: list[tuple[str, Wanted]] = []
        self._mark = 0
        if reserved:
            sources = {(document.source_type, document.source_id) for document in documents if document.source_id}
            self._read(sources)

    def _read(self, sources: set[tuple[str, int]]) -> None:
        wanted = Q(pk__in=[])
        for source_type in {source_type for source_type, _id in sources}:
            ids = [source_id for kind, source_id in sources if kind == source_type]
            wanted |= Q(source_type=source_type, source_id__in=ids)
        for row in Reservation.objects.filter(wanted, company=self.company):
            self.own[row.source_type, row.source_line_id, row.item_id, row.warehouse_id] = millionths(row.qty)

    def kept_from(self, document: NewStockDocument, planned: Planned) -> int:
        """How much at the place is promised to others than this line's source."""
        promised = self.reserved.get((planned.item_id, planned.warehouse_id), 0)
        if not promised or document.kind in _FACTS:
            return 0
        return max(promised - self.own.get(self._key(document, planned), 0), 0)

    def use(self, document: NewStockDocument, planned: Planned) -> None:
        """The line took its goods: its source needs that much less reserved."""
        key = self._key(document, planned)
        part = min(self.own.get(key, 0), -planned.qty)
        if part > 0:
            self.own[key] -= part
            self.reserved[planned.item_id, planned.warehouse_id] -= part
            qty = Decimal(part).scaleb(-6)
            self.used.append((document.source_type, Wanted(key[1], planned.item_id, planned.warehouse_id, qty)))

    def mark(self) -> None:
        self._mark = len(self.used)

    def rollback(self) -> None:
        """Forget what the refused document used."""
        for source_type, line in self.used[self._mark :]:
            part = millionths(line.qty)
            self.own[source_type, line.source_line_id, line.item_id, line.warehouse_id] += part
            self.reserved[line.item_id, line.warehouse_id] += part
        del self.used[self._mark :]

    def give_up(self, *, by: Any) -> None:
        """Write what was used, in the transaction of the documents."""
        for source_type in sorted({source_type for source_type, _line in self.used}):
            take(self.company, source_type, [line for kind, line in self.used if kind == source_type], by=by)

    @staticmethod
    def _key(document: NewStockDocument, planned: Planned) -> Own:
        line = document.lines[planned.line].source_line_id or 0
        return document.source_type, line, planned.item_id, planned.warehouse_id
