"""Companies in the admin: a superuser makes one with all that belongs to it, its administrators rename it."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from erp.core.web.company_admin import CompanyModelAdmin
from erp.core.web.views import allowed

FIXED_AFTERWARDS = ("code", "standard", "currency", "first_period", "taxpayer", "voucher_words", "cost_pool")


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What the books rest on is chosen once, when the company is made."""

    list_display = ("code", "name", "standard", "first_period", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        mine = super().get_queryset(request)
        return mine if request.user.is_superuser else mine.filter(pk=request.company.pk)  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return FIXED_AFTERWARDS if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) or _manages(request)

    has_view_permission = has_change_permission

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = create_company(**form.cleaned_data)
        obj.pk = made.pk
        obj._state.adding = False
        Membership.objects.create(company=made, user=cast(User, request.user), role=Role.ADMIN)


@admin.register(Membership)
class MembershipAdmin(CompanyModelAdmin):
    """Who holds which role in the active company."""

    view_permission = "core.manage_company"
    change_permission = "core.manage_company"
    list_display = ("user", "role", "conflict_reason", "created_at")
    list_filter = ("role",)
    autocomplete_fields: ClassVar[Any] = ("user",)


def _manages(request: HttpRequest) -> bool:
    return request.company is not None and allowed(request, "core.manage_company")  # type: ignore[attr-defined]
