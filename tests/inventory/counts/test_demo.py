"""The demo's counts can be made, and made only once."""

from decimal import Decimal

import pytest

from demo.parts import counts
from erp.core.access.permissions import Role
from inventory.counts.differences import progress_of
from inventory.counts.models import CountDisposal, CountStatus, StockCount
from inventory.counts.pending import pending
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.services import NewItem, ensure_items
from tests.trading import FIRST, Trader

pytestmark = pytest.mark.django_db


def test_the_demo_has_a_count_going_on_and_one_confirmed_and_decided_on() -> None:
    trader = Trader()
    ids = ensure_items(trader.company, [NewItem(f"D{n:02d}", f"货品 {n}") for n in range(90)])
    lines = [NewStockLine(item, Decimal(50), Decimal("12.00")) for item in ids.values()]
    opening = NewStockDocument(DocumentKind.OTHER_RECEIPT, FIRST, trader.warehouse.pk, lines, Reason.OPENING)
    create_confirmed(trader.company, [opening], by=None)
    users = {role: trader.user(role, role) for role in (Role.WAREHOUSE, Role.ACCOUNTANT)}
    for _twice in range(2):
        counts.add(trader.company, users, FIRST.replace(day=30))
    done, going_on = StockCount.objects.order_by("id")
    assert (done.status, going_on.status) == (CountStatus.CONFIRMED, CountStatus.COUNTING)
    assert progress_of([going_on])[going_on.pk][:4] == (60, 38, 2, 2)
    assert CountDisposal.objects.count() == 2
    assert [row.reason for row in pending(trader.company)] == ["natural_loss"]
