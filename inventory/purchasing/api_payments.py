"""Supplier payments and their allocation in the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.purchasing import allocations, api_forms, payments
from inventory.purchasing.api_base import GONE, PurchasingViewSet
from inventory.purchasing.models import PayableAllocation, SupplierPayment
from inventory.suppliers.models import Supplier
from ledger.dimensions.models import DimensionValue


class SupplierPaymentViewSet(PurchasingViewSet):
    """Supplier payments and refunds with what they settle, newest first."""

    model = SupplierPayment
    serializer_class = api_forms.PaymentSerializer
    filterset_class = api_forms.PaymentFilter
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "purchasing.enter_payment",
        "update": "purchasing.enter_payment",
        "destroy": "purchasing.enter_payment",
        "confirm": "purchasing.confirm_payment",
        "confirm_many": "purchasing.confirm_payment",
        "reverse": "purchasing.confirm_payment",
    }
    related = ("supplier", "bank_account")
    prefetched = ("allocations__supplier",)
    cursor_ordering = ("-date", "-id")

    @extend_schema(request=api_forms.PaymentForm, responses={201: api_forms.PaymentSerializer})
    def create(self, request: Request) -> Response:
        """Enter a draft with what it will settle."""
        made = payments.create_payment(self.company, self._payment(), by=request.user)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=api_forms.PaymentForm, responses=api_forms.PaymentSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a draft; its kind stays."""
        return self._shown(payments.update_payment(self.company, self._key(pk), self._payment(), by=request.user).pk)

    @extend_schema(responses={204: GONE})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft."""
        payments.delete_payment(self.company, self._key(pk), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=api_forms.PaymentSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The money has moved."""
        return self._shown(payments.confirm_payment(self.company, self._key(pk), by=request.user).pk)

    @extend_schema(
        operation_id="supplier_payments_confirm_many", request=api_forms.IdsForm, responses=api_forms.OutcomeSerializer
    )
    @action(detail=False, methods=["post"], url_path="confirm")
    def confirm_many(self, request: Request) -> Response:
        """Confirm many."""
        given = self.read(api_forms.IdsForm)
        how: Any = "skip" if given["partial"] else "raise"
        outcome = payments.confirm_payments(self.company, given["ids"], by=request.user, on_refusal=how)
        return self._outcome(outcome.confirmed, outcome.refused)

    @extend_schema(request=api_forms.DayForm, responses={201: api_forms.PaymentSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Reverse a confirmed payment; the answer is the reversing one."""
        day = self.read(api_forms.DayForm)["date"]
        made = payments.reverse_payment(self.company, self._key(pk), by=request.user, date=day)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    def _payment(self) -> payments.NewPayment:
        given = self.read(api_forms.PaymentForm)
        bank, shares = given["bank_account"], given["shares"]
        return payments.NewPayment(
            supplier_id=self._code(Supplier, given["supplier"]),
            date=given["date"],
            amount=given["amount"],
            kind=given["kind"],
            discount=given["discount"],
            bank_account_id=self._code(DimensionValue, bank, dimension_type__code="bank_account") if bank else None,
            settlement_no=given["settlement_no"],
            shares=None if shares is None else [payments.Share(s["invoice"], s["amount"]) for s in shares],
            note=given["note"],
        )


class PayableAllocationViewSet(PurchasingViewSet):
    """What settled what, newest first. POST settles; ``automatic``, ``write-off``, and ``undo`` of one."""

    model = PayableAllocation
    serializer_class = api_forms.AllocationSerializer
    filterset_class = api_forms.AllocationFilter
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "purchasing.allocate_payment",
        "automatic": "purchasing.allocate_payment",
        "write_off": "purchasing.allocate_payment",
        "undo": "purchasing.allocate_payment",
    }
    related = ("supplier",)

    @extend_schema(request=api_forms.AllocateForm, responses={201: api_forms.AllocationSerializer(many=True)})
    def create(self, request: Request) -> Response:
        """Settle invoices with payments and red invoices, many to many."""
        given = self.read(api_forms.AllocateForm)
        pairs = [
            allocations.NewAllocation(pair["invoice"], pair["payment"], pair["credit"], pair["amount"])
            for pair in given["pairs"]
        ]
        return self._made(allocations.allocate(self.company, pairs, by=request.user, date=given["date"]))

    @extend_schema(request=api_forms.AutomaticForm, responses={201: api_forms.AllocationSerializer(many=True)})
    @action(detail=False, methods=["post"])
    def automatic(self, request: Request) -> Response:
        """Settle what is open of a supplier, what is due first at first."""
        given = self.read(api_forms.AutomaticForm)
        made = allocations.allocate_automatically(
            self.company,
            self._code(Supplier, given["supplier"]),
            by=request.user,
            date=given["date"],
            payment_ids=given["payments"],
            invoice_ids=given["invoices"],
        )
        return self._made(made)

    @extend_schema(request=api_forms.WriteOffForm, responses={201: api_forms.AllocationSerializer})
    @action(detail=False, methods=["post"], url_path="write-off")
    def write_off(self, request: Request) -> Response:
        """What can never be paid, or a difference of cents."""
        given = self.read(api_forms.WriteOffForm)
        invoice_id = given.pop("invoice")
        made = allocations.write_off(self.company, invoice_id, by=request.user, **given)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=api_forms.DayForm, responses={201: api_forms.AllocationSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take it back; the answer is the row that does."""
        day = self.read(api_forms.DayForm)["date"]
        made = allocations.undo_allocation(self.company, self._key(pk), by=request.user, date=day)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    def _made(self, ids: list[int]) -> Response:
        rows = self.get_queryset().filter(pk__in=ids).order_by("pk")
        return Response(self.get_serializer(rows, many=True).data, status=status.HTTP_201_CREATED)
