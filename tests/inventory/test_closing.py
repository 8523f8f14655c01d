"""What inventory asks at a period's end."""

import pytest

from inventory.documents.models import StockDocument
from ledger.closing.checks import checklist
from ledger.periods.services import period_of
from ledger.vouchers.models import Voucher
from tests.trading import Trader

pytestmark = pytest.mark.django_db


def states(company, period) -> dict[str, str]:
    return {item.check.code: item.state for item in checklist(company, period)}


def test_stock_that_the_ledger_knows_is_in_order():
    """C09."""
    trader = Trader()
    trader.sell(1)
    trader.post()
    voucher = Voucher.objects.filter(company=trader.company).latest("date")
    found = states(trader.company, period_of(trader.company.pk, voucher.date))
    assert (found["stock_is_ledger"], found["events"], found["stock_documents"]) == ("done", "done", "done")


def test_a_document_that_is_not_confirmed_is_a_warning():
    trader = Trader()
    trader.sell(1)
    trader.post()
    document = StockDocument.objects.filter(company=trader.company).latest("id")
    period = period_of(trader.company.pk, document.date)
    StockDocument.objects.create(
        company=trader.company,
        kind="other_issue",
        number="QC-DRAFT",
        date=document.date,
        warehouse_id=document.warehouse_id,
        created_at=document.created_at,
    )
    item = next(one for one in checklist(trader.company, period) if one.check.code == "stock_documents")
    assert (item.state, item.finding.text) == ("pending", "QC-DRAFT")
