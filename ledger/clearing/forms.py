"""Filters of the clearing pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.clearing.queries import party_accounts
from ledger.clearing.reports import METHODS


class AccountForm(forms.Form):
    account = forms.ChoiceField(label=_("Account"), required=False)
    as_of = forms.DateField(
        label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(account.code, str(account)) for account in party_accounts(company)]
        self.fields["account"].choices = choices  # type: ignore[attr-defined]


class AgeingForm(AccountForm):
    method = forms.ChoiceField(label=_("Method"), choices=METHODS, required=False)
    buckets = forms.CharField(
        label=_("Days of the buckets"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "30,60,90,180,365"}),
    )


class PartyForm(AccountForm):
    party = forms.CharField(label=_("Party"), required=False, max_length=60)
