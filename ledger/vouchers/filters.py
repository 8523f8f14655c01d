"""Which vouchers are meant: the same filter serves the page, its Excel, the report command and the API."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ledger.periods.models import Period
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine, VoucherStatus, Word


def period_choices(company: Any) -> list[tuple[str, str]]:
    """Periods as ``2025-12``, newest first."""
    return [(str(period), str(period)) for period in Period.objects.filter(company=company).order_by("-start")]


class VoucherFilter(django_filters.FilterSet):
    """Periods are ``YYYY-MM``; ``account`` takes a code and means its sub-accounts too; ``amount`` is a line's or
    the voucher's total."""

    text = django_filters.CharFilter(label=_("Summary"), method="with_text")
    first = django_filters.ChoiceFilter(label=_("From period"), method="from_period", empty_label=_("All"))
    last = django_filters.ChoiceFilter(label=_("To period"), method="to_period", empty_label=_("All"))
    word = django_filters.ChoiceFilter(label=_("Word"), choices=Word.choices, empty_label=_("All"))
    number_from = django_filters.NumberFilter(label=_("No. from"), field_name="number", lookup_expr="gte")
    number_to = django_filters.NumberFilter(label=_("No. to"), field_name="number", lookup_expr="lte")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=VoucherStatus.choices, empty_label=_("All"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=VoucherKind.choices, empty_label=_("All"))
    account = django_filters.CharFilter(label=_("Account code"), method="on_account")
    amount = django_filters.NumberFilter(label=_("Amount"), method="with_amount")
    preparer = django_filters.CharFilter(label=_("Prepared by"), field_name="preparer_name", lookup_expr="icontains")

    class Meta:
        model = Voucher
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        choices = period_choices(company)
        for name in ("first", "last"):
            self.filters[name].extra["choices"] = choices

    def _with_line(self, queryset: QuerySet[Voucher], *conditions: Q, **fields: Any) -> QuerySet[Voucher]:
        lines = VoucherLine.objects.filter(*conditions, company=self.company, voucher=OuterRef("pk"), **fields)
        return queryset.filter(Exists(lines))

    def with_text(self, queryset: QuerySet[Voucher], name: str, value: str) -> QuerySet[Voucher]:
        return self._with_line(queryset, summary__icontains=value)

    def from_period(self, queryset: QuerySet[Voucher], name: str, value: str) -> QuerySet[Voucher]:
        return queryset.filter(date__gte=f"{value}-01")

    def to_period(self, queryset: QuerySet[Voucher], name: str, value: str) -> QuerySet[Voucher]:
        year, month = value.split("-")
        return queryset.filter(
            period__in=Period.objects.filter(company=self.company).filter(
                Q(year__lt=int(year)) | Q(year=int(year), number__lte=int(month))
            )
        )

    def on_account(self, queryset: QuerySet[Voucher], name: str, value: str) -> QuerySet[Voucher]:
        return self._with_line(queryset, account__code__startswith=value.split()[0])

    def with_amount(self, queryset: QuerySet[Voucher], name: str, value: Any) -> QuerySet[Voucher]:
        lines = VoucherLine.objects.filter(
            Q(debit=value) | Q(credit=value), company=self.company, voucher=OuterRef("pk")
        )
        return queryset.filter(Q(total=value) | Exists(lines))
