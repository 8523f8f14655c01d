"""The choices of a pivot: plain selects, so that it is used with the keyboard as well as with the mouse."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.analysis.fields import MEASURES, fields_of, measure_label
from ledger.books.forms import PeriodsForm

ROWS, COLUMNS = 3, 2
CHARTS = [("", _("No chart")), ("bar", _("Bars")), ("line", _("Lines")), ("pie", _("Circle"))]


class PivotForm(PeriodsForm):
    """``rows_1`` … ``rows_3`` and ``columns_1``, ``columns_2`` are names of fields in order."""

    account = forms.CharField(label=_("Account begins with"), required=False, max_length=24)
    values = forms.CharField(
        label=_("Dimension values"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "department:D01, customer:17850"}),
    )
    closing = forms.ChoiceField(
        label=_("Period-end transfers"), required=False, choices=[("", _("Leave out")), ("1", _("Include"))]
    )
    chart = forms.ChoiceField(label=_("Chart"), required=False, choices=CHARTS)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        choices = [("", "–"), *((field.name, field.label) for field in fields_of(company).values())]
        own = dict(self.fields)
        self.fields = {
            **{name: own.pop(name) for name in ("from", "to")},
            **{
                f"rows_{n}": forms.ChoiceField(label=_("Rows %(n)d") % {"n": n}, choices=choices, required=n == 1)
                for n in range(1, ROWS + 1)
            },
            **{
                f"columns_{n}": forms.ChoiceField(label=_("Columns %(n)d") % {"n": n}, choices=choices, required=False)
                for n in range(1, COLUMNS + 1)
            },
            "measures": forms.MultipleChoiceField(
                label=_("Measures"),
                choices=[(name, measure_label(name)) for name in MEASURES],
                widget=forms.SelectMultiple(attrs={"size": "4"}),
            ),
            **own,
        }
