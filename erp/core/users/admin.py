"""Users in the admin: administrators of a company make them and see those of their company."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from erp.core.users.models import User
from erp.core.web.views import allowed

PERSON = (
    (None, {"fields": ("username", "password")}),
    (_("Person"), {"fields": ("display_name", "email", "is_active", "is_staff")}),
)
SUPERUSER = ((_("All companies"), {"fields": ("is_superuser",)}),)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """``is_staff`` opens rules and set-up; roles are given as memberships. Only superusers make superusers."""

    list_display = ("username", "display_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "display_name", "email")
    add_fieldsets = ((None, {"fields": ("username", "display_name", "usable_password", "password1", "password2")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        return PERSON + SUPERUSER if request.user.is_superuser else PERSON

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request)
        if request.user.is_superuser:
            return users
        mine = Q(memberships__company=request.company) | Q(memberships__isnull=True)  # type: ignore[attr-defined]
        return users.filter(mine, is_superuser=False).distinct()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        manages = request.company is not None and allowed(request, "core.manage_company")  # type: ignore[attr-defined]
        return bool(request.user.is_superuser) or manages

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # their names stand on vouchers: they are made inactive
