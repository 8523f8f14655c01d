"""Read the moves of items in the order in which they count, and the state from which counting starts."""

import datetime as dt
from collections.abc import Collection, Generator, Mapping
from contextlib import closing
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from inventory.costing.models import CostCheckpoint, StockClosing
from inventory.moves.writer import GIVEN_SQL
from inventory.valuation.engine import Effect, Move, State, Valuation

FETCH = 20_000
_COLUMNS = f"""m.id, m.effect::int, m.item_id, m.warehouse_id, coalesce(m.lot_id, 0), (m.qty * 1000000)::bigint,
               {GIVEN_SQL}, coalesce(m.of_move_id, 0), m.document_id, coalesce(m.share * 1000000, 0)::bigint,
               (m.value * 100)::bigint"""
_ASSEMBLED = (int(Effect.PRODUCE), int(Effect.CONSUME))


def sort_in_memory() -> None:
    """For long runs, until the transaction ends: a million moves are sorted and joined without a detour by disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")


def tied_together(company_id: int, item_ids: Collection[int], since: dt.date) -> set[int]:
    """The items, and all whose cost follows theirs through assemblies from ``since`` on."""
    found = set(item_ids)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                """SELECT DISTINCT p.item_id FROM inventory_stockmove s
                     JOIN inventory_stockmove p ON p.company_id = s.company_id AND p.document_id = s.document_id
                      AND p.effect = 11
                    WHERE s.company_id = %s AND s.item_id = ANY(%s) AND s.effect IN (11, 12) AND s.date >= %s""",
                [company_id, sorted(found), since],
            )
            more = {row[0] for row in cursor.fetchall()} - found
            if not more:
                return found
            found |= more


def last_closed(company_id: int, before: dt.date) -> StockClosing | None:
    """The latest closing of stock whose period ends before the date."""
    closings = StockClosing.objects.filter(company_id=company_id, period__end__lt=before).select_related("period")
    return closings.order_by("-period__end").first()


def start(company_id: int, valuation: Valuation, since: Mapping[int, dt.date]) -> dict[int, dt.date]:
    """Load the pools as they stood where counting has to start; item → date from which its moves are to be read.

    That is ``since`` itself for averages, whose state is a sum; for layers and shortages the end of the last closed
    period, or the very beginning.
    """
    dates: dict[int, dt.date] = {}
    summed: dict[int, dt.date] = {}
    layered: list[int] = []
    for item_id, date in since.items():
        setting = valuation.items[item_id]
        if setting.method in ("moving_average", "specific") and not setting.allow_negative:
            summed[item_id] = dates[item_id] = date
        else:
            layered.append(item_id)
            dates[item_id] = dt.date.min
    if summed:
        _load_sums(company_id, valuation, summed)
    closing = last_closed(company_id, min(since.values())) if layered else None
    if closing is not None:
        day_after = closing.period.end + dt.timedelta(days=1)
        for item_id in layered:
            dates[item_id] = day_after
        _load_checkpoints(company_id, valuation, closing.period_id, layered)
    return dates


def _load_sums(company_id: int, valuation: Valuation, since: Mapping[int, dt.date]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.item_id, s.warehouse_id, s.lot_id, (s.qty * 1000000)::bigint, (s.value * 100)::bigint,
                      (l.unit_cost * 10000000000)::numeric(38, 0)
                 FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                 JOIN LATERAL (
                      SELECT CASE WHEN %s THEN 0 ELSE m.warehouse_id END AS warehouse_id,
                             CASE WHEN k.item_id = ANY(%s) THEN coalesce(m.lot_id, 0) ELSE 0 END AS lot_id,
                             sum(m.qty) AS qty, sum(m.value) AS value
                        FROM inventory_stockmove m
                       WHERE m.company_id = %s AND m.item_id = k.item_id AND m.date < k.since
                       GROUP BY 1, 2) s ON true
                 LEFT JOIN LATERAL (
                      SELECT m.unit_cost FROM inventory_stockmove m
                       WHERE s.qty = 0 AND m.company_id = %s AND m.item_id = k.item_id AND m.date < k.since
                         AND m.qty <> 0 AND m.effect <> 17
                         AND (%s OR m.warehouse_id = s.warehouse_id)
                         AND (s.lot_id = 0 OR m.lot_id = s.lot_id)
                       ORDER BY m.date DESC, m.sequence DESC, m.id DESC LIMIT 1) l ON true""",
            [
                list(since),
                list(since.values()),
                valuation.company_pool,
                [item_id for item_id in since if valuation.items[item_id].method == "specific"],
                company_id,
                company_id,
                valuation.company_pool,
            ],
        )
        for item, warehouse, lot, qty, value, last in cursor.fetchall():
            valuation.load((item, warehouse, lot), State(qty, value, int(last or 0)))


def _load_checkpoints(company_id: int, valuation: Valuation, period_id: int, item_ids: Collection[int]) -> None:
    rows = CostCheckpoint.objects.filter(company_id=company_id, period_id=period_id, item_id__in=item_ids)
    for row in rows:
        if valuation.items[row.item_id].method == "standard" and row.standard_cost is None:
            continue  # closed by another method, with nothing left: it starts at its standard
        if row.standard_cost is not None:
            valuation.standards[row.item_id] = _cost(row.standard_cost)
        valuation.load(
            (row.item_id, row.warehouse_id or 0, row.lot_id or 0),
            State(
                int(row.qty.scaleb(6)), int(row.value.scaleb(2)), _cost(row.last_cost),
                tuple(tuple(layer) for layer in row.layers),
            ),
        )  # fmt: skip


def _cost(value: Decimal) -> int:
    return int(value.scaleb(10))


def referred(company_id: int, item_ids: Collection[int]) -> set[int]:
    """Ids of the items' moves that later moves name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT m.of_move_id FROM inventory_stockmove m
                WHERE m.company_id = %s AND m.item_id = ANY(%s) AND m.of_move_id IS NOT NULL AND m.effect <> 7""",
            [company_id, sorted(item_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def load_originals(company_id: int, valuation: Valuation, dates: Mapping[int, dt.date]) -> None:
    """Moves before the start that moves after it name, with what had come back of them by then."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT o.id, (o.qty * 1000000)::bigint,
                      ((o.value + coalesce(c.value, 0)) * 100)::bigint,
                      (coalesce(r.qty, 0) * 1000000)::bigint, (coalesce(r.parts, 0) * 100)::bigint,
                      o.item_id, coalesce(o.lot_id, 0)
                 FROM (SELECT DISTINCT m.of_move_id AS id, k.since
                         FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                         JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id
                          AND m.date >= k.since AND m.of_move_id IS NOT NULL AND m.effect NOT IN (7, 17)) x
                 JOIN inventory_stockmove o ON o.company_id = %s AND o.id = x.id AND o.date < x.since
                 LEFT JOIN LATERAL (
                      SELECT sum(m.value) AS value FROM inventory_stockmove m
                       WHERE m.company_id = o.company_id AND m.of_move_id = o.id AND m.effect = 9) c ON true
                 LEFT JOIN LATERAL (
                      SELECT sum(abs(m.qty)) AS qty,
                             sum(round(abs(o.value + coalesce(c.value, 0)) * abs(m.qty) / abs(o.qty), 2)) AS parts
                        FROM inventory_stockmove m
                       WHERE m.company_id = o.company_id AND m.of_move_id = o.id AND m.effect IN (4, 5, 15, 16)
                         AND m.date < x.since) r ON true
                WHERE o.qty <> 0""",
            [list(dates), list(dates.values()), company_id, company_id],
        )
        for move_id, qty, value, back_qty, back_value, item, lot in cursor.fetchall():
            valuation.load_original(move_id, qty, value, back_qty, back_value, item=item, lot=lot)


class Counter:
    """How many moves a stream has given."""

    def __init__(self) -> None:
        self.read = 0


def moves(company_id: int, dates: Mapping[int, dt.date], counter: Counter) -> Generator[Move, None, None]:
    """The items' moves from their dates on, in costing order (see ``_rows``).

    Whoever may not read to the end closes it: the server's cursor must go before the savepoint that it is in.
    """
    with closing(_rows(company_id, dates, counter)) as blocks:
        for rows in blocks:
            for row in rows:
                yield Move._make(row[:11])


def dated_moves(
    company_id: int, dates: Mapping[int, dt.date], counter: Counter
) -> Generator[tuple[dt.date, Move], None, None]:
    """The same with the date of each; always one item after the other."""
    with closing(_rows(company_id, dates, counter, by_item=True)) as blocks:
        for rows in blocks:
            for row in rows:
                yield row[11], Move._make(row[:11])


def _rows(
    company_id: int, dates: Mapping[int, dt.date], counter: Counter, *, by_item: bool = False
) -> Generator[list[tuple[Any, ...]], None, None]:
    """Rows in costing order, read in blocks through a cursor on the server.

    Items that no assembly ties together come one after the other. Components that are not among the items come as
    fees at the value they have. Must run in a transaction.
    """
    assert transaction.get_connection().in_atomic_block
    item_ids, since = list(dates), list(dates.values())
    assembled = not by_item and _has_assemblies(company_id, item_ids)
    order = "m.date, m.sequence, m.id" if assembled else "m.item_id, m.date, m.sequence, m.id"
    foreign = f"""
        UNION ALL
        SELECT m.id, 13, m.item_id, m.warehouse_id, 0, 0,
               CASE WHEN m.effect = 12 THEN (-m.value * 100)::bigint ELSE {GIVEN_SQL} END, 0, m.document_id, 0, 0,
               m.date, m.sequence
          FROM (SELECT DISTINCT p.document_id FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                  JOIN inventory_stockmove p ON p.company_id = %s AND p.item_id = k.item_id AND p.date >= k.since
                   AND p.effect = 11) d
          JOIN inventory_stockmove m ON m.company_id = %s AND m.document_id = d.document_id AND m.effect IN (12, 13)
           AND NOT (m.item_id = ANY(%s))"""
    sql = f"""SELECT {_COLUMNS}, m.date, m.sequence
                FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id AND m.date >= k.since"""
    parameters = [item_ids, since, company_id]
    if assembled:
        sql = f"SELECT * FROM ({sql}{foreign}) m (id, e, i, w, l, q, g, o, d, s, v, date, sequence) ORDER BY {order}"
        parameters += [item_ids, since, company_id, company_id, item_ids]
    else:
        sql = f"{sql} ORDER BY {order}"
    raw = connection.connection
    assert raw is not None
    with raw.cursor(name="moves_in_costing_order") as cursor:
        cursor.itersize = FETCH
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(FETCH):
            counter.read += len(rows)
            yield rows


def _has_assemblies(company_id: int, item_ids: Collection[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT 1 FROM inventory_stockmove m WHERE m.company_id = %s AND m.item_id = ANY(%s)
                                 AND m.effect IN (11, 12))""",
            [company_id, sorted(item_ids)],
        )
        return bool(cursor.fetchone()[0])
