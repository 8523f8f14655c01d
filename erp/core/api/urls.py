"""Addresses below ``/api/v1/``: the apps' parts, tokens, the OpenAPI schema and its page."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from erp.core.api import reports, resources
from erp.core.api.registry import router
from erp.core.api.token import TokenView

resources.register()

urlpatterns = [
    path("token/", TokenView.as_view(), name="api_token"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api_schema"), name="api_docs"),
    *reports.urls(),
    path("", include(router().urls)),
]
