"""The Django admin as part of the product: its name, its frame, and the product's own login."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class TongzhangAdminSite(AdminSite):
    """Staff may enter; what they may do there is decided by their roles in the active company. There is one way to
    log in (with lock-out and second step), so the admin's own login page leads there."""

    site_header = _("Tongzhang set-up")
    site_title = _("Tongzhang set-up")
    index_title = _("Rules, mappings and masters")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated and not request.user.is_staff:
            raise PermissionDenied(gettext("Set-up is for administrators and accountants. Ask your administrator."))
        target = request.GET.get("next") or request.POST.get("next") or "/admin/"
        return redirect_to_login(target, "account_login")
