"""The ground floor as a Django app, and the admin site that looks like the rest of the product."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.translation import gettext_lazy as _


class AdminConfig(DjangoAdminConfig):
    default_site = "erp.core.web.admin_site.TongzhangAdminSite"


class CoreConfig(AppConfig):
    name = "erp.core"
    label = "core"
    verbose_name = _("Companies and users")

    def ready(self) -> None:
        from erp.core import navigation_items
        from erp.core.imports import background

        navigation_items.register()
        background.register()
