"""What the sales summary is asked for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sales.reports.sales_summary import BY


class SummaryFilter(forms.Form):
    by = forms.ChoiceField(label=_("By"), choices=list(BY.items()), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
