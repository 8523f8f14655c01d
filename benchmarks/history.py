"""A long history of goods, written straight into the tables: receipts and deliveries, valued by the pure engine.

Only for measuring: what people enter goes through the services. One document per move, as for a busy shop.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from erp.core.bulk import next_ids
from erp.core.companies.models import Company
from inventory.documents.models import DocumentKind
from inventory.items.models import Item, ItemCategory
from inventory.items.services import save_item
from inventory.suppliers.models import Supplier
from inventory.suppliers.services import save_supplier
from inventory.valuation.engine import Effect, ItemSetting, Move, Valuation

CHUNK = 100_000
Row = tuple[Any, ...]


def make_items(company: Company, prefix: str, count: int, method: str) -> list[int]:
    category = ItemCategory.objects.get(company=company, code="GOODS")
    codes = (f"{prefix}{n:04}" for n in range(count))
    return [
        save_item(Item(company=company, category=category, code=code, name=code, cost_method=method), by=None).pk
        for code in codes
    ]


def supplier_value(company: Company) -> int:
    """The dimension value of a supplier."""
    found = Supplier.objects.filter(company=company).first()
    row = found or save_supplier(Supplier(company=company, code="S", name="义乌小商品批发"), by=None)
    return row.dimension_value_id


def write_history(
    company: Company, warehouse_id: int, items: Sequence[int], method: str, per_item: int, first: dt.date, days: int
) -> int:
    """A receipt of 125 pieces before 49 deliveries of 1 to 4, over ``days`` days; returns the number of moves."""
    valuation = Valuation({item: ItemSetting(method) for item in items}, False, frozenset())
    count = len(items) * per_item
    party = supplier_value(company)
    moves = _moves(valuation, items, warehouse_id, per_item)
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        document_ids, line_ids, move_ids = (
            next_ids(f"inventory_{table}", size) for table in ("stockdocument", "stockdocumentline", "stockmove")
        )
        chunk = list(itertools.islice(moves, size))
        at = timezone.now()
        dates = [first + dt.timedelta(days=(start + n) * days // count) for n in range(size)]
        kinds = [
            str(DocumentKind.PURCHASE_RECEIPT if move.qty > 0 else DocumentKind.DELIVERY)
            for move, _value, _cost in chunk
        ]
        _copy(
            "inventory_stockdocument",
            "id, company_id, kind, number, date, status, warehouse_id, reason, party_id, source_type, external_no, "
            "note, created_at, confirmed_at",
            (
                (document, company.pk, kind, f"H{document}", date, "confirmed", warehouse_id, "",
                 party if move.qty > 0 else None, "", "", "", at, at)
                for document, kind, date, (move, _value, _cost) in zip(
                    document_ids, kinds, dates, chunk, strict=True
                )
            ),
        )  # fmt: skip
        _copy(
            "inventory_stockdocumentline",
            "id, company_id, document_id, line_no, item_id, qty, unit_cost, market_net, output_tax, note",
            (
                (
                    line,
                    company.pk,
                    document,
                    1,
                    move.item,
                    _qty(abs(move.qty)),
                    cost if move.qty > 0 else None,
                    0,
                    0,
                    "",
                )
                for line, document, (move, _value, cost) in zip(line_ids, document_ids, chunk, strict=True)
            ),
        )
        _copy(
            "inventory_stockmove",
            "id, sequence, company_id, item_id, warehouse_id, date, kind, effect, given, qty, unit_cost, value, "
            "document_id, document_line_id, created_at",
            (
                (pk, pk, company.pk, move.item, warehouse_id, date, kind, move.effect, _money(move.given),
                 _qty(move.qty), cost, _money(value), document, line, at)
                for pk, document, line, kind, date, (move, value, cost) in zip(
                    move_ids, document_ids, line_ids, kinds, dates, chunk, strict=True
                )
            ),
        )  # fmt: skip
    _balances(company, warehouse_id, items, method, valuation)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_stockdocument, inventory_stockdocumentline, inventory_stockmove")
    return count


def _moves(
    valuation: Valuation, items: Sequence[int], warehouse_id: int, per_item: int
) -> Iterator[tuple[Move, int, Decimal]]:
    """In order of date: every item's first move, every item's second one …"""
    number = 0
    for turn in range(per_item):
        for item in items:
            number += 1
            pool = valuation.pools.get(valuation.key(item, warehouse_id, 0))
            held = pool.qty // 10**6 if pool else 0
            if turn % 50 == 0 or held < 5:
                given = 125 * (500 + (turn * 37 + item * 11) % 400)
                move = Move(number, Effect.RECEIVE, item, warehouse_id, 0, 125 * 10**6, given, 0, 0, 0, 0)
                cost = Decimal(given) / 12_500
            else:
                move = Move(number, Effect.ISSUE, item, warehouse_id, 0, -(1 + turn % 4) * 10**6, None, 0, 0, 0, 0)
                assert pool is not None
                cost = round(Decimal(pool.value) / pool.qty * 10_000, 10)
            yield move, valuation.apply(move), cost


def _balances(company: Company, warehouse_id: int, items: Sequence[int], method: str, valuation: Valuation) -> None:
    rows, pooled, layers = [], [], []
    for item in items:
        state = valuation.dump(valuation.key(item, warehouse_id, 0))
        whole = method != "monthly_average"
        last = Decimal(state.last).scaleb(-10)
        rows.append(
            (company.pk, item, warehouse_id, _qty(state.qty), 0, _money(state.value) if whole else 0,
             last if whole else 0, False)
        )  # fmt: skip
        if not whole:
            pooled.append((company.pk, item, _qty(state.qty), _money(state.value), last))
        layers += [(company.pk, item, warehouse_id, n, *layer) for n, layer in enumerate(state.layers)]
    assert not layers, "write layers before measuring first-in-first-out"
    _copy(
        "inventory_stockbalance",
        "company_id, item_id, warehouse_id, qty, reserved, value, last_cost, may_go_negative",
        rows,
    )
    if pooled:
        _copy("inventory_poolbalance", "company_id, item_id, qty, value, last_cost", pooled)


def _copy(table: str, columns: str, rows: Any) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _qty(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)


def _money(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)
