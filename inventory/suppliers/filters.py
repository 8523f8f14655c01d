"""Which suppliers are meant."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from inventory.suppliers.models import Supplier, SupplierGroup


class SupplierFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name, pinyin or tax number"), method="with_text")
    group = django_filters.ModelChoiceFilter(
        label=_("Group"), queryset=SupplierGroup.objects.none(), empty_label=_("All")
    )
    is_active = django_filters.ChoiceFilter(
        label=_("State"), choices=[("true", _("Active")), ("false", _("Disabled"))], empty_label=_("All")
    )

    class Meta:
        model = Supplier
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["group"].queryset = SupplierGroup.objects.filter(company=company)

    def with_text(self, queryset: QuerySet[Supplier], name: str, value: str) -> QuerySet[Supplier]:
        return queryset.filter(search_key__contains=plain(value))
