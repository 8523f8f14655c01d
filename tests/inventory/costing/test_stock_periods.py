"""Closing the stock of periods: in order, with reasons, before the ledger; reopening backwards, after it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from erp.core.access.permissions import Role
from erp.core.errors import DomainError, NotPermitted
from erp.core.verify import verify
from inventory.costing.checklist import checklist
from inventory.costing.models import CostCheckpoint, RecostRequest, StockClosing, StockClosingTrace
from inventory.costing.refusals import EarlierStockOpen, LaterStockClosed, StockClosed, StockNotReady, StockReasonNeeded
from inventory.costing.stock_periods import close_stock, first_open, hold_stock_open, reopen_stock
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine, create_document
from inventory.documents.models import DocumentKind, Reason
from inventory.items.models import Item
from inventory.verify import stock_differences
from ledger.closing.checks import checklist as ledger_checklist
from ledger.periods import services as periods
from ledger.periods.services import period_of
from tests.trading import DAY, FIRST, Trader

pytestmark = pytest.mark.django_db
JANUARY = dt.date(2026, 1, 8)


@pytest.fixture
def trader(db: Any) -> Trader:
    trader = Trader()
    trader.sell(1)
    trader.post()
    return trader


def states(trader: Trader, day: dt.date) -> dict[str, str]:
    return {item.check.code: item.state for item in checklist(trader.company, period_of(trader.company.pk, day))}


def test_a_closed_stock_takes_no_documents_while_its_ledger_is_open(trader: Trader) -> None:
    company, december = trader.company, period_of(trader.company.pk, DAY)
    keeper = trader.user("keeper", Role.WAREHOUSE)
    with pytest.raises(NotPermitted):
        close_stock(company, december, by=keeper)
    closing = close_stock(company, december, by=trader.user("accountant", Role.ACCOUNTANT))
    assert closing.period == december and first_open(company) is None
    with transaction.atomic():
        refused = hold_stock_open(company.pk, [DAY, JANUARY])
    assert isinstance(refused[DAY], StockClosed) and JANUARY not in refused
    issue = NewStockDocument(
        kind=DocumentKind.OTHER_ISSUE,
        date=DAY,
        warehouse_id=trader.warehouse.pk,
        lines=[NewStockLine(item_id=trader.items["A1"], qty=Decimal(1))],
        reason=Reason.CONSUMPTION,
    )
    with pytest.raises(DomainError) as found:
        create_confirmed(company, [issue], by=None)
    assert found.value.code == "period_closed"
    state = CostCheckpoint.objects.get(company=company, period=december, item_id=trader.items["A1"])
    assert (state.qty, state.value, state.last_cost) == (Decimal(998), Decimal("5988.00"), Decimal(6))
    with pytest.raises(StockClosed):
        close_stock(company, december)


def test_reopening_wants_a_reason_and_goes_backwards(trader: Trader) -> None:
    company, december = trader.company, period_of(trader.company.pk, DAY)
    reviewer = trader.user("reviewer", Role.REVIEWER)
    close_stock(company, december)
    trader.sell(1, day=JANUARY)
    trader.post()
    january = period_of(company.pk, JANUARY)
    close_stock(company, january)
    with pytest.raises(StockReasonNeeded):
        reopen_stock(company, january, by=reviewer, reason=" ")
    with pytest.raises(LaterStockClosed):
        reopen_stock(company, december, by=reviewer, reason="补单")
    reopen_stock(company, january, by=reviewer, reason="补单")
    with pytest.raises(NotPermitted):
        reopen_stock(company, december, by=trader.user("accountant", Role.ACCOUNTANT), reason="补单")
    reopen_stock(company, december, by=reviewer, reason="补单")
    assert not StockClosing.objects.filter(company=company).exists()
    assert not CostCheckpoint.objects.filter(company=company).exists()
    assert [row.is_closing for row in StockClosingTrace.objects.filter(company=company)] == [False, False, True, True]
    with pytest.raises(EarlierStockOpen):
        close_stock(company, january)


def test_what_blocks_is_named_and_a_draft_wants_a_reason(trader: Trader) -> None:
    company, december = trader.company, period_of(trader.company.pk, DAY)
    create_document(
        company,
        NewStockDocument(
            kind=DocumentKind.OTHER_ISSUE,
            date=DAY,
            warehouse_id=trader.warehouse.pk,
            lines=[NewStockLine(item_id=trader.items["A1"], qty=Decimal(1))],
            reason=Reason.SAMPLE,
        ),
        by=None,
    )
    with pytest.raises(DomainError) as found:
        close_stock(company, december)
    assert found.value.code == "reason_needed"
    request = RecostRequest.objects.create(company=company, item_id=trader.items["A1"], since=DAY)
    trader.sell(1)
    found_states = states(trader, DAY)
    assert (found_states["to_recost"], found_states["events"], found_states["drafts"]) == (
        "failed",
        "failed",
        "pending",
    )
    with pytest.raises(StockNotReady) as blocked:
        close_stock(company, december, reason="样品未出库")
    assert blocked.value.facts["checks"] == "to_recost, events"
    request.delete()
    trader.post()
    close_stock(company, december, reason="样品未出库")
    trace = StockClosingTrace.objects.get(company=company)
    assert trace.reason == "样品未出库" and [row["code"] for row in trace.checklist] == ["drafts"]


def test_the_ledger_closes_after_its_stock(trader: Trader) -> None:
    company, december = trader.company, period_of(trader.company.pk, DAY)

    def stock_item(period: Any) -> str:
        return next(item.state for item in ledger_checklist(company, period) if item.check.code == "stock_closed")

    assert stock_item(period_of(company.pk, FIRST)) == "done"  # opening stock alone needs no closing
    assert stock_item(december) == "failed"
    with pytest.raises(periods.PeriodNotReady) as found:
        periods.close(period_of(company.pk, FIRST), by=None)
        periods.close(december, by=None)
    assert "stock" in str(found.value.facts["checks"]) or "drafts" in str(found.value.facts["checks"])
    close_stock(company, december)
    assert stock_item(december) == "done"


def test_layers_are_kept_for_the_next_recosting(trader: Trader) -> None:
    company = trader.company
    item = Item.objects.create(
        company=company,
        code="F1",
        name="先进先出",
        category=Item.objects.get(pk=trader.items["A1"]).category,
        cost_method="fifo",
        dimension_value=Item.objects.get(pk=trader.items["A1"]).dimension_value,
    )

    def document(kind: DocumentKind, day: dt.date, qty: str, cost: str | None = None) -> None:
        create_confirmed(
            company,
            [
                NewStockDocument(
                    kind=kind,
                    date=day,
                    warehouse_id=trader.warehouse.pk,
                    lines=[NewStockLine(item_id=item.pk, qty=Decimal(qty), unit_cost=Decimal(cost) if cost else None)],
                    reason=Reason.FOUND if kind == DocumentKind.OTHER_RECEIPT else Reason.CONSUMPTION,
                )
            ],
            by=None,
        )

    document(DocumentKind.OTHER_RECEIPT, DAY, "10", "5")
    document(DocumentKind.OTHER_RECEIPT, DAY + dt.timedelta(days=1), "10", "7")
    document(DocumentKind.OTHER_ISSUE, DAY + dt.timedelta(days=2), "12")
    document(DocumentKind.OTHER_ISSUE, JANUARY, "1")
    trader.post()
    close_stock(company, period_of(company.pk, DAY))
    state = CostCheckpoint.objects.get(company=company, item=item)
    assert (state.qty, state.value) == (Decimal(8), Decimal("56.00"))
    assert [layer[1:] for layer in state.layers] == [[8_000_000, 5600]]


def test_what_waits_is_not_missed_and_what_failed_neither(trader: Trader) -> None:
    assert stock_differences(trader.company) == []
    trader.sell(2)
    assert stock_differences(trader.company) == []
    assert states(trader, DAY)["events"] == "failed"
    trader.post()
    assert set(states(trader, DAY).values()) == {"done"}


def test_verify_finds_what_was_recosted_behind_a_closing(trader: Trader) -> None:
    close_stock(trader.company, period_of(trader.company.pk, DAY))
    assert [result.check.code for result in verify(trader.company) if not result.holds] == []
    CostCheckpoint.objects.filter(company=trader.company, item_id=trader.items["A1"]).update(value=Decimal("5000.00"))
    (found,) = [result for result in verify(trader.company) if not result.holds]
    assert found.check.code == "closed_stock" and "5,000.00" in found.differences[0]
