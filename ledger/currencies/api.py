"""Currencies and exchange rates in the API."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from ledger.currencies import services
from ledger.currencies.models import Currency, ExchangeRate, RateKind


class CurrencySerializer(serializers.ModelSerializer[Currency]):
    class Meta:
        model = Currency
        fields = ["id", "code", "name", "name_en", "is_active"]
        extra_kwargs: ClassVar[dict[str, Any]] = {"code": {"validators": []}}


class CurrencyFilter(filters.FilterSet):
    class Meta:
        model = Currency
        fields = ["code", "is_active"]


class CurrencyViewSet(CompanyWriteViewSet):
    """Foreign currencies of the company."""

    model = Currency
    serializer_class = CurrencySerializer
    filterset_class = CurrencyFilter
    required_permission = "ledger.view_account"
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "ledger.manage_currency",
        "update": "ledger.manage_currency",
        "destroy": "ledger.manage_currency",
    }
    cursor_ordering = ("code", "id")

    @extend_schema(request=CurrencySerializer, responses={201: CurrencySerializer})
    def create(self, request: Request) -> Response:
        """Add a currency."""
        saved = services.save_currency(self.company, **self.read(CurrencySerializer))
        return Response(CurrencySerializer(saved).data, status=201)

    @extend_schema(request=CurrencySerializer, responses=CurrencySerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Change names and use of a currency; its code stays."""
        currency = get_object_or_404(Currency, company=self.company, pk=pk)
        saved = services.save_currency(self.company, currency=currency, **self.read(CurrencySerializer))
        return Response(CurrencySerializer(saved).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a currency that nothing names."""
        services.delete_currency(get_object_or_404(Currency, company=self.company, pk=pk))
        return Response(status=204)


class RateSerializer(serializers.ModelSerializer[ExchangeRate]):
    currency = serializers.CharField(source="currency.code")

    class Meta:
        model = ExchangeRate
        fields = ["id", "currency", "kind", "date", "rate"]


class RateForm(serializers.Serializer[Any]):
    currency = serializers.CharField(max_length=3)
    kind = serializers.ChoiceField(RateKind.choices, default=RateKind.BOOKING)
    date = serializers.DateField()
    rate = serializers.DecimalField(max_digits=18, decimal_places=8)


class RateFilter(filters.FilterSet):
    currency = filters.CharFilter(field_name="currency__code")

    class Meta:
        model = ExchangeRate
        fields = {"kind": ["exact"], "date": ["exact", "gte", "lte"]}


class RateViewSet(CompanyWriteViewSet):
    """Exchange rates, newest first: base currency for one unit."""

    model = ExchangeRate
    serializer_class = RateSerializer
    filterset_class = RateFilter
    required_permission = "ledger.view_account"
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "ledger.manage_currency",
        "destroy": "ledger.manage_currency",
    }
    related = ("currency",)
    cursor_ordering = ("-date", "-id")

    @extend_schema(request=RateForm, responses={201: RateSerializer})
    def create(self, request: Request) -> Response:
        """Enter the rate of a day, or change it."""
        given = self.read(RateForm)
        saved = services.set_rate(self.company, given["currency"], given["kind"], given["date"], given["rate"])
        return Response(RateSerializer(saved).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a rate away."""
        row = get_object_or_404(ExchangeRate.objects.select_related("company"), company=self.company, pk=pk)
        services.delete_rate(row)
        return Response(status=204)


def register() -> None:
    """Hang currencies and rates below /api/v1/."""
    serve("currencies", CurrencyViewSet)
    serve("exchange-rates", RateViewSet)
