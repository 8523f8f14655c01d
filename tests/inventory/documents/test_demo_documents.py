"""The demo's documents: one of each kind, posted, and the books agree with the stock afterwards."""

from typing import Any

import pytest

from demo.parts import documents
from erp.core.access.permissions import Role
from erp.core.verify import verify
from inventory.documents.models import DocumentKind, StockDocument
from ledger.posting.models import BusinessEvent, EventState
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


def test_one_document_of_each_kind_is_confirmed_and_posted_once(db: Any) -> None:
    trader = Trader()
    users = {role: trader.user(role.value, role) for role in (Role.WAREHOUSE, Role.ACCOUNTANT)}
    for _time in range(2):
        documents.add(trader.company, users, DAY)
    made = StockDocument.objects.filter(company=trader.company, note=documents.MARK)
    assert sorted(made.values_list("kind", flat=True)) == sorted(set(DocumentKind) - {DocumentKind.INVOICE_VARIANCE})
    failed = BusinessEvent.objects.filter(company=trader.company, state=EventState.FAILED)
    assert list(failed.values_list("event_type", "reason_code", "reason_facts")) == []
    assert [result for result in verify(trader.company) if not result.holds] == []
