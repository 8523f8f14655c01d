"""Vouchers in the API: read, enter one or thousands, and everything that a page can do with them.

The same services as the pages, so the same refusals; lines name accounts, dimensions and cash-flow items by code.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import DomainError, NotFound
from ledger.dimensions.models import DimensionSet
from ledger.periods.models import Period
from ledger.vouchers import bulk, renumber, services
from ledger.vouchers.api_forms import (
    ActionForm,
    BatchForm,
    BatchResultSerializer,
    GapSerializer,
    OutcomeSerializer,
    PeriodForm,
    PeriodOutcomeSerializer,
    RenumberedSerializer,
    RenumberForm,
    ReverseForm,
    VoucherFilter,
    VoucherForm,
    VoucherSerializer,
    coded_lines,
)
from ledger.vouchers.batches import PeriodOutcome, post_period, review_period
from ledger.vouchers.by_code import resolve
from ledger.vouchers.creation import Made, NewVoucher, create_many
from ledger.vouchers.models import Voucher, VoucherLine, Word
from ledger.vouchers.refusals import VoucherRefused, each_of

_LINES = (
    VoucherLine.objects.order_by("line_no")
    .select_related("account")
    .prefetch_related(
        Prefetch(
            "dimension_set", queryset=DimensionSet.objects.prefetch_related("items__dimension_type", "items__value")
        )
    )
)

Service = Callable[..., bulk.BulkOutcome]
# Name of the action → its permission and service.
MANY: dict[str, tuple[str, Service]] = {
    "review": ("ledger.review_voucher", bulk.review_many),
    "unreview": ("ledger.unreview_voucher", bulk.unreview_many),
    "post": ("ledger.post_voucher", bulk.post_many),
    "sign": ("ledger.sign_voucher", bulk.sign_many),
    "void": ("ledger.void_voucher", bulk.void_many),
}


class VoucherViewSet(CompanyWriteViewSet):
    """Vouchers with their lines, newest first."""

    model = Voucher
    serializer_class = VoucherSerializer
    filterset_class = VoucherFilter
    required_permission = "ledger.view_voucher"
    action_permissions: ClassVar[dict[str, str]] = {
        "create": "ledger.enter_voucher",
        "update": "ledger.enter_voucher",
        "destroy": "ledger.enter_voucher",
        "bulk": "ledger.enter_voucher",
        "actions": "ledger.view_voucher",  # and that of the action named in the body
        "reverse": "ledger.reverse_voucher",
        "review_period": "ledger.review_voucher",
        "post_period": "ledger.post_voucher",
        "renumber": "ledger.renumber_voucher",
        **{f"{name}_one": permission for name, (permission, _service) in MANY.items()},
    }
    related = ("period",)
    prefetched = (Prefetch("lines", queryset=_LINES), "events")
    cursor_ordering = ("-date", "-id")

    @extend_schema(request=VoucherForm, responses={201: VoucherSerializer})
    def create(self, request: Request) -> Response:
        """Enter a voucher; it is a draft with the next number of its period and word."""
        given = self.read(VoucherForm)
        made = services.create_voucher(
            self.company,
            given["date"],
            given["word"],
            self._lines(given),
            by=request.user,
            attachments=given["attachments"],
            reference=given["reference"],
        )
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=VoucherForm, responses=VoucherSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace the content of a manual draft."""
        given = self.read(VoucherForm)
        services.update_draft(
            self._voucher(pk),
            date=given["date"],
            word=given["word"],
            lines=self._lines(given),
            attachments=given["attachments"],
            by=request.user,
        )
        return self._shown(int(pk))

    @extend_schema(responses={204: OpenApiResponse(description="The draft is gone, and its number is free.")})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft."""
        services.delete_draft(self._voucher(pk), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=BatchForm, responses={201: BatchResultSerializer})
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Enter many vouchers. One refusal keeps all from being saved, unless ``partial`` is true."""
        given = self.read(BatchForm)
        vouchers = given["vouchers"]
        resolved = resolve(self.company, [coded_lines(voucher) for voucher in vouchers])
        entries = [
            NewVoucher(
                voucher["date"], lines, voucher["word"], voucher["attachments"], voucher["reference"], errors=errors
            )
            for voucher, (lines, errors) in zip(vouchers, resolved, strict=True)
        ]
        results = create_many(self.company, entries, by=request.user, partial=given["partial"])
        made = sum(isinstance(result, Made) for result in results)
        shown = {
            "made": made,
            "refused": len(results) - made,
            "results": [_result(place, result) for place, result in enumerate(results)],
        }
        return Response(shown, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)

    @extend_schema(request=ActionForm, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def actions(self, request: Request) -> Response:
        """Do one thing with many vouchers; one that is refused never holds up the others."""
        given = self.read(ActionForm)
        permission, service = MANY[given["action"]]
        self.need(permission)
        outcome = service(self.company.pk, given["ids"], by=request.user)
        missing = sorted(set(given["ids"]) - set(outcome.done) - {refusal.voucher_id for refusal in outcome.refused})
        refused = [
            {"id": refusal.voucher_id, "voucher": refusal.voucher, **refusal.error.as_dict()}
            for refusal in outcome.refused
        ]
        return Response({"done": outcome.done, "refused": refused, "unknown": missing})

    @extend_schema(request=None, responses=VoucherSerializer)
    @action(detail=True, methods=["post"], url_path="review")
    def review_one(self, request: Request, pk: str) -> Response:
        """Review a draft that somebody else prepared."""
        return self._do("review", pk)

    @extend_schema(request=None, responses=VoucherSerializer)
    @action(detail=True, methods=["post"], url_path="unreview")
    def unreview_one(self, request: Request, pk: str) -> Response:
        """Take a review back."""
        return self._do("unreview", pk)

    @extend_schema(request=None, responses=VoucherSerializer)
    @action(detail=True, methods=["post"], url_path="post")
    def post_one(self, request: Request, pk: str) -> Response:
        """Post a reviewed voucher; from here on it never changes."""
        return self._do("post", pk)

    @extend_schema(request=None, responses=VoucherSerializer)
    @action(detail=True, methods=["post"], url_path="sign")
    def sign_one(self, request: Request, pk: str) -> Response:
        """The cashier's signature on a voucher that touches cash or bank."""
        return self._do("sign", pk)

    @extend_schema(request=None, responses=VoucherSerializer)
    @action(detail=True, methods=["post"], url_path="void")
    def void_one(self, request: Request, pk: str) -> Response:
        """Void a draft: it keeps its number and never counts."""
        return self._do("void", pk)

    @extend_schema(request=ReverseForm, responses={201: VoucherSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Reverse a posted voucher by a red-letter draft."""
        given = self.read(ReverseForm)
        red = services.reverse(self._voucher(pk), by=request.user, date=given["date"])
        return self._shown(red.pk, status.HTTP_201_CREATED)

    @extend_schema(request=PeriodForm, responses=PeriodOutcomeSerializer)
    @action(detail=False, methods=["post"], url_path="review-period")
    def review_period(self, request: Request) -> Response:
        """Review all drafts of a period that somebody else prepared."""
        given = self.read(PeriodForm)
        return _period_outcome(review_period(self.company.pk, self._period(given).pk, by=request.user))

    @extend_schema(request=PeriodForm, responses=PeriodOutcomeSerializer)
    @action(detail=False, methods=["post"], url_path="post-period")
    def post_period(self, request: Request) -> Response:
        """Post all reviewed vouchers of a period that may be posted."""
        given = self.read(PeriodForm)
        return _period_outcome(post_period(self.company.pk, self._period(given).pk, by=request.user))

    @extend_schema(parameters=[PeriodForm], responses=GapSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def gaps(self, request: Request) -> Response:
        """Numbers that are missing in a period."""
        form = PeriodForm(data=request.query_params)
        form.is_valid(raise_exception=True)
        found = renumber.gaps(self.company.pk, self._period(form.validated_data).pk)
        return Response(GapSerializer(found, many=True).data)

    @extend_schema(request=RenumberForm, responses=RenumberedSerializer)
    @action(detail=False, methods=["post"])
    def renumber(self, request: Request) -> Response:
        """Close gaps: number what is not posted again, in order of date."""
        given = self.read(RenumberForm)
        words = [given["word"]] if given["word"] else Word.values
        outcome = renumber.renumber(self.company.pk, self._period(given).pk, words, by=request.user)
        return Response(RenumberedSerializer(outcome).data)

    def _period(self, given: dict[str, Any]) -> Period:
        year, _dash, number = given["period"].partition("-")
        period = Period.objects.filter(company=self.company, year=int(year), number=int(number)).first()
        if period is None:
            raise NotFound(what=Period._meta.verbose_name, key=given["period"])
        return period

    def _do(self, name: str, pk: str) -> Response:
        voucher = self._voucher(pk)
        bulk.raise_first(MANY[name][1](self.company.pk, [voucher.pk], by=self.request.user))
        return self._shown(voucher.pk)

    def _voucher(self, pk: str) -> Voucher:
        return get_object_or_404(Voucher.objects.select_related("company"), company=self.company, pk=pk)

    def _shown(self, voucher_id: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=voucher_id)).data, status=code)

    def _lines(self, given: dict[str, Any]) -> Sequence[services.LineInput]:
        ((lines, errors),) = resolve(self.company, [coded_lines(given)])
        if errors:
            raise VoucherRefused(errors)
        return lines


def _period_outcome(outcome: PeriodOutcome) -> Response:
    reasons = [
        {**reason.error.as_dict(), "count": reason.count, "vouchers": reason.examples} for reason in outcome.reasons
    ]
    return Response({"done": outcome.done, "refused": outcome.refused, "reasons": reasons})


def _result(place: int, result: Made | DomainError) -> dict[str, Any]:
    if isinstance(result, Made):
        return {"voucher": place, "id": result.id, "word": result.word, "number": result.number}
    return {"voucher": place, "errors": [error.as_dict() for error in each_of(result)]}


def register() -> None:
    """Hang vouchers below /api/v1/."""
    serve("vouchers", VoucherViewSet)
