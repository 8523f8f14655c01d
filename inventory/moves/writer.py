"""Write moves in bulk, and read the moves that others name: deliveries that come back, receipts that are returned."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from erp.core.bulk import copy_rows
from inventory.valuation.engine import Effect, Valuation
from inventory.valuation.pool import rounded


class NewMove(NamedTuple):
    """A row of ``StockMove``; quantity and value are signed."""

    id: int
    sequence: int
    item_id: int
    warehouse_id: int
    date: dt.date
    kind: str
    effect: int
    lot_id: int | None
    bin_id: int | None
    of_move_id: int | None
    given: Decimal | None
    share: Decimal | None
    qty: Decimal
    unit_cost: Decimal
    value: Decimal
    document_id: int
    document_line_id: int
    reversal_of_id: int | None


class OriginalMove(NamedTuple):
    """The move of a document line that others name. ``price``: what its document stated for it (cents), of which
    ``price_back`` is what earlier returns took."""

    move_id: int
    sequence: int
    date: dt.date
    kind: str
    item_id: int
    warehouse_id: int
    lot_id: int
    qty: int
    value: int
    price: int
    back_qty: int
    back_value: int
    price_back: int

    def price_of(self, qty: int) -> int:
        """What of the price falls to ``qty`` (millionths) that goes back now; the last part takes the rest."""
        whole = abs(self.qty)
        if qty >= whole - self.back_qty:
            return self.price - self.price_back
        return rounded(self.price * qty, whole)

    def load(self, valuation: Valuation) -> None:
        """Make it known to a valuation that has not applied it."""
        valuation.load_original(
            self.move_id, self.qty, self.value, self.back_qty, self.back_value, item=self.item_id, lot=self.lot_id
        )


def lock_originals(company_id: int, line_ids: Iterable[int]) -> dict[int, OriginalMove]:
    """Document lines that others name, locked → their move with what has come back of it. Only live documents."""
    wanted = sorted(set(line_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.id FROM inventory_stockdocumentline l
                WHERE l.company_id = %s AND l.id = ANY(%s) ORDER BY l.id FOR UPDATE""",
            [company_id, wanted],
        )
        cursor.execute(
            """SELECT l.id, m.id, m.sequence, m.date, m.kind, m.item_id, m.warehouse_id, coalesce(m.lot_id, 0),
                      (m.qty * 1000000)::bigint, ((m.value + coalesce(c.value, 0)) * 100)::bigint,
                      (coalesce(m.given, abs(m.value)) * 100)::bigint,
                      (coalesce(r.qty, 0) * 1000000)::bigint,
                      (coalesce(r.parts, 0) * 100)::bigint, (coalesce(r.price, 0) * 100)::bigint
                 FROM inventory_stockdocumentline l
                 JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                  AND d.status = 'confirmed' AND d.reversal_of_id IS NULL
                 JOIN inventory_stockmove m ON m.company_id = l.company_id AND m.document_id = d.id
                  AND m.document_line_id = l.id AND m.effect IN (1, 2, 3, 6, 11, 12)
                 LEFT JOIN LATERAL (
                      SELECT sum(x.value) AS value FROM inventory_stockmove x
                       WHERE x.company_id = m.company_id AND x.of_move_id = m.id AND x.effect = 9) c ON true
                 LEFT JOIN LATERAL (
                      SELECT sum(abs(x.qty)) AS qty,
                             sum(round(abs(m.value + coalesce(c.value, 0)) * abs(x.qty) / abs(m.qty), 2)) AS parts,
                             sum(x.given) AS price
                        FROM inventory_stockmove x
                       WHERE x.company_id = m.company_id AND x.of_move_id = m.id AND x.effect IN (4, 5, 15, 16)) r
                   ON true
                WHERE l.company_id = %s AND l.id = ANY(%s)""",
            [company_id, wanted],
        )
        return {line: OriginalMove(*rest) for line, *rest in cursor.fetchall()}


_MOVE = (
    "id", "sequence", "item_id", "warehouse_id", "date", "kind", "effect", "lot_id", "bin_id", "of_move_id", "given",
    "share", "qty", "unit_cost", "value", "document_id", "document_line_id", "reversal_of_id", "company_id",
    "created_at",
)  # fmt: skip


def write_moves(company_id: int, moves: Iterable[NewMove], *, at: dt.datetime) -> None:
    """COPY moves; those of one day are costed in the order of their ids."""
    copy_rows("inventory_stockmove", _MOVE, ((*move, company_id, at) for move in moves))


def stored_given(effect: int, given: int | None) -> Decimal | None:
    """What the engine takes as ``given``, as the column keeps it: money, a unit cost (REPRICE) or a sum of shares."""
    if given is None:
        return None
    places = {Effect.REPRICE: 10, Effect.PRODUCE: 6}.get(Effect(effect), 2)
    return Decimal(given).scaleb(-places)


GIVEN_SQL = """(CASE m.effect WHEN 14 THEN m.given * 10000000000 WHEN 11 THEN m.given * 1000000
                              ELSE m.given * 100 END)::bigint"""
"""A move's ``given`` as the engine takes it."""
