"""Legal rules that belong to no single room of the ledger."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import get_resolver

from inventory.items.models import CostMethod
from ledger.currencies.models import Currency
from ledger.periods.models import Period
from ledger.posting.models import BusinessEvent, MergeMode, PostingRule, RuleState
from ledger.statements.evaluation import evaluate
from ledger.statements.models import Statement
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherStatus
from tests.trading import Trader


def _addresses(patterns, prefix=""):
    for one in patterns:
        path = prefix + str(one.pattern)
        yield path
        yield from _addresses(getattr(one, "url_patterns", ()), path)


def test_nothing_takes_a_posting_back(posted):
    """V05: no address and no service un-posts, and the database refuses the status."""
    assert [path for path in _addresses(get_resolver().url_patterns) if re.search(r"un_?post", path)] == []
    assert [name for name in dir(services) if "unpost" in name or "un_post" in name] == []
    voucher = posted()
    for status in (VoucherStatus.REVIEWED, VoucherStatus.DRAFT, VoucherStatus.VOID):
        with pytest.raises(IntegrityError, match="posted"), transaction.atomic():
            Voucher.objects.filter(pk=voucher.pk).update(status=status)


@pytest.mark.django_db
def test_documents_of_different_kinds_never_share_a_voucher():
    """V08: even rules that merge as far as they may keep to one kind of event."""
    trader = Trader()
    PostingRule.objects.filter(company=trader.company, state=RuleState.ACTIVE).update(merge_mode=MergeMode.PERIOD_PARTY)
    trader.sell(3)
    trader.post()
    kinds = {}
    events = BusinessEvent.objects.filter(company=trader.company, voucher__isnull=False)
    for voucher, kind in events.values_list("voucher", "event_type"):
        kinds.setdefault(voucher, set()).add(kind)
    assert len({kind for found in kinds.values() for kind in found}) > 1
    assert all(len(found) == 1 for found in kinds.values())


def test_last_in_first_out_is_not_offered():
    """C04: 小企业会计准则 allows FIFO, averages and specific identification only."""
    assert not any("lifo" in value or "last_in" in value for value in CostMethod.values)
    assert not any("LIFO" in path.read_text() for path in (Path(settings.BASE_DIR) / "inventory").rglob("*.py"))


def test_a_fiscal_year_that_begins_in_april_is_refused(company):
    """C05: the fiscal year is the calendar year."""
    with pytest.raises(IntegrityError, match="year_is_the_calendar_year"), transaction.atomic():
        Period.objects.create(company=company, year=2030, number=1, start=dt.date(2030, 4, 1), end=dt.date(2030, 4, 30))


def test_the_guards_hold_for_the_application_role_itself(posted):
    """V03: SQL of the role that the product runs as cannot remove or insert between posted vouchers."""
    voucher = posted()
    with connection.cursor() as cursor:
        for statement in (
            "DELETE FROM ledger_voucher WHERE id = %s",
            "DELETE FROM ledger_voucherline WHERE voucher_id = %s",
            "UPDATE ledger_voucher SET number = number + 1 WHERE id = %s",
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(statement, [voucher.pk])


def _balance_sheet(company, line_no):
    statement = Statement.objects.get(company=company, code="balance_sheet")
    sheet = evaluate(company, statement, Period.objects.get(company=company, year=2025, number=12))
    return next(row.values[0] for row in sheet.rows if row.row.line_no == line_no)


def _post(company, lines, accountant, reviewer):
    voucher = services.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant)
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)


def test_statements_are_in_the_base_currency(company, accountant, reviewer, account, line):
    """C06: a balance in dollars stands on the sheet in RMB, at the rate it was booked with."""
    Currency.objects.get_or_create(company=company, code="USD", defaults={"name": "美元"})
    dollars = account("100202")
    dollars.currency = "USD"
    dollars.save()
    foreign = {"currency": "USD", "original_amount": Decimal("100.00"), "rate": Decimal("7.10")}
    _post(company, [line("100202", debit="710.00", **foreign), line("3001", credit="710.00")], accountant, reviewer)
    assert _balance_sheet(company, 1) == Decimal("710.00")


def test_a_debit_balance_of_vat_is_an_asset(company, accountant, reviewer, line):
    """C20: 财会〔2016〕22号 – input tax not yet set off stands in other current assets, not as a negative liability."""
    lines = [line("22210101", debit="130.00"), line("100201", credit="130.00")]
    _post(company, lines, accountant, reviewer)
    assert _balance_sheet(company, 14) == Decimal("130.00")
    assert _balance_sheet(company, 36) == Decimal("0.00")
