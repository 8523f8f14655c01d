"""Addresses of imports."""

from django.urls import path

from erp.core.imports import views

urlpatterns = [
    path("", views.import_list, name="import_list"),
    path("<int:pk>/", views.import_detail, name="import_detail"),
    path("<int:pk>/preview/", views.import_preview, name="import_preview"),
    path("<int:pk>/commit/", views.import_commit, name="import_commit"),
    path("<int:pk>/returned/", views.import_returned, name="import_returned"),
]
