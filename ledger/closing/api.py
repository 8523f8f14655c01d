"""Period end in the API: the checklist, its steps, closing and reopening; transfers; currencies and rates.

The actions of periods keep their own transactions: a refused closing or reopening leaves its trace.
"""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.access.permissions import PERMISSION_LABELS
from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound, NotPermitted
from ledger.accounts.models import Account
from ledger.closing import steps, templates, transfers
from ledger.closing.checks import checklist
from ledger.closing.models import PeriodTrace, TransferFrequency, TransferLine, TransferSource, TransferTemplate
from ledger.dimensions.models import DimensionValue
from ledger.periods import services as periods
from ledger.periods.models import Period


class PeriodSerializer(serializers.ModelSerializer[Period]):
    class Meta:
        model = Period
        fields = ["id", "year", "number", "start", "end", "status", "closed_at"]


class PeriodFilter(filters.FilterSet):
    class Meta:
        model = Period
        fields = ["year", "number", "status"]


class ReasonForm(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class CheckSerializer(serializers.Serializer[Any]):
    """An item of the checklist. ``state``: done, pending (warning) or failed (blocks closing)."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the serializer's label
    state = serializers.CharField()
    count = serializers.IntegerField()
    text = serializers.CharField()
    needs_reason = serializers.BooleanField()
    step = serializers.CharField()


class VoucherBrief(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(source="__str__")
    total = serializers.DecimalField(max_digits=18, decimal_places=2)
    status = serializers.CharField()


class StepSerializer(serializers.Serializer[Any]):
    """The drafts that a step made, and its refusals."""

    vouchers = VoucherBrief(many=True)
    refused = serializers.ListField(child=serializers.DictField())


class PeriodEndStarted(serializers.Serializer[Any]):
    job = serializers.IntegerField()


class TraceSerializer(serializers.ModelSerializer[PeriodTrace]):
    class Meta:
        model = PeriodTrace
        fields = ["action", "user_name", "reason", "facts", "happened_at"]


class PeriodViewSet(CompanyViewSet):
    """Periods, oldest first, and what happens at their end."""

    model = Period
    serializer_class = PeriodSerializer
    filterset_class = PeriodFilter
    required_permission = "ledger.view_voucher"
    related = ("company",)
    cursor_ordering = ("start", "id")

    @extend_schema(responses=CheckSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def checklist(self, request: Request, pk: str) -> Response:
        """Every item of the period's checklist, asked now."""
        rows = [
            {
                "code": item.check.code,
                "label": str(item.check.label),
                "state": item.state,
                "count": item.finding.count,
                "text": str(item.finding.text),
                "needs_reason": item.finding.needs_reason,
                "step": item.check.step,
            }
            for item in checklist(self.company, self._period(pk))
        ]
        return Response(CheckSerializer(rows, many=True).data)

    @extend_schema(responses=TraceSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def trace(self, request: Request, pk: str) -> Response:
        """Who closed or reopened the period, or tried to; the newest first."""
        rows = PeriodTrace.objects.filter(company=self.company, period=self._period(pk)).order_by("-happened_at", "-id")
        return Response(TraceSerializer(rows, many=True).data)

    @extend_schema(request=ReasonForm, responses=PeriodSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close the period; what blocks is named. A reason is needed for some warnings."""
        self._need("ledger.close_period")
        period = periods.close(self._period(pk), by=request.user, reason=self._reason())
        return Response(PeriodSerializer(period).data)

    @extend_schema(request=ReasonForm, responses=PeriodSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Reopen the last closed period, with a reason. A refusal is traced too."""
        period = periods.reopen(self._period(pk), by=request.user, reason=self._reason())
        return Response(PeriodSerializer(period).data)

    @extend_schema(request=None, responses=StepSerializer)
    @action(detail=True, methods=["post"], url_path=r"steps/(?P<step>[a-z_]+)")
    def steps(self, request: Request, pk: str, step: str) -> Response:
        """Run one step: recurring, revaluation, transfers, profit or year_end."""
        self._need("ledger.run_transfer")
        outcome = steps.run_step(self.company, self._period(pk), step, request.user)
        refused = [refusal.as_dict() for refusal in outcome.refused]
        return Response(StepSerializer({"vouchers": outcome.vouchers, "refused": refused}).data)

    @extend_schema(request=None, responses={202: PeriodEndStarted})
    @action(detail=True, methods=["post"], url_path="run-all")
    def run_all(self, request: Request, pk: str) -> Response:
        """All steps in order, as a job."""
        self._need("ledger.run_transfer")
        job = steps.start_all(self.company, self._period(pk), by=request.user)
        return Response({"job": job.pk}, status=202)

    def _need(self, permission: str) -> None:
        if not self.access.may(permission):
            raise NotPermitted(permission=PERMISSION_LABELS[permission], company=self.company)

    def _period(self, pk: str) -> Period:
        return get_object_or_404(self.get_queryset(), pk=pk)  # type: ignore[no-any-return]

    def _reason(self) -> str:
        form = ReasonForm(data=self.request.data)
        form.is_valid(raise_exception=True)
        return str(form.validated_data["reason"])


class TransferLineSerializer(serializers.ModelSerializer[TransferLine]):
    account = serializers.CharField(source="account.code")
    side = serializers.CharField()
    dimensions = serializers.SerializerMethodField()

    class Meta:
        model = TransferLine
        fields = ["account", "side", "source", "formula", "dimensions", "summary"]

    def get_dimensions(self, line: TransferLine) -> dict[str, str]:
        if line.dimension_set is None:
            return {}
        return {item.dimension_type.code: item.value.code for item in line.dimension_set.items.all()}


class TransferSerializer(serializers.ModelSerializer[TransferTemplate]):
    lines = TransferLineSerializer(many=True)

    class Meta:
        model = TransferTemplate
        fields = [
            "id", "code", "name", "name_en", "summary", "frequency", "sequence", "word", "is_active", "is_builtin",
            "lines",
        ]  # fmt: skip


class TransferLineForm(serializers.Serializer[Any]):
    account = serializers.CharField()
    side = serializers.RegexField(r"^(debit|credit)$")
    source = serializers.ChoiceField(TransferSource.choices)  # type: ignore[assignment]  # a field, as above
    formula = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)
    dimensions = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    summary = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)


class TransferForm(serializers.Serializer[Any]):
    code = serializers.SlugField(max_length=30)
    name = serializers.CharField(max_length=80)
    name_en = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    summary = serializers.CharField(max_length=120)
    frequency = serializers.ChoiceField(TransferFrequency.choices, default=TransferFrequency.MONTH)
    sequence = serializers.IntegerField(default=100, min_value=0, max_value=32_767)
    word = serializers.CharField(required=False, allow_blank=True, default="", max_length=1)
    is_active = serializers.BooleanField(default=True)
    lines = TransferLineForm(many=True)


class TransferPeriodForm(serializers.Serializer[Any]):
    period = serializers.RegexField(r"^\d{4}-\d{1,2}$")


class PreviewLineSerializer(serializers.Serializer[Any]):
    summary = serializers.CharField()
    account = serializers.CharField()
    debit = serializers.DecimalField(max_digits=18, decimal_places=2)
    credit = serializers.DecimalField(max_digits=18, decimal_places=2)


class TransferViewSet(CompanyWriteViewSet):
    """Transfer templates (自动转账), in their order."""

    model = TransferTemplate
    serializer_class = TransferSerializer
    required_permission = "ledger.view_report"
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "ledger.manage_transfer",
        "update": "ledger.manage_transfer",
        "destroy": "ledger.manage_transfer",
        "run": "ledger.run_transfer",
    }
    prefetched = (
        "lines__account",
        "lines__dimension_set__items__dimension_type",
        "lines__dimension_set__items__value",
    )
    cursor_ordering = ("sequence", "code", "id")

    @extend_schema(request=TransferForm, responses={201: TransferSerializer})
    def create(self, request: Request) -> Response:
        """Add a template; formulas are checked."""
        return self._save(None, 201)

    @extend_schema(request=TransferForm, responses=TransferSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace a template's content."""
        return self._save(self._template(pk), 200)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a template that has made nothing."""
        templates.delete_template(self._template(pk))
        return Response(status=204)

    @extend_schema(parameters=[TransferPeriodForm], responses=PreviewLineSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def preview(self, request: Request, pk: str) -> Response:
        """The lines that a run would write in ``?period=2025-12``."""
        preview = transfers.preview(self.company, self._template(pk), self._period(request.query_params))
        ids = {line.account_id for line in preview.lines}
        codes = dict(Account.objects.filter(company=self.company, pk__in=ids).values_list("id", "code"))
        rows = [
            {
                "summary": line.summary,
                "account": codes[line.account_id],
                "debit": line.debit,
                "credit": line.credit,
            }
            for line in preview.lines
        ]
        return Response(PreviewLineSerializer(rows, many=True).data)

    @extend_schema(request=TransferPeriodForm, responses=StepSerializer)
    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> Response:
        """Make the template's draft in the period; no voucher if all amounts are zero."""
        made = transfers.run(self.company, self._template(pk), self._period(request.data), request.user)
        return Response(StepSerializer({"vouchers": [made] if made else [], "refused": []}).data)

    def _save(self, template: TransferTemplate | None, status: int) -> Response:
        given = dict(self.read(TransferForm))
        lines = [self._line(row) for row in given.pop("lines")]
        saved = templates.save_template(self.company, templates.TemplateHead(**given), lines, template=template)
        return Response(TransferSerializer(self.get_queryset().get(pk=saved.pk)).data, status=status)

    def _line(self, row: dict[str, Any]) -> templates.TemplateLine:
        account = Account.objects.filter(company=self.company, code=row["account"]).first()
        if account is None:
            raise NotFound(what=Account._meta.verbose_name, key=row["account"], field="account")
        pairs = []
        for type_code, value_code in row["dimensions"].items():
            value = DimensionValue.objects.filter(
                company=self.company, dimension_type__code=type_code, code=value_code
            ).first()
            if value is None:
                raise NotFound(what=DimensionValue._meta.verbose_name, key=f"{type_code}:{value_code}")
            pairs.append((value.dimension_type_id, value.pk))
        return templates.TemplateLine(
            account.pk, row["side"], row["source"], row["formula"], tuple(sorted(pairs)), row["summary"]
        )

    def _template(self, pk: str) -> TransferTemplate:
        return get_object_or_404(TransferTemplate.objects.select_related("company"), company=self.company, pk=pk)

    def _period(self, given: Any) -> Period:
        form = TransferPeriodForm(data=given)
        form.is_valid(raise_exception=True)
        year, number = form.validated_data["period"].split("-")
        return get_object_or_404(
            Period.objects.select_related("company"), company=self.company, year=int(year), number=int(number)
        )


def register() -> None:
    """Hang period end below /api/v1/."""
    serve("periods", PeriodViewSet)
    serve("transfers", TransferViewSet)
