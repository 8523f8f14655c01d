"""Forms of the chart: filter, sub-account, change."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.accounts.models import AccountClass
from ledger.dimensions.models import DimensionType


class ChartFilter(forms.Form):
    text = forms.CharField(label=_("Code, name or pinyin"), required=False)
    account_class = forms.ChoiceField(label=_("Class"), required=False, choices=[("", _("All")), *AccountClass.choices])


class NamesForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)


class SubAccountForm(NamesForm):
    code = forms.CharField(label=_("Code"), max_length=12)

    field_order = ("code", "name", "name_en")


class AccountForm(NamesForm):
    required = forms.MultipleChoiceField(
        label=_("Required dimensions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    optional = forms.MultipleChoiceField(
        label=_("Optional dimensions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = [(str(row.pk), str(row)) for row in DimensionType.objects.filter(company=company)]
        self.fields["required"].choices = types  # type: ignore[attr-defined]
        self.fields["optional"].choices = types  # type: ignore[attr-defined]
