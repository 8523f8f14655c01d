"""How old the stock of one warehouse is: its goods carry the day on which the company received them.

Pure part: moves in order, each place a queue of (day, quantity), oldest first. What leaves takes the oldest, a transfer
hands over what it took with its days, a return to the supplier takes the day of its receipt first.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from erp.core.reports.stream import CHUNK
from inventory.reports.scope import Scope
from inventory.valuation.engine import Effect

Place = tuple[int, int]  # item, warehouse
Layer = tuple[dt.date, Decimal]


class Dated(NamedTuple):
    """A move as ages need it; ``received``: day of the receipt that goes back."""

    id: int
    item: int
    warehouse: int
    date: dt.date
    effect: int
    qty: Decimal
    of: int
    received: dt.date | None


def layers(moves: Iterable[Dated]) -> dict[Place, deque[Layer]]:
    """What lies in each place after the moves. What a place lacks is not carried below nothing."""
    places: defaultdict[Place, deque[Layer]] = defaultdict(deque)
    on_the_way: dict[int, list[Layer]] = {}
    for move in moves:
        place = places[move.item, move.warehouse]
        if move.qty > 0:
            carried = on_the_way.pop(move.of, None) if move.effect == Effect.INTO else None
            for layer in carried or [(move.date, move.qty)]:
                _put(place, layer)
        elif move.qty < 0:
            taken = list(_take(place, -move.qty, move.received))
            if move.effect == Effect.OUT:
                on_the_way[move.id] = taken
    return places


def _put(place: deque[Layer], layer: Layer) -> None:
    """In order of the days: what comes by transfer may be older than what lies there."""
    later: list[Layer] = []
    while place and place[-1][0] > layer[0]:
        later.append(place.pop())
    place.append(layer)
    place.extend(reversed(later))


def _take(place: deque[Layer], wanted: Decimal, first: dt.date | None) -> Iterator[Layer]:
    if first is not None:
        for at, (day, qty) in enumerate(place):
            if day == first:
                part = min(qty, wanted)
                place[at] = (day, qty - part)
                wanted -= part
                yield day, part
                break
    while wanted and place:
        day, qty = place.popleft()
        part = min(qty, wanted)
        if part < qty:
            place.appendleft((day, qty - part))
        wanted -= part
        if part:
            yield day, part


def moves_until(scope: Scope, as_of: dt.date) -> Iterator[Dated]:
    """The moves of the scope's items in all warehouses until the day, in costing order, cancelled ones left out."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"""SELECT m.id, m.item_id, m.warehouse_id, m.date, m.effect::int, m.qty, coalesce(m.of_move_id, 0),
                       CASE WHEN m.effect IN (5, 15) THEN o.date END
                  FROM inventory_stockmove m
                  LEFT JOIN inventory_stockmove o ON m.effect IN (5, 15) AND o.company_id = m.company_id
                   AND o.id = m.of_move_id
                 WHERE {scope.where("m", warehouse=False, lot=False)} AND m.date <= %(as_of)s AND m.qty <> 0
                   AND m.effect <> 17
                 ORDER BY m.item_id, m.date, m.sequence, m.id""",
            scope.values(as_of=as_of),
        )
        while rows := cursor.fetchmany(CHUNK):
            yield from map(Dated._make, rows)


def ages_in_warehouse(scope: Scope, as_of: dt.date) -> dict[int, list[tuple[int, Decimal]]]:
    """Item → (age in days, quantity) of what lies in the scope's warehouse."""
    assert scope.warehouse is not None
    found = layers(moves_until(scope, as_of))
    return {
        item: [((as_of - day).days, qty) for day, qty in lying if qty]
        for (item, warehouse), lying in found.items()
        if warehouse == scope.warehouse.pk
    }
