"""What the views of purchasing share: records by code, drafts as answers, outcomes of many."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import OpenApiResponse
from rest_framework import status
from rest_framework.response import Response

from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import DomainError, NotFound

READ = "purchasing.view_document"
GONE = OpenApiResponse(description="The draft is gone.")


class PurchasingViewSet(CompanyWriteViewSet):
    """What the documents of purchasing share."""

    required_permission = READ

    def _key(self, pk: str) -> int:
        return int(pk) if pk.isdigit() else 0

    def _code(self, model: type[Model], code: str, **more: Any) -> int:
        found = model._default_manager.filter(company=self.company, code=code, **more).values_list("pk", flat=True)
        if not found:
            raise NotFound(what=model._meta.verbose_name, key=code)
        return int(found[0])

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)

    def _outcome(self, done: list[int], refused: Mapping[int, DomainError]) -> Response:
        shown = [{"id": pk, **error.as_dict()} for pk, error in refused.items()]
        return Response({"done": done, "refused": shown})
