"""The API of suppliers and their groups."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from erp.core.api.registry import register as serve
from erp.core.pinyin import plain
from inventory.items.api_forms import MasterWriteViewSet, optional_code
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.suppliers.services import save_group, save_supplier

READ = "purchasing.view_document"
CHANGES = {"create": "inventory.manage_supplier", "partial_update": "inventory.manage_supplier"}


class SupplierGroupSerializer(serializers.ModelSerializer[SupplierGroup]):
    parent_code = serializers.CharField(source="parent.code", default=None, allow_null=True)

    class Meta:
        model = SupplierGroup
        fields = ["id", "code", "name", "parent_code"]


class SupplierGroupForm(serializers.ModelSerializer[SupplierGroup]):
    parent = optional_code(SupplierGroup)  # type: ignore[assignment]

    class Meta:
        model = SupplierGroup
        fields = ["code", "name", "parent"]
        validators: list[Any] = []


class SupplierGroupViewSet(MasterWriteViewSet):
    """Tree of supplier groups."""

    model = SupplierGroup
    serializer_class = SupplierGroupSerializer
    form = SupplierGroupForm
    required_permission = READ
    action_permissions = CHANGES
    related = ("parent",)
    cursor_ordering = ("code", "id")

    def keep(self, row: SupplierGroup, given: Mapping[str, Any]) -> SupplierGroup:
        return save_group(row, by=self.request.user)


FIELDS = [
    "code", "name", "group", "tax_id", "tax_rate", "payment_days", "bank_name", "bank_account", "contact", "phone",
    "address", "note", "is_active",
]  # fmt: skip


class SupplierSerializer(serializers.ModelSerializer[Supplier]):
    group = serializers.CharField(source="group.code", default=None, allow_null=True)

    class Meta:
        model = Supplier
        fields = ["id", *FIELDS, "dimension_value"]


class SupplierForm(serializers.ModelSerializer[Supplier]):
    group = optional_code(SupplierGroup)

    class Meta:
        model = Supplier
        fields = FIELDS
        validators: list[Any] = []


class SupplierFilter(filters.FilterSet):
    """``text``: code, name, pinyin or tax number."""

    group = filters.CharFilter(field_name="group__code")
    text = filters.CharFilter(method="with_text")

    class Meta:
        model = Supplier
        fields = ["code", "tax_id", "is_active"]

    def with_text(self, queryset: QuerySet[Supplier], name: str, value: str) -> QuerySet[Supplier]:
        return queryset.filter(search_key__contains=plain(value))


class SupplierViewSet(MasterWriteViewSet):
    """Who goods and services are bought from."""

    model = Supplier
    serializer_class = SupplierSerializer
    form = SupplierForm
    filterset_class = SupplierFilter
    required_permission = READ
    action_permissions = CHANGES
    related = ("group",)
    cursor_ordering = ("code", "id")

    def keep(self, row: Supplier, given: Mapping[str, Any]) -> Supplier:
        return save_supplier(row, by=self.request.user)


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("supplier-groups", SupplierGroupViewSet)
    serve("suppliers", SupplierViewSet)
