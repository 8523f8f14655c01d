"""Why a line is there, before and after the accountant changes a mapping."""

from decimal import Decimal

import pytest

from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue
from ledger.posting.explain import explain_line
from ledger.posting.mappings import Selector, save_mapping
from ledger.posting.models import AccountKey, AccountMapping
from ledger.vouchers.models import VoucherLine
from tests.trading import Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader() -> Trader:
    return Trader()


def sell(trader: Trader) -> VoucherLine:
    """The revenue line of a sale that is confirmed and posted."""
    trader.sell(1)
    trader.post()
    return VoucherLine.objects.filter(company=trader.company, account__code__startswith="5001").latest("id")


def test_a_line_names_its_document_rule_and_mapping(trader):
    """V19: traceable both ways."""
    why = explain_line(sell(trader))
    assert why.event_count == 1 and why.events[0].party == "张三商行"
    assert sum(part.amount for part in why.document_lines) == why.line.credit
    assert why.rule.event_type == "sales_invoice" and why.rule_line.amount == "net"
    assert why.mappings[0].verdict == "chosen" and why.mappings[0].account.startswith("500101")
    assert {row.verdict for row in why.mappings[1:]} == {"no_match"}


def test_a_new_mapping_leads_new_documents_and_leaves_old_vouchers(trader):
    old = sell(trader)
    key = AccountKey.objects.get(company=trader.company, code="revenue")
    goods = DimensionValue.objects.get(company=trader.company, dimension_type__code="item_category", code="GOODS")
    other = Account.objects.get(company=trader.company, code="500102")
    mapping = save_mapping(trader.company.pk, key.pk, other.pk, [Selector("item_category", goods.pk)])
    new = sell(trader)
    assert (new.account.code, new.mapping_id) == ("500102", mapping.pk)
    old.refresh_from_db()
    assert old.account.code == "500101"
    verdicts = {row.id: row.verdict for row in explain_line(old).mappings}
    assert verdicts[mapping.pk] == "newer" and verdicts[old.mapping_id] == "chosen"
    now = {row.id: row.verdict for row in explain_line(new).mappings}
    assert now[mapping.pk] == "chosen" and now[old.mapping_id] == "less_specific"


def test_a_replaced_mapping_still_explains_its_lines(trader):
    old = sell(trader)
    stored = AccountMapping.objects.get(pk=old.mapping_id)
    other = Account.objects.get(company=trader.company, code="500102")
    save_mapping(trader.company.pk, stored.key_id, other.pk, [], replaces=stored)
    first = explain_line(old).mappings[0]
    assert (first.id, first.verdict, first.is_active) == (stored.pk, "chosen", False)


def test_every_generated_line_adds_up_to_its_document_lines(trader):
    trader.sell(3)
    trader.post()
    lines = VoucherLine.objects.filter(company=trader.company, rule_line__isnull=False).select_related("account")
    assert lines
    for line in lines:
        amounts = [part.amount for part in explain_line(line).document_lines]
        assert abs(sum(amounts, Decimal(0))) == abs(line.debit or line.credit)
