"""Exports in the API: POST starts one, its job tells the rest."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyScoped
from erp.core.jobs.models import Job
from ledger.interchange import background, standard


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


def register() -> None:
    """Hang exports below /api/v1/."""
    serve("exports", ExportViewSet)
