"""Inventory in the API: items, warehouses, stock on hand, moves and documents. Costs need ``inventory.view_cost``."""

from django_filters import rest_framework as filters
from rest_framework import serializers

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet, WithCosts
from inventory.availability import api as availability_api
from inventory.costing import api as costing_api
from inventory.counts import api as counts_api
from inventory.documents import api as documents_api
from inventory.items import api as items_api
from inventory.lots import api as lots_api
from inventory.moves.models import StockBalance, StockMove
from inventory.purchasing import api as purchasing_api
from inventory.suppliers import api as suppliers_api
from inventory.warehouses import api as warehouses_api

READ = "inventory.view_stock"
COST = "inventory.view_cost"


class StockBalanceSerializer(WithCosts, serializers.ModelSerializer[StockBalance]):
    item = serializers.CharField(source="item.code")
    item_name = serializers.CharField(source="item.name")
    unit = serializers.CharField(source="item.unit")
    warehouse = serializers.CharField(source="warehouse.code")
    value = serializers.DecimalField(18, 2, allow_null=True)
    last_cost = serializers.DecimalField(24, 10, allow_null=True)
    cost_fields = ("value", "last_cost")
    cost_permission = COST

    class Meta:
        model = StockBalance
        fields = ["id", "item", "item_name", "unit", "warehouse", "qty", "reserved", "value", "last_cost"]


class StockBalanceFilter(filters.FilterSet):
    item = filters.CharFilter(field_name="item__code")
    warehouse = filters.CharFilter(field_name="warehouse__code")
    category = filters.CharFilter(field_name="item__category__code")
    text = filters.CharFilter(field_name="item__search_key", lookup_expr="icontains")

    class Meta:
        model = StockBalance
        fields = {"qty": ["exact", "gt", "lt"]}


class StockBalanceViewSet(CompanyViewSet):
    """Stock on hand by item and warehouse."""

    model = StockBalance
    serializer_class = StockBalanceSerializer
    filterset_class = StockBalanceFilter
    required_permission = READ
    related = ("item", "warehouse")
    cursor_ordering = ("item__code", "id")


class StockMoveSerializer(WithCosts, serializers.ModelSerializer[StockMove]):
    item = serializers.CharField(source="item.code")
    warehouse = serializers.CharField(source="warehouse.code")
    document_number = serializers.CharField(source="document.number")
    unit_cost = serializers.DecimalField(24, 10, allow_null=True)
    value = serializers.DecimalField(18, 2, allow_null=True)
    cost_fields = ("unit_cost", "value")
    cost_permission = COST

    class Meta:
        model = StockMove
        fields = [
            "id", "item", "warehouse", "date", "kind", "qty", "unit_cost", "value", "document", "document_number",
            "document_line", "reversal_of", "created_at",
        ]  # fmt: skip


class StockMoveFilter(filters.FilterSet):
    item = filters.CharFilter(field_name="item__code")
    warehouse = filters.CharFilter(field_name="warehouse__code")
    document = filters.NumberFilter(field_name="document_id")

    class Meta:
        model = StockMove
        fields = {"kind": ["exact"], "date": ["exact", "gte", "lte"]}


class StockMoveViewSet(CompanyViewSet):
    """Stock moves, newest first."""

    model = StockMove
    serializer_class = StockMoveSerializer
    filterset_class = StockMoveFilter
    required_permission = READ
    related = ("item", "warehouse", "document")


def register() -> None:
    """Hang inventory's part below /api/v1/."""
    serve("stock-balances", StockBalanceViewSet)
    serve("stock-moves", StockMoveViewSet)
    for subject in (
        items_api,
        warehouses_api,
        availability_api,
        costing_api,
        counts_api,
        documents_api,
        lots_api,
        purchasing_api,
        suppliers_api,
    ):
        subject.register()
