"""Addresses of stock; each subject brings its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("inventory.reports.urls")),
    path("documents/", include("inventory.documents.urls")),
    path("items/", include("inventory.items.urls")),
    path("warehouses/", include("inventory.warehouses.urls")),
]
