"""``manage.py verify`` holds for sound books and names the first difference of broken ones."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from erp.core.verify import Result, checks, verify
from inventory.documents.reverse import reverse
from ledger.posting.models import BusinessEvent
from ledger.vouchers.models import Voucher
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(db: Any) -> Trader:
    shop = Trader()
    shop.sell(3)
    shop.sell(1, customer="C2")
    shop.sell(1, qty="-1")
    shop.post()
    return shop


def broken(trader: Trader) -> dict[str, Result]:
    return {result.check.code: result for result in verify(trader.company) if not result.holds}


def raw(sql: str, *parameters: Any) -> None:
    """As somebody who has switched the guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_sound_books_hold(trader: Trader) -> None:
    """C16: books agree with vouchers, with each other and with stock."""
    assert broken(trader) == {}
    assert {check.number for check in checks()} == {1, 2, 3, 4, 5, 6, 7, 9, 10}


def test_books_hold_while_events_wait_and_after_a_reversal(trader: Trader) -> None:
    document = trader.sell(1)
    assert BusinessEvent.objects.filter(state="pending").count() == 2
    assert broken(trader) == {}
    trader.post()
    from inventory.documents.models import StockDocument

    delivery = StockDocument.objects.get(kind="delivery", source_id=document[0])
    reverse(trader.company, delivery.pk, by=None, date=DAY)
    assert broken(trader) == {}
    trader.post()
    assert broken(trader) == {}


def test_an_unbalanced_voucher_is_named(trader: Trader) -> None:
    voucher = Voucher.objects.order_by("number")[0]
    raw("UPDATE ledger_voucherline SET debit = debit + 1 WHERE voucher_id = %s AND debit <> 0", voucher.pk)
    found = broken(trader)
    assert "voucher_balanced" in found and "turnover_is_lines" in found
    assert f"{voucher.word}-{voucher.number}" in found["voucher_balanced"].differences[0]


def test_changed_turnover_is_named_with_both_figures(trader: Trader) -> None:
    raw(
        """UPDATE ledger_accountbalance SET debit = debit + 7 WHERE id = (
               SELECT b.id FROM ledger_accountbalance b JOIN ledger_account a ON a.id = b.account_id
                WHERE a.code = '1405' AND b.company_id = %s LIMIT 1)""",
        trader.company.pk,
    )
    found = broken(trader)
    assert set(found) == {"turnover_is_lines", "stock_is_ledger"}
    assert found["turnover_is_lines"].count == 1


def test_stock_that_is_not_in_the_ledger_is_named_by_item(trader: Trader) -> None:
    raw(
        """UPDATE inventory_stockmove SET value = value + 1
            WHERE id = (SELECT min(id) FROM inventory_stockmove WHERE company_id = %s AND kind = 'delivery')""",
        trader.company.pk,
    )
    found = broken(trader)
    assert set(found) == {"stock_is_ledger", "balances_are_moves"}
    assert "A1 白色烛台" in found["stock_is_ledger"].differences[0]


def test_an_invoice_that_the_receivable_account_lacks_is_named_by_customer(trader: Trader) -> None:
    raw("UPDATE sales_salesinvoice SET net = net + 5, gross = gross + 5 WHERE customer_id = %s", trader.customers["C2"])
    found = broken(trader)
    assert set(found) == {"receivable_is_invoices", "sales_documents"}
    assert "C2 李四超市" in found["receivable_is_invoices"].differences[0]


def test_an_event_without_its_voucher_and_a_voucher_without_its_event_are_named(trader: Trader) -> None:
    event = BusinessEvent.objects.filter(state="posted").order_by("id")[0]
    raw("UPDATE ledger_businessevent SET voucher_id = 999999 WHERE id = %s", event.pk)
    assert broken(trader)["event_voucher"].count == 4  # the event, its voucher, and two document lines of that


def test_a_gap_in_voucher_numbers_is_named(trader: Trader) -> None:
    last = Voucher.objects.order_by("-number")[0]
    raw("UPDATE ledger_voucher SET number = number + 1 WHERE id = %s", last.pk)
    found = broken(trader)
    assert set(found) == {"voucher_numbers"}


def test_a_line_on_a_parent_account_is_named(trader: Trader) -> None:
    raw("UPDATE ledger_account SET is_leaf = false WHERE code = '1405' AND company_id = %s", trader.company.pk)
    found = broken(trader)
    assert set(found) == {"postable_accounts"}
    assert "1405" in found["postable_accounts"].differences[0]


def test_the_command_exits_with_1_and_says_what_differs(trader: Trader) -> None:
    out = StringIO()
    call_command("verify", "--company", trader.company.code, stdout=out)
    assert str(len(checks())) in out.getvalue()

    raw("UPDATE inventory_stockbalance SET qty = qty + 1 WHERE company_id = %s", trader.company.pk)
    out = StringIO()
    with pytest.raises(SystemExit) as exit_code:
        call_command("verify", "--company", trader.company.code, stdout=out)
    assert exit_code.value.code == 1
    assert "A1" in out.getvalue()


def test_the_command_speaks_json(trader: Trader) -> None:
    out = StringIO()
    call_command("verify", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["holds"] is True
    assert len(answer["checks"]) == len(checks())


def test_an_unknown_company_is_refused(db: Any) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("verify", "--company", "nowhere")
