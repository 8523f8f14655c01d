"""The admin as the accountant uses it: mappings and rule versions, without code."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue
from ledger.posting.models import AccountKey, AccountMapping, PostingRule, RuleState
from ledger.vouchers.models import VoucherLine
from tests.trading import Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader() -> Trader:
    return Trader()


def staff(trader: Trader, name: str, *roles: Role) -> Client:
    user = trader.user(name, *roles)
    user.is_staff = True
    user.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def accountant(trader) -> Client:
    return staff(trader, "kuaiji", Role.ACCOUNTANT)


@pytest.fixture
def reviewer(trader) -> Client:
    return staff(trader, "shenhe", Role.REVIEWER)


def mapping_form(trader: Trader, account: str, *selectors: tuple[str, str], key: str = "revenue") -> dict[str, object]:
    """What the mapping form sends; selectors are (name, code of the value)."""
    company = trader.company
    sent: dict[str, object] = {
        "key": AccountKey.objects.get(company=company, code=key).pk,
        "account": Account.objects.get(company=company, code=account).pk,
        "note": "",
        "selectors-TOTAL_FORMS": len(selectors),
        "selectors-INITIAL_FORMS": 0,
    }
    for number, (name, code) in enumerate(selectors):
        value = DimensionValue.objects.get(company=company, dimension_type__code=name, code=code)
        sent |= {f"selectors-{number}-name": name, f"selectors-{number}-value": value.pk}
    return sent


def revenue_account(trader: Trader) -> str:
    trader.sell(1)
    trader.post()
    lines = VoucherLine.objects.filter(company=trader.company, account__code__startswith="50")
    return lines.select_related("account").latest("id").account.code


def test_an_accountant_leads_goods_to_another_account_without_code(trader, accountant):
    assert revenue_account(trader) == "500101"
    sent = mapping_form(trader, "500102", ("item_category", "GOODS"))
    response = accountant.post(reverse("admin:ledger_accountmapping_add"), sent)
    assert response.status_code == 302, response.content.decode()[-3000:]
    assert revenue_account(trader) == "500102"
    assert VoucherLine.objects.filter(company=trader.company, account__code="500101").exists()


def test_two_mappings_with_the_same_selectors_are_refused_in_words(trader, accountant):
    before = AccountMapping.objects.filter(company=trader.company).count()
    response = accountant.post(reverse("admin:ledger_accountmapping_add"), mapping_form(trader, "500102"))
    assert response.status_code == 200 and "500101" in response.content.decode()
    assert AccountMapping.objects.filter(company=trader.company).count() == before


def test_a_selector_that_the_key_does_not_know_is_refused(trader, accountant):
    sent = mapping_form(trader, "1002", ("item_category", "GOODS"), key="bank")
    sent["account"] = Account.objects.get(company=trader.company, code="100202").pk
    response = accountant.post(reverse("admin:ledger_accountmapping_add"), sent)
    assert response.status_code == 200 and "item_category" in response.content.decode()


def test_changing_a_used_mapping_replaces_it(trader, accountant):
    revenue_account(trader)
    old = AccountMapping.objects.get(company=trader.company, key__code="revenue", selector_key="", is_active=True)
    sent = mapping_form(trader, "500102")
    response = accountant.post(reverse("admin:ledger_accountmapping_change", args=[old.pk]), sent)
    assert response.status_code == 302, response.content.decode()[-3000:]
    old.refresh_from_db()
    assert not old.is_active and old.replaced_by.account.code == "500102"
    assert revenue_account(trader) == "500102"


def test_rows_of_other_companies_are_not_there(trader, accountant):
    other = AccountMapping.objects.filter(company=Trader("other").company).first()
    assert accountant.get(reverse("admin:ledger_accountmapping_change", args=[other.pk])).status_code == 302
    found = accountant.get(reverse("admin:ledger_accountmapping_changelist"))
    assert found.context["cl"].result_count == AccountMapping.objects.filter(company=trader.company).count()


def test_a_clerk_has_nothing_to_set_there(trader):
    clerk = staff(trader, "clerk", Role.CLERK)
    assert clerk.get(reverse("admin:ledger_accountmapping_changelist")).status_code == 403


def test_a_rule_changes_by_a_new_version_that_somebody_else_approves(trader, accountant, reviewer):
    active = PostingRule.objects.get(company=trader.company, code="sales-invoice")
    page = reverse("admin:ledger_postingrule_change", args=[active.pk])
    assert 'name="_save"' not in accountant.get(page).content.decode()
    accountant.post(reverse("admin:ledger_postingrule_step", args=[active.pk, "version"]))
    draft = PostingRule.objects.get(company=trader.company, code="sales-invoice", state=RuleState.DRAFT)
    assert (
        'name="_save"' in accountant.get(reverse("admin:ledger_postingrule_change", args=[draft.pk])).content.decode()
    )
    step = reverse("admin:ledger_postingrule_step", args=[draft.pk, "activate"])
    assert accountant.post(step).status_code == 403
    reviewer.post(step)
    draft.refresh_from_db()
    active.refresh_from_db()
    assert (draft.state, active.state, draft.version) == (RuleState.ACTIVE, RuleState.RETIRED, 2)


def test_a_wrong_amount_is_refused_at_its_field(trader, accountant):
    active = PostingRule.objects.get(company=trader.company, code="sales-invoice")
    accountant.post(reverse("admin:ledger_postingrule_step", args=[active.pk, "version"]))
    draft = PostingRule.objects.get(company=trader.company, code="sales-invoice", state=RuleState.DRAFT)
    line = draft.lines.first()
    sent = {
        "name": draft.name,
        "name_en": draft.name_en,
        "code": draft.code,
        "event_type": draft.event_type,
        "posts_to": draft.posts_to,
        "merge_mode": draft.merge_mode,
        "word": draft.word,
        "summary": draft.summary,
        "priority": draft.priority,
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 1,
        "lines-0-id": line.pk,
        "lines-0-rule": draft.pk,
        "lines-0-sequence": line.sequence,
        "lines-0-side": line.side,
        "lines-0-key": line.key_id,
        "lines-0-amount": "gross * import_os",
        "conditions-TOTAL_FORMS": 0,
        "conditions-INITIAL_FORMS": 0,
    }
    page = reverse("admin:ledger_postingrule_change", args=[draft.pk])
    response = accountant.post(page, sent)
    assert response.status_code == 200 and "import_os" in response.content.decode()
    assert accountant.post(page, {**sent, "lines-0-amount": "gross"}).status_code == 302


def test_mappings_go_out_and_come_in_as_a_table(trader, accountant):
    response = accountant.post(
        reverse("admin:ledger_accountmapping_export"),
        {"format": "0", "resource": "0", **{f"mappingresource_{name}": "on" for name in COLUMNS}},
    )
    assert response.status_code == 200 and b"revenue,500101" in response.content.replace(b"\r", b"")
    table = "key,account,selectors,note\nrevenue,500102,item_category=GOODS,goods\nrevenue,999999,,\n"
    preview = upload(accountant, table)
    assert "999999" in preview.content.decode()
    good = upload(accountant, "key,account,selectors,note\nrevenue,500102,item_category=GOODS,goods\n")
    confirm = good.context["confirm_form"]
    accountant.post(reverse("admin:ledger_accountmapping_process_import"), confirm.initial)
    made = AccountMapping.objects.get(company=trader.company, note="goods")
    assert made.account.code == "500102" and made.selectors.get().value.code == "GOODS"


def test_rules_travel_as_json_and_arrive_as_drafts(trader, accountant):
    rule = PostingRule.objects.get(company=trader.company, code="sales-invoice")
    exported = accountant.post(
        reverse("admin:ledger_postingrule_changelist"), {"action": "export_json", "_selected_action": [rule.pk]}
    )
    documents = json.loads(exported.content)
    documents[0]["summary"] = "{event} {document_no}"
    documents[0]["lines"][0]["amount"] = "net + tax"
    assert send(accountant, documents).status_code == 302
    draft = PostingRule.objects.get(company=trader.company, code="sales-invoice", version=2)
    assert draft.state == RuleState.DRAFT and draft.summary == "{event} {document_no}"
    assert draft.lines.order_by("sequence")[0].amount == "net + tax"
    documents[0]["lines"][0]["key"] = "no_such_key"
    assert "no_such_key" in send(accountant, documents).content.decode()
    draft.refresh_from_db()
    assert draft.lines.count() == rule.lines.count()
    assert send(accountant, [{"code": 1}]).status_code == 200


def send(client: Client, documents: object):
    file = SimpleUploadedFile("rules.json", json.dumps(documents).encode(), "application/json")
    return client.post(reverse("admin:ledger_postingrule_import"), {"file": file})


COLUMNS = ("key", "account", "selectors", "note")


def upload(client: Client, table: str):
    file = SimpleUploadedFile("mappings.csv", io.BytesIO(table.encode()).getvalue(), "text/csv")
    return client.post(reverse("admin:ledger_accountmapping_import"), {"import_file": file, "format": "0"})
