"""Lots: their dates, what to take first, where they came from and went to."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.core.errors import DomainError
from inventory.items.models import Item, Tracking
from inventory.lots.models import Lot, LotBalance
from inventory.lots.queries import LotPart, first_expired, suggest_lots
from inventory.lots.services import ensure_lots, save_lot
from inventory.warehouses.services import main_warehouse
from tests.factories import CompanyFactory, ItemFactory

D = Decimal
TODAY = dt.date(2025, 6, 1)


def tea(**fields: object) -> Item:
    return ItemFactory(**{"tracking": Tracking.LOT, "has_expiry": True, "shelf_life_days": 100, **fields})


@pytest.mark.django_db
def test_lots_are_made_once_and_expire_by_the_shelf_life() -> None:
    item = tea()
    rows = [(item.pk, " L1 ", dt.date(2025, 1, 1), None), (item.pk, "L2", None, dt.date(2025, 12, 31))]
    made = ensure_lots(item.company, rows)
    assert ensure_lots(item.company, [*rows, rows[0]]) == made
    assert Lot.objects.get(pk=made[item.pk, "L1"]).expires_on == dt.date(2025, 4, 11)
    assert Lot.objects.filter(item=item).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("", None, TODAY), "lot_number_missing"),
        (("L1", None, None), "expiry_missing"),
        (("L1", TODAY, dt.date(2025, 5, 1)), "expires_before_produced"),
        (("OLD", None, TODAY), "lot_dates_differ"),
    ],
)
def test_what_a_lot_lacks_is_told(row: tuple[str, dt.date | None, dt.date | None], code: str) -> None:
    item = tea(shelf_life_days=None)
    ensure_lots(item.company, [(item.pk, "OLD", None, dt.date(2025, 12, 31))])
    with pytest.raises(DomainError) as refused:
        ensure_lots(item.company, [(item.pk, "GOOD", None, TODAY), (item.pk, *row)])
    assert (refused.value.code, refused.value.row) == (code, 2)
    assert "%(" not in refused.value.message
    assert not Lot.objects.filter(item=item, number="GOOD").exists()


@pytest.mark.django_db
def test_an_item_that_is_not_tracked_has_no_lots() -> None:
    item = ItemFactory()
    with pytest.raises(DomainError) as refused:
        ensure_lots(item.company, [(item.pk, "L1", None, None)])
    assert refused.value.code == "not_tracked"
    with pytest.raises(DomainError) as refused:
        ensure_lots(CompanyFactory(), [(tea().pk, "L1", None, TODAY)])
    assert refused.value.code == "not_found"


@pytest.mark.django_db
def test_the_dates_of_a_lot_are_mended() -> None:
    item = tea()
    lot = Lot.objects.get(pk=ensure_lots(item.company, [(item.pk, "L1", None, TODAY)])[item.pk, "L1"])
    lot.expires_on = dt.date(2025, 7, 1)
    save_lot(lot, by=None)
    lot.expires_on, lot.produced_on = None, None
    with pytest.raises(DomainError):
        save_lot(lot, by=None)


@pytest.mark.django_db
def test_the_first_to_expire_is_taken_first_and_expired_lots_are_skipped() -> None:
    item = tea()
    company, main = item.company, main_warehouse(item.company)
    days = {"OLD": "2025-05-31", "LATE": "2025-09-01", "SOON": "2025-06-01"}
    lots = ensure_lots(company, [(item.pk, number, None, dt.date.fromisoformat(day)) for number, day in days.items()])
    for number in days:
        LotBalance.objects.create(company=company, item=item, warehouse=main, lot_id=lots[item.pk, number], qty=5)
    found = suggest_lots(company.pk, item.pk, main.pk, D(8), TODAY)
    assert [(part.lot.number, part.qty) for part in found.parts] == [("SOON", 5), ("LATE", 3)]
    assert (found.short, found.expired) == (0, 5)
    found = suggest_lots(company.pk, item.pk, main.pk, D("12.5"), TODAY)
    assert (sum(part.qty for part in found.parts), found.short) == (10, D("2.5"))
    assert suggest_lots(company.pk, item.pk, main.pk, D(0), TODAY).parts == []


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.none() | st.integers(-50, 50)), max_size=8),
    st.integers(0, 3 * 10**9),
)
def test_a_suggestion_never_takes_more_than_is_there_nor_what_expired(
    there: list[tuple[int, int | None]], millionths: int
) -> None:
    needed = D(millionths).scaleb(-6)
    lots = [
        LotPart(Lot(expires_on=None if days is None else TODAY + dt.timedelta(days)), D(qty).scaleb(-6))
        for qty, days in there
    ]
    found = first_expired(lots, needed, TODAY)
    taken = sum((part.qty for part in found.parts), D(0))
    good = sum((part.qty for part in lots if part.lot.expires_on is None or part.lot.expires_on >= TODAY), D(0))
    assert taken + found.short == needed
    assert taken == min(needed, good)
    assert good + found.expired == sum((part.qty for part in lots), D(0))
    assert all(part.qty > 0 for part in found.parts)
