"""What the books say lies somewhere: by item, by lot where the item has lots, by bin where the warehouse has bins.

Both functions need the balances locked (``availability.balances``): then no move is in the making, and a sum over
moves by ``created_at`` is the same today and tomorrow.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from inventory.availability.balances import lock_warehouse
from inventory.items.models import Item, ItemKind
from inventory.lots.models import LotBalance
from inventory.warehouses.models import Warehouse

_ZERO = Decimal(0)


class Spot(NamedTuple):
    """Goods of one item, lot and bin: what a line of a count is about."""

    item_id: int
    lot_id: int | None = None
    bin_id: int | None = None


def on_hand(company_id: int, warehouse: Warehouse, item_ids: Collection[int] | None) -> dict[Spot, Decimal]:
    """Lock the warehouse's balances and read what is there now.

    Items that ever moved are there with zero while they are active; those named in ``item_ids`` always.
    """
    balances = lock_warehouse(company_id, warehouse.pk, item_ids)
    wanted = set(balances) | set(item_ids or ())
    items = {
        pk: (bool(tracking), is_active)
        for pk, tracking, is_active in Item.objects.filter(company_id=company_id, kind=ItemKind.STOCK)
        .extra(where=["inventory_item.id = ANY(%s)"], params=[sorted(wanted)])
        .values_list("id", "tracking", "is_active")
    }
    found: dict[Spot, Decimal] = {}
    if warehouse.has_bins:
        found = {spot: qty for spot, qty in _by_bin(company_id, warehouse.pk, sorted(items)).items() if qty}
    else:
        lots: dict[int, Decimal] = {}
        tracked = [pk for pk, (is_tracked, _active) in items.items() if is_tracked]
        for item, lot, qty in (
            LotBalance.objects.filter(company_id=company_id, warehouse=warehouse, item_id__in=tracked)
            .exclude(qty=0)
            .values_list("item_id", "lot_id", "qty")
        ):
            found[Spot(item, lot)] = qty
            lots[item] = lots.get(item, _ZERO) + qty
        for item in items:
            if rest := balances.get(item, _ZERO) - lots.get(item, _ZERO):
                found[Spot(item)] = rest
    present = {spot.item_id for spot in found}
    for item, (is_tracked, is_active) in items.items():
        named = item_ids is not None and item in item_ids
        if item not in present and not is_tracked and (is_active or named):
            found[Spot(item)] = _ZERO
    return found


def _by_bin(company_id: int, warehouse_id: int, item_ids: list[int]) -> dict[Spot, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.item_id, CASE WHEN i.tracking <> '' THEN m.lot_id END AS lot_id, m.bin_id, sum(m.qty)
                 FROM inventory_stockmove m
                 JOIN inventory_item i ON i.id = m.item_id
                WHERE m.company_id = %s AND m.warehouse_id = %s AND m.item_id = ANY(%s)
                GROUP BY 1, 2, 3""",
            [company_id, warehouse_id, item_ids],
        )
        return {Spot(item, lot, bin_): qty for item, lot, bin_, qty in cursor.fetchall()}


def just_now(
    company_id: int, warehouse: Warehouse, spots: Iterable[Spot], balances: Mapping[int, Decimal]
) -> dict[Spot, Decimal]:
    """What lies there now. ``balances``: item → quantity of the locked balances, which need no sum over moves."""
    wanted = list(dict.fromkeys(spots))
    if warehouse.has_bins:
        return at_moment(company_id, warehouse, wanted, None)
    ids = {spot.item_id for spot in wanted}
    tracked = set(
        Item.objects.filter(company_id=company_id, pk__in=ids).exclude(tracking="").values_list("id", flat=True)
    )
    found = {spot: balances[spot.item_id] for spot in wanted if spot.item_id not in tracked}
    lots = [spot for spot in wanted if spot.item_id in tracked and spot.lot_id is not None]
    rows = LotBalance.objects.filter(
        company_id=company_id, warehouse=warehouse, lot_id__in=[spot.lot_id for spot in lots]
    )
    by_lot = dict(rows.values_list("lot_id", "qty"))
    found |= {spot: by_lot.get(spot.lot_id or 0, _ZERO) for spot in lots}
    rest = [spot for spot in wanted if spot not in found]
    return found | at_moment(company_id, warehouse, rest, None)


def at_moment(
    company_id: int, warehouse: Warehouse, spots: Iterable[Spot], moment: dt.datetime | None
) -> dict[Spot, Decimal]:
    """What lay there at the moment (None: now), from the moves entered until then. Balances must be locked."""
    wanted = list(dict.fromkeys(spots))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.item_id, k.lot_id, k.bin_id, coalesce(sum(m.qty), 0)
                 FROM unnest(%(items)s::bigint[], %(lots)s::bigint[], %(bins)s::bigint[])
                   AS k(item_id, lot_id, bin_id)
                 JOIN inventory_item i ON i.company_id = %(company)s AND i.id = k.item_id
                 LEFT JOIN inventory_stockmove m ON m.company_id = %(company)s AND m.item_id = k.item_id
                  AND m.warehouse_id = %(warehouse)s AND (%(moment)s::timestamptz IS NULL OR m.created_at <= %(moment)s)
                  AND (i.tracking = '' OR m.lot_id IS NOT DISTINCT FROM k.lot_id)
                  AND (NOT %(by_bin)s OR m.bin_id IS NOT DISTINCT FROM k.bin_id)
                GROUP BY 1, 2, 3""",
            {
                "items": [spot.item_id for spot in wanted],
                "lots": [spot.lot_id for spot in wanted],
                "bins": [spot.bin_id for spot in wanted],
                "company": company_id,
                "warehouse": warehouse.pk,
                "moment": moment,
                "by_bin": warehouse.has_bins,
            },
        )
        return {Spot(item, lot, bin_): qty for item, lot, bin_, qty in cursor.fetchall()}


def at_date(company_id: int, warehouse_id: int, spots: Iterable[Spot], date: dt.date) -> dict[Spot, Decimal]:
    """What lies there by the books at the end of a day; a spot without a lot is the whole item."""
    wanted = list(dict.fromkeys(spots))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.item_id, k.lot_id, k.bin_id, coalesce(sum(m.qty), 0)
                 FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k(item_id, lot_id, bin_id)
                 LEFT JOIN inventory_stockmove m ON m.company_id = %s AND m.item_id = k.item_id AND m.warehouse_id = %s
                  AND m.date <= %s AND (k.lot_id IS NULL OR m.lot_id = k.lot_id)
                  AND (k.bin_id IS NULL OR m.bin_id = k.bin_id)
                GROUP BY 1, 2, 3""",
            [
                [spot.item_id for spot in wanted],
                [spot.lot_id for spot in wanted],
                [spot.bin_id for spot in wanted],
                company_id,
                warehouse_id,
                date,
            ],
        )
        return {Spot(item, lot, bin_): qty for item, lot, bin_, qty in cursor.fetchall()}
