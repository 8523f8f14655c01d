"""Which items are meant."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from inventory.items.models import CostMethod, Item, ItemCategory, ItemKind, Tracking
from inventory.items.tree import below


class ItemFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name, pinyin or barcode"), method="with_text")
    category = django_filters.ModelChoiceFilter(
        label=_("Category"), queryset=ItemCategory.objects.none(), empty_label=_("All"), method="in_category"
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ItemKind.choices, empty_label=_("All"))
    cost_method = django_filters.ChoiceFilter(
        label=_("Cost method"), choices=CostMethod.choices, empty_label=_("All"), method="costed_by"
    )
    tracking = django_filters.ChoiceFilter(
        label=_("Tracking"), choices=[row for row in Tracking.choices if row[0]], empty_label=_("All")
    )
    is_active = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("true", _("Active")), ("false", _("Disabled")), ("short", _("Below safety stock"))],
        empty_label=_("All"),
        method="in_state",
    )

    class Meta:
        model = Item
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["category"].queryset = ItemCategory.objects.filter(company=company)

    def with_text(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        typed = value.strip()
        by_unit = Q(pk__in=queryset.filter(units__barcode=typed).order_by().values("pk"))
        return queryset.filter(Q(search_key__contains=plain(value)) | Q(barcode=typed) | by_unit)

    def in_category(self, queryset: QuerySet[Item], name: str, value: ItemCategory) -> QuerySet[Item]:
        rows = ItemCategory.objects.filter(company_id=value.company_id).only("pk", "parent_id")
        return queryset.filter(category__in=below(rows, value.pk))

    def costed_by(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return queryset.filter(cost_method=value, kind=ItemKind.STOCK)

    def in_state(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        if value == "short":
            annotated: Any = queryset  # the page annotates what is on hand
            return annotated.filter(is_active=True, safety_stock__gt=0, on_hand__lt=F("safety_stock"))
        return queryset.filter(is_active=value == "true")
