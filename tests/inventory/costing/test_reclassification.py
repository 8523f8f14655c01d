"""A mapping of stock that changes takes the book value along; reconciliation by any grouping stays in order."""

from decimal import Decimal
from typing import Any

import pytest

from erp.core.reports import find
from inventory.costing.reconciliation import reconcile
from inventory.items.models import Item
from inventory.verify import stock_differences
from ledger.accounts.models import Account
from ledger.periods.services import period_of
from ledger.posting.mappings import Selector, save_mapping
from ledger.posting.models import AccountKey, BusinessEvent
from ledger.vouchers.models import VoucherLine
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(db: Any) -> Trader:
    trader = Trader()
    trader.sell(1)
    trader.post()
    return trader


def test_an_items_own_stock_account_gets_its_book_value(trader: Trader) -> None:
    company = trader.company
    trader.sell(1)  # waits: it will be posted to the new account
    key = AccountKey.objects.get(company=company, code="stock")
    raw = Account.objects.get(company=company, code="1403")
    item = Item.objects.get(pk=trader.items["A1"])
    save_mapping(company.pk, key.pk, raw.pk, [Selector("item", item.dimension_value_id)])
    event = BusinessEvent.objects.get(company=company, event_type="stock_account_reclassified")
    trader.post()
    event.refresh_from_db()
    assert event.state == "posted", event.reason_code
    lines = VoucherLine.objects.filter(company=company, voucher=event.voucher).order_by("-debit")
    assert [(line.account.code, line.debit, line.credit) for line in lines] == [
        ("1403", Decimal("5988.00"), Decimal("0.00")),
        (lines[1].account.code, Decimal("0.00"), Decimal("5988.00")),
    ]
    assert lines[1].account.code.startswith("1405")
    assert stock_differences(company) == []
    last = period_of(company.pk, max(event.business_date, DAY))
    for by in ("account", "category", "item", "warehouse"):
        rows = reconcile(company, last, by)
        if by != "warehouse":  # accounts of this chart do not keep warehouses apart
            assert [row.difference for row in rows if row.difference] == [], by
        assert sum(row.difference for row in rows) == 0
    accounts = {row.code: row.amounts["ledger"] for row in reconcile(company, last, "account")}
    assert accounts["1403"] == Decimal("5976.00")


def test_what_waits_is_a_cause_and_no_difference(trader: Trader) -> None:
    company = trader.company
    trader.sell(2)
    period = period_of(company.pk, DAY)
    (row,) = reconcile(company, period, "category")
    assert row.amounts["waiting"] == Decimal("34.00") and row.difference == 0  # 2 × (2 × 6.00 + 2 × 2.50)
    report = find("stock_differences")
    found = list(report.query(company, report.clean({"to": str(period)})).rows)
    assert sum(cause["amount"] for cause in found) == Decimal("-34.00") and len(found) == 4
