"""A confirmed document becomes a posted voucher through a real Celery worker process and a real Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from erp.core.verify import verify
from ledger.posting.models import BusinessEvent
from ledger.vouchers.models import Voucher
from tests.trading import Trader
from tests.workers import Machine, waking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def machine(redis_url: str, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(redis_url, tmp_path)
    with waking(machine):
        yield machine
    machine.stop_all()


def test_a_worker_posts_what_is_confirmed(machine: Machine) -> None:
    trader = Trader()
    machine.worker()
    order = trader.sell(1)[0]
    machine.wait(
        "delivery and invoice are posted",
        lambda: BusinessEvent.objects.filter(company=trader.company, state="posted").count() == 2,
    )
    vouchers = Voucher.objects.filter(company=trader.company, status="posted")
    assert {str(total) for total in vouchers.values_list("total", flat=True)} == {"17.00", "31.64"}
    assert vouchers.filter(events__source_type="delivery").count() == 1
    assert order
    assert all(result.holds for result in verify(trader.company))


def test_confirming_works_while_the_broker_is_away_and_the_sweep_posts_it_later(machine: Machine) -> None:
    with waking(_Unreachable(machine)):
        trader = Trader()
        trader.sell(1)
    assert BusinessEvent.objects.filter(company=trader.company, state="pending").count() == 3
    assert not Voucher.objects.exists()
    machine.worker()
    machine.beat()
    machine.wait(
        "the sweep posts what nobody was woken for",
        lambda: not BusinessEvent.objects.filter(company=trader.company, state="pending").exists(),
    )
    assert Voucher.objects.filter(company=trader.company, status="posted").count() == 2


class _Unreachable(Machine):
    """A machine whose Redis nobody can reach."""

    def __init__(self, machine: Machine) -> None:
        self.folder = machine.folder

    @property
    def broker_url(self) -> str:
        return "redis+socket:///nowhere/redis.sock"
