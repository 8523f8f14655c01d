"""What the pages of stock counts ask for."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.counts.models import CountStatus, StockCount
from inventory.items.models import ItemCategory
from inventory.warehouses.models import Warehouse
from ledger.dimensions.models import DimensionValue


def _day(label: Any, field: str, lookup: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label, field_name=field, lookup_expr=lookup, widget=forms.DateInput({"type": "date"})
    )


class CountFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number or note"), method="with_text")
    status = django_filters.ChoiceFilter(label=_("State"), choices=CountStatus.choices, empty_label=_("All"))
    warehouse = django_filters.ModelChoiceFilter(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=_("All")
    )
    first = _day(_("From"), "date", "gte")
    last = _day(_("To"), "date", "lte")

    class Meta:
        model = StockCount
        fields: list[str] = []

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["warehouse"].queryset = Warehouse.objects.filter(company=company)

    def with_text(self, queryset: QuerySet[StockCount], name: str, value: str) -> QuerySet[StockCount]:
        return queryset.filter(Q(number__icontains=value.strip()) | Q(note__icontains=value.strip()))


class NewCountForm(forms.Form):
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=ItemCategory.objects.none(), required=False, empty_label=_("All goods")
    )
    date = forms.DateField(
        label=_("Date"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The differences are booked on this day."),
    )
    blind = forms.BooleanField(
        label=_("Hide book quantities"),
        required=False,
        help_text=_("Whoever counts sees only what was counted."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, is_active=True)
        fields["category"].queryset = ItemCategory.objects.filter(company=company, service_type="")


class UploadForm(forms.Form):
    file = forms.FileField(label=_("Filled-in sheet"), widget=forms.FileInput({"accept": ".xlsx,.xls,.csv"}))


class ConfirmForm(forms.Form):
    zero_uncounted = forms.BooleanField(
        label=_("What nobody counted is gone"),
        required=False,
        help_text=_("Lines without a quantity are booked as losses. Without the tick they make no difference."),
    )


class DisposalForm(forms.Form):
    """A decision about a difference. A claim is asked for losses only."""

    date = forms.DateField(label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=18,
        decimal_places=2,
        widget=forms.TextInput({"class": "num", "inputmode": "decimal"}),
    )
    claim = forms.DecimalField(
        label=_("Claimed from the employee"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        widget=forms.TextInput({"class": "num", "inputmode": "decimal"}),
    )
    employee = forms.ModelChoiceField(
        label=_("Employee"), queryset=DimensionValue.objects.none(), required=False, empty_label=_("Nobody")
    )
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=DimensionValue.objects.none(), required=False, empty_label=_("As the document")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, company: Company, is_loss: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        values = DimensionValue.objects.filter(company=company, is_active=True)
        fields["department"].queryset = values.filter(dimension_type__code="department")
        fields["employee"].queryset = values.filter(dimension_type__code="employee")
        if not is_loss:
            del fields["claim"], fields["employee"]
