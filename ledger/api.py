"""The ledger in the API: chart, periods, dimensions, events, posting rules, mappings. Vouchers have their own part."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.posting.models import (
    AccountKey,
    AccountMapping,
    AccountMappingSelector,
    BusinessEvent,
    PostingCondition,
    PostingRule,
    PostingRuleLine,
)
from ledger.posting.reasons import explain
from ledger.vouchers import api as vouchers_api

# --- chart, periods, dimensions -----------------------------------------------------------------


class AccountSerializer(serializers.ModelSerializer[Account]):
    parent_code = serializers.CharField(source="parent.code", default=None, allow_null=True)
    required_dimensions = serializers.SerializerMethodField()
    optional_dimensions = serializers.SerializerMethodField()

    class Meta:
        model = Account
        fields = [
            "id", "code", "name", "name_en", "parent_code", "level", "account_class", "direction", "cash_kind",
            "tracks_quantity", "is_control", "is_leaf", "is_active", "required_dimensions", "optional_dimensions",
        ]  # fmt: skip

    def get_required_dimensions(self, account: Account) -> list[str]:
        return [row.dimension_type.code for row in account.dimensions.all() if row.is_required]

    def get_optional_dimensions(self, account: Account) -> list[str]:
        return [row.dimension_type.code for row in account.dimensions.all() if not row.is_required]


class AccountFilter(filters.FilterSet):
    code_starts = filters.CharFilter(field_name="code", lookup_expr="startswith")
    text = filters.CharFilter(field_name="search_key", lookup_expr="icontains")

    class Meta:
        model = Account
        fields = ["code", "level", "account_class", "is_leaf", "is_control", "is_active"]


class AccountViewSet(CompanyViewSet):
    """Chart of accounts, in order of code."""

    model = Account
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    required_permission = "ledger.view_account"
    related = ("parent",)
    prefetched = ("dimensions__dimension_type",)
    cursor_ordering = ("code", "id")


class DimensionTypeSerializer(serializers.ModelSerializer[DimensionType]):
    class Meta:
        model = DimensionType
        fields = ["id", "code", "name", "name_en", "is_builtin", "is_hierarchical"]


class DimensionTypeViewSet(CompanyViewSet):
    """Kinds of dimensions (核算项目)."""

    model = DimensionType
    serializer_class = DimensionTypeSerializer
    required_permission = "ledger.view_account"
    cursor_ordering = ("id",)


class DimensionValueSerializer(serializers.ModelSerializer[DimensionValue]):
    dimension = serializers.CharField(source="dimension_type.code")
    parent_code = serializers.CharField(source="parent.code", default=None, allow_null=True)

    class Meta:
        model = DimensionValue
        fields = ["id", "dimension", "code", "name", "parent_code", "is_active"]


class DimensionValueFilter(filters.FilterSet):
    dimension = filters.CharFilter(field_name="dimension_type__code")
    text = filters.CharFilter(field_name="search_key", lookup_expr="icontains")

    class Meta:
        model = DimensionValue
        fields = ["code", "is_active"]


class DimensionValueViewSet(CompanyViewSet):
    """Customers, items, departments … as the ledger sees them."""

    model = DimensionValue
    serializer_class = DimensionValueSerializer
    filterset_class = DimensionValueFilter
    required_permission = "ledger.view_account"
    related = ("dimension_type", "parent")
    cursor_ordering = ("id",)


# --- the seam -----------------------------------------------------------------------------------


class BusinessEventSerializer(serializers.ModelSerializer[BusinessEvent]):
    reason = serializers.SerializerMethodField()
    cure = serializers.SerializerMethodField()

    class Meta:
        model = BusinessEvent
        fields = [
            "id", "event_type", "source_type", "source_id", "business_date", "document_no", "party", "payload",
            "state", "reason_code", "reason", "cure", "voucher", "rule", "attempts", "reversal_of", "created_at",
            "settled_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.CharField())
    def get_reason(self, event: BusinessEvent) -> str:
        return explain(event.reason_code, event.reason_facts).sentence if event.reason_code else ""

    @extend_schema_field(serializers.CharField())
    def get_cure(self, event: BusinessEvent) -> str:
        return explain(event.reason_code, event.reason_facts).cure if event.reason_code else ""


class BusinessEventFilter(filters.FilterSet):
    voucher = filters.NumberFilter(field_name="voucher_id")
    source_id = filters.NumberFilter()

    class Meta:
        model = BusinessEvent
        fields = {
            "state": ["exact"],
            "event_type": ["exact"],
            "source_type": ["exact"],
            "document_no": ["exact"],
            "reason_code": ["exact"],
            "business_date": ["exact", "gte", "lte"],
        }


class BusinessEventViewSet(CompanyViewSet):
    """What the business told the ledger, and whether it is posted, newest first."""

    model = BusinessEvent
    serializer_class = BusinessEventSerializer
    filterset_class = BusinessEventFilter
    required_permission = "ledger.view_posting"


class ConditionSerializer(serializers.ModelSerializer[PostingCondition]):
    class Meta:
        model = PostingCondition
        fields = ["line", "field", "operator", "value"]


class RuleLineSerializer(serializers.ModelSerializer[PostingRuleLine]):
    key = serializers.CharField(source="key.code", default=None, allow_null=True)
    account = serializers.CharField(source="account.code", default=None, allow_null=True)

    class Meta:
        model = PostingRuleLine
        fields = ["id", "sequence", "side", "key", "account", "amount", "quantity", "optional_dimensions", "summary"]


class PostingRuleSerializer(serializers.ModelSerializer[PostingRule]):
    lines = RuleLineSerializer(many=True)
    conditions = ConditionSerializer(many=True)
    author = serializers.StringRelatedField[Any]()
    approved_by = serializers.StringRelatedField[Any]()

    class Meta:
        model = PostingRule
        fields = [
            "id", "code", "version", "name", "name_en", "event_type", "priority", "state", "valid_from", "valid_to",
            "word", "merge_mode", "posts_to", "summary", "is_auto_reviewed", "author", "approved_by", "activated_at",
            "retired_at", "conditions", "lines",
        ]  # fmt: skip


class PostingRuleFilter(filters.FilterSet):
    class Meta:
        model = PostingRule
        fields = ["code", "version", "event_type", "state"]


class PostingRuleViewSet(CompanyViewSet):
    """Versions of posting rules."""

    model = PostingRule
    serializer_class = PostingRuleSerializer
    filterset_class = PostingRuleFilter
    required_permission = "ledger.view_posting"
    related = ("author", "approved_by")
    prefetched = ("lines__key", "lines__account", "conditions")
    cursor_ordering = ("event_type", "priority", "code", "-version", "id")


class AccountKeySerializer(serializers.ModelSerializer[AccountKey]):
    selectors = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = AccountKey
        fields = ["id", "code", "name", "name_en", "selectors", "note"]


class AccountKeyViewSet(CompanyViewSet):
    """Roles that accounts play in rules."""

    model = AccountKey
    serializer_class = AccountKeySerializer
    required_permission = "ledger.view_posting"
    cursor_ordering = ("code", "id")


class SelectorSerializer(serializers.ModelSerializer[AccountMappingSelector]):
    value = serializers.CharField(source="value.code", default=None, allow_null=True)
    value_name = serializers.CharField(source="value.name", default=None, allow_null=True)

    class Meta:
        model = AccountMappingSelector
        fields = ["name", "value", "value_name", "text"]


class AccountMappingSerializer(serializers.ModelSerializer[AccountMapping]):
    key = serializers.CharField(source="key.code")
    account = serializers.CharField(source="account.code")
    selectors = SelectorSerializer(many=True)

    class Meta:
        model = AccountMapping
        fields = ["id", "key", "account", "selectors", "note", "is_active", "replaced_by", "created_at"]


class AccountMappingFilter(filters.FilterSet):
    key = filters.CharFilter(field_name="key__code")
    account = filters.CharFilter(field_name="account__code")

    class Meta:
        model = AccountMapping
        fields = ["is_active"]


class AccountMappingViewSet(CompanyViewSet):
    """Account key and selectors → account, with those that were replaced."""

    model = AccountMapping
    serializer_class = AccountMappingSerializer
    filterset_class = AccountMappingFilter
    required_permission = "ledger.view_posting"
    related = ("key", "account")
    prefetched = ("selectors__value",)
    cursor_ordering = ("id",)


def register() -> None:
    """Hang the ledger's part below /api/v1/."""
    from ledger.accounts import api as chart_api
    from ledger.analysis import api as analysis
    from ledger.bank import api as bank
    from ledger.cash_flow import api as cash_flow
    from ledger.clearing import api as clearing
    from ledger.closing import api as closing
    from ledger.currencies import api as currencies
    from ledger.entry_aids import api as entry_aids
    from ledger.interchange import api as interchange
    from ledger.statements import api as statements

    serve("accounts", AccountViewSet)
    chart_api.register()
    closing.register()
    currencies.register()
    serve("dimension-types", DimensionTypeViewSet)
    serve("dimension-values", DimensionValueViewSet)
    vouchers_api.register()
    serve("business-events", BusinessEventViewSet)
    serve("posting-rules", PostingRuleViewSet)
    serve("account-keys", AccountKeyViewSet)
    serve("account-mappings", AccountMappingViewSet)
    analysis.register()
    entry_aids.register()
    interchange.register()
    bank.register()
    cash_flow.register()
    clearing.register()
    statements.register()
