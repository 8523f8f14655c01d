"""Forms of the bank pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.bank.models import OpenSide
from ledger.bank.queries import bank_accounts


def _date_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AccountForm(forms.Form):
    account = forms.ChoiceField(label=_("Bank account"), required=False)
    as_of = forms.DateField(label=_("As of"), required=False, widget=_date_widget())

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(bank.key, str(bank)) for bank in bank_accounts(company)]
        self.fields["account"].choices = choices  # type: ignore[attr-defined]


class ReconciliationForm(AccountForm):
    balance = forms.DecimalField(
        label=_("Balance of the bank's statement"), required=False, max_digits=18, decimal_places=2
    )


class UploadForm(forms.Form):
    account = forms.ChoiceField(label=_("Bank account"))
    file = forms.FileField(label=_("Statement file (.xlsx, .xls, .csv)"))

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(bank.key, str(bank)) for bank in bank_accounts(company)]
        self.fields["account"].choices = choices  # type: ignore[attr-defined]


class OpeningItemForm(forms.Form):
    side = forms.ChoiceField(label=_("Where it stands"), choices=OpenSide.choices)
    date = forms.DateField(label=_("Date"), widget=_date_widget())
    receipt = forms.DecimalField(label=_("Receipt"), required=False, max_digits=18, decimal_places=2)
    payment = forms.DecimalField(label=_("Payment"), required=False, max_digits=18, decimal_places=2)
    summary = forms.CharField(label=_("Summary"), required=False, max_length=200)
    reference = forms.CharField(label=_("Reference"), required=False, max_length=60)
