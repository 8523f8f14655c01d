"""Writing the chart, dimensions and openings through the API; reading them is in ``ledger.api``."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.api.registry import register as serve
from erp.core.api.writes import CompanyWriteViewSet
from erp.core.errors import NotFound
from ledger.accounts import properties, services, structure
from ledger.accounts.models import Account, AccountClass, Direction
from ledger.balances.models import OpeningBalance
from ledger.dimensions import own
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.openings.queries import trial
from ledger.openings.services import AMOUNTS, OpeningRow, set_openings


class ChartSerializer(serializers.ModelSerializer[Account]):
    class Meta:
        model = Account
        fields = [
            "id", "code", "name", "name_en", "account_class", "direction", "level", "is_leaf", "is_active",
            "tracks_quantity", "unit", "currency", "is_revalued", "cash_kind", "cash_flow_in", "cash_flow_out",
        ]  # fmt: skip


class NewAccountSerializer(serializers.Serializer[Any]):
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="Code of the account above; none for the first level"
    )
    code = serializers.CharField(required=False, allow_blank=True, default="", help_text="Default: the next one")
    name = serializers.CharField(max_length=80)
    name_en = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    account_class = serializers.ChoiceField(choices=AccountClass.choices, required=False)
    direction = serializers.ChoiceField(choices=Direction.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "parent" not in attrs and not {"account_class", "direction"} <= attrs.keys():
            raise serializers.ValidationError("An account of the first level needs account_class and direction.")
        return attrs


class ChangedAccountSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, required=False)
    name_en = serializers.CharField(max_length=120, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    tracks_quantity = serializers.BooleanField(required=False)
    unit = serializers.CharField(max_length=20, required=False, allow_blank=True)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True)
    is_revalued = serializers.BooleanField(required=False)
    required_dimensions = serializers.ListField(child=serializers.CharField(), required=False)
    optional_dimensions = serializers.ListField(child=serializers.CharField(), required=False)


class ParentSerializer(serializers.Serializer[Any]):
    parent = serializers.CharField(help_text="Code of the new account above")  # type: ignore[assignment]


class ChartViewSet(CompanyWriteViewSet):
    """The chart as it is changed: POST adds, PATCH changes, ``move`` hangs an account under another."""

    model = Account
    serializer_class = ChartSerializer
    required_permission = "ledger.view_account"
    action_permissions = {
        "create": "ledger.manage_account",
        "partial_update": "ledger.manage_account",
        "move": "ledger.manage_account",
    }
    cursor_ordering = ("code", "id")

    def create(self, request: Request) -> Response:
        given = self.read(NewAccountSerializer)
        if "parent" in given:
            account = services.add_sub_account(
                self._account(given["parent"]),
                name=given["name"],
                name_en=given["name_en"],
                code=given["code"],
                by=request.user,
            )
        else:
            names = ("code", "name", "name_en", "account_class", "direction")
            account = structure.add_first_level(self.company, **{name: given[name] for name in names})
        return Response(ChartSerializer(account).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        account: Account = self.get_object()
        given = self.read(ChangedAccountSerializer)
        changed = {
            name: given[name] for name in ("tracks_quantity", "unit", "currency", "is_revalued") if name in given
        }
        if changed:
            now = properties.properties_of(account)
            before = {name: getattr(now, name) for name in now.__dataclass_fields__}
            account = properties.change(account, properties.Properties(**{**before, **changed}), by=request.user)
        if given.keys() & {"name", "name_en"}:
            services.rename(
                account, name=given.get("name", account.name), name_en=given.get("name_en", account.name_en)
            )
        if given.keys() & {"required_dimensions", "optional_dimensions"}:
            rows = list(account.dimensions.select_related("dimension_type"))
            kept = {
                must: [row.dimension_type.code for row in rows if row.is_required is must] for must in (True, False)
            }
            services.set_dimensions(
                account,
                self._types(given.get("required_dimensions", kept[True])),
                self._types(given.get("optional_dimensions", kept[False])),
            )
        if "is_active" in given:
            services.set_active(account, is_active=given["is_active"])
        account.refresh_from_db()
        return Response(ChartSerializer(account).data)

    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        parent = self._account(self.read(ParentSerializer)["parent"])
        moved = structure.move(self.get_object(), parent, by=request.user)
        return Response(ChartSerializer(moved).data)

    def _account(self, code: str) -> Account:
        account = Account.objects.filter(company=self.company, code=code).first()
        if account is None:
            raise NotFound(what=Account._meta.verbose_name, key=code, field="parent")
        return account

    def _types(self, codes: list[str]) -> list[int]:
        ids = dict(DimensionType.objects.filter(company=self.company).values_list("code", "id"))
        for code in codes:
            if code not in ids:
                raise NotFound(what=DimensionType._meta.verbose_name, key=code, field="required_dimensions")
        return [ids[code] for code in codes]


class OwnTypeSerializer(serializers.ModelSerializer[DimensionType]):
    class Meta:
        model = DimensionType
        fields = ["id", "code", "name", "name_en", "is_hierarchical", "is_builtin", "is_active"]
        read_only_fields = ["is_builtin"]


class NewTypeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=30)
    name = serializers.CharField(max_length=60)
    name_en = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    is_hierarchical = serializers.BooleanField(required=False, default=False)


class ChangedTypeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, required=False)
    name_en = serializers.CharField(max_length=60, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class NewValueSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=200)
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, default="", help_text="Code of the value above"
    )


class OwnDimensionViewSet(CompanyWriteViewSet):
    """Dimensions as they are changed: POST adds, PATCH changes, ``add_value`` adds a value."""

    model = DimensionType
    serializer_class = OwnTypeSerializer
    required_permission = "ledger.view_account"
    action_permissions = {
        "create": "ledger.manage_dimension",
        "partial_update": "ledger.manage_dimension",
        "add_value": "ledger.manage_dimension",
    }
    cursor_ordering = ("id",)

    def create(self, request: Request) -> Response:
        kind = own.add_type(self.company, **self.read(NewTypeSerializer))
        return Response(OwnTypeSerializer(kind).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        kind: DimensionType = self.get_object()
        now = {name: getattr(kind, name) for name in ("name", "name_en", "is_active")}
        kind = own.change_type(kind, **{**now, **self.read(ChangedTypeSerializer)})
        return Response(OwnTypeSerializer(kind).data)

    @action(detail=True, methods=["post"])
    def add_value(self, request: Request, pk: str) -> Response:
        kind: DimensionType = self.get_object()
        given = self.read(NewValueSerializer)
        parent = None
        if code := given.pop("parent"):
            parent = DimensionValue.objects.filter(company=self.company, dimension_type=kind, code=code).first()
            if parent is None:
                raise NotFound(what=DimensionValue._meta.verbose_name, key=code, field="parent")
        value = own.add_value(kind, parent=parent, **given)
        return Response({"id": value.pk, "code": value.code, "name": value.name}, status=201)


class OpeningSerializer(serializers.ModelSerializer[OpeningBalance]):
    account = serializers.CharField(source="account.code")
    dimensions = serializers.SerializerMethodField()

    class Meta:
        model = OpeningBalance
        fields = ["id", "account", "dimensions", "currency", *AMOUNTS]

    def get_dimensions(self, row: OpeningBalance) -> dict[str, str]:
        return {item.dimension_type.code: item.value.code for item in row.dimension_set.items.all()}


class OpeningRowSerializer(serializers.Serializer[Any]):
    account = serializers.CharField(help_text="Code")
    dimensions = serializers.DictField(
        child=serializers.CharField(), required=False, default=dict, help_text="Dimension code: value code"
    )
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")

    def get_fields(self) -> dict[str, Any]:
        amounts = {name: serializers.DecimalField(max_digits=20, decimal_places=6, required=False) for name in AMOUNTS}
        return {**super().get_fields(), **amounts}


class OpeningsSerializer(serializers.Serializer[Any]):
    rows = OpeningRowSerializer(many=True)


class OpeningViewSet(CompanyWriteViewSet):
    """Opening balances. ``set`` makes the openings of the accounts in its rows exactly those rows."""

    model = OpeningBalance
    serializer_class = OpeningSerializer
    required_permission = "ledger.view_report"
    action_permissions = {"set": "ledger.manage_opening"}
    related = ("account",)
    prefetched = ("dimension_set__items__dimension_type", "dimension_set__items__value")
    cursor_ordering = ("id",)

    @action(detail=False, methods=["post"])
    def set(self, request: Request) -> Response:
        rows = self.read(OpeningsSerializer)["rows"]
        codes = {row["account"] for row in rows}
        accounts = dict(Account.objects.filter(company=self.company, code__in=codes).values_list("code", "id"))
        kinds = {code for row in rows for code in row["dimensions"]}
        found = DimensionValue.objects.filter(
            company=self.company,
            dimension_type__code__in=kinds,
            code__in={code for row in rows for code in row["dimensions"].values()},
        ).values_list("dimension_type__code", "code", "dimension_type_id", "id")
        values = {(kind, code): (type_id, value_id) for kind, code, type_id, value_id in found}
        kept = set_openings(
            self.company,
            [_opening_row(number, row, accounts, values) for number, row in enumerate(rows, start=1)],
            request.user,
        )
        now = trial(self.company)
        sums = {"debit": str(now.debit), "credit": str(now.credit), "difference": str(now.difference)}
        return Response({"rows": kept, **sums})


def _opening_row(
    number: int, row: dict[str, Any], accounts: Mapping[str, int], values: Mapping[tuple[str, str], tuple[int, int]]
) -> OpeningRow:
    if row["account"] not in accounts:
        raise NotFound(what=Account._meta.verbose_name, key=row["account"], field="account", row=number)
    for pair in row["dimensions"].items():
        if pair not in values:
            raise NotFound(what=DimensionValue._meta.verbose_name, key=pair[1], field="dimensions", row=number)
    return OpeningRow(
        accounts[row["account"]],
        dimensions=tuple(sorted(values[pair] for pair in row["dimensions"].items())),
        currency=row["currency"],
        **{name: row[name] for name in AMOUNTS if name in row},
    )


def register() -> None:
    """Hang the writing part below /api/v1/."""
    serve("chart", ChartViewSet)
    serve("dimensions", OwnDimensionViewSet)
    serve("openings", OpeningViewSet)
