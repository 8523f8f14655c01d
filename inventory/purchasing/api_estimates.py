"""The monthly reversal of estimates in the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.errors import NotFound
from inventory.purchasing.api_base import PurchasingViewSet
from inventory.purchasing.estimates import renew_estimates, reverse_estimates
from inventory.purchasing.models import EstimateReversal
from ledger.periods.models import Period

RUN = "inventory.run_costing"


class EstimateSerializer(serializers.ModelSerializer[EstimateReversal]):
    period = serializers.StringRelatedField[Any]()
    document = serializers.IntegerField(source="stock_line.document_id")

    class Meta:
        model = EstimateReversal
        fields = ["id", "period", "document", "stock_line", "qty", "amount", "renewed", "created_at"]


class EstimatePeriodForm(serializers.Serializer[Any]):
    """``period`` as 2025-12."""

    period = serializers.RegexField(r"^\d{4}-\d{2}$")


class ReceiptsSerializer(serializers.Serializer[Any]):
    receipts = serializers.ListField(child=serializers.IntegerField())


class EstimateReversalViewSet(PurchasingViewSet):
    """Estimates taken back at the beginning of a month (月初红冲); ``reverse`` and ``renew`` do a month's step."""

    model = EstimateReversal
    serializer_class = EstimateSerializer
    required_permission = "inventory.view_cost"
    action_permissions: ClassVar[dict[str, str]] = {"reverse": RUN, "renew": RUN}
    related = ("period", "stock_line")

    @extend_schema(request=EstimatePeriodForm, responses=ReceiptsSerializer)
    @action(detail=False, methods=["post"])
    def reverse(self, request: Request) -> Response:
        """On the first day of the period: what earlier receipts estimate and no invoice settled."""
        return Response({"receipts": reverse_estimates(self.company, self._period(), by=request.user)})

    @extend_schema(request=EstimatePeriodForm, responses=ReceiptsSerializer)
    @action(detail=False, methods=["post"])
    def renew(self, request: Request) -> Response:
        """On its last day: what was taken back and has still no invoice."""
        return Response({"receipts": renew_estimates(self.company, self._period(), by=request.user)})

    def _period(self) -> Period:
        given = self.read(EstimatePeriodForm)["period"]
        year, _dash, number = given.partition("-")
        period = Period.objects.filter(company=self.company, year=int(year), number=int(number)).first()
        if period is None:
            raise NotFound(what=Period._meta.verbose_name, key=given)
        return period
