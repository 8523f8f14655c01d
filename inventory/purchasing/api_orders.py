"""Purchase orders in the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.errors import NotFound
from inventory.items.models import Item, ItemUnit
from inventory.purchasing import api_forms, orders
from inventory.purchasing.api_base import GONE, PurchasingViewSet
from inventory.purchasing.models import PurchaseOrder
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse


class PurchaseOrderViewSet(PurchasingViewSet):
    """Purchase orders with their lines, newest first."""

    model = PurchaseOrder
    serializer_class = api_forms.OrderSerializer
    filterset_class = api_forms.OrderFilter
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "purchasing.enter_order",
        "update": "purchasing.enter_order",
        "destroy": "purchasing.enter_order",
        "copy": "purchasing.enter_order",
        "confirm": "purchasing.confirm_order",
        "confirm_many": "purchasing.confirm_order",
        "close": "purchasing.confirm_order",
        "reopen": "purchasing.confirm_order",
        "cancel": "purchasing.confirm_order",
        "receive": "inventory.enter_document",
    }
    related = ("supplier", "warehouse")
    prefetched = ("lines__item", "lines__unit")
    cursor_ordering = ("-date", "-id")

    @extend_schema(request=api_forms.OrderForm, responses={201: api_forms.OrderSerializer})
    def create(self, request: Request) -> Response:
        """Enter a draft."""
        made = orders.create_order(self.company, self._order(), by=request.user)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=api_forms.OrderForm, responses=api_forms.OrderSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a draft."""
        return self._shown(orders.update_order(self.company, self._key(pk), self._order(), by=request.user).pk)

    @extend_schema(responses={204: GONE})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft."""
        orders.delete_order(self.company, self._key(pk), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={201: api_forms.OrderSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """A new draft with the same lines."""
        return self._shown(orders.copy_order(self.company, self._key(pk), by=request.user).pk, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=api_forms.OrderSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Agreed with the supplier."""
        return self._shown(orders.confirm_order(self.company, self._key(pk), by=request.user).pk)

    @extend_schema(
        operation_id="purchase_orders_confirm_many", request=api_forms.IdsForm, responses=api_forms.OutcomeSerializer
    )
    @action(detail=False, methods=["post"], url_path="confirm")
    def confirm_many(self, request: Request) -> Response:
        """Confirm many."""
        given = self.read(api_forms.IdsForm)
        how = "skip" if given["partial"] else "raise"
        return self._outcome(*orders.confirm_orders(self.company, given["ids"], by=request.user, on_refusal=how))

    @extend_schema(request=None, responses=api_forms.OrderSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Nothing more of it will come."""
        return self._shown(orders.close_order(self.company, self._key(pk), by=request.user).pk)

    @extend_schema(request=None, responses=api_forms.OrderSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take closing back."""
        return self._shown(orders.reopen_order(self.company, self._key(pk), by=request.user).pk)

    @extend_schema(request=None, responses=api_forms.OrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """It will not come at all."""
        return self._shown(orders.cancel_order(self.company, self._key(pk), by=request.user).pk)

    @extend_schema(request=api_forms.ReceiveForm, responses={201: OpenApiResponse(description="id and number")})
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str) -> Response:
        """A purchase receipt of it; confirming needs the permission to confirm stock documents too."""
        given = self.read(api_forms.ReceiveForm)
        if given["confirm"]:
            self.need("inventory.confirm_document")
        lines = given["lines"]
        made = orders.receive(
            self.company,
            self._key(pk),
            by=request.user,
            date=given["date"],
            quantities=None if lines is None else {line["line"]: line["qty"] for line in lines},
            lots={line["line"]: line["lot"] for line in lines or [] if line["lot"] is not None},
            warehouse_id=self._code(Warehouse, given["warehouse"]) if given["warehouse"] else None,
            external_no=given["external_no"],
            confirm=given["confirm"],
        )
        shown = {"id": made.pk, "number": made.number, "status": made.status}
        return Response(shown, status=status.HTTP_201_CREATED)

    def _order(self) -> orders.NewOrder:
        given = self.read(api_forms.OrderForm)
        return orders.NewOrder(
            supplier_id=self._code(Supplier, given["supplier"]),
            date=given["date"],
            lines=[self._line(line) for line in given["lines"]],
            warehouse_id=self._code(Warehouse, given["warehouse"]) if given["warehouse"] else None,
            expected_on=given["expected_on"],
            external_no=given["external_no"],
            note=given["note"],
        )

    def _line(self, line: dict[str, Any]) -> orders.NewOrderLine:
        item_id, unit_id = self._code(Item, line["item"]), None
        if line["unit"]:
            unit = ItemUnit.objects.filter(company=self.company, item_id=item_id, name=line["unit"]).first()
            if unit is None:
                raise NotFound(what=ItemUnit._meta.verbose_name, key=line["unit"])
            unit_id = unit.pk
        return orders.NewOrderLine(
            item_id, line["qty"], line["unit_price"], line["tax_rate"], unit_id, line["unit_qty"], line["note"]
        )
