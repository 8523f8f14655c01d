"""Filters of the cash-flow pages, and the forms of items and defaults."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.accounts.models import Account
from ledger.cash_flow.models import CashFlowDefault, CashFlowItem
from ledger.vouchers.filters import period_choices


class PeriodForm(forms.Form):
    period = forms.ChoiceField(label=_("Period"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = period_choices(company)  # type: ignore[attr-defined]


class RangeForm(forms.Form):
    """``from``, ``to`` and ``item`` as the report calls them."""

    def __init__(self, *args: Any, company: Company, with_item: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = period_choices(company)
        self.fields["from"] = forms.ChoiceField(label=_("From period"), choices=choices, required=False)
        self.fields["to"] = forms.ChoiceField(label=_("To period"), choices=choices, required=False)
        if with_item:
            items = [(item.code, str(item)) for item in CashFlowItem.objects.filter(company=company)]
            self.fields["item"] = forms.ChoiceField(
                label=_("Cash-flow item"), choices=[("", _("All")), *items], required=False
            )


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CashFlowItem
        fields = ["code", "name", "name_en", "section", "flow", "sequence", "is_active"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        others = CashFlowItem.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(_("This code is taken."))
        return code


class DefaultForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CashFlowDefault
        fields = ["account_prefix", "direction", "item"]

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.fields["item"].label = _("Cash-flow item")
        self.fields["item"].queryset = CashFlowItem.objects.filter(company=company, is_active=True)  # type: ignore[attr-defined]

    def clean_account_prefix(self) -> str:
        prefix: str = self.cleaned_data["account_prefix"].strip()
        if not Account.objects.filter(company=self.company, code__startswith=prefix).exists():
            raise forms.ValidationError(_("No account begins with this code."))
        return prefix
