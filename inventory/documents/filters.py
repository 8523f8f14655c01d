"""Which stock documents are meant."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument
from inventory.documents.queries import with_item
from inventory.warehouses.models import Warehouse
from ledger.dimensions.models import DimensionValue


def day_filter(label: Any, field: str, lookup: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label, field_name=field, lookup_expr=lookup, widget=forms.DateInput({"type": "date"})
    )


class StockDocumentFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number, party or note"), method="with_text")
    item = django_filters.CharFilter(label=_("Item"), method="with_item")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=DocumentKind.choices, empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("State"), choices=DocumentStatus.choices, empty_label=_("All"))
    reason = django_filters.ChoiceFilter(
        label=_("Reason"), choices=[choice for choice in Reason.choices if choice[0]], empty_label=_("All")
    )
    warehouse = django_filters.ModelChoiceFilter(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=_("All")
    )
    party = django_filters.ModelChoiceFilter(queryset=DimensionValue.objects.none(), widget=forms.HiddenInput)
    first = day_filter(_("From"), "date", "gte")
    last = day_filter(_("To"), "date", "lte")

    class Meta:
        model = StockDocument
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.filters["warehouse"].queryset = Warehouse.objects.filter(company=company)
        party = self.data.get("party", "")
        if party:
            self.filters["party"].queryset = DimensionValue.objects.filter(company=company, pk=_number(party))

    def with_item(self, queryset: QuerySet[StockDocument], name: str, value: str) -> QuerySet[StockDocument]:
        return with_item(queryset, self.company, value.strip())

    def with_text(self, queryset: QuerySet[StockDocument], name: str, value: str) -> QuerySet[StockDocument]:
        text = value.strip()
        return queryset.filter(
            Q(number__icontains=text)
            | Q(external_no__icontains=text)
            | Q(note__icontains=text)
            | Q(party__search_key__contains=text.lower())
        )


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
