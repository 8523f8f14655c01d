"""Which lots are meant."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from inventory.lots.models import Lot

SOON = dt.timedelta(days=90)


class LotFilter(django_filters.FilterSet):
    """Without a choice of state, lots that are on hand."""

    text = django_filters.CharFilter(label=_("Number, item code, name or pinyin"), method="with_text")
    expiry = django_filters.ChoiceFilter(
        label=_("Expiry"),
        choices=[("expired", _("Expired")), ("soon", _("Expires within 90 days")), ("none", _("Without a date"))],
        empty_label=_("All"),
        method="by_expiry",
    )
    there = django_filters.ChoiceFilter(
        label=_("Stock"), choices=[("all", _("Also used up"))], empty_label=_("On hand"), method="by_stock"
    )

    class Meta:
        model = Lot
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def filter_queryset(self, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("there") == "all" else found.exclude(on_hand=0).exclude(on_hand=None)

    def with_text(self, queryset: QuerySet[Lot], name: str, value: str) -> QuerySet[Lot]:
        return queryset.filter(Q(number__icontains=value.strip()) | Q(item__search_key__contains=plain(value)))

    def by_expiry(self, queryset: QuerySet[Lot], name: str, value: str) -> QuerySet[Lot]:
        match value:
            case "expired":
                return queryset.filter(expires_on__lt=self.today)
            case "soon":
                return queryset.filter(expires_on__gte=self.today, expires_on__lte=self.today + SOON)
            case _:
                return queryset.filter(expires_on=None)

    def by_stock(self, queryset: QuerySet[Lot], name: str, value: str) -> QuerySet[Lot]:
        return queryset
