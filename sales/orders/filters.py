"""Which sales documents are meant."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from inventory.documents.filters import day_filter
from sales.orders.models import OrderKind, OrderStatus, SalesOrder


def of_customer(queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
    """Documents of customers whose code, name or pinyin contains the text."""
    return queryset.filter(customer__search_key__contains=plain(value))


class SalesOrderFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number or note"), method="with_text")
    customer = django_filters.CharFilter(label=_("Customer"), method=of_customer)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=OrderKind.choices, empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("State"), choices=OrderStatus.choices, empty_label=_("All"))
    first = day_filter(_("From"), "date", "gte")
    last = day_filter(_("To"), "date", "lte")

    class Meta:
        model = SalesOrder
        fields: list[str] = []

    def with_text(self, queryset: QuerySet[SalesOrder], name: str, value: str) -> QuerySet[SalesOrder]:
        text = value.strip()
        return queryset.filter(Q(number__icontains=text) | Q(external_no__icontains=text) | Q(note__icontains=text))
