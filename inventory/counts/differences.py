"""Lines of a count with what they differ and what that is worth; how far the counting is; what came in late.

Values are a preview at the unit cost of now: only confirming fixes them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.db import connection

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO, times
from erp.core.pinyin import plain
from inventory.counts.models import StockCount
from inventory.documents.models import Reason

Which = Literal["", "counted", "uncounted", "different"]


@dataclass(frozen=True, slots=True)
class CountLine:
    """``cost``: what one unit is worth, given or known; None when nothing is known of it."""

    id: int
    line_no: int
    item_id: int
    code: str
    name: str
    spec: str
    unit: str
    barcode: str
    lot_id: int | None
    lot: str
    bin_id: int | None
    bin: str
    book_qty: Decimal
    book_at: dt.datetime | None
    counted: Decimal | None
    counted_at: dt.datetime | None
    counted_by: str
    unit_cost: Decimal | None
    reason: str
    note: str
    known_cost: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.counted is None else self.counted - self.book_qty

    @property
    def cost(self) -> Decimal | None:
        is_gain = self.difference is not None and self.difference > 0
        return self.unit_cost if is_gain and self.unit_cost is not None else self.known_cost

    @property
    def value(self) -> Decimal | None:
        """Of the difference, signed; None where it has none or no cost is known."""
        if not self.difference:
            return None if self.difference is None else ZERO
        return None if self.cost is None else times(self.difference, self.cost)

    @property
    def reason_label(self) -> str:
        return str(Reason(self.reason).label) if self.reason else ""


class Progress(NamedTuple):
    """Of the whole count; values of lines whose cost is known."""

    lines: int
    counted: int
    gains: int
    losses: int
    gain_value: Decimal
    loss_value: Decimal

    @property
    def different(self) -> int:
        return self.gains + self.losses

    @property
    def net_value(self) -> Decimal:
        return self.gain_value - self.loss_value


# Lines with the unit cost that their pool has now: of the lot, of the company or of the warehouse.
_LINES = """
SELECT l.id, l.line_no, l.item_id, i.code, i.name, i.spec, i.unit, i.barcode, l.lot_id, coalesce(t.number, ''),
       l.bin_id, coalesce(b.code, ''), l.book_qty, l.book_at, l.counted, l.counted_at,
       coalesce(nullif(u.display_name, ''), u.username, ''), l.unit_cost, l.reason, l.note,
       coalesce(CASE WHEN p.qty > 0 THEN p.value / p.qty END, nullif(p.last_cost, 0), i.reference_cost, i.standard_cost)
  FROM inventory_stockcountline l
  JOIN inventory_stockcount c ON c.company_id = l.company_id AND c.id = l.count_id
  JOIN core_company y ON y.id = l.company_id
  JOIN inventory_item i ON i.id = l.item_id
  LEFT JOIN inventory_lot t ON t.id = l.lot_id
  LEFT JOIN inventory_bin b ON b.id = l.bin_id
  LEFT JOIN core_user u ON u.id = l.counted_by_id
  LEFT JOIN LATERAL (
       SELECT o.qty, o.value, o.last_cost FROM inventory_poolbalance o
        WHERE (y.cost_pool = 'company' OR i.cost_method = 'monthly_average') AND o.company_id = l.company_id
          AND o.item_id = l.item_id
          AND o.lot_id IS NOT DISTINCT FROM CASE WHEN i.cost_method = 'specific' THEN l.lot_id END
       UNION ALL
       SELECT o.qty, o.value, o.last_cost FROM inventory_lotbalance o
        WHERE y.cost_pool = 'warehouse' AND i.cost_method = 'specific' AND o.company_id = l.company_id
          AND o.item_id = l.item_id AND o.warehouse_id = c.warehouse_id AND o.lot_id = l.lot_id
       UNION ALL
       SELECT o.qty, o.value, o.last_cost FROM inventory_stockbalance o
        WHERE y.cost_pool = 'warehouse' AND i.cost_method NOT IN ('specific', 'monthly_average')
          AND o.company_id = l.company_id AND o.item_id = l.item_id AND o.warehouse_id = c.warehouse_id) p ON true
 WHERE l.company_id = %(company)s AND l.count_id = %(count)s
   AND CASE %(which)s WHEN 'counted' THEN l.counted IS NOT NULL WHEN 'uncounted' THEN l.counted IS NULL
                      WHEN 'different' THEN l.counted <> l.book_qty ELSE true END
   AND (%(text)s = '' OR i.search_key LIKE %(text)s OR i.barcode = %(typed)s OR lower(t.number) LIKE %(text)s
        OR lower(b.code) LIKE %(text)s)
   AND (%(ids)s::bigint[] IS NULL OR l.id = ANY(%(ids)s))
 ORDER BY l.line_no
OFFSET %(offset)s LIMIT %(limit)s
"""


def count_lines(
    count: StockCount,
    *,
    which: Which = "",
    text: str = "",
    ids: Sequence[int] | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[CountLine]:
    """Lines in order of their numbers. One statement."""
    like = plain(text.strip()).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES,
            {
                "company": count.company_id,
                "count": count.pk,
                "which": which,
                "text": f"%{like}%" if like else "",
                "typed": text.strip(),
                "ids": list(ids) if ids is not None else None,
                "offset": offset,
                "limit": limit,
            },
        )
        return [CountLine(*row) for row in cursor.fetchall()]


def differences(company: Company, count_id: int) -> list[CountLine]:
    """The lines that differ, with the value of each difference. Raises ``NotFound``."""
    count = StockCount.objects.filter(company=company, pk=count_id).first()
    if count is None:
        raise NotFound(what=StockCount._meta.verbose_name, key=count_id)
    return count_lines(count, which="different")


def matching(count: StockCount, *, which: Which = "", text: str = "") -> int:
    """How many lines ``count_lines`` would give. Small counts need no second statement for it, so it asks them."""
    if not which and not text.strip():
        return progress_of([count])[count.pk].lines
    return len(count_lines(count, which=which, text=text))


def progress_of(counts: Sequence[StockCount], *, values: bool = False) -> dict[int, Progress]:
    """How far each count is. One statement; with ``values`` one more for each count."""
    found = {count.pk: Progress(0, 0, 0, 0, ZERO, ZERO) for count in counts}
    if not counts:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count_id, count(*), count(counted), count(*) FILTER (WHERE counted > book_qty),
                      count(*) FILTER (WHERE counted < book_qty)
                 FROM inventory_stockcountline WHERE company_id = %s AND count_id = ANY(%s) GROUP BY count_id""",
            [counts[0].company_id, list(found)],
        )
        for count_id, lines, counted, gains, losses in cursor.fetchall():
            found[count_id] = Progress(lines, counted, gains, losses, ZERO, ZERO)
    if values:
        for count in counts:
            worth = [line.value for line in count_lines(count, which="different") if line.value]
            found[count.pk] = found[count.pk]._replace(
                gain_value=sum((value for value in worth if value > 0), ZERO),
                loss_value=-sum((value for value in worth if value < 0), ZERO),
            )
    return found


class LateDocument(NamedTuple):
    """Goods moved on or before the count's date, but entered after its snapshot."""

    id: int
    kind: str
    number: str
    date: dt.date
    created_at: dt.datetime
    lines: int


def late_documents(count: StockCount) -> list[LateDocument]:
    """Whoever entered one of them says that the goods had moved before they were counted: then the difference is not
    one, and the lines want counting against the present books. Only open periods can have them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT d.id, d.kind, d.number, d.date, min(m.created_at), count(DISTINCT m.item_id)
                 FROM inventory_stockcountline l
                 JOIN inventory_stockmove m ON m.company_id = l.company_id AND m.item_id = l.item_id
                  AND m.date <= %(date)s AND m.date >= (SELECT coalesce(min(p.start), '0001-01-01') FROM ledger_period p
                                                       WHERE p.company_id = %(company)s AND p.status = 'open')
                  AND m.created_at > coalesce(l.book_at, %(snapshot)s)
                  AND m.warehouse_id = %(warehouse)s AND m.qty <> 0
                 JOIN inventory_stockdocument d ON d.company_id = m.company_id AND d.id = m.document_id
                WHERE l.company_id = %(company)s AND l.count_id = %(count)s AND d.date < %(snapshot)s::date
                GROUP BY d.id, d.kind, d.number, d.date ORDER BY d.date, d.id LIMIT 50""",
            {
                "company": count.company_id,
                "count": count.pk,
                "date": count.date,
                "snapshot": count.snapshot_at,
                "warehouse": count.warehouse_id,
            },
        )
        return [LateDocument(*row) for row in cursor.fetchall()]


def promised_too_much(count: StockCount) -> list[str]:
    """Codes of the count's items of which less is left than is reserved."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT i.code
                 FROM inventory_stockcountline l
                 JOIN inventory_stockbalance b ON b.company_id = l.company_id AND b.item_id = l.item_id
                  AND b.warehouse_id = %s AND b.reserved > b.qty
                 JOIN inventory_item i ON i.id = l.item_id
                WHERE l.company_id = %s AND l.count_id = %s AND l.counted < l.book_qty ORDER BY i.code""",
            [count.warehouse_id, count.company_id, count.pk],
        )
        return [code for (code,) in cursor.fetchall()]


def as_json(line: CountLine, *, blind: bool, sees_cost: bool) -> dict[str, Any]:
    """A line for the API and for the counting page."""
    shown: dict[str, Any] = {
        "id": line.id,
        "line_no": line.line_no,
        "item": line.code,
        "name": line.name,
        "lot": line.lot,
        "bin": line.bin,
        "unit": line.unit,
        "counted": _text(line.counted),
        "counted_at": line.counted_at.isoformat() if line.counted_at else None,
        "counted_by": line.counted_by,
        "book_qty": None if blind else _text(line.book_qty),
        "book_at": line.book_at.isoformat() if line.book_at else None,
        "difference": None if blind else _text(line.difference),
        "reason": line.reason,
        "note": line.note,
    }
    if sees_cost:
        shown |= {"unit_cost": _text(line.unit_cost), "value": None if line.value is None or blind else str(line.value)}
    return shown


def _text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return f"{value.normalize():f}" if value else "0"


__all__ = [
    "CountLine", "LateDocument", "Progress", "as_json", "count_lines", "differences", "late_documents", "matching",
    "progress_of", "promised_too_much",
]  # fmt: skip
