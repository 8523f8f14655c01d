"""Supplier invoices in the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.items.models import Item
from inventory.purchasing import api_forms, certify, invoices, matching
from inventory.purchasing.api_base import GONE, PurchasingViewSet
from inventory.purchasing.invoice_confirm import confirm_invoices
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.models import SupplierInvoice
from inventory.suppliers.models import Supplier


class SupplierInvoiceViewSet(PurchasingViewSet):
    """Supplier invoices, blue and red, with lines and matches, newest first."""

    model = SupplierInvoice
    serializer_class = api_forms.InvoiceSerializer
    filterset_class = api_forms.InvoiceFilter
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "purchasing.enter_invoice",
        "update": "purchasing.enter_invoice",
        "destroy": "purchasing.enter_invoice",
        "of_receipts": "purchasing.enter_invoice",
        "confirm": "purchasing.confirm_invoice",
        "confirm_many": "purchasing.confirm_invoice",
        "certify": "purchasing.confirm_invoice",
        "reverse": "purchasing.confirm_invoice",
    }
    related = ("supplier",)
    prefetched = ("lines__item", "lines__matches__stock_line")
    cursor_ordering = ("-date", "-id")

    @extend_schema(request=api_forms.InvoiceForm, responses={201: api_forms.InvoiceSerializer})
    def create(self, request: Request) -> Response:
        """Enter a draft; lines of goods name what they are matched with."""
        made = invoices.create_invoice(self.company, self._invoice(), by=request.user)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=api_forms.InvoiceForm, responses=api_forms.InvoiceSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a draft; its kind stays."""
        return self._shown(invoices.update_invoice(self.company, self._key(pk), self._invoice(), by=request.user).pk)

    @extend_schema(responses={204: GONE})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft."""
        invoices.delete_invoice(self.company, self._key(pk), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=api_forms.OfReceiptsForm, responses={201: api_forms.InvoiceSerializer})
    @action(detail=False, methods=["post"], url_path="of-receipts")
    def of_receipts(self, request: Request) -> Response:
        """An invoice of receipts (of returns: a red one), matched, and confirmed unless ``confirm`` is false."""
        given = self.read(api_forms.OfReceiptsForm)
        if given["confirm"]:
            self.need("purchasing.confirm_invoice")
        made = matching.invoice_receipts(
            self.company,
            given["receipts"],
            by=request.user,
            date=given["date"],
            invoice_no=given["invoice_no"],
            lines=None if given["lines"] is None else [self._line(line) for line in given["lines"]],
            is_deductible=given["is_deductible"],
            is_certified=given["is_certified"],
            confirm=given["confirm"],
        )
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=api_forms.InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Settle the estimates of what it is matched with; the payable stands."""
        confirm_invoices(self.company, [self._key(pk)], by=request.user)
        return self._shown(self._key(pk))

    @extend_schema(
        operation_id="supplier_invoices_confirm_many", request=api_forms.IdsForm, responses=api_forms.OutcomeSerializer
    )
    @action(detail=False, methods=["post"], url_path="confirm")
    def confirm_many(self, request: Request) -> Response:
        """Confirm many."""
        given = self.read(api_forms.IdsForm)
        how: Any = "skip" if given["partial"] else "raise"
        outcome = confirm_invoices(self.company, given["ids"], by=request.user, on_refusal=how)
        return self._outcome(outcome.confirmed, outcome.refused)

    @extend_schema(request=api_forms.IdsForm, responses=api_forms.OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def certify(self, request: Request) -> Response:
        """The tax of invoices that waited becomes input VAT on ``date``."""
        given = self.read(api_forms.IdsForm)
        done = certify.certify_invoices(self.company, given["ids"], by=request.user, date=given["date"])
        return self._outcome(done, {})

    @extend_schema(request=api_forms.DayForm, responses={201: api_forms.InvoiceSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Reverse a confirmed invoice; the answer is the reversing one."""
        day = self.read(api_forms.DayForm)["date"]
        made = reverse_invoice(self.company, self._key(pk), by=request.user, date=day)
        return self._shown(made.pk, status.HTTP_201_CREATED)

    def _invoice(self) -> invoices.NewInvoice:
        given = self.read(api_forms.InvoiceForm)
        return invoices.NewInvoice(
            supplier_id=self._code(Supplier, given["supplier"]),
            date=given["date"],
            lines=[self._line(line) for line in given["lines"]],
            kind=given["kind"],
            invoice_no=given["invoice_no"],
            due_on=given["due_on"],
            of_invoice_id=given["of_invoice"],
            is_deductible=given["is_deductible"],
            is_certified=given["is_certified"],
            note=given["note"],
        )

    def _line(self, line: dict[str, Any]) -> invoices.NewInvoiceLine:
        return invoices.NewInvoiceLine(
            item_id=self._code(Item, line["item"]) if line["item"] else None,
            qty=line["qty"],
            unit_price=line["unit_price"],
            tax_rate=line["tax_rate"],
            net=line["net"],
            tax=line["tax"],
            description=line["description"],
            matches=[invoices.NewMatch(match["stock_line"], match["qty"]) for match in line["matches"]],
        )
