"""Which customers are meant."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from sales.customers.models import Customer, CustomerGroup


class CustomerFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name or pinyin"), method="with_text")
    group = django_filters.ModelChoiceFilter(
        label=_("Group"), queryset=CustomerGroup.objects.none(), empty_label=_("All")
    )
    is_active = django_filters.ChoiceFilter(
        label=_("State"), choices=[("true", _("Active")), ("false", _("Disabled"))], empty_label=_("All")
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["group"].queryset = CustomerGroup.objects.filter(company=company)

    def with_text(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return queryset.filter(search_key__contains=plain(value))
