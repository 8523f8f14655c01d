"""What the API reads and shows of vouchers."""

from collections.abc import Mapping
from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from erp.core.money import AmountField, QuantityField, RateField, UnitCostField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionSetItem
from ledger.vouchers.by_code import CodedLine
from ledger.vouchers.models import Voucher, VoucherLine, Word

Precise = type[AmountField] | type[QuantityField] | type[UnitCostField] | type[RateField]
MOST_AT_ONCE = 10_000  # vouchers of one request


class LineDimensionSerializer(serializers.ModelSerializer[DimensionSetItem]):
    dimension = serializers.CharField(source="dimension_type.code")
    code = serializers.CharField(source="value.code")
    name = serializers.CharField(source="value.name")

    class Meta:
        model = DimensionSetItem
        fields = ["dimension", "code", "name"]


class VoucherLineSerializer(serializers.ModelSerializer[VoucherLine]):
    account = serializers.CharField(source="account.code")
    account_name = serializers.CharField(source="account.name")
    dimensions = LineDimensionSerializer(source="dimension_set.items", many=True)

    class Meta:
        model = VoucherLine
        fields = [
            "id", "line_no", "summary", "account", "account_name", "dimensions", "debit", "credit", "currency",
            "original_amount", "rate", "quantity", "unit_price", "business_date", "settlement_method",
            "settlement_no", "business_no", "rule_line", "mapping", "source_lines",
        ]  # fmt: skip


class VoucherSerializer(serializers.ModelSerializer[Voucher]):
    period = serializers.StringRelatedField[Any]()
    lines = VoucherLineSerializer(many=True)
    events = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)

    class Meta:
        model = Voucher
        fields = [
            "id", "period", "word", "number", "date", "status", "kind", "attachments", "total", "reference", "rule",
            "reversal_of", "corrects", "preparer_name", "reviewer_name", "poster_name", "cashier_name", "created_at",
            "signed_at", "reviewed_at", "posted_at", "events", "lines",
        ]  # fmt: skip


class VoucherFilter(filters.FilterSet):
    year = filters.NumberFilter(field_name="period__year")
    month = filters.NumberFilter(field_name="period__number")
    account = filters.CharFilter(method="with_account", label="Code of an account that a line stands on")
    event = filters.NumberFilter(field_name="events__id")

    class Meta:
        model = Voucher
        fields = {
            "word": ["exact"],
            "number": ["exact", "gte", "lte"],
            "date": ["exact", "gte", "lte"],
            "status": ["exact"],
            "kind": ["exact"],
            "reference": ["exact"],
            "total": ["gte", "lte"],
        }

    def with_account(self, rows: Any, _name: str, code: str) -> Any:
        company = self.request.company
        accounts = Account.objects.filter(company=company, code__startswith=code)
        lines = VoucherLine.objects.filter(company=company, account__in=accounts)
        return rows.filter(pk__in=lines.values("voucher_id"))


def _decimal(
    field: type[AmountField] | type[QuantityField] | type[UnitCostField] | type[RateField], **options: Any
) -> serializers.DecimalField:
    """As precise as the column."""
    digits, places = field.precision
    return serializers.DecimalField(max_digits=digits, decimal_places=places, required=False, **options)


class LineForm(serializers.Serializer[Any]):
    """One line. Exactly one of ``debit`` and ``credit`` is not zero, in the company's currency; red is negative."""

    summary = serializers.CharField(max_length=200)
    account = serializers.CharField(max_length=40, help_text="Code of a leaf account.")
    debit = _decimal(AmountField, default=0)
    credit = _decimal(AmountField, default=0)
    dimensions = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Code of the dimension → code of the value."
    )
    quantity = _decimal(QuantityField, allow_null=True)
    unit_price = _decimal(UnitCostField, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True)
    original_amount = _decimal(AmountField, allow_null=True)
    rate = _decimal(RateField, allow_null=True)
    settlement_method = serializers.CharField(max_length=20, required=False, allow_blank=True)
    settlement_no = serializers.CharField(max_length=40, required=False, allow_blank=True)
    business_no = serializers.CharField(max_length=40, required=False, allow_blank=True)
    cash_flow_item = serializers.CharField(
        max_length=10, required=False, allow_blank=True, help_text="Code of the item of a cash voucher's counter line."
    )


class VoucherForm(serializers.Serializer[Any]):
    """A voucher to be saved as a draft. ``word`` left out: the one that the lines ask for."""

    date = serializers.DateField()
    word = serializers.ChoiceField(choices=Word.choices, required=False, allow_null=True, default=None)
    attachments = serializers.IntegerField(min_value=0, max_value=9_999, default=0)
    reference = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="Its number in your own system."
    )
    lines = LineForm(many=True, allow_empty=True)


class BatchForm(serializers.Serializer[Any]):
    vouchers = VoucherForm(many=True, allow_empty=False, max_length=MOST_AT_ONCE)  # type: ignore[call-arg]
    partial = serializers.BooleanField(  # type: ignore[assignment]
        default=False, help_text="Save what can be saved and tell of each voucher what became of it."
    )


class BatchResultSerializer(serializers.Serializer[Any]):
    """``results`` in the order given: ``voucher`` (its position from 0) with id, word and number, or its errors."""

    made = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = serializers.ListField(child=serializers.DictField())


class ActionForm(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=["review", "unreview", "post", "sign", "void"])
    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=100_000)


class OutcomeSerializer(serializers.Serializer[Any]):
    """Ids done, refusals with id, and ids that do not exist in this company."""

    done = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.ListField(child=serializers.DictField())
    unknown = serializers.ListField(child=serializers.IntegerField())


class ReverseForm(serializers.Serializer[Any]):
    date = serializers.DateField(help_text="Date of the red-letter voucher, in an open period.")


class PeriodForm(serializers.Serializer[Any]):
    period = serializers.RegexField(r"^\d{4}-\d{2}$", help_text="YYYY-MM")


class RenumberForm(PeriodForm):
    word = serializers.ChoiceField(
        choices=Word.choices, required=False, allow_null=True, default=None, help_text="Left out: every word."
    )


class PeriodReasonSerializer(serializers.Serializer[Any]):
    """Why some vouchers of the period were left: the first one's refusal, how many, and the first five."""

    code = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.DictField(child=serializers.CharField())
    count = serializers.IntegerField()
    vouchers = serializers.ListField(child=serializers.CharField())


class PeriodOutcomeSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    reasons = PeriodReasonSerializer(many=True)


class GapSerializer(serializers.Serializer[Any]):
    """Numbers that no voucher of the period has."""

    word = serializers.CharField()
    numbers = serializers.ListField(child=serializers.IntegerField())


class RenumberedSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField()
    gaps = GapSerializer(many=True)


def coded_lines(voucher: Mapping[str, Any]) -> list[CodedLine]:
    """The lines of a voucher that ``VoucherForm`` read."""
    return [CodedLine(**line) for line in voucher["lines"]]
