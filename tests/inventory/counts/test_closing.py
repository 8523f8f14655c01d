"""What a period's end says about counts."""

import datetime as dt
from decimal import Decimal

import pytest

from inventory.counts.closing import undecided, unfinished
from inventory.counts.disposals import NewDisposal, dispose
from inventory.counts.services import cancel_count, start_count
from ledger.periods.models import Period
from tests.inventory.counts.test_disposals import DAY, Store

pytestmark = pytest.mark.django_db


def test_open_counts_and_undecided_differences_are_named() -> None:
    store = Store()
    december = Period.objects.get(company=store.company, year=2025, number=12)
    november = Period.objects.get(company=store.company, year=2025, number=11)
    assert unfinished(store.company, december).count == 0
    count = store.count("104")
    assert count.gain is not None
    found = undecided(store.company, december)
    assert (found.count, found.text) == (1, count.gain.number)
    assert undecided(store.company, november).count == 0
    dispose(store.company, NewDisposal(count.gain.pk, amount=Decimal("42.00"), date=DAY), by=None)
    assert undecided(store.company, december).count == 0
    going_on = start_count(store.company, store.warehouse.pk, date=DAY + dt.timedelta(days=1), by=None)
    assert unfinished(store.company, december).text == going_on.number
    cancel_count(store.company, going_on.pk, by=None)
    assert unfinished(store.company, december).count == 0
