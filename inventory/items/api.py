"""The API of items, their units and categories. Costs need ``inventory.view_cost``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.views import WithCosts
from erp.core.pinyin import plain
from inventory.items.api_forms import CodeField, MasterWriteViewSet, optional_code
from inventory.items.method_changes import change_cost_method
from inventory.items.models import CostMethod, Item, ItemCategory, ItemUnit, Tracking
from inventory.items.services import save_category, save_item
from inventory.items.unit_services import NewUnit
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse

READ = "inventory.view_stock"
WRITE = "inventory.manage_item"
COST = "inventory.view_cost"
CHANGES = {"create": WRITE, "partial_update": WRITE}


class CategorySerializer(serializers.ModelSerializer[ItemCategory]):
    parent_code = serializers.CharField(source="parent.code", default=None, allow_null=True)

    class Meta:
        model = ItemCategory
        fields = ["id", "code", "name", "parent_code", "service_type"]


class CategoryForm(serializers.ModelSerializer[ItemCategory]):
    parent = optional_code(ItemCategory)  # type: ignore[assignment]

    class Meta:
        model = ItemCategory
        fields = ["code", "name", "parent", "service_type"]
        validators: list[Any] = []


class CategoryViewSet(MasterWriteViewSet):
    """Tree of item categories."""

    model = ItemCategory
    serializer_class = CategorySerializer
    form = CategoryForm
    required_permission = READ
    action_permissions = CHANGES
    related = ("parent",)
    cursor_ordering = ("code", "id")

    def keep(self, row: ItemCategory, given: Mapping[str, Any]) -> ItemCategory:
        return save_category(row, by=self.request.user)


class UnitSerializer(serializers.ModelSerializer[ItemUnit]):
    class Meta:
        model = ItemUnit
        fields = ["name", "factor", "barcode"]


class ItemSerializer(WithCosts, serializers.ModelSerializer[Item]):
    category = serializers.CharField(source="category.code")
    units = UnitSerializer(many=True)
    default_warehouse = serializers.CharField(source="default_warehouse.code", default=None, allow_null=True)
    default_supplier = serializers.CharField(source="default_supplier.code", default=None, allow_null=True)
    cost_fields = ("reference_cost", "standard_cost", "purchase_price")
    cost_permission = COST

    class Meta:
        model = Item
        fields = [
            "id", "code", "name", "category", "kind", "unit", "spec", "barcode", "tax_rate", "cost_method",
            "reference_cost", "standard_cost", "purchase_price", "tracking", "has_expiry", "shelf_life_days",
            "may_go_negative", "safety_stock", "maximum_stock", "default_warehouse", "default_supplier", "weight",
            "volume", "units", "is_active", "dimension_value",
        ]  # fmt: skip


class UnitForm(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=12)
    factor = serializers.DecimalField(18, 6)
    barcode = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class ItemForm(serializers.ModelSerializer[Item]):
    """``units`` given: all other units of the item; left out: they stay."""

    category = CodeField(ItemCategory)
    default_warehouse = optional_code(Warehouse)
    default_supplier = optional_code(Supplier)
    barcode = serializers.CharField(max_length=60, required=False, allow_blank=True)
    tracking = serializers.ChoiceField(Tracking.choices, required=False, allow_blank=True)
    units = UnitForm(many=True, required=False)

    class Meta:
        model = Item
        fields = [
            "code", "name", "category", "kind", "unit", "spec", "barcode", "tax_rate", "cost_method",
            "reference_cost", "standard_cost", "purchase_price", "tracking", "has_expiry", "shelf_life_days",
            "may_go_negative", "safety_stock", "maximum_stock", "default_warehouse", "default_supplier", "weight",
            "volume", "units", "is_active",
        ]  # fmt: skip
        validators: list[Any] = []


class MethodForm(serializers.Serializer[Any]):
    cost_method = serializers.ChoiceField(CostMethod.choices)
    date = serializers.DateField()
    reason = serializers.CharField(max_length=200)
    standard_cost = serializers.DecimalField(
        24, 10, required=False, allow_null=True, default=None, min_value=Decimal(0)
    )


class ItemFilter(filters.FilterSet):
    """``text``: code, name, pinyin; ``barcode``: of the item or of one of its units, exactly."""

    category = filters.CharFilter(field_name="category__code")
    text = filters.CharFilter(method="with_text")
    barcode = filters.CharFilter(method="with_barcode")

    class Meta:
        model = Item
        fields = ["code", "kind", "is_active", "cost_method", "tracking"]

    def with_text(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return queryset.filter(search_key__contains=plain(value))

    def with_barcode(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        units = ItemUnit.objects.filter(barcode=value).exclude(barcode="").values("item")
        return queryset.filter(Q(barcode=value) | Q(pk__in=units))


class ItemViewSet(MasterWriteViewSet):
    """Goods and services with their units, in order of code. ``cost-method`` costs one otherwise from a date on."""

    model = Item
    serializer_class = ItemSerializer
    form = ItemForm
    filterset_class = ItemFilter
    required_permission = READ
    action_permissions = {**CHANGES, "cost_method": "inventory.adjust_cost"}
    related = ("category", "default_warehouse", "default_supplier")
    prefetched = ("units",)
    cursor_ordering = ("code", "id")

    def keep(self, row: Item, given: Mapping[str, Any]) -> Item:
        units = None
        if "units" in given:
            units = [NewUnit(unit["name"], unit["factor"], unit.get("barcode", "")) for unit in given["units"]]
        return save_item(row, by=self.request.user, units=units)

    @action(detail=True, methods=["post"], url_path="cost-method")
    def cost_method(self, request: Request, pk: str) -> Response:
        given = self.read(MethodForm)
        method = given.pop("cost_method")
        item_id = int(pk) if pk.isdigit() else 0
        change_cost_method(self.company, item_id, method, by=request.user, **given)
        return self.answer(item_id, 200)


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("item-categories", CategoryViewSet)
    serve("items", ItemViewSet)
