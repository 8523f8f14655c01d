"""``kill -9`` of the worker in mid-load and a flushed broker: every event is posted exactly once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import Count

from erp.core.verify import verify
from ledger.posting.events import wake
from ledger.posting.models import BusinessEvent
from ledger.vouchers.models import Voucher
from tests.trading import Trader
from tests.workers import Machine, waking

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 300
BATCH = "20"  # small, so that the worker can be killed between and within many batches


@pytest.fixture
def machine(redis_url: str, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(redis_url, tmp_path)
    with waking(machine):
        yield machine
    machine.stop_all()


def test_killed_workers_and_a_flushed_broker_lose_and_double_nothing(machine: Machine) -> None:
    trader = Trader()
    trader.sell(ORDERS)
    events = BusinessEvent.objects.filter(company=trader.company)
    assert events.filter(state="pending").count() == 2 * ORDERS + 1

    for round_of_kills in range(1, 4):
        before = events.exclude(state="pending").count()
        worker = machine.worker(POSTING_BATCH_EVENTS=BATCH)
        machine.wait(
            "the worker is in the midst of posting",
            lambda before=before: events.exclude(state="pending").count() > before,  # type: ignore[misc]
            pause=0.002,
        )
        machine.kill(worker)
        assert events.filter(state="pending").exists(), f"too late to kill in round {round_of_kills}"
        # What the dead worker had taken is gone with the broker's memory; sell on meanwhile.
        trader.sell(10)
        machine.redis.flushdb()
        if round_of_kills < 3:
            wake(trader.company.pk)

    machine.worker(POSTING_BATCH_EVENTS=BATCH)
    machine.beat()
    machine.wait("everything is posted", lambda: not events.filter(state="pending").exists(), seconds=90)

    assert events.filter(state="posted").count() == 2 * (ORDERS + 30)
    assert events.filter(state="settled").count() == 1
    vouchers = Voucher.objects.filter(company=trader.company)
    assert vouchers.count() == 2 * (ORDERS + 30)
    assert not vouchers.annotate(times=Count("events")).exclude(times=1).exists()
    assert [result.differences for result in verify(trader.company) if not result.holds] == []
