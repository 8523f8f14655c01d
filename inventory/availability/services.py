"""Reserve stock for documents that have not taken it yet, and give it free again.

``StockBalance.reserved`` is the sum of the reservations and changes in the same transaction, under the balance's
lock, taken in the order of every writer of stock: (item, warehouse).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from erp.core.bulk import next_ids
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound, SeveralRefusals
from erp.core.money import QUANTITY_STEP
from erp.core.retries import transactional
from inventory.availability.balances import Place, lock_places
from inventory.availability.errors import NotFree, NothingToReserve, TooManyDigits
from inventory.availability.models import Reservation
from inventory.availability.providers import sources
from inventory.documents.errors import plain
from inventory.items.queries import item_facts
from inventory.preferences import preferences_of
from inventory.warehouses.models import Warehouse

BY_HAND = "by_hand"
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a line of a document is to have reserved altogether, in the item's unit."""

    source_line_id: int
    item_id: int
    warehouse_id: int
    qty: Decimal


class Reserved(NamedTuple):
    """What a line has reserved now; ``short`` is what it wanted more."""

    source_line_id: int
    qty: Decimal
    short: Decimal


@transactional
def reserve(
    company: Company,
    source_type: str,
    source_id: int,
    lines: Sequence[Wanted],
    *,
    by: Any,
    document_no: str = "",
    partly: bool = False,
) -> list[Reserved]:
    """Set what the lines have reserved. With ``partly`` a line takes what is free; else too little refuses all.

    Lines in the order given: the first one has the first claim. Raises ``NotFree``, ``NothingToReserve``, ``NotFound``.
    """
    for position, line in enumerate(lines, start=1):
        if line.qty < 0:
            raise NothingToReserve(field=f"lines-{position}-qty")
        if line.qty != line.qty.quantize(QUANTITY_STEP):
            raise TooManyDigits(field=f"lines-{position}-qty")
    names = _warehouses(company, {line.warehouse_id for line in lines})
    items = item_facts(company.pk, {line.item_id for line in lines})
    held = _held(company, source_type, [line.source_line_id for line in lines])
    kept = {(line.source_line_id, line.item_id, line.warehouse_id) for line in lines}
    moved = [row for key, row in held.items() if key not in kept]  # the line wants another item or warehouse now
    places = {(line.item_id, line.warehouse_id) for line in lines} | {(row.item_id, row.warehouse_id) for row in moved}
    balances = lock_places(company.pk, places)
    held = _held(company, source_type, [line.source_line_id for line in lines])  # as it is under the locks
    change = dict.fromkeys(places, _ZERO)
    for key, row in held.items():
        if key not in kept:
            place = (row.item_id, row.warehouse_id)
            change[place] = change.get(place, _ZERO) - row.qty
            row.delete()
    refused: list[DomainError] = []
    result = []
    for position, line in enumerate(lines, start=1):
        place = (line.item_id, line.warehouse_id)
        before = held.get((line.source_line_id, *place))
        already = before.qty if before else _ZERO
        free = max(balances[place].free - change[place] + already, _ZERO)
        if line.qty > free and not partly:
            refused.append(
                NotFree(
                    item=items[line.item_id].code,
                    item_name=items[line.item_id].name,
                    warehouse=names[line.warehouse_id],
                    free=plain(free),
                    on_hand=plain(balances[place].qty),
                    needed=plain(line.qty),
                    field=f"lines-{position}-qty",
                )
            )
            continue
        qty = min(line.qty, free)
        change[place] += qty - already
        _keep(company, source_type, source_id, line, qty, before, document_no, by)
        result.append(Reserved(line.source_line_id, qty, line.qty - qty))
    if refused:
        raise SeveralRefusals(refused)
    _add(company.pk, change)
    return result


def reserve_lines(
    company: Company, source_type: str, source_id: int, lines: Sequence[Wanted], *, by: Any, document_no: str = ""
) -> list[Reserved]:
    """For documents that are confirmed: reserve what is on hand, where the company's settings say that they do."""
    if not preferences_of(company).reserve_orders:
        return []
    return reserve(company, source_type, source_id, lines, by=by, document_no=document_no, partly=True)


def reserve_by_hand(
    company: Company, item_id: int, warehouse_id: int, qty: Decimal, *, by: Any, purpose: str = ""
) -> Reserved:
    """Set goods aside for a purpose that no document states yet. Raises as ``reserve``."""
    if qty <= 0:
        raise NothingToReserve(field="qty")
    (own_id,) = next_ids("inventory_reservation", 1)
    line = Wanted(own_id, item_id, warehouse_id, qty)
    return reserve(company, BY_HAND, own_id, [line], by=by, document_no=purpose)[0]


@transactional
def take(company: Company, source_type: str, lines: Iterable[Wanted], *, by: Any) -> None:
    """The document takes goods: so much less is reserved for its lines. Before the goods move, in one transaction."""
    wanted = list(lines)
    places = {(line.item_id, line.warehouse_id) for line in wanted}
    lock_places(company.pk, places)
    held = _held(company, source_type, [line.source_line_id for line in wanted])
    change = dict.fromkeys(places, _ZERO)
    for line in wanted:
        row = held.get((line.source_line_id, line.item_id, line.warehouse_id))
        if row is None:
            continue
        part = min(line.qty, row.qty)
        change[line.item_id, line.warehouse_id] -= part
        row.qty -= part
        if row.qty:
            row.save(update_fields=["qty"])
        else:
            row.delete()
            del held[line.source_line_id, line.item_id, line.warehouse_id]
    _add(company.pk, change)


@transactional
def release(company: Company, reservation_ids: Collection[int], *, by: Any) -> int:
    """Give reservations free; how many there were. Raises ``NotFound`` for one that is not there (any more)."""
    found = set(Reservation.objects.filter(company=company, pk__in=reservation_ids).values_list("id", flat=True))
    if missing := set(reservation_ids) - found:
        raise NotFound(what=Reservation._meta.verbose_name, key=min(missing))
    return _release(company, found)


@transactional
def release_source(company: Company, source_type: str, source_id: int, *, by: Any) -> int:
    """Give free all that a document reserved: it is cancelled, closed or done."""
    rows = Reservation.objects.filter(company=company, source_type=source_type, source_id=source_id)
    return _release(company, set(rows.values_list("id", flat=True)))


@transactional
def release_stale(company: Company, *, by: Any, before: dt.date | None = None) -> int:
    """Give free what nobody needs any more: reservations whose document is closed or unknown, and, with ``before``,
    those made before that day."""
    stale = set(orphans(company))
    if before is not None:
        start = timezone.make_aware(dt.datetime.combine(before, dt.time()))
        stale |= set(Reservation.objects.filter(company=company, created_at__lt=start).values_list("id", flat=True))
    return _release(company, stale)


def orphans(company: Company) -> list[int]:
    """Ids of reservations whose document does not need them any more."""
    by_type: dict[str, list[tuple[int, int]]] = {}
    for pk, source_type, source_id in Reservation.objects.filter(company=company).values_list(
        "id", "source_type", "source_id"
    ):
        by_type.setdefault(source_type, []).append((pk, source_id))
    known = sources()
    found = []
    for source_type, rows in by_type.items():
        source = known.get(source_type)
        if source is None:
            continue  # who reserved it may be an app that is not installed here; a person decides
        still_open = set(source.open_ids(company, {source_id for _pk, source_id in rows}))
        found += [pk for pk, source_id in rows if source_id not in still_open]
    return found


def _release(company: Company, ids: Collection[int]) -> int:
    if not ids:
        return 0
    rows = Reservation.objects.filter(company=company, pk__in=ids)
    places = set(rows.order_by().values_list("item_id", "warehouse_id"))
    lock_places(company.pk, places)
    change = dict.fromkeys(places, _ZERO)
    going = list(rows)
    for row in going:
        change[row.item_id, row.warehouse_id] -= row.qty
    Reservation.objects.filter(company=company, pk__in=[row.pk for row in going]).delete()
    _add(company.pk, change)
    return len(going)


def _warehouses(company: Company, ids: set[int]) -> dict[int, str]:
    found = dict(Warehouse.objects.filter(company=company, pk__in=ids).values_list("id", "name"))
    if missing := ids - found.keys():
        raise NotFound(what=Warehouse._meta.verbose_name, key=min(missing))
    return found


def _held(company: Company, source_type: str, line_ids: Sequence[int]) -> dict[tuple[int, int, int], Reservation]:
    rows = Reservation.objects.filter(company=company, source_type=source_type, source_line_id__in=line_ids)
    return {(row.source_line_id, row.item_id, row.warehouse_id): row for row in rows}


def _keep(
    company: Company,
    source_type: str,
    source_id: int,
    line: Wanted,
    qty: Decimal,
    before: Reservation | None,
    document_no: str,
    by: Any,
) -> None:
    if before is None:
        if qty:
            Reservation.objects.create(
                company=company,
                item_id=line.item_id,
                warehouse_id=line.warehouse_id,
                qty=qty,
                source_type=source_type,
                source_id=source_id,
                source_line_id=line.source_line_id,
                document_no=document_no[:60],
                created_by=by,
            )
    elif not qty:
        before.delete()
    elif before.qty != qty:
        before.qty = qty
        before.save(update_fields=["qty"])


def _add(company_id: int, change: dict[Place, Decimal]) -> None:
    """Add to what the locked balances have reserved. One UPDATE."""
    changed = [(item, warehouse, qty) for (item, warehouse), qty in sorted(change.items()) if qty]
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE inventory_stockbalance b SET reserved = b.reserved + k.qty
                 FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS k(item_id, warehouse_id, qty)
                WHERE b.company_id = %s AND b.item_id = k.item_id AND b.warehouse_id = k.warehouse_id""",
            [*[list(column) for column in zip(*changed, strict=True)], company_id],
        )


__all__ = [
    "BY_HAND", "Reserved", "Wanted", "orphans", "release", "release_source", "release_stale", "reserve",
    "reserve_by_hand", "reserve_lines", "take",
]  # fmt: skip
