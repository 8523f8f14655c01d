"""Reserved goods stay for whom they are reserved, and stop being reserved when he takes them."""

from decimal import Decimal as D

import pytest

from inventory.availability.services import Wanted, reserve
from inventory.documents.confirm import create_confirmed
from inventory.documents.errors import InsufficientStock
from inventory.documents.models import DocumentKind
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.moves.models import StockBalance
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


def deliver(trader: Trader, qty: str, *, source: int | None = None, line: int | None = None) -> None:
    document = NewStockDocument(
        DocumentKind.DELIVERY,
        DAY,
        trader.warehouse.pk,
        [NewStockLine(trader.items["A1"], D(qty), source_line_id=line)],
        source_type="sales_order" if source else "",
        source_id=source,
    )
    create_confirmed(trader.company, [document], by=None)


def balance(trader: Trader) -> StockBalance:
    return StockBalance.objects.get(company=trader.company, item_id=trader.items["A1"], warehouse=trader.warehouse)


def test_what_is_reserved_for_one_order_is_out_of_reach_of_others() -> None:
    trader = Trader(stock="10")
    wanted = [Wanted(7, trader.items["A1"], trader.warehouse.pk, D(6))]
    reserve(trader.company, "sales_order", 1, wanted, by=None)
    with pytest.raises(InsufficientStock) as caught:
        deliver(trader, "5")
    assert caught.value.facts["available"] == "4"
    deliver(trader, "4")
    deliver(trader, "5", source=1, line=7)
    assert (balance(trader).qty, balance(trader).reserved) == (D(1), D(1))
    deliver(trader, "1", source=1, line=7)
    assert (balance(trader).qty, balance(trader).reserved) == (D(0), D(0))


def test_a_loss_that_was_counted_is_a_fact_whoever_the_goods_were_promised_to() -> None:
    trader = Trader(stock="10")
    reserve(trader.company, "sales_order", 1, [Wanted(7, trader.items["A1"], trader.warehouse.pk, D(10))], by=None)
    loss = NewStockDocument(DocumentKind.COUNT_LOSS, DAY, trader.warehouse.pk, [NewStockLine(trader.items["A1"], D(2))])
    create_confirmed(trader.company, [loss], by=None)
    assert balance(trader).qty == D(8)
