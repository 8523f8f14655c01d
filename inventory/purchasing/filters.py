"""Which purchasing documents are meant."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.pinyin import plain
from inventory.documents.filters import day_filter
from inventory.purchasing.models import (
    InvoiceKind,
    InvoiceStatus,
    OrderStatus,
    PaymentKind,
    PurchaseOrder,
    SupplierInvoice,
    SupplierPayment,
)
from inventory.warehouses.models import Warehouse


def of_supplier(queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
    """Documents of suppliers whose code, name, pinyin or tax number contains the text."""
    return queryset.filter(supplier__search_key__contains=plain(value))


class PurchaseOrderFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number or note"), method="with_text")
    supplier = django_filters.CharFilter(label=_("Supplier"), method=of_supplier)
    item = django_filters.CharFilter(label=_("Item"), method="with_item")
    status = django_filters.ChoiceFilter(label=_("State"), choices=OrderStatus.choices, empty_label=_("All"))
    warehouse = django_filters.ModelChoiceFilter(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=_("All")
    )
    first = day_filter(_("From"), "date", "gte")
    last = day_filter(_("To"), "date", "lte")

    class Meta:
        model = PurchaseOrder
        fields: list[str] = []

    def __init__(self, *args: Any, company: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["warehouse"].queryset = Warehouse.objects.filter(company=company)

    def with_text(self, queryset: QuerySet[PurchaseOrder], name: str, value: str) -> QuerySet[PurchaseOrder]:
        text = value.strip()
        return queryset.filter(Q(number__icontains=text) | Q(external_no__icontains=text) | Q(note__icontains=text))

    def with_item(self, queryset: QuerySet[PurchaseOrder], name: str, value: str) -> QuerySet[PurchaseOrder]:
        return queryset.filter(lines__item__search_key__contains=plain(value)).distinct()


class SupplierInvoiceFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number, invoice no. or note"), method="with_text")
    supplier = django_filters.CharFilter(label=_("Supplier"), method=of_supplier)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=InvoiceKind.choices, empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("State"), choices=InvoiceStatus.choices, empty_label=_("All"))
    paid = django_filters.ChoiceFilter(
        label=_("Payment"),
        choices=[("open", _("Not paid in full")), ("overdue", _("Overdue"))],
        empty_label=_("All"),
        method="by_payment",
    )
    first = day_filter(_("From"), "date", "gte")
    last = day_filter(_("To"), "date", "lte")

    class Meta:
        model = SupplierInvoice
        fields: list[str] = []

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def with_text(self, queryset: QuerySet[SupplierInvoice], name: str, value: str) -> QuerySet[SupplierInvoice]:
        text = value.strip()
        return queryset.filter(Q(number__icontains=text) | Q(invoice_no__icontains=text) | Q(note__icontains=text))

    def by_payment(self, queryset: QuerySet[SupplierInvoice], name: str, value: str) -> QuerySet[SupplierInvoice]:
        """``open`` is the list's annotation: what of a confirmed invoice is not settled."""
        found = queryset.filter(status=InvoiceStatus.CONFIRMED).exclude(Q(("open", 0)))
        return found.filter(Q(("open__gt", 0)), due_on__lt=self.today) if value == "overdue" else found


class SupplierPaymentFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Number, settlement no. or note"), method="with_text")
    supplier = django_filters.CharFilter(label=_("Supplier"), method=of_supplier)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=PaymentKind.choices, empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("State"), choices=InvoiceStatus.choices, empty_label=_("All"))
    first = day_filter(_("From"), "date", "gte")
    last = day_filter(_("To"), "date", "lte")

    class Meta:
        model = SupplierPayment
        fields: list[str] = []

    def with_text(self, queryset: QuerySet[SupplierPayment], name: str, value: str) -> QuerySet[SupplierPayment]:
        text = value.strip()
        return queryset.filter(Q(number__icontains=text) | Q(settlement_no__icontains=text) | Q(note__icontains=text))
