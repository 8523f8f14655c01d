"""Legal rules that belong to no single room of the ledger."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import get_resolver

from inventory.items.models import CostMethod
from ledger.periods.models import Period
from ledger.posting.models import BusinessEvent, MergeMode, PostingRule, RuleState
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
