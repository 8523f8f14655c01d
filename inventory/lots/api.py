"""The API of lots: list, new ones, their dates, and which to take first."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from inventory.items.api_forms import CodeField
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.lots.queries import suggest_lots
from inventory.lots.services import ensure_lots, save_lot
from inventory.warehouses.models import Warehouse

WRITE = "inventory.enter_document"


class LotSerializer(serializers.ModelSerializer[Lot]):
    item = serializers.CharField(source="item.code")

    class Meta:
        model = Lot
        fields = ["id", "item", "number", "produced_on", "expires_on", "note", "created_at"]


class NewLotForm(serializers.Serializer[Any]):
    item = CodeField(Item)
    number = serializers.CharField(max_length=60)
    produced_on = serializers.DateField(required=False, allow_null=True, default=None)
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)


class LotForm(serializers.ModelSerializer[Lot]):
    class Meta:
        model = Lot
        fields = ["produced_on", "expires_on", "note"]


class SuggestForm(serializers.Serializer[Any]):
    item = CodeField(Item)
    warehouse = CodeField(Warehouse)
    qty = serializers.DecimalField(18, 6, min_value=Decimal(0))
    on = serializers.DateField()


class LotFilter(filters.FilterSet):
    item = filters.CharFilter(field_name="item__code")

    class Meta:
        model = Lot
        fields = {"number": ["exact"], "expires_on": ["exact", "gte", "lte"]}


class LotViewSet(CompanyWriteViewSet):
    """Lots and serial numbers. POST makes one or finds it; ``suggest`` (POST) tells which to take, first to expire
    first, with what is short and what has expired."""

    model = Lot
    serializer_class = LotSerializer
    filterset_class = LotFilter
    required_permission = "inventory.view_stock"
    action_permissions = {
        "create": WRITE,
        "partial_update": "inventory.manage_item",
        "suggest": "inventory.view_stock",
    }
    related = ("item",)
    cursor_ordering = ("-id",)

    def create(self, request: Request) -> Response:
        given = self.read(NewLotForm)
        row = (given["item"].pk, given["number"], given["produced_on"], given["expires_on"])
        (lot_id,) = ensure_lots(self.company, [row]).values()
        return Response(LotSerializer(Lot.objects.select_related("item").get(pk=lot_id)).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        rows = Lot.objects.filter(company=self.company).select_related("item")
        lot = get_object_or_404(rows, pk=int(pk) if pk.isdigit() else 0)
        for name, value in self.read(LotForm, partial=True).items():
            setattr(lot, name, value)
        return Response(LotSerializer(save_lot(lot, by=request.user)).data)

    @action(detail=False, methods=["post"])
    def suggest(self, request: Request) -> Response:
        given = self.read(SuggestForm)
        on: dt.date = given["on"]
        found = suggest_lots(self.company.pk, given["item"].pk, given["warehouse"].pk, given["qty"], on)
        lots = [
            {"id": lot.pk, "number": lot.number, "expires_on": lot.expires_on, "qty": str(qty)}
            for lot, qty in found.parts
        ]
        return Response({"lots": lots, "short": str(found.short), "expired": str(found.expired)})


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("lots", LotViewSet)
