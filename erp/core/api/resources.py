"""The ground floor in the API: who I am, my companies, jobs, import runs."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from erp.core.access.permissions import permissions_of
from erp.core.api.company import memberships_of
from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet
from erp.core.companies.models import Company
from erp.core.imports.models import ImportRowIssue, ImportRun
from erp.core.jobs.models import Job


class CompanySerializer(serializers.ModelSerializer[Company]):
    """A company of mine, with what I may do there."""

    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Company
        fields = [
            "code", "name", "standard", "currency", "first_period", "taxpayer", "voucher_words", "grni_policy",
            "delivery_policy", "revenue_policy", "purchase_variance_policy", "purchase_freight_policy",
            "purchase_return_vat", "cost_pool", "roles", "permissions",
        ]  # fmt: skip
        read_only_fields = fields


class CompanyList(ViewSet):
    """Companies in which I hold a role."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="companies_list", responses=CompanySerializer(many=True))
    def list(self, request: Request) -> Response:
        rows = []
        for company, roles in memberships_of(request.user).values():
            company.roles, company.permissions = sorted(roles), sorted(permissions_of(roles))  # type: ignore[attr-defined]
            rows.append(company)
        return Response(CompanySerializer(rows, many=True).data)


class JobSerializer(serializers.ModelSerializer[Job]):
    percent = serializers.IntegerField(read_only=True)
    started_by = serializers.StringRelatedField[Any]()

    class Meta:
        model = Job
        fields = [
            "id", "kind", "title", "state", "done", "total", "percent", "message", "outcome", "started_by",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip


class JobFilter(filters.FilterSet):
    class Meta:
        model = Job
        fields = {"kind": ["exact"], "state": ["exact"], "created_at": ["gte", "lte"]}


class JobViewSet(CompanyViewSet):
    """Long work: its progress and outcome."""

    model = Job
    serializer_class = JobSerializer
    filterset_class = JobFilter
    required_permission = "core.view_job"
    related = ("started_by",)


class RowIssueSerializer(serializers.ModelSerializer[ImportRowIssue]):
    class Meta:
        model = ImportRowIssue
        fields = ["row_no", "field", "code", "message", "is_refusal", "cells"]


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    profile = serializers.CharField(source="profile.code")
    started_by = serializers.StringRelatedField[Any]()

    class Meta:
        model = ImportRun
        fields = [
            "id", "profile", "job", "file_name", "file_sha256", "is_dry_run", "summary", "started_by", "created_at",
            "finished_at",
        ]  # fmt: skip


class ImportRunFilter(filters.FilterSet):
    profile = filters.CharFilter(field_name="profile__code")

    class Meta:
        model = ImportRun
        fields = {"is_dry_run": ["exact"], "created_at": ["gte", "lte"]}


class ImportRunViewSet(CompanyViewSet):
    """Files that were read, and what became of their rows."""

    model = ImportRun
    serializer_class = ImportRunSerializer
    filterset_class = ImportRunFilter
    required_permission = "core.run_import"
    related = ("profile", "started_by")


class RowIssueFilter(filters.FilterSet):
    run = filters.NumberFilter(field_name="run_id")

    class Meta:
        model = ImportRowIssue
        fields = {"is_refusal": ["exact"], "code": ["exact"]}


class RowIssueViewSet(CompanyViewSet):
    """Rows of files that ended in no document, each with its reason."""

    model = ImportRowIssue
    serializer_class = RowIssueSerializer
    filterset_class = RowIssueFilter
    required_permission = "core.run_import"
    cursor_ordering = ("run_id", "row_no", "id")


def register() -> None:
    """Hang the ground floor's part below /api/v1/."""
    serve("companies", CompanyList)
    serve("jobs", JobViewSet)
    serve("import-runs", ImportRunViewSet)
    serve("import-issues", RowIssueViewSet)
