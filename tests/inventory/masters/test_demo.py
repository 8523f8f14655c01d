"""The demo's goods are made through the services and leave stock = ledger."""

import datetime as dt

import pytest

from demo.parts.masters import add
from erp.core.access.permissions import Role
from inventory.items.models import Item
from inventory.lots.models import LotBalance
from inventory.lots.queries import trace
from inventory.moves.models import StockMove
from inventory.verify import stock_differences
from inventory.warehouses.queries import holdings
from tests.trading import Trader

pytestmark = pytest.mark.django_db


def test_goods_of_every_kind_are_there_once() -> None:
    trader = Trader()
    users = {role: trader.user(role.value, role) for role in Role}
    add(trader.company, users, dt.date(2025, 12, 28))
    moves = StockMove.objects.filter(company=trader.company).count()
    add(trader.company, users, dt.date(2025, 12, 28))
    assert StockMove.objects.filter(company=trader.company).count() == moves
    methods = Item.objects.filter(company=trader.company).values_list("cost_method", flat=True)
    assert set(methods) == {"moving_average", "fifo", "monthly_average", "specific", "standard"}
    # 30 boxes were given away, of the lot that expires first.
    first, second = LotBalance.objects.filter(item__code="CY-001").order_by("lot__expires_on")
    assert (first.qty, second.qty) == (50, 120)
    road = trace(trader.company.pk, first.lot_id)
    assert [(step.party, step.qty) for step in road] == [("杭州狮峰茶叶专业合作社", 80), ("", -30)]
    # What lies in the warehouses is worth what the pools say, those of the whole company too.
    total = sum(row.value for row in holdings(trader.company.pk).values())
    assert total == sum(StockMove.objects.filter(company=trader.company).values_list("value", flat=True))
    trader.post()
    assert stock_differences(trader.company) == []
