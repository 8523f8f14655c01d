"""Forms of the chart: filter, sub-account, change."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.accounts.models import AccountClass, CashKind, Direction
from ledger.accounts.properties import Properties
from ledger.cash_flow.models import CashFlowItem
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType


class ChartFilter(forms.Form):
    text = forms.CharField(label=_("Code, name or pinyin"), required=False)
    account_class = forms.ChoiceField(label=_("Class"), required=False, choices=[("", _("All")), *AccountClass.choices])


class NamesForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)


class SubAccountForm(NamesForm):
    code = forms.CharField(label=_("Code"), max_length=24)

    field_order = ("code", "name", "name_en")


class AccountForm(NamesForm):
    tracks_quantity = forms.BooleanField(label=_("Quantity accounting"), required=False)
    unit = forms.CharField(label=_("Unit of quantity"), max_length=20, required=False)
    currency = forms.ChoiceField(label=_("Foreign currency"), required=False)
    is_revalued = forms.BooleanField(label=_("Revalued at period end"), required=False)
    cash_kind = forms.ChoiceField(label=_("Cash kind"), required=False, choices=CashKind.choices)
    cash_flow_in = forms.ChoiceField(label=_("Cash-flow item of inflows"), required=False)
    cash_flow_out = forms.ChoiceField(label=_("Cash-flow item of outflows"), required=False)
    required = forms.MultipleChoiceField(
        label=_("Required dimensions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    optional = forms.MultipleChoiceField(
        label=_("Optional dimensions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currencies = [(one.code, str(one)) for one in Currency.objects.filter(company=company, is_active=True)]
        items = [(str(one.pk), str(one)) for one in CashFlowItem.objects.filter(company=company, is_active=True)]
        self._choose("currency", [("", _("Base currency only")), ("*", _("Any currency")), *currencies])
        self._choose("cash_flow_in", [("", "–"), *items])
        self._choose("cash_flow_out", [("", "–"), *items])
        types = [(str(row.pk), str(row)) for row in DimensionType.objects.filter(company=company, is_active=True)]
        self._choose("required", types)
        self._choose("optional", types)

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def properties(self) -> Properties:
        """What the form says beside names and dimensions."""
        given = self.cleaned_data
        return Properties(
            tracks_quantity=given["tracks_quantity"],
            unit=given["unit"],
            currency=given["currency"],
            is_revalued=given["is_revalued"],
            cash_kind=given["cash_kind"],
            cash_flow_in=int(given["cash_flow_in"]) if given["cash_flow_in"] else None,
            cash_flow_out=int(given["cash_flow_out"]) if given["cash_flow_out"] else None,
        )


class FirstLevelForm(NamesForm):
    code = forms.CharField(label=_("Code"), max_length=4, help_text=_("4 digits"))
    account_class = forms.ChoiceField(label=_("Class"), choices=AccountClass.choices)
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices)

    field_order = ("code", "name", "name_en", "account_class", "direction")


class MoveForm(forms.Form):
    parent = forms.CharField(label=_("New parent (code)"), max_length=24)
