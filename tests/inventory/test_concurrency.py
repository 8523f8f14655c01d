"""Many clients at once on real connections: the stock is sold exactly once and nobody sees a deadlock."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from erp.core.errors import DomainError
from inventory.documents.confirm import confirm, confirm_many
from inventory.documents.errors import AlreadyConfirmed, InsufficientStock
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument
from inventory.moves.models import StockBalance, StockMove
from ledger.posting import events
from tests.factories import CompanyFactory, ItemFactory, stock_document

CLIENTS = 16

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker runs here; what a wake-up call does has tests of its own."""
    monkeypatch.setattr(events, "wake", lambda company_id: None)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(n)`` in as many threads as there are clients; each result, or the error that came out."""
    results: list[Any] = [None] * CLIENTS
    start = threading.Barrier(CLIENTS)

    def client(number: int) -> None:
        try:
            start.wait()
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_sixteen_clients_sell_the_last_ten_pieces_exactly_once() -> None:
    company = CompanyFactory()
    candle = ItemFactory(company=company)
    receipt = stock_document(company, DocumentKind.OTHER_RECEIPT, (candle, "10", "6.00"), reason=Reason.OPENING)
    confirm(company, receipt.pk, by=None)
    drafts = [stock_document(company, DocumentKind.DELIVERY, (candle, "1")).pk for _client in range(CLIENTS)]
    results = at_once(lambda number: confirm(company, drafts[number], by=None))
    sold = [result for result in results if isinstance(result, StockDocument)]
    refused = [result for result in results if isinstance(result, InsufficientStock)]
    assert (len(sold), len(refused)) == (10, 6)
    assert {error.facts["available"] for error in refused} == {"0"}
    balance = StockBalance.objects.get(item=candle)
    assert (balance.qty, balance.value) == (0, 0)
    assert sum(move.qty for move in StockMove.objects.filter(item=candle)) == 0


def test_documents_over_the_same_items_in_any_order_never_deadlock() -> None:
    company = CompanyFactory()
    items = [ItemFactory(company=company) for _number in range(6)]
    confirm(
        company,
        stock_document(
            company, DocumentKind.OTHER_RECEIPT, *[(item, "100", "2.00") for item in items], reason=Reason.OPENING
        ).pk,
        by=None,
    )
    new = ItemFactory(company=company)  # its balance row is made by whoever comes first
    drafts = []
    for number in range(CLIENTS):
        mixed = items[number % 6 :] + items[: number % 6]
        if number % 2:
            mixed.reverse()
        drafts.append(
            [
                stock_document(company, DocumentKind.DELIVERY, *[(item, "1") for item in mixed]).pk,
                stock_document(company, DocumentKind.OTHER_RECEIPT, (new, "1", "1.00"), (mixed[0], "1", "3.00")).pk,
            ]
        )
    results = at_once(lambda number: confirm_many(company, drafts[number], by=None))
    assert [result for result in results if isinstance(result, Exception)] == []
    left = {balance.item_id: balance.qty for balance in StockBalance.objects.filter(company=company)}
    assert left[new.pk] == CLIENTS
    assert sum(left.values()) == Decimal(6 * 100 - 6 * CLIENTS + 2 * CLIENTS)


def test_a_document_submitted_by_all_is_confirmed_once() -> None:
    company = CompanyFactory()
    candle = ItemFactory(company=company)
    receipt = stock_document(company, DocumentKind.OTHER_RECEIPT, (candle, "10", "6.00"), reason=Reason.OPENING)
    results = at_once(lambda number: confirm(company, receipt.pk, by=None))
    assert sum(isinstance(result, StockDocument) for result in results) == 1
    assert all(isinstance(result, AlreadyConfirmed) for result in results if isinstance(result, DomainError))
    assert StockMove.objects.filter(item=candle).count() == 1
    assert StockDocument.objects.get().status == DocumentStatus.CONFIRMED
