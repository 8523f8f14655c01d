"""The chart of accounts: sub-accounts, use, and what they inherit."""

import pytest

from ledger.accounts import services
from ledger.accounts.models import Account
from ledger.posting.models import AccountMapping

pytestmark = pytest.mark.django_db


def test_a_sub_account_takes_the_next_code_and_its_parents_nature(account):
    parent = account("5601")
    last = Account.objects.filter(parent=parent).order_by("-code").first()
    added = services.add_sub_account(parent, name="直播推广费")
    assert int(added.code) == int(last.code) + 1
    assert (added.account_class, added.direction, added.level, added.is_leaf) == ("expense", "debit", 2, True)
    assert added.search_key.startswith(added.code.lower())


def test_the_first_sub_account_inherits_dimensions_and_mappings(company, account):
    parent = account("500101")
    key_mappings = AccountMapping.objects.filter(company=company, account=parent, is_active=True).count()
    added = services.add_sub_account(parent, name="线上销售")
    above = account("500101")
    assert added.code == "50010101" and added.parent_id == above.pk and not above.is_leaf
    assert {d.dimension_type_id for d in added.dimensions.all()} == {
        d.dimension_type_id for d in above.dimensions.all()
    }
    assert key_mappings
    assert AccountMapping.objects.filter(company=company, account=added, is_active=True).count() == key_mappings
    assert not AccountMapping.objects.filter(company=company, account=above, is_active=True).exists()


@pytest.mark.parametrize("code", ["560", "56019", "5602011", "5603ab", "56030199"])
def test_a_code_must_follow_the_parents(account, code):
    with pytest.raises(services.BadAccountCode):
        services.add_sub_account(account("5603"), name="x", code=code)


def test_an_account_with_a_balance_stays_in_use(posted, account):
    posted("5.00")
    with pytest.raises(services.AccountHasBalance):
        services.set_active(account("1001"), is_active=False)
    assert services.set_active(account("1101").children.first(), is_active=False).is_active is False
