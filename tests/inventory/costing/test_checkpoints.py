"""Recosting that starts at the state kept at a closing gives what recosting from the beginning gives."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from erp.core.companies.models import CostPool
from erp.core.companies.setup import create_company
from erp.core.verify import verify
from inventory.costing.models import CostCheckpoint
from inventory.costing.refusals import StockNotReady
from inventory.costing.stock_periods import close_stock
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.models import Item, ItemCategory
from inventory.items.services import save_item
from inventory.moves.models import StockMove
from inventory.warehouses.services import ensure_warehouse, main_warehouse
from ledger.periods.services import period_of
from ledger.posting import service as posting

pytestmark = pytest.mark.django_db
FIRST = dt.date(2025, 11, 1)
METHODS = (
    ("FIFO", "fifo", False),
    ("AVG", "moving_average", False),
    ("NEG", "moving_average", True),
    ("NEGF", "fifo", True),
    ("STD", "standard", False),
)
# day, kind, quantity, cost; November, then December, then what comes late into December
NOVEMBER = (
    (3, "in", "10", "5"),
    (5, "out", "4", None),
    (9, "in", "10", "7"),
    (12, "out", "9", None),
    (20, "move", "3", None),
)
NEGATIVE = ((25, "out", "6", None),)
SETTLED = ((27, "in", "8", "6.5"),)
DECEMBER = ((2, "in", "20", "8"), (5, "out", "6", None), (8, "move", "2", None), (10, "out", "3", None))
LATE = ((3, "in", "5", "9.5"), (4, "out", "1", None))


class Shop:
    def __init__(self, code: str, pool: str) -> None:
        self.company = create_company(code, "杭州礼遇贸易有限公司", first_period=FIRST, cost_pool=pool)
        self.main = main_warehouse(self.company)
        self.east = ensure_warehouse(self.company, "EAST", "东仓")
        category = ItemCategory.objects.get(company=self.company, code="GOODS")
        self.items = [
            save_item(
                Item(
                    company=self.company,
                    category=category,
                    code=code,
                    name=code,
                    cost_method=method,
                    may_go_negative=negative,
                    standard_cost=Decimal(6) if method == "standard" else None,
                ),
                by=None,
            )
            for code, method, negative in METHODS
        ]

    def do(self, month: int, story: Any, *, only_negative: bool = False) -> None:
        for day, what, qty, cost in story:
            items = [item for item in self.items if item.may_go_negative or not only_negative]
            kind, reason = {
                "in": (DocumentKind.OTHER_RECEIPT, Reason.FOUND),
                "out": (DocumentKind.OTHER_ISSUE, Reason.CONSUMPTION),
                "move": (DocumentKind.TRANSFER, Reason.NONE),
            }[what]
            document = NewStockDocument(
                kind=kind,
                date=dt.date(2025, month, day),
                warehouse_id=self.main.pk,
                to_warehouse_id=self.east.pk if what == "move" else None,
                reason=reason,
                lines=[
                    NewStockLine(item_id=item.pk, qty=Decimal(qty), unit_cost=Decimal(cost) if cost else None)
                    for item in items
                ],
            )
            (made,) = create_confirmed(self.company, [document], by=None)
            assert isinstance(made, int), made

    def run(self, *, closes: bool) -> list[tuple[str, str, dt.date, Decimal, Decimal]]:
        self.do(11, NOVEMBER)
        self.do(11, (*NEGATIVE, *SETTLED), only_negative=True)
        posting.post_pending(self.company.pk)
        if closes:
            close_stock(self.company, period_of(self.company.pk, FIRST))
        self.do(12, DECEMBER)
        self.do(12, LATE)
        posting.post_pending(self.company.pk)
        moves = StockMove.objects.filter(company=self.company, date__month=12).order_by("date", "sequence", "id")
        return list(moves.values_list("item__code", "kind", "date", "qty", "value"))


@pytest.mark.parametrize("pool", [CostPool.WAREHOUSE, CostPool.COMPANY])
def test_recosting_from_a_closing_is_recosting_from_the_beginning(pool: str) -> None:
    closing, open_books = Shop("closing", pool), Shop("open", pool)
    assert closing.run(closes=True) == open_books.run(closes=False)
    kept = CostCheckpoint.objects.filter(company=closing.company, item__code="FIFO").exclude(layers=[])
    assert kept.exists()
    for shop in (closing, open_books):
        assert [(result.check.code, result.differences) for result in verify(shop.company) if not result.holds] == []


def test_a_month_that_ends_below_zero_is_not_closed_and_a_closed_one_keeps_its_values(db: Any) -> None:
    """Goods that come later would give the issues of a closed month another cost."""
    shop = Shop("short", CostPool.WAREHOUSE)
    november = StockMove.objects.filter(company=shop.company, date__month=11).order_by("id")
    shop.do(11, NOVEMBER)
    shop.do(11, NEGATIVE, only_negative=True)
    posting.post_pending(shop.company.pk)
    period = period_of(shop.company.pk, FIRST)
    with pytest.raises(StockNotReady) as refused:
        close_stock(shop.company, period, reason="待到货")
    assert refused.value.facts["checks"] == "negative"
    shop.do(11, SETTLED, only_negative=True)
    posting.post_pending(shop.company.pk)
    close_stock(shop.company, period)
    before = list(november.values_list("id", "value"))
    shop.do(12, DECEMBER)
    shop.do(12, LATE)
    posting.post_pending(shop.company.pk)
    assert list(november.values_list("id", "value")) == before
    assert [(result.check.code, result.differences) for result in verify(shop.company) if not result.holds] == []
