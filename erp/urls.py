"""All addresses. Each subject brings its own; this file only says where they hang."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("erp.core.web.urls")),
    path("", include("erp.core.urls")),
    path("", include("erp.home.urls")),
    path("ledger/", include("ledger.urls")),
    path("inventory/", include("inventory.urls")),
    path("sales/", include("sales.urls")),
    path("api/v1/", include("erp.core.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
