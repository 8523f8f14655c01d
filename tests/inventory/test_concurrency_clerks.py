"""Fifty clerks at once on real connections: nobody oversells, nothing is lost, nobody sees a deadlock."""

import pytest

from benchmarks.clerks import CLERKS, check, open_market, trade
from inventory.moves.models import StockBalance, StockMove
from ledger.posting import events

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker runs here; what a wake-up call does has tests of its own."""
    monkeypatch.setattr(events, "wake", lambda company_id: None)


def test_fifty_clerks_over_twenty_hot_items_leave_stock_and_books_right() -> None:
    market = open_market(plenty=5_000, scarce=25)
    tally = trade(market, range(CLERKS), seconds=5, pause=0)
    assert check(market, tally) == []
    assert tally.errors == []
    assert len(tally.seconds) > CLERKS
    assert tally.refused > 0, "the scarce items should have run out"
    assert not StockBalance.objects.filter(company=market.company, qty__lt=0).exists()
    documents = StockMove.objects.filter(company=market.company).values("document").distinct().count()
    assert documents == len(tally.seconds) + len(market.warehouses)
