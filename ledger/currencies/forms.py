"""Forms of currencies and rates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.currencies.models import Currency, RateKind


class CurrencyForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=3)
    name = forms.CharField(label=_("Name"), max_length=40)
    name_en = forms.CharField(label=_("English name"), max_length=40, required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            self.fields["code"].disabled = True


class RateForm(forms.Form):
    currency = forms.ChoiceField(label=_("Currency"))
    kind = forms.ChoiceField(label=_("Kind"), choices=RateKind.choices)
    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    rate = forms.DecimalField(
        label=_("Rate"),
        max_digits=18,
        decimal_places=8,
        help_text=_("Base currency for one unit."),
        widget=forms.TextInput({"class": "num", "inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Currency.objects.filter(company=company, is_active=True).order_by("code")
        self.fields["currency"].choices = [(row.code, str(row)) for row in rows]  # type: ignore[attr-defined]
