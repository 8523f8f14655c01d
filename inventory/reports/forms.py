"""The filter bar of a stock report, made from its report's parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Parameter, Report
from inventory.items.models import ItemCategory
from inventory.warehouses.models import Warehouse
from ledger.vouchers.filters import period_choices

Choices = Mapping[str, Sequence[tuple[str, Any]]]
DAYS = ("as_of", "day_from", "day_to")


class ReportForm(forms.Form):
    """One field per parameter, under the parameter's name. ``choices``: parameters that offer a list."""

    def __init__(self, *args: Any, company: Company, report: Report, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for parameter in report.parameters:
            self.fields[parameter.name] = _field(parameter, company, choices.get(parameter.name))


def _field(parameter: Parameter, company: Company, choices: Sequence[tuple[str, Any]] | None) -> forms.Field:
    label, name = parameter.label, parameter.name
    if choices is not None:
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if parameter.kind == "period":
        every = [("", "–"), *period_choices(company)]
        return forms.ChoiceField(label=label, choices=every, required=False)
    if parameter.kind == "bool":
        yes_first = [("1", _("Yes")), ("0", _("No"))]
        return forms.ChoiceField(
            label=label, choices=yes_first if parameter.default else yes_first[::-1], required=False
        )
    if name in DAYS:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(label=label, required=False, widget=widget)
    if name == "category":
        return _by_code(_("Category"), ItemCategory.objects.filter(company=company).order_by("code"))
    if name == "warehouse":
        return _by_code(_("Warehouse"), Warehouse.objects.filter(company=company).order_by("code"))
    if name == "item":
        look = {"data-lookup-url": f"{reverse_lazy('item_lookup')}?stock=1", "autocomplete": "off", "role": "combobox"}
        return forms.CharField(label=_("Item"), required=False, widget=forms.TextInput(attrs=look))
    if parameter.kind == "int":
        return forms.IntegerField(label=label, required=False, min_value=0)
    return forms.CharField(label=label, required=False, max_length=200)


def _by_code(label: Any, rows: Any) -> forms.ChoiceField:
    found = [("", _("All")), *((row.code, f"{row.code} {row.name}") for row in rows)]
    return forms.ChoiceField(label=label, required=False, choices=found)
