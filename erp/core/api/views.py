"""Base classes of the API's views: one company, one permission, read-only, cursor pages, filters.

A view says ``model``, ``serializer_class``, ``required_permission`` and its filters; everything about whose rows
these are is here, so no view can forget it.
"""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from erp.core.api.company import Access, HoldsPermission, access_of
from erp.core.api.pagination import Pages
from erp.core.api.schema import CompanySchema
from erp.core.companies.models import Company


class CompanyScoped(APIView):
    """A view about one company. ``required_permission`` is a name of ``erp.core.access.permissions``."""

    required_permission: ClassVar[str]
    permission_classes = [IsAuthenticated, HoldsPermission]
    schema = CompanySchema()
    request: Request

    def permission_needed(self) -> str:
        """The permission for this request."""
        return self.required_permission

    @cached_property
    def access(self) -> Access:
        found = access_of(self.request)
        self.request.company = found.company  # type: ignore[attr-defined]  # for filters
        return found

    @property
    def company(self) -> Company:
        return self.access.company


class CompanyViewSet(CompanyScoped, ReadOnlyModelViewSet[Any]):
    """List and detail of one table's rows of one company.

    ``related`` are joined, ``prefetched`` read with one statement each, so a page costs a constant number.
    """

    model: ClassVar[type[Model]]
    related: ClassVar[tuple[str, ...]] = ()
    prefetched: ClassVar[tuple[Any, ...]] = ()
    cursor_ordering: ClassVar[tuple[str, ...]] = ("-id",)
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model._default_manager.order_by(*self.cursor_ordering)
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        rows = rows.filter(company=self.company)
        if self.related:
            rows = rows.select_related(*self.related)
        return rows.prefetch_related(*self.prefetched)


class WithCosts(serializers.Serializer[Any]):
    """Serializer whose ``cost_fields`` are null for users without ``cost_permission``."""

    cost_fields: ClassVar[tuple[str, ...]] = ()
    cost_permission: ClassVar[str]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        view = self.context.get("view")
        if view is None or not view.access.may(self.cost_permission):
            shown.update(dict.fromkeys(self.cost_fields))
        return shown
