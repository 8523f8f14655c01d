"""Summary library, voucher templates and recurring vouchers in the API."""

from typing import Any, ClassVar

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from ledger.entry_aids import phrases, recurring, templates
from ledger.entry_aids.models import RecurringVoucher, SummaryPhrase, VoucherTemplate, VoucherTemplateLine
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher

MANAGE = "ledger.manage_entry_aid"


class PhraseSerializer(serializers.ModelSerializer[SummaryPhrase]):
    class Meta:
        model = SummaryPhrase
        fields = ["id", "code", "text", "used"]
        read_only_fields = ["used"]


class PhraseFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="search_key", lookup_expr="icontains")

    class Meta:
        model = SummaryPhrase
        fields = ["code"]


class PhraseViewSet(CompanyWriteViewSet):
    """The summary library."""

    model = SummaryPhrase
    serializer_class = PhraseSerializer
    filterset_class = PhraseFilter
    required_permission = "ledger.view_voucher"
    action_permissions: ClassVar[dict[str, str]] = {"create": MANAGE, "update": MANAGE, "destroy": MANAGE}
    cursor_ordering = ("code", "id")

    @extend_schema(request=PhraseSerializer, responses={201: PhraseSerializer})
    def create(self, request: Request) -> Response:
        """Add a summary."""
        given = self.read(PhraseSerializer)
        saved = phrases.save(self.company, given["text"], given.get("code", ""))
        return Response(PhraseSerializer(saved).data, status=201)

    @extend_schema(request=PhraseSerializer, responses=PhraseSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Change a summary."""
        phrase = get_object_or_404(SummaryPhrase, company=self.company, pk=pk)
        given = self.read(PhraseSerializer)
        saved = phrases.save(self.company, given["text"], given.get("code", ""), phrase_id=phrase.pk)
        return Response(PhraseSerializer(saved).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a summary out of the library."""
        phrases.remove(self.company, get_object_or_404(SummaryPhrase, company=self.company, pk=pk).pk)
        return Response(status=204)


class TemplateLineSerializer(serializers.ModelSerializer[VoucherTemplateLine]):
    account = serializers.CharField(source="account.code", default=None)

    class Meta:
        model = VoucherTemplateLine
        fields = ["line_no", "summary", "account", "debit", "credit", "quantity", "currency"]


class TemplateSerializer(serializers.ModelSerializer[VoucherTemplate]):
    lines = TemplateLineSerializer(many=True, read_only=True)

    class Meta:
        model = VoucherTemplate
        fields = ["id", "code", "name", "category", "word", "is_active", "lines"]


class TemplateFormSerializer(serializers.Serializer[Any]):
    """The voucher that becomes the template."""

    voucher = serializers.IntegerField()
    name = serializers.CharField(max_length=80)
    code = serializers.CharField(max_length=20, required=False, default="")
    category = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    with_amounts = serializers.BooleanField(default=True)


class TemplateViewSet(CompanyWriteViewSet):
    """Voucher templates with their lines."""

    model = VoucherTemplate
    serializer_class = TemplateSerializer
    filterset_fields = ("code", "category", "is_active")
    required_permission = "ledger.view_voucher"
    action_permissions: ClassVar[dict[str, str]] = {"create": MANAGE, "destroy": MANAGE}
    prefetched = (Prefetch("lines", VoucherTemplateLine.objects.select_related("account").order_by("line_no")),)
    cursor_ordering = ("code", "id")

    @extend_schema(request=TemplateFormSerializer, responses={201: TemplateSerializer})
    def create(self, request: Request) -> Response:
        """Save a voucher as a template, with or without its amounts."""
        given = self.read(TemplateFormSerializer)
        found = Voucher.objects.select_related("company")
        voucher = get_object_or_404(found, company=self.company, pk=given.pop("voucher"))
        lines = services.read_lines(voucher)
        saved = templates.save(self.company, lines=lines, word=voucher.word, by=request.user, **given)
        return Response(TemplateSerializer(saved).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a template that no recurring voucher uses."""
        templates.delete(self.company, get_object_or_404(VoucherTemplate, company=self.company, pk=pk).pk)
        return Response(status=204)


class RecurringSerializer(serializers.ModelSerializer[RecurringVoucher]):
    template = serializers.IntegerField(source="template_id")

    class Meta:
        model = RecurringVoucher
        fields = ["id", "name", "template", "first_month", "last_month", "every_months", "day", "is_active"]


class RunSerializer(serializers.Serializer[Any]):
    period = serializers.RegexField(r"^\d{4}-\d{2}$")


class RecurringViewSet(CompanyWriteViewSet):
    """Recurring vouchers, and the drafts that are due."""

    model = RecurringVoucher
    serializer_class = RecurringSerializer
    filterset_fields = ("is_active",)
    required_permission = "ledger.view_voucher"
    action_permissions: ClassVar[dict[str, str]] = {
        "create": MANAGE,
        "update": MANAGE,
        "destroy": MANAGE,
        "run": "ledger.enter_voucher",
    }
    cursor_ordering = ("name", "id")

    @extend_schema(request=RecurringSerializer, responses={201: RecurringSerializer})
    def create(self, request: Request) -> Response:
        """Add a recurring voucher."""
        saved = recurring.save(self.company, **self.read(RecurringSerializer))
        return Response(RecurringSerializer(saved).data, status=201)

    @extend_schema(request=RecurringSerializer, responses=RecurringSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Change a recurring voucher."""
        row = get_object_or_404(RecurringVoucher, company=self.company, pk=pk)
        saved = recurring.save(self.company, recurring_id=row.pk, **self.read(RecurringSerializer))
        return Response(RecurringSerializer(saved).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a recurring voucher; what it made stays."""
        recurring.delete(self.company, get_object_or_404(RecurringVoucher, company=self.company, pk=pk).pk)
        return Response(status=204)

    @extend_schema(request=RunSerializer, responses={200: dict})
    @action(detail=False, methods=["post"])
    def run(self, request: Request) -> Response:
        """Make the drafts that are due in a period; doing it again makes nothing twice."""
        wanted = self.read(RunSerializer)["period"]
        year, _dash, month = wanted.partition("-")
        period = Period.objects.filter(company=self.company, year=int(year), number=int(month)).first()
        if period is None:
            raise NotFound(what=Period._meta.verbose_name, key=wanted, field="period")
        outcome = recurring.run_recurring(self.company, period, request.user)
        return Response(
            {
                "made": [{"id": voucher.pk, "voucher": str(voucher)} for voucher in outcome.made],
                "refused": [{"recurring": each.recurring.pk, **each.error.as_dict()} for each in outcome.refused],
            }
        )


def register() -> None:
    """Hang the entry aids below /api/v1/."""
    serve("summary-phrases", PhraseViewSet)
    serve("voucher-templates", TemplateViewSet)
    serve("recurring-vouchers", RecurringViewSet)
