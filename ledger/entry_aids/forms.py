"""Forms of the entry aids."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.entry_aids.models import RecurringVoucher, VoucherTemplate


class PhraseForm(forms.Form):
    code = forms.CharField(label=_("Code"), required=False, max_length=20)
    text = forms.CharField(label=_("Summary"), max_length=200)


class TemplateForm(forms.Form):
    """How a voucher is kept as a template."""

    code = forms.CharField(label=_("Code"), required=False, max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)
    category = forms.CharField(label=_("Category"), required=False, max_length=40)
    with_amounts = forms.BooleanField(label=_("Keep the amounts"), required=False, initial=True)


class MonthField(forms.DateField):
    """A month as ``2025-12``; its first day as a date."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], **kwargs)


class RecurringForm(forms.Form):
    """Which template recurs, from when to when, how often, on which day."""

    template = forms.ModelChoiceField(label=_("Template"), queryset=VoucherTemplate.objects.none())
    name = forms.CharField(label=_("Name"), max_length=80)
    first_month = MonthField(label=_("First month"))
    last_month = MonthField(label=_("Last month"), required=False)
    every_months = forms.IntegerField(label=_("Every … months"), min_value=1, max_value=12, initial=1)
    day = forms.IntegerField(
        label=_("Day of the month"), min_value=1, max_value=31, initial=31, help_text=_("31: the last day.")
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, company: Company, row: RecurringVoucher | None, **kwargs: Any) -> None:
        if row is not None:
            names = ("template", "name", "first_month", "last_month", "every_months", "day", "is_active")
            kwargs["initial"] = {name: getattr(row, name) for name in names}
        super().__init__(*args, **kwargs)
        choices = VoucherTemplate.objects.filter(company=company, is_active=True)
        self.fields["template"].queryset = choices  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The keyword arguments of ``recurring.save``."""
        given = dict(self.cleaned_data)
        template: VoucherTemplate = given.pop("template")
        first: dt.date = given["first_month"]
        return {**given, "template_id": template.pk, "first_month": first}
