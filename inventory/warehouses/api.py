"""The API of warehouses and bins."""

from collections.abc import Mapping
from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from erp.core.api.registry import register as serve
from inventory.items.api_forms import CodeField, CodeTaken, MasterWriteViewSet
from inventory.warehouses.models import Bin, Warehouse
from inventory.warehouses.services import save_bin, save_warehouse

READ = "inventory.view_stock"
CHANGES = {"create": "inventory.manage_item", "partial_update": "inventory.manage_item"}


class WarehouseSerializer(serializers.ModelSerializer[Warehouse]):
    class Meta:
        model = Warehouse
        fields = ["id", "code", "name", "kind", "has_bins", "is_active", "dimension_value"]


class WarehouseForm(serializers.ModelSerializer[Warehouse]):
    class Meta:
        model = Warehouse
        fields = ["code", "name", "kind", "has_bins", "is_active"]
        validators: list[Any] = []


class WarehouseViewSet(MasterWriteViewSet):
    """Places where stock lies."""

    model = Warehouse
    serializer_class = WarehouseSerializer
    form = WarehouseForm
    required_permission = READ
    action_permissions = CHANGES
    cursor_ordering = ("code", "id")

    def keep(self, row: Warehouse, given: Mapping[str, Any]) -> Warehouse:
        return save_warehouse(row, by=self.request.user)


class BinSerializer(serializers.ModelSerializer[Bin]):
    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = Bin
        fields = ["id", "warehouse", "code", "name", "is_active"]


class BinForm(serializers.ModelSerializer[Bin]):
    warehouse = CodeField(Warehouse)

    class Meta:
        model = Bin
        fields = ["warehouse", "code", "name", "is_active"]
        validators: list[Any] = []


class BinFilter(filters.FilterSet):
    warehouse = filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = Bin
        fields = ["code", "is_active"]


class BinViewSet(MasterWriteViewSet):
    """Places inside warehouses."""

    model = Bin
    serializer_class = BinSerializer
    form = BinForm
    filterset_class = BinFilter
    required_permission = READ
    action_permissions = CHANGES
    related = ("warehouse",)
    cursor_ordering = ("warehouse__code", "code", "id")

    def refuse_taken(self, row: Bin, given: Mapping[str, Any]) -> None:
        if Bin.objects.filter(warehouse=given["warehouse"], code__iexact=row.code).exists():
            raise CodeTaken(field="code", key=row.code)

    def keep(self, row: Bin, given: Mapping[str, Any]) -> Bin:
        return save_bin(row, by=self.request.user)


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("warehouses", WarehouseViewSet)
    serve("bins", BinViewSet)
