"""Recosting: after a document that counts before others, value those others again, and only what is tied to it.

Little is done at once, in the transaction of the document; much is noted (``RecostRequest``) and done by a worker.
The result is the same as if the documents had come in the order of their dates.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import closing
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.retries import transactional
from inventory.costing import changes, stream
from inventory.costing.models import CostRun, RecostRequest
from inventory.items.queries import item_facts
from inventory.lots.models import LotBalance
from inventory.moves import pools
from inventory.moves.models import StockBalance
from inventory.moves.onhand import Place
from inventory.preferences import preferences_of
from inventory.valuation.engine import Valuation
from inventory.valuation.refusals import ValuationRefusal
from inventory.valuation.replay import replay

log = structlog.get_logger(__name__)
MONTHLY = "monthly_average"


class LaterMoveRefused(DomainError):
    """``code`` is that of the rule that a later move would break."""

    code = "later_move_refused"
    template = _(
        "A later document of %(item)s could not be costed any more (%(rule)s). Change or reverse that document first."
    )


def after(
    company: Company,
    changed: Mapping[int, tuple[dt.date, int]],
    *,
    first_new_id: int,
    fresh: Collection[int],
    cause: int | None,
    by: Any,
) -> dict[int, Decimal]:
    """See to what comes after new moves. ``changed``: item → (date, sequence) of the earliest.

    Returns the values of the fresh documents' moves where they were costed again at once. Raises
    ``LaterMoveRefused``.
    """
    since = _disturbed(company.pk, changed, first_new_id)
    if not since:
        return {}
    if _is_much(company, since) and not _may_be_refused(company.pk, since):
        request(company, since, cause=cause)
        return {}
    return run(company, since, fresh=fresh, cause=cause, by=by).fresh


def without(
    company: Company,
    stock: pools.Stock,
    taken: Mapping[Place, int],
    since: Mapping[int, dt.date],
    *,
    cause: int | None,
    by: Any,
) -> None:
    """See to the pools after moves were frozen: ``taken`` is what they were worth at each place (cents).

    ``stock`` has the quantities without them. Pools that only averages make may wait for a worker at the average of
    today; layers, and pools that would be left empty with value or below zero, are made again at once.
    """
    places = list(stock.on_hand.quantities)
    monthly = {item for item in since if stock.items[item].cost_method == MONTHLY}
    plain = {item: date for item, date in since.items() if item not in monthly}
    waits = not monthly and _can_wait(company, stock, taken, plain)
    if waits:
        pools.save(stock, places)
        request(company, plain, cause=cause)
        return
    save_quantities(stock, places)
    if plain:
        run(company, plain, fresh=(), cause=cause, by=by)
    if monthly:
        from inventory.costing import monthly as by_month

        by_month.recalculate(company, monthly, min(since[item] for item in monthly), by=by)


def save_quantities(stock: pools.Stock, places: Collection[Place]) -> None:
    """Write the quantities of the places, with no value: whoever values the pools again comes next."""
    for place in places:
        key = stock.valuation.key(*place)
        state = stock.valuation.dump(key)
        stock.valuation.load(key, state._replace(qty=0, value=0, layers=()))
    stock.values = {}
    pools.save(stock, places)


def _can_wait(company: Company, stock: pools.Stock, taken: Mapping[Place, int], since: Mapping[int, dt.date]) -> bool:
    """Whether the pools can stand at today's average until a worker comes; then the valuation is moved to that."""
    if any(stock.items[item].cost_method not in ("moving_average", "standard") for item in since):
        return False
    if any(stock.items[item].may_go_negative for item in since):
        return False
    if not _is_much(company, since) or _may_be_refused(company.pk, since):
        return False
    by_key: dict[pools.Key, int] = {}
    for place, value in taken.items():
        key = stock.valuation.key(*place)
        by_key[key] = by_key.get(key, 0) + value
    states = {}
    for key, value in by_key.items():
        state = stock.valuation.dump(key)
        held = sum(
            qty for place, qty in stock.on_hand.quantities.items()
            if stock.valuation.key(*place) == key and place[2] == key[2]
        )  # fmt: skip
        qty = held if key[1] else state.qty - _quantity_taken(company, stock, key)
        if qty <= 0 or state.value - value < 0:
            return False
        states[key] = state._replace(qty=qty, value=state.value - value)
    for key, state in states.items():
        stock.valuation.load(key, state)
    return True


def _quantity_taken(company: Company, stock: pools.Stock, key: pools.Key) -> int:
    """By how much the company's pool of an item shrinks: what the balances of all its warehouses no longer hold."""
    held = StockBalance.objects.filter(company=company, item_id=key[0])
    locked = {place[1]: qty for place, qty in stock.on_hand.quantities.items() if place[0] == key[0] and not place[2]}
    total = sum(locked.get(row.warehouse_id, int(row.qty.scaleb(6))) for row in held)
    return stock.valuation.dump(key).qty - total


def request(company: Company, since: Mapping[int, dt.date], *, cause: int | None) -> None:
    """Note items to be recosted, and wake a worker after the commit."""
    RecostRequest.objects.bulk_create(
        [RecostRequest(company=company, item_id=item, since=date, cause_id=cause) for item, date in since.items()]
    )
    transaction.on_commit(partial(wake, company.pk))


def wake(company_id: int) -> None:
    """Ask for a worker. If the call is lost, the sweep comes."""
    from inventory.tasks import recost_pending

    try:
        recost_pending.apply_async(args=[company_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("recost_wake_lost", company_id=company_id, error=str(error))


def run_pending(company: Company, *, by: Any = None) -> CostRun | None:
    """Do what the requests of the company ask, in one run; None if there is nothing to do or nothing changed.

    Where one item cannot be costed the others are all the same. Raises ``LaterMoveRefused`` then.
    """
    try:
        return _run_requests(company, None, by=by)
    except LaterMoveRefused as problem:
        refused = problem
    for item_id in sorted(set(RecostRequest.objects.filter(company=company).values_list("item_id", flat=True))):
        try:
            _run_requests(company, item_id, by=by)
        except LaterMoveRefused as problem:
            refused = problem
    log.warning("recost_refused", company_id=company.pk, rule=refused.code, error=str(refused))
    raise refused


@transactional
def _run_requests(company: Company, item_id: int | None, *, by: Any) -> CostRun | None:
    """Those of one item, or all."""
    waiting = RecostRequest.objects.filter(company=company)
    if item_id is not None:
        waiting = waiting.filter(item_id=item_id)
    rows = list(waiting.select_for_update(skip_locked=True).order_by("id"))
    if not rows:
        return None
    stream.sort_in_memory()
    since: dict[int, dt.date] = {}
    for row in rows:
        since[row.item_id] = min(row.since, since.get(row.item_id, row.since))
    applied = run(company, since, fresh=(), cause=rows[0].cause_id, by=by)
    RecostRequest.objects.filter(company=company, pk__in=[row.pk for row in rows]).delete()
    return applied.run


@transactional
def run(
    company: Company, since: Mapping[int, dt.date], *, fresh: Collection[int], cause: int | None, by: Any
) -> changes.Applied:
    """Value the items' moves from the dates on again, with all that is tied to them. Raises ``LaterMoveRefused``."""
    earliest = min(since.values())
    found = stream.tied_together(company.pk, since, earliest)
    items = {key: facts for key, facts in item_facts(company.pk, found).items() if facts.cost_method != MONTHLY}
    since = {item_id: since.get(item_id, earliest) for item_id in items}
    if not since:
        return changes.Applied()
    places = _places(company.pk, items)
    stock = pools.lock(company, items, places, {}, whole_items=items)
    valuation = Valuation(pools.settings_of(items), stock.valuation.company_pool)
    dates = stream.start(company.pk, valuation, since)
    valuation.referred = stream.referred(company.pk, items)
    stream.load_originals(company.pk, valuation, dates)
    counter = stream.Counter()
    try:
        with closing(stream.moves(company.pk, dates, counter)) as moves:
            applied = changes.apply(
                company, replay(valuation, moves), fresh=fresh, cause_id=cause, since=earliest, by=by
            )
    except ValuationRefusal as refused:
        problem = LaterMoveRefused(item=_code(items, refused), rule=refused.code)
        problem.code = refused.code
        raise problem from refused
    if applied.run is not None:
        CostRun.objects.filter(pk=applied.run.pk).update(moves_read=counter.read)
    _save(stock, valuation, places)
    return applied


def settle(company: Company, settled: Mapping[int, int], *, fresh: Collection[int], by: Any) -> dict[int, Decimal]:
    """Issues that had gone short are paid by goods that came in: give them what these cost (move id → value).

    Returns the values of the fresh documents' moves, whose events are yet to be raised.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.id, (abs(m.qty) * 1000000)::bigint FROM inventory_stockmove m
                WHERE m.company_id = %s AND m.id = ANY(%s)""",
            [company.pk, list(settled)],
        )
        rows = [
            (move_id, settled[move_id], abs(settled[move_id]) * 10**14 // qty) for move_id, qty in cursor.fetchall()
        ]
    return changes.apply(company, rows, fresh=fresh, by=by).fresh


def _save(stock: pools.Stock, valuation: Valuation, places: Collection[Place]) -> None:
    stock.valuation = valuation
    by_lot = [place for place in places if place[2] and valuation.key(*place)[2] and valuation.key(*place)[1]]
    sums: dict[tuple[int, int], int] = {}
    for item, warehouse, lot in by_lot:
        value = valuation.dump((item, warehouse, lot)).value
        sums[item, warehouse] = sums.get((item, warehouse), 0) + value
    stock.values = sums
    lots_of = {place[:2] for place in places if place[2]}
    pools.save(
        stock,
        [
            place for place in places
            if place[2] or stock.items[place[0]].cost_method != "specific" or place[:2] not in lots_of
        ],
    )  # fmt: skip


def _places(company_id: int, items: Collection[int]) -> list[Place]:
    """All places of the items that have a balance row."""
    found: list[Place] = [
        (item, warehouse, 0)
        for item, warehouse in StockBalance.objects.filter(company_id=company_id, item_id__in=list(items)).values_list(
            "item_id", "warehouse_id"
        )
    ]
    found.extend(
        LotBalance.objects.filter(company_id=company_id, item_id__in=list(items)).values_list(
            "item_id", "warehouse_id", "lot_id"
        )
    )
    return found


def _disturbed(company_id: int, changed: Mapping[int, tuple[dt.date, int]], first_new_id: int) -> dict[int, dt.date]:
    """Items of which older moves count after the new ones, with the date to start from."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.item_id, k.date
                 FROM unnest(%s::bigint[], %s::date[], %s::bigint[]) AS k(item_id, date, sequence)
                 JOIN inventory_item i ON i.company_id = %s AND i.id = k.item_id AND i.cost_method <> 'monthly_average'
                WHERE EXISTS (SELECT 1 FROM inventory_stockmove m
                               WHERE m.company_id = %s AND m.item_id = k.item_id AND m.date >= k.date
                                 AND (m.date, m.sequence) > (k.date, k.sequence) AND m.id < %s AND m.effect <> 17)""",
            [
                list(changed),
                [date for date, _sequence in changed.values()],
                [sequence for _date, sequence in changed.values()],
                company_id,
                company_id,
                first_new_id,
            ],
        )
        return dict(cursor.fetchall())


def _is_much(company: Company, since: Mapping[int, dt.date]) -> bool:
    """Whether more has to be costed again than a user should wait for."""
    limit = preferences_of(company).recost_at_once
    return _later_count(company.pk, since, limit + 1) > limit


def _may_be_refused(company_id: int, since: Mapping[int, dt.date]) -> bool:
    """Whether cost adjustments are among the later moves: what they change may not be there any more then. A worker
    could tell nobody, so that is found out while the document can still be refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (
                 SELECT 1 FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                   JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id AND m.date >= k.since
                    AND m.effect = 8)""",
            [list(since), list(since.values()), company_id],
        )
        return bool(cursor.fetchone()[0])


def _later_count(company_id: int, since: Mapping[int, dt.date], limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM (
                 SELECT 1 FROM unnest(%s::bigint[], %s::date[]) AS k(item_id, since)
                   JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id AND m.date >= k.since
                  LIMIT %s) x""",
            [list(since), list(since.values()), company_id, limit],
        )
        return int(cursor.fetchone()[0])


def _code(items: Mapping[int, Any], refused: ValuationRefusal) -> str:
    item = items.get(refused.facts.get("item", 0))
    return str(item.code) if item is not None else ", ".join(sorted(facts.code for facts in items.values()))[:100]
