"""Roof: dashboards over all apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    name = "erp.home"
    label = "home"

    def ready(self) -> None:
        from erp.core.web.navigation import NavItem, register

        register(NavItem("home", _("Home"), "home", "home", "core.view_home", 0))
