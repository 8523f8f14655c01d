"""Stock documents in the API: read, enter, change, delete, confirm one or many, reverse. The refusals of the pages."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from inventory.documents.api_forms import (
    COST,
    StockBulkSerializer,
    StockDocumentFilter,
    StockDocumentForm,
    StockDocumentSerializer,
    StockIdsForm,
    StockReverseForm,
    new_document,
)
from inventory.documents.attachments import remove_all
from inventory.documents.bulk import confirm_each
from inventory.documents.confirm import confirm, create_confirmed
from inventory.documents.drafts import create_document, delete_draft, update_draft
from inventory.documents.kinds import KINDS
from inventory.documents.models import StockDocument
from inventory.documents.reverse import reverse
from inventory.documents.shapes import SHAPES

READ = "inventory.view_stock"


class StockDocumentViewSet(CompanyWriteViewSet):
    """Stock documents of every kind with their lines, newest first."""

    model = StockDocument
    serializer_class = StockDocumentSerializer
    filterset_class = StockDocumentFilter
    required_permission = READ
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "inventory.enter_document",
        "update": "inventory.enter_document",
        "destroy": "inventory.enter_document",
        "confirm": "inventory.view_stock",  # and that of its kind
        "bulk_confirm": "inventory.view_stock",  # and those of their kinds
        "reverse": "inventory.reverse_document",
    }
    related = ("warehouse", "to_warehouse", "party", "department")
    prefetched = ("lines__item", "lines__unit", "lines__lot", "lines__bin", "lines__to_bin")
    cursor_ordering = ("-date", "-id")

    @extend_schema(request=StockDocumentForm, responses={201: StockDocumentSerializer})
    def create(self, request: Request) -> Response:
        """Enter a document as a draft, or with ``confirm`` enter and confirm it in one transaction."""
        given = self._given()
        new = new_document(self.company, given)
        if not given["confirm"]:
            return self._shown(create_document(self.company, new, by=request.user).pk, status.HTTP_201_CREATED)
        self.need(KINDS[given["kind"]].permission)
        (made,) = create_confirmed(self.company, [new], by=request.user)
        assert isinstance(made, int)
        return self._shown(made, status.HTTP_201_CREATED)

    @extend_schema(request=StockDocumentForm, responses=StockDocumentSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace head and lines of a draft."""
        document, given = self._document(pk), self._given()
        new = new_document(self.company, given)
        new.source_type, new.source_id = document.source_type, document.source_id
        update_draft(self.company, document.pk, new, by=request.user)
        if given["confirm"]:
            self.need(KINDS[document.kind].permission)
            confirm(self.company, document.pk, by=request.user)
        return self._shown(document.pk)

    @extend_schema(responses={204: OpenApiResponse(description="The draft is gone with its files.")})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft."""
        document = self._document(pk)
        remove_all(document)
        delete_draft(self.company, document.pk, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=StockDocumentSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Confirm a draft: goods move, their cost is fixed, the ledger is told."""
        document = self._document(pk)
        self.need(KINDS[document.kind].permission)
        confirm(self.company, document.pk, by=request.user)
        return self._shown(document.pk)

    @extend_schema(request=StockIdsForm, responses=StockBulkSerializer)
    @action(detail=False, methods=["post"], url_path="bulk-confirm")
    def bulk_confirm(self, request: Request) -> Response:
        """Confirm many drafts; one that is refused stays a draft and the others go on."""
        given = self.read(StockIdsForm)
        outcomes = confirm_each(self.company, given["ids"], by=request.user, may=self.access.may)
        results = [
            {
                "id": row.id,
                "number": row.document.number if row.document else None,
                "status": row.document.status if row.document else None,
                "refusal": row.refusal.as_dict() if row.refusal else None,
            }
            for row in outcomes
        ]
        refused = sum(row.refusal is not None for row in outcomes)
        return Response({"confirmed": len(outcomes) - refused, "refused": refused, "results": results})

    @extend_schema(request=StockReverseForm, responses={201: StockDocumentSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Reverse a confirmed document: without ``date`` on its own date, as if it had never been entered."""
        given = self.read(StockReverseForm)
        made = reverse(self.company, self._document(pk).pk, by=request.user, date=given["date"])
        return self._shown(made.pk, status.HTTP_201_CREATED)

    def _given(self) -> Any:
        given = self.read(StockDocumentForm)
        self.need(SHAPES[given["kind"]].permission)
        if any(line[name] is not None for line in given["lines"] for name in ("unit_cost", "amount")):
            self.need(COST)
        return given

    def _document(self, pk: str) -> StockDocument:
        found = StockDocument.objects.filter(company=self.company, pk=pk).first() if str(pk).isdigit() else None
        if found is None:
            raise NotFound(what=StockDocument._meta.verbose_name, key=pk)
        return found

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        row = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(row).data, status=code)


def register() -> None:
    """Hang stock documents below /api/v1/."""
    serve("stock-documents", StockDocumentViewSet)
