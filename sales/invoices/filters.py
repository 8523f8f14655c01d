"""Which invoices are meant."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from inventory.documents.filters import day_filter
from sales.invoices.models import InvoiceKind, SalesInvoice
from sales.orders.filters import of_customer


class SalesInvoiceFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number"), method="with_text")
    customer = django_filters.CharFilter(label=_("Customer"), method=of_customer)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=InvoiceKind.choices, empty_label=_("All"))
    first = day_filter(_("From"), "date", "gte")
    last = day_filter(_("To"), "date", "lte")

    class Meta:
        model = SalesInvoice
        fields: list[str] = []

    def with_text(self, queryset: QuerySet[SalesInvoice], name: str, value: str) -> QuerySet[SalesInvoice]:
        text = value.strip()
        return queryset.filter(
            Q(number__icontains=text) | Q(external_no__icontains=text) | Q(order__number__icontains=text)
        )
