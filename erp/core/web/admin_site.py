"""The Django admin as part of the product: its name, and entry for users whose role has something to set there."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class TongzhangAdminSite(AdminSite):
    """Users log in on the product's own page (with its lock-out); staff of the active company may enter."""

    site_header = _("Tongzhang set-up")
    site_title = _("Tongzhang set-up")
    index_title = _("Rules, mappings and masters")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)
