"""The filter bars of the books. Their field names are the parameters of the reports."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.dimensions.models import DimensionType
from ledger.vouchers.filters import period_choices


class PeriodsForm(forms.Form):
    """``from`` and ``to`` as the reports call them."""

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        choices = period_choices(company)
        own = self.fields
        self.fields = {
            "from": forms.ChoiceField(label=_("From period"), choices=choices, required=False),
            "to": forms.ChoiceField(label=_("To period"), choices=choices, required=False),
            **own,
        }


class TrialBalanceForm(PeriodsForm):
    level = forms.ChoiceField(
        label=_("Level"), required=False, choices=[("", _("All")), ("1", "1"), ("2", "2"), ("3", "3")]
    )
    account_from = forms.CharField(label=_("From account"), required=False, max_length=12)
    account_to = forms.CharField(label=_("To account"), required=False, max_length=12)
    dimension = forms.ChoiceField(label=_("Unfold by"), required=False)
    hide_empty = forms.ChoiceField(
        label=_("Rows without figures"), required=False, choices=[("1", _("Hide")), ("0", _("Show"))]
    )
    both_sides = forms.ChoiceField(
        label=_("Balances"), required=False, choices=[("0", _("Net figure")), ("1", _("Both sides"))]
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        types = DimensionType.objects.filter(company=company)
        choices = [("", _("Nothing")), *((row.code, str(row)) for row in types)]
        self.fields["dimension"].choices = choices  # type: ignore[attr-defined]


class AccountLinesForm(PeriodsForm):
    account = forms.CharField(
        label=_("Account"),
        widget=forms.TextInput(
            attrs={"data-lookup-url": reverse_lazy("book_account_lookup"), "autocomplete": "off", "role": "combobox"}
        ),
    )
    value = forms.CharField(
        label=_("Dimension value"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "customer:17850"}),
    )
