"""What is shipped arrives once: how much of each shipped line has, over the documents of a batch."""

from collections.abc import Iterable
from decimal import Decimal

from inventory.documents import errors
from inventory.documents.errors import plain
from inventory.documents.models import DocumentKind
from inventory.documents.new import NewStockDocument
from inventory.documents.originals import taken_quantities
from inventory.items.facts import ItemFacts
from inventory.moves.writer import OriginalMove


class Arrivals:
    """Read under the locks of the shipped lines. ``rollback`` forgets what a refused document brought."""

    def __init__(self, company_id: int, documents: Iterable[NewStockDocument]) -> None:
        lines = [
            line.of_line_id for document in documents if document.kind == DocumentKind.TRANSFER_IN
            for line in document.lines if line.of_line_id is not None
        ]  # fmt: skip
        self.arrived = taken_quantities(company_id, lines, DocumentKind.TRANSFER_IN) if lines else {}
        self._before = dict(self.arrived)

    def mark(self) -> None:
        self._before = dict(self.arrived)

    def rollback(self) -> None:
        self.arrived = self._before

    def take(self, line_id: int, number: int, qty: Decimal, shipped: OriginalMove, item: ItemFacts, place: str) -> None:
        """``qty`` of a shipped line arrives. Raises ``MoreThanOriginal``."""
        left = abs(Decimal(shipped.qty).scaleb(-6)) - self.arrived.get(line_id, Decimal(0))
        if qty > left:
            raise errors.MoreThanOriginal(
                field=f"lines-{number}-qty", item=item.code, item_name=item.name, line=number, warehouse=place,
                open=plain(left), needed=plain(qty),
            )  # fmt: skip
        self.arrived[line_id] = self.arrived.get(line_id, Decimal(0)) + qty
