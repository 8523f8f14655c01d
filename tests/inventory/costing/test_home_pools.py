"""The home page's stock equals the ledger whatever the cost method, whatever waits."""

from decimal import Decimal
from typing import Any

import pytest

from erp.home.queries import stock_and_ledger
from inventory.costing.reconciliation import reconcile
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.models import Item, ItemCategory
from inventory.items.services import save_item
from ledger.periods.services import period_of
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


def test_pooled_stock_and_what_waits_make_no_difference(db: Any) -> None:
    trader = Trader()
    tea = save_item(
        Item(
            company=trader.company,
            category=ItemCategory.objects.get(company=trader.company, code="GOODS"),
            code="TEA",
            name="茶",
            cost_method="monthly_average",
        ),
        by=None,
    )

    def document(kind: DocumentKind, reason: Reason, qty: str, cost: str | None) -> None:
        line = NewStockLine(item_id=tea.pk, qty=Decimal(qty), unit_cost=Decimal(cost) if cost else None)
        new = NewStockDocument(kind=kind, date=DAY, warehouse_id=trader.warehouse.pk, lines=[line], reason=reason)
        create_confirmed(trader.company, [new], by=None)

    document(DocumentKind.OTHER_RECEIPT, Reason.FOUND, "10", "30")
    trader.post()
    document(DocumentKind.OTHER_ISSUE, Reason.CONSUMPTION, "4", None)
    trader.sell(1)
    found = stock_and_ledger(trader.company)
    assert (found.stock, found.difference) == (Decimal("8500.00") - 17 + 180, 0)
    assert found.waiting == Decimal("-137.00")  # 4 × 30 and the sale's 2 × 6 + 2 × 2.50
    (row,) = reconcile(trader.company, period_of(trader.company.pk, DAY), "category")
    assert (row.amounts["moves"], row.difference) == (found.stock, 0)
