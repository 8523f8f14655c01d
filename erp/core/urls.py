"""Addresses of the ground floor's subjects."""

from django.urls import include, path

urlpatterns = [
    path("", include("erp.core.health.urls")),
    path("jobs/", include("erp.core.jobs.urls")),
    path("imports/", include("erp.core.imports.urls")),
]
