"""Start a stock count: freeze what the books say, at one moment, while goods go on moving."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from erp.core.bulk import copy_rows
from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.numbering.services import document_numbers
from erp.core.retries import transactional
from inventory.counts.errors import BeingCounted, CountNotOpen, NothingToCount
from inventory.counts.models import CountStatus, StockCount
from inventory.counts.snapshot import Spot, on_hand
from inventory.documents.dates import working_date
from inventory.items.models import Item, ItemCategory, ItemKind
from inventory.warehouses.models import Warehouse

PREFIX = "PD"


@transactional
def start_count(
    company: Company,
    warehouse_id: int,
    *,
    date: dt.date | None = None,
    category: int | None = None,
    items: Collection[int] | None = None,
    blind: bool = False,
    note: str = "",
    by: Any,
) -> StockCount:
    """A count with a line for each item (lot, bin) and its book quantity.

    ``category`` (id) means those below it too; ``items`` names the items instead. ``date`` is when the differences
    will be booked. Raises ``NotFound``, ``NothingToCount``, ``BeingCounted``.
    """
    warehouse = lock_counting(company, warehouse_id)
    chosen = _chosen(company, category, items)
    found = on_hand(company.pk, warehouse, chosen)
    if not found:
        raise NothingToCount(warehouse=warehouse.name, field="category" if category else "warehouse")
    refuse_counted_twice(company, warehouse_id, {spot.item_id for spot in found})
    # The balances are locked: what moved before this moment is in the book quantities, what moves after is not.
    count = new_count(
        company, warehouse_id, date or working_date(company), category=category, blind=blind, note=note, by=by
    )
    write_lines(count, found, 1)
    return count


def lock_counting(company: Company, warehouse_id: int) -> Warehouse:
    """The warehouse; counts of it begin one after the other. Raises ``NotFound``."""
    warehouse = Warehouse.objects.select_for_update(no_key=True).filter(company=company, pk=warehouse_id).first()
    if warehouse is None:
        raise NotFound(what=Warehouse._meta.verbose_name, key=warehouse_id, field="warehouse")
    return warehouse


def _chosen(company: Company, category: int | None, items: Collection[int] | None) -> list[int] | None:
    """The items meant, None for all. Raises ``NotFound``."""
    goods = Item.objects.filter(company=company, kind=ItemKind.STOCK)
    if items is not None:
        found = list(goods.filter(pk__in=items).values_list("id", flat=True))
        if missing := set(items) - set(found):
            raise NotFound(what=Item._meta.verbose_name, key=min(missing), field="items")
        return found
    if category is None:
        return None
    if not ItemCategory.objects.filter(company=company, pk=category).exists():
        raise NotFound(what=ItemCategory._meta.verbose_name, key=category, field="category")
    with connection.cursor() as cursor:
        # Goods of the category and those below it that ever moved: others have nothing to count.
        cursor.execute(
            """WITH RECURSIVE below AS (
                    SELECT id FROM inventory_itemcategory WHERE company_id = %s AND id = %s
                    UNION ALL
                    SELECT c.id FROM inventory_itemcategory c JOIN below b ON c.parent_id = b.id)
               SELECT i.id FROM inventory_item i
                WHERE i.company_id = %s AND i.kind = 'stock' AND i.category_id IN (SELECT id FROM below)
                  AND EXISTS (SELECT 1 FROM inventory_stockbalance b WHERE b.company_id = i.company_id
                                 AND b.item_id = i.id)
                ORDER BY i.id""",
            [company.pk, category, company.pk],
        )
        return [pk for (pk,) in cursor.fetchall()]


def refuse_counted_twice(
    company: Company, warehouse_id: int, item_ids: Collection[int], *, but: int | None = None
) -> None:
    """Raise ``BeingCounted`` if one of the items stands in another open count of the warehouse."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.code, i.name, c.number, count(*) OVER () AS items
                 FROM inventory_stockcount c
                 JOIN inventory_stockcountline l ON l.company_id = c.company_id AND l.count_id = c.id
                 JOIN inventory_item i ON i.id = l.item_id
                WHERE c.company_id = %s AND c.warehouse_id = %s AND c.status = 'counting' AND l.item_id = ANY(%s)
                  AND c.id IS DISTINCT FROM %s
                GROUP BY i.id, i.code, i.name, c.number
                ORDER BY i.code LIMIT 1""",
            [company.pk, warehouse_id, sorted(item_ids), but],
        )
        if row := cursor.fetchone():
            code, name, number, count = row
            raise BeingCounted(item=code, item_name=name, number=number, items=count)


def new_count(
    company: Company,
    warehouse_id: int,
    date: dt.date,
    *,
    category: int | None = None,
    blind: bool = False,
    note: str = "",
    by: Any,
) -> StockCount:
    """A count without lines, of this moment. Balances must be locked."""
    (number,) = document_numbers(company.pk, PREFIX, f"{date:%Y%m}", 1)
    return StockCount.objects.create(
        company=company,
        number=number,
        date=date,
        warehouse_id=warehouse_id,
        category_id=category,
        is_blind=blind,
        snapshot_at=timezone.now(),
        note=note,
        created_by=by,
    )


_LINE = ("company_id", "count_id", "line_no", "item_id", "lot_id", "bin_id", "book_qty", "reason", "note")


def write_lines(count: StockCount, books: Mapping[Spot, Decimal], first_no: int) -> None:
    """Lines in the order in which a counter walks: bin, item, lot."""
    copy_rows(
        "inventory_stockcountline",
        _LINE,
        (
            (count.company_id, count.pk, line_no, *spot, books[spot], "", "")
            for line_no, spot in enumerate(_walked(count.company_id, books), start=first_no)
        ),
    )


def _walked(company_id: int, spots: Iterable[Spot]) -> list[Spot]:
    wanted = list(spots)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.item_id, k.lot_id, k.bin_id
                 FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k(item_id, lot_id, bin_id)
                 JOIN inventory_item i ON i.company_id = %s AND i.id = k.item_id
                 LEFT JOIN inventory_lot l ON l.id = k.lot_id
                 LEFT JOIN inventory_bin b ON b.id = k.bin_id
                ORDER BY b.code NULLS LAST, i.code, l.number NULLS FIRST""",
            [
                [spot.item_id for spot in wanted],
                [spot.lot_id for spot in wanted],
                [spot.bin_id for spot in wanted],
                company_id,
            ],
        )
        return [Spot(*row) for row in cursor.fetchall()]


def lock_open(company: Company, count_id: int) -> StockCount:
    """The count in progress, locked until the transaction ends. Raises ``NotFound``, ``CountNotOpen``."""
    count = lock_count(company, count_id)
    if count.status != CountStatus.COUNTING:
        raise CountNotOpen(number=count.number, state=count.get_status_display())
    return count


def lock_count(company: Company, count_id: int) -> StockCount:
    """The count, locked. Raises ``NotFound``."""
    count = (
        StockCount.objects.select_for_update(of=("self",))
        .select_related("warehouse")
        .filter(company=company, pk=count_id)
        .first()
    )
    if count is None:
        raise NotFound(what=StockCount._meta.verbose_name, key=count_id)
    return count


@transactional
def cancel_count(company: Company, count_id: int, *, by: Any) -> StockCount:
    """Give a count up: nothing is booked, what was counted stays to be read."""
    count = lock_open(company, count_id)
    count.status = CountStatus.CANCELLED
    count.save(update_fields=["status"])
    return count
