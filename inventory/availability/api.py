"""Availability and reservations in the API."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from inventory.availability import queries, services
from inventory.availability.models import Reservation
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse

READ = "inventory.view_stock"


class ReservationSerializer(serializers.ModelSerializer[Reservation]):
    item = serializers.CharField(source="item.code")
    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = Reservation
        fields = [
            "id", "item", "warehouse", "qty", "source_type", "source_id", "source_line_id", "document_no", "created_at",
        ]  # fmt: skip


class NewReservationSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    warehouse = serializers.CharField()
    qty = serializers.DecimalField(max_digits=18, decimal_places=6)
    purpose = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)


class ReservationViewSet(CompanyWriteViewSet):
    """Reservations; make one by hand (POST) or release one (``release``)."""

    model = Reservation
    serializer_class = ReservationSerializer
    required_permission = READ
    related = ("item", "warehouse")
    action_permissions = {"create": "inventory.reserve_stock", "release": "inventory.reserve_stock"}

    def create(self, request: Request) -> Response:
        given = self.read(NewReservationSerializer)
        item, warehouse = _item(self.company, given["item"]), _warehouse(self.company, given["warehouse"])
        made = services.reserve_by_hand(
            self.company, item.pk, warehouse.pk, given["qty"], by=request.user, purpose=given["purpose"]
        )
        row = Reservation.objects.select_related("item", "warehouse").get(
            company=self.company, source_type=services.BY_HAND, source_line_id=made.source_line_id
        )
        return Response(ReservationSerializer(row).data, status=201)

    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        services.release(self.company, [int(pk) if pk.isdigit() else 0], by=request.user)
        return Response(status=204)


class ItemAvailabilitySerializer(serializers.Serializer[Any]):
    """Quantities as text, in the item's unit."""

    item = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    on_hand = serializers.CharField()
    reserved = serializers.CharField()
    free = serializers.CharField()
    in_transit = serializers.CharField()
    on_purchase = serializers.CharField()
    on_sales = serializers.CharField()
    to_promise = serializers.CharField()


class AvailabilityViewSet(CompanyWriteViewSet):
    """What can be promised: ``?item=CODE&warehouse=CODE`` (each may be repeated), or ``?q=text``.

    ``schedule?item=CODE`` gives one item day by day.
    """

    model = Item
    serializer_class = ItemAvailabilitySerializer
    required_permission = READ

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        codes, text = request.query_params.getlist("item"), request.query_params.get("q", "")
        items = [_item(self.company, code).pk for code in codes] if codes else None
        rows = queries.availability(self.company, items, self._warehouses(), text=text)
        return Response([_shown(row) for row in rows[:1_000]])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = queries.availability(self.company, [self.get_object().pk], self._warehouses())
        return Response(_shown(rows[0]))

    @action(detail=False, methods=["get"])
    def schedule(self, request: Request) -> Response:
        item = _item(self.company, request.query_params.get("item", ""))
        found = queries.schedule(self.company, item.pk, self._warehouses())
        if found is None:
            raise NotFound(what=Item._meta.verbose_name, key=item.code)
        steps = [
            {
                "date": step.date.isoformat(),
                "source_type": step.source_type,
                "source_id": step.source_id,
                "document_no": step.document_no,
                "qty": str(step.qty),
                "after": str(step.after),
            }
            for step in found.steps
        ]
        return Response({**_shown(found.start), "steps": steps})

    def _warehouses(self) -> Sequence[int] | None:
        codes = self.request.query_params.getlist("warehouse")
        return [_warehouse(self.company, code).pk for code in codes] if codes else None


def _item(company: Any, code: str) -> Item:
    row = Item.objects.filter(company=company, code=code).first()
    if row is None:
        raise NotFound(what=Item._meta.verbose_name, key=code, field="item")
    return row


def _warehouse(company: Any, code: str) -> Warehouse:
    row = Warehouse.objects.filter(company=company, code=code).first()
    if row is None:
        raise NotFound(what=Warehouse._meta.verbose_name, key=code, field="warehouse")
    return row


def _shown(row: queries.Availability) -> dict[str, Any]:
    return {
        "item": row.code,
        "name": row.name,
        "unit": row.unit,
        "on_hand": str(row.on_hand),
        "reserved": str(row.reserved),
        "free": str(row.free),
        "in_transit": str(row.in_transit),
        "on_purchase": str(row.on_purchase),
        "on_sales": str(row.on_sales),
        "to_promise": str(row.to_promise),
    }


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("reservations", ReservationViewSet)
    serve("availability", AvailabilityViewSet)
