"""Exports in the API: POST starts one, its job tells the rest."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from erp.core.access.permissions import PERMISSION_LABELS
from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyScoped, CompanyViewSet
from erp.core.errors import NotPermitted
from erp.core.jobs.models import Job
from ledger.interchange import archive, background, standard
from ledger.interchange.models import ArchivePackage


class ExportSerializer(serializers.Serializer[Any]):
    """``year`` is needed for the packages of GB/T 24589.1."""

    form = serializers.ChoiceField(choices=background.FORMS)
    year = serializers.IntegerField(required=False, allow_null=True)
    encoding = serializers.ChoiceField(choices=standard.ENCODINGS, default="utf-8")


class StartedSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = ["id", "title", "state"]


class ExportViewSet(CompanyScoped, GenericViewSet[Any]):
    """Export all data, or a package of GB/T 24589.1."""

    required_permission = "ledger.export_data"
    serializer_class = ExportSerializer
    queryset = Job.objects.none()

    @extend_schema(request=ExportSerializer, responses={202: StartedSerializer})
    def create(self, request: Request) -> Response:
        given = ExportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        chosen = given.validated_data
        job = background.start(
            self.company, chosen["form"], by=request.user, year=chosen.get("year"), encoding=chosen["encoding"]
        )
        return Response(StartedSerializer(job).data, status=202)


class ArchiveSerializer(serializers.ModelSerializer[ArchivePackage]):
    class Meta:
        model = ArchivePackage
        fields = ["id", "year", "sha256", "size", "keep_until", "made_at", "manifest"]


class NewArchiveSerializer(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    content = serializers.ChoiceField(choices=archive.CONTENTS, default=archive.BOOKS)


class ArchiveViewSet(CompanyViewSet):
    """Archive packages with their manifests; POST makes one."""

    model = ArchivePackage
    serializer_class = ArchiveSerializer
    required_permission = "ledger.export_data"

    @extend_schema(request=NewArchiveSerializer, responses={202: StartedSerializer})
    def create(self, request: Request) -> Response:
        if not self.access.may("ledger.make_archive"):
            raise NotPermitted(permission=PERMISSION_LABELS["ledger.make_archive"], company=self.company)
        given = NewArchiveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        job = background.start_archive(self.company, **given.validated_data, by=request.user)
        return Response(StartedSerializer(job).data, status=202)


def register() -> None:
    """Hang exports and archives below /api/v1/."""
    serve("exports", ExportViewSet)
    serve("archives", ArchiveViewSet)
