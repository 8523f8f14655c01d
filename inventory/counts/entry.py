"""What was counted: from a sheet, from the counting page, from a scanner or from the API, by several people at once.

A row says what it is about (line number, or item code or barcode with lot and bin) and the quantity. The quantity
counts against the books at the count's snapshot, or at the moment the row names. The last word on a line counts.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, SeveralRefusals
from erp.core.retries import transactional
from inventory.availability.balances import lock_places
from inventory.counts.models import StockCount, StockCountLine
from inventory.counts.opening import lock_counting, lock_open, refuse_counted_twice
from inventory.counts.resolving import NO_REASON, Resolver
from inventory.counts.snapshot import Spot, at_moment, just_now

NOW: Literal["now"] = "now"


@dataclass(frozen=True, slots=True)
class CountedRow:
    """``counted`` None wipes out what was entered. ``adds``: the quantity comes on top (a scanner's +1).

    ``at``: None counts against the snapshot, ``"now"`` against the books of now, a moment against that moment's.
    ``keeps`` leaves the quantity as it is: only cost, reason or note are said. ``row`` is the place in a file, for
    what is refused.
    """

    counted: Decimal | None
    line_no: int | None = None
    item: str = ""
    lot: str = ""
    bin: str = ""
    unit_cost: Decimal | None = None
    reason: str = ""
    note: str = ""
    at: dt.datetime | Literal["now"] | None = None
    adds: bool = False
    keeps: bool = False
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """A line that somebody had counted before with another result."""

    row: int | None
    line_no: int
    item: str
    before: Decimal
    after: Decimal | None
    by: str
    at: dt.datetime | None


@dataclass(slots=True)
class Entered:
    """What came of the rows. ``lines`` are the ids of the lines they are about, in their order."""

    lines: list[int] = field(default_factory=list)
    changed: int = 0
    added: int = 0
    replaced: list[Replaced] = field(default_factory=list)
    refused: list[DomainError] = field(default_factory=list)


@dataclass(slots=True)
class Target:
    """A line that is about to change; ``line`` is None for goods that the count did not have."""

    spot: Spot
    code: str
    row: CountedRow
    line: StockCountLine | None
    counted: Decimal | None


@transactional
def enter(
    company: Company,
    count_id: int,
    rows: Sequence[CountedRow],
    *,
    by: Any,
    on_refusal: Literal["raise", "skip"] = "raise",
) -> Entered:
    """Write what was counted. With ``raise`` all refusals come together and nothing is written.

    Raises ``CountNotOpen``, ``NotFound``, and per row what ``Resolver`` and ``checked`` refuse.
    """
    count = lock_open(company, count_id)
    targets, result = plan(count, rows)
    if result.refused and on_refusal == "raise":
        raise SeveralRefusals(result.refused)
    write(count, targets, result, by=by)
    return result


def plan(count: StockCount, rows: Sequence[CountedRow]) -> tuple[list[Target], Entered]:
    """What the rows would do; writes nothing, so it is also the dry run of an upload."""
    resolver = Resolver.read(count, rows)
    result = Entered()
    by_spot: dict[Spot, Target] = {}
    for row in rows:
        try:
            spot, factor, line = resolver.find(row)
            counted = resolver.checked(row, spot, factor, count)
        except DomainError as refusal:
            refusal.row = row.row
            result.refused.append(refusal)
            continue
        known = by_spot.get(spot)
        before = known.counted if known else (line.counted if line else None)
        if row.keeps:
            counted = before
        elif row.adds and counted is not None:
            counted += before or Decimal(0)
        target = Target(spot, resolver.code(spot), row, line, counted)
        if line is not None and line.counted is not None and not row.adds and line.counted != counted:
            result.replaced.append(
                Replaced(
                    row.row,
                    line.line_no,
                    target.code,
                    line.counted,
                    counted,
                    str(line.counted_by or ""),
                    line.counted_at,
                )
            )
        by_spot[spot] = target
    targets = list(by_spot.values())
    result.added = sum(target.line is None for target in targets)
    result.changed = len(targets) - result.added
    return targets, result


def write(count: StockCount, targets: Sequence[Target], result: Entered, *, by: Any) -> None:
    """Make it true: book quantities where they are of another moment, new lines, and all that was counted."""
    if not targets:
        return
    now = timezone.now()
    books = _books(count, targets)
    new = [target for target in targets if target.line is None]
    if new:
        # Counts of a warehouse begin one after the other, so nobody starts another count of these goods meanwhile.
        lock_counting(count.company, count.warehouse_id)
        refuse_counted_twice(count.company, count.warehouse_id, {target.spot.item_id for target in new}, but=count.pk)
        last = StockCountLine.objects.filter(company=count.company, count=count).aggregate(n=Max("line_no"))["n"] or 0
        for line_no, target in enumerate(new, start=last + 1):
            target.line = StockCountLine(
                company=count.company,
                count=count,
                line_no=line_no,
                item_id=target.spot.item_id,
                lot_id=target.spot.lot_id,
                bin_id=target.spot.bin_id,
                book_qty=books[target.spot][0],
            )
        StockCountLine.objects.bulk_create([target.line for target in new if target.line is not None])
    _update(count.company_id, targets, books, now, by.pk if by is not None else None)
    result.lines = [target.line.pk for target in targets if target.line is not None]


def _books(count: StockCount, targets: Sequence[Target]) -> dict[Spot, tuple[Decimal, dt.datetime | None]]:
    """Book quantity and its moment for the lines that need another one than they have."""
    groups: dict[dt.datetime | None, list[Spot]] = {}
    for target in targets:
        at, line = target.row.at, target.line
        if at == NOW:
            groups.setdefault(None, []).append(target.spot)
        elif isinstance(at, dt.datetime):
            groups.setdefault(at, []).append(target.spot)
        elif line is None or (line.book_at is not None and not target.row.adds and not target.row.keeps):
            groups.setdefault(count.snapshot_at, []).append(target.spot)
    spots = [spot for group in groups.values() for spot in group]
    locked = lock_places(count.company_id, [(spot.item_id, count.warehouse_id) for spot in spots])
    balances = {item: row.qty for (item, _warehouse), row in locked.items()}
    locked_at = timezone.now()
    found: dict[Spot, tuple[Decimal, dt.datetime | None]] = {}
    for moment, group in groups.items():
        stated = None if moment == count.snapshot_at else moment or locked_at
        if moment is None:
            there = just_now(count.company_id, count.warehouse, group, balances)
        else:
            there = at_moment(count.company_id, count.warehouse, group, moment)
        found |= {spot: (qty, stated) for spot, qty in there.items()}
    return found


def _update(
    company_id: int,
    targets: Sequence[Target],
    books: dict[Spot, tuple[Decimal, dt.datetime | None]],
    now: dt.datetime,
    user_id: int | None,
) -> None:
    """One UPDATE. A unit cost, reason or note that a row does not state stays as it was."""
    columns: list[list[Any]] = [[] for _name in range(10)]
    for target in targets:
        assert target.line is not None
        row = target.row
        moment = None
        if target.counted is not None:
            moment = row.at if isinstance(row.at, dt.datetime) else now
        book = books.get(target.spot)
        reason = "" if row.reason == NO_REASON else (row.reason or None)
        values = (
            target.line.pk, row.keeps, target.counted, moment, row.unit_cost, reason, row.note or None,
            book is not None, book[0] if book else None, book[1] if book else None,
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE inventory_stockcountline l
                  SET counted = CASE WHEN k.keeps THEN l.counted ELSE k.counted END,
                      counted_at = CASE WHEN k.keeps THEN l.counted_at ELSE k.counted_at END,
                      counted_by_id = CASE WHEN k.keeps THEN l.counted_by_id
                                           WHEN k.counted IS NULL THEN NULL ELSE %s::bigint END,
                      unit_cost = coalesce(k.unit_cost, l.unit_cost), reason = coalesce(k.reason, l.reason),
                      note = coalesce(k.note, l.note),
                      book_qty = CASE WHEN k.has_book THEN k.book_qty ELSE l.book_qty END,
                      book_at = CASE WHEN k.has_book THEN k.book_at ELSE l.book_at END
                 FROM unnest(%s::bigint[], %s::boolean[], %s::numeric[], %s::timestamptz[], %s::numeric[], %s::text[],
                             %s::text[], %s::boolean[], %s::numeric[], %s::timestamptz[])
                   AS k(id, keeps, counted, counted_at, unit_cost, reason, note, has_book, book_qty, book_at)
                WHERE l.company_id = %s AND l.id = k.id""",
            [user_id, *columns, company_id],
        )
