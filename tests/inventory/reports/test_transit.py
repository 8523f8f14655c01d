"""Goods on their way between warehouses, moved by the services; and what verify finds when it is lied to."""

from decimal import Decimal
from typing import Any

import pytest

from erp.core.reports import find
from erp.core.verify import verify
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, StockDocument
from inventory.documents.reverse import reverse
from inventory.moves.models import StockBalance
from inventory.warehouses.services import ensure_warehouse, transit_warehouse
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(db: Any) -> Trader:
    return Trader()


def ask(trader: Trader, name: str, **params: Any) -> Any:
    report = find(name)
    return report.query(trader.company, report.clean(params))


def confirmed(trader: Trader, document: NewStockDocument) -> StockDocument:
    (made,) = create_confirmed(trader.company, [document], by=None)
    assert isinstance(made, int), made
    return StockDocument.objects.get(pk=made)


def test_what_is_on_its_way_is_what_arrivals_and_losses_leave(trader: Trader) -> None:
    east = ensure_warehouse(trader.company, "EAST", "东仓")
    shipped = confirmed(
        trader,
        NewStockDocument(
            kind=DocumentKind.TRANSFER_OUT,
            date=DAY,
            warehouse_id=trader.warehouse.pk,
            to_warehouse_id=transit_warehouse(trader.company).pk,
            lines=[NewStockLine(item_id=trader.items["A1"], qty=Decimal(10))],
        ),
    )
    (row,) = ask(trader, "transfers_in_transit", as_of="2025-12-31").rows
    assert (row["qty"], row["value"], row["shipped"]) == (Decimal(10), Decimal("60.00"), Decimal(10))
    line = shipped.lines.get()

    def arrival(qty: str, reason: str = "") -> NewStockDocument:
        return NewStockDocument(
            kind=DocumentKind.TRANSFER_IN,
            date=DAY,
            warehouse_id=transit_warehouse(trader.company).pk,
            to_warehouse_id=east.pk,
            of_document_id=shipped.pk,
            lines=[
                NewStockLine(item_id=trader.items["A1"], qty=Decimal(qty), of_line_id=line.pk, reason=reason),
            ],
        )

    first = confirmed(trader, arrival("4"))
    confirmed(trader, arrival("1", "in_transit"))
    (row,) = ask(trader, "transfers_in_transit", as_of="2025-12-31").rows
    assert (row["qty"], row["value"], row["to_warehouse"]) == (Decimal(5), Decimal("30.00"), "在途仓")
    (whole,) = (one for one in ask(trader, "stock_summary", **{"from": "2025-12"}).rows if one["code"] == "A1")
    assert (whole["out_qty"], whole["out_value"], whole["closing_qty"]) == (Decimal(1), Decimal("6.00"), Decimal(999))
    reverse(trader.company, first.pk, by=None)
    (row,) = ask(trader, "transfers_in_transit", as_of="2025-12-31").rows
    assert row["qty"] == Decimal(9)
    trader.post()
    assert [str(result.differences) for result in verify(trader.company) if not result.holds] == []


def test_verify_tells_a_lie_from_stock(trader: Trader) -> None:
    trader.sell(1)
    trader.post()
    StockBalance.objects.filter(item_id=trader.items["A1"]).update(reserved=Decimal(7))
    StockBalance.objects.filter(item_id=trader.items["A2"]).update(qty=Decimal(1))
    found = {result.check.code: result for result in verify(trader.company) if not result.holds}
    assert set(found) == {"reservations", "balances_are_moves"}
    assert "A1" in found["reservations"].differences[0] and "A2" in found["balances_are_moves"].differences[0]
