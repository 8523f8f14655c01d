"""The list prints what was chosen, the sheet leads to its printed form, and an unknown action is not found."""

import pytest
from django.urls import reverse

from tests.ledger.test_pages import browser, text

pytestmark = pytest.mark.django_db


def test_the_list_prints_the_chosen_vouchers(accountant, auditor, draft):
    first, second = draft(), draft()
    client = browser(accountant)
    assert 'value="print"' in text(browser(auditor).get(reverse("voucher_list")))
    chosen = client.post(reverse("voucher_bulk"), {"action": "print", "voucher": [first.pk, second.pk]})
    assert chosen["Location"] == f"{reverse('voucher_print')}?ids={first.pk}%2C{second.pk}"
    assert text(client.get(chosen["Location"])).count('class="print-form"') == 2


def test_the_sheet_of_a_voucher_leads_to_its_printed_form(accountant, draft):
    voucher = draft()
    shown = text(browser(accountant).get(reverse("voucher_detail", args=[voucher.pk])))
    assert f"{reverse('voucher_print')}?ids={voucher.pk}" in shown


def test_an_unknown_action_on_many_vouchers_is_not_found(accountant, draft):
    client = browser(accountant)
    assert client.post(reverse("voucher_bulk"), {"action": "burn", "voucher": [draft().pk]}).status_code == 404
    assert client.post(reverse("voucher_bulk"), {"voucher": [draft().pk]}).status_code == 404
