"""Reservations: the sum is kept, nobody gets more than there is, and what nobody needs is given free."""

import datetime as dt
import threading
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from erp.core.errors import SeveralRefusals
from inventory.availability import providers, services
from inventory.availability.models import Reservation
from inventory.availability.providers import Expected, ReservingSource
from inventory.availability.queries import availability, schedule
from inventory.availability.services import (
    Wanted,
    release,
    release_source,
    release_stale,
    reserve,
    reserve_by_hand,
    reserve_lines,
    take,
)
from inventory.moves.models import StockBalance
from inventory.preferences import preferences_of
from inventory.purchasing.models import OrderStatus, PurchaseOrder, PurchaseOrderLine
from inventory.suppliers.models import Supplier
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.posting import events
from tests.trading import Trader

ORDER = "test_order"


@pytest.fixture
def trader(db: None) -> Trader:
    return Trader(stock="100")


@pytest.fixture
def demand(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Expected]]:
    """What a test says that orders will take; whoever is registered already says nothing."""
    rows: list[Expected] = []
    monkeypatch.setattr(providers, "_DEMAND", {ORDER: lambda company, items: [r for r in rows if r.item_id in items]})
    yield rows


def wanted(trader: Trader, line: int, code: str, qty: str) -> Wanted:
    return Wanted(line, trader.items[code], trader.warehouse.pk, Decimal(qty))


def reserved(trader: Trader, code: str) -> Decimal:
    balance = StockBalance.objects.get(company=trader.company, item=trader.items[code])
    held = Reservation.objects.filter(company=trader.company, item=trader.items[code])
    assert balance.reserved == sum((row.qty for row in held), Decimal(0))
    return balance.reserved


def test_a_document_reserves_takes_and_releases(trader: Trader) -> None:
    made = reserve(trader.company, ORDER, 1, [wanted(trader, 11, "A1", "30"), wanted(trader, 12, "A2", "5")], by=None)
    assert [(row.qty, row.short) for row in made] == [(30, 0), (5, 0)]
    assert (reserved(trader, "A1"), reserved(trader, "A2")) == (30, 5)
    take(trader.company, ORDER, [wanted(trader, 11, "A1", "10")], by=None)
    assert reserved(trader, "A1") == 20
    reserve(trader.company, ORDER, 1, [wanted(trader, 11, "A1", "25")], by=None)
    assert reserved(trader, "A1") == 25
    take(trader.company, ORDER, [wanted(trader, 11, "A1", "40")], by=None)
    assert reserved(trader, "A1") == 0
    assert release_source(trader.company, ORDER, 1, by=None) == 1
    assert reserved(trader, "A2") == 0


def test_more_than_is_free_is_refused_or_taken_in_part(trader: Trader) -> None:
    reserve(trader.company, ORDER, 1, [wanted(trader, 11, "A1", "90")], by=None)
    with pytest.raises(SeveralRefusals) as refused:
        reserve(trader.company, ORDER, 2, [wanted(trader, 21, "A1", "11")], by=None)
    assert refused.value.code == "not_free" and refused.value.facts["free"] == "10"
    (part,) = reserve(trader.company, ORDER, 2, [wanted(trader, 21, "A1", "11")], by=None, partly=True)
    assert (part.qty, part.short) == (10, 1)
    assert reserved(trader, "A1") == 100


def test_two_lines_of_one_item_share_what_is_free(trader: Trader) -> None:
    made = reserve(
        trader.company, ORDER, 1, [wanted(trader, 11, "A1", "70"), wanted(trader, 12, "A1", "70")], by=None, partly=True
    )
    assert [row.qty for row in made] == [70, 30]
    assert reserved(trader, "A1") == 100


def test_orders_reserve_only_where_the_settings_say_so(trader: Trader) -> None:
    lines = [wanted(trader, 11, "A1", "30")]
    assert reserve_lines(trader.company, ORDER, 1, lines, by=None) == []
    settings = preferences_of(trader.company)
    settings.reserve_orders = True
    settings.save()
    assert reserve_lines(trader.company, ORDER, 1, lines, by=None)[0].qty == 30


def test_what_nobody_needs_any_more_is_released(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    def still_open(company: Any, ids: Collection[int]) -> Collection[int]:
        return {1} & set(ids)

    monkeypatch.setitem(providers._SOURCES, ORDER, ReservingSource("Order", still_open))
    reserve(trader.company, ORDER, 1, [wanted(trader, 11, "A1", "30")], by=None)
    reserve(trader.company, ORDER, 2, [wanted(trader, 21, "A1", "20")], by=None)
    made = reserve_by_hand(trader.company, trader.items["A1"], trader.warehouse.pk, Decimal(5), by=None)
    assert release_stale(trader.company, by=None) == 1
    assert reserved(trader, "A1") == 35
    row = Reservation.objects.get(source_type=services.BY_HAND, source_line_id=made.source_line_id)
    assert release(trader.company, [row.pk], by=None) == 1
    assert release_stale(trader.company, by=None, before=dt.date(2100, 1, 1)) == 1
    assert reserved(trader, "A1") == 0


def test_what_can_be_promised_by_date(trader: Trader, demand: list[Expected]) -> None:
    company, item = trader.company, trader.items["A1"]
    value = ensure_values(company.pk, "supplier", [ValueRow("S1", "义乌供应商")])["S1"]
    supplier = Supplier.objects.create(company=company, code="S1", name="义乌供应商", dimension_value_id=value)
    order = PurchaseOrder.objects.create(
        company=company, number="CG1", date=dt.date(2025, 12, 1), status=OrderStatus.CONFIRMED, supplier=supplier,
        warehouse=trader.warehouse, expected_on=dt.date(2025, 12, 20),
    )  # fmt: skip
    PurchaseOrderLine.objects.create(
        company=company, order=order, line_no=1, item_id=item, qty=50, unit_price=6, tax_rate="0.13", net=300, tax=39
    )
    reserve(company, ORDER, 1, [wanted(trader, 11, "A1", "30")], by=None)
    place = trader.warehouse.pk
    demand.append(Expected(ORDER, 1, 11, item, place, dt.date(2025, 12, 10), Decimal(40), "XS1"))
    demand.append(Expected(ORDER, 2, 21, item, place, dt.date(2025, 12, 30), Decimal(90), "XS2"))
    (row,) = availability(company, [item])
    assert (row.on_hand, row.reserved, row.free) == (100, 30, 70)
    assert (row.on_purchase, row.on_sales, row.unreserved) == (50, 130, 100)
    assert row.to_promise == 20
    found = schedule(company, item)
    assert found is not None
    assert [(step.date.day, step.qty, step.after) for step in found.steps] == [
        (10, -10, 60), (20, 50, 110), (30, -90, 20),
    ]  # fmt: skip
    assert found.on(dt.date(2025, 12, 12)) == 20  # more would break the promise of the 30th
    assert [row.code for row in availability(company)] == ["A1", "A2"]


CLIENTS = 12


@pytest.mark.django_db(transaction=True)
def test_many_clerks_never_reserve_more_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "wake", lambda company_id: None)
    trader = Trader(stock="100")
    got: list[Decimal] = []
    errors: list[Exception] = []

    def clerk(number: int) -> None:
        try:
            for turn in range(5):
                source = number * 100 + turn
                codes = ("A1", "A2") if number % 2 else ("A2", "A1")
                lines = [wanted(trader, source * 2 + place, code, "7") for place, code in enumerate(codes)]
                made = reserve(trader.company, ORDER, source, lines, by=None, partly=True)
                if turn == 3:
                    release_source(trader.company, ORDER, source, by=None)
                else:
                    got.extend(row.qty for row in made)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(got) == reserved(trader, "A1") + reserved(trader, "A2")
    assert reserved(trader, "A1") <= 100
