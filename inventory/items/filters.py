"""Which items are meant."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from inventory.items.models import Item, ItemCategory, ItemKind


class ItemFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name or pinyin"), method="with_text")
    category = django_filters.ModelChoiceFilter(
        label=_("Category"), queryset=ItemCategory.objects.none(), empty_label=_("All")
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ItemKind.choices, empty_label=_("All"))
    is_active = django_filters.ChoiceFilter(
        label=_("State"), choices=[("true", _("Active")), ("false", _("Disabled"))], empty_label=_("All")
    )

    class Meta:
        model = Item
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["category"].queryset = ItemCategory.objects.filter(company=company)

    def with_text(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return queryset.filter(search_key__contains=plain(value))
