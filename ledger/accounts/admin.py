"""The chart, dimensions and periods in the admin: for looking up and for moving lists in and out."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from import_export.admin import ImportExportMixin

from erp.core.errors import NotFound
from erp.core.pinyin import search_key
from erp.core.web.company_admin import CompanyModelAdmin, ReadOnlyAdmin
from ledger.accounts import services
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.periods.models import Period


class AccountResource(resources.ModelResource):
    """Code, name, English name. A new code is a sub-account of the code two digits shorter; an old one is renamed."""

    code = fields.Field(column_name="code", attribute="code")
    name = fields.Field(column_name="name", attribute="name")
    name_en = fields.Field(column_name="name_en", attribute="name_en")

    class Meta:
        model = Account
        fields = ("code", "name", "name_en")
        import_id_fields = ("code",)
        use_transactions = True
        clean_model_instances = False

    def __init__(self, company: Any = None, by: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.company, self.by = company, by

    def get_queryset(self) -> QuerySet[Account]:
        return Account.objects.filter(company=self.company).order_by("code")

    def save_instance(self, instance: Account, is_create: bool, row: Any, **kwargs: Any) -> None:
        if not is_create:
            services.rename(instance, name=instance.name, name_en=instance.name_en or "")
            return
        codes = [instance.code[:length] for length in range(4, len(instance.code))]
        parent = Account.objects.filter(company=self.company, code__in=codes).order_by("-level").first()
        if parent is None:
            raise NotFound(what=_("Account"), key=instance.code)
        added = services.add_sub_account(
            parent, name=instance.name, name_en=instance.name_en or "", code=instance.code, by=self.by
        )
        instance.pk = added.pk


@admin.register(Account)
class AccountAdmin(ImportExportMixin, ReadOnlyAdmin):  # type: ignore[misc]
    """Accounts are changed on the page of the chart; here they are found, and listed in and out."""

    resource_classes = [AccountResource]
    view_permission = "ledger.view_account"
    list_display = ("code", "name", "name_en", "account_class", "direction", "is_leaf", "is_control", "is_active")
    list_filter = ("account_class", "level", "is_control", "is_active")
    search_fields = ("code", "name", "name_en", "search_key")
    ordering = ("code",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """Where an account is chosen for postings, only those that take postings are offered."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        if request.GET.get("model_name") in ("accountmapping", "postingruleline"):
            found = found.filter(is_leaf=True, is_active=True)
        return found, distinct

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "ledger.manage_account")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_import_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"company": request.company, "by": request.user}  # type: ignore[attr-defined]

    get_export_resource_kwargs = get_import_resource_kwargs


@admin.register(DimensionType)
class DimensionTypeAdmin(CompanyModelAdmin):
    """Built-in dimensions belong to the program; others are the company's own."""

    view_permission, change_permission = "ledger.view_account", "ledger.manage_account"
    list_display = ("code", "name", "name_en", "is_hierarchical", "is_builtin")
    search_fields = ("code", "name", "name_en")
    fields = ("code", "name", "name_en", "is_hierarchical")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_fixed = isinstance(obj, DimensionType) and obj.is_builtin
        return super().has_change_permission(request, obj) and not is_fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DimensionValue)
class DimensionValueAdmin(CompanyModelAdmin):
    """Values of masters (customers, items …) follow their masters; departments and own dimensions are kept here."""

    view_permission, change_permission = "ledger.view_account", "ledger.manage_account"
    list_display = ("code", "name", "dimension_type", "parent", "is_active")
    list_filter = (("dimension_type", admin.RelatedOnlyFieldListFilter), "is_active")
    list_select_related = ("dimension_type", "parent")
    search_fields = ("code", "name", "search_key")
    fields = ("dimension_type", "code", "name", "parent", "is_active")
    autocomplete_fields = ("parent",)
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("dimension_type", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.search_key = search_key(obj.code, obj.name)[:400]
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin):
    view_permission = "ledger.view_report"
    list_display = ("__str__", "start", "end", "status", "closed_by", "closed_at")
    list_filter = ("status", "year")
    list_select_related = ("closed_by",)
    ordering = ("-start",)
