"""Addresses of stock; each subject brings its own."""

from django.urls import include, path

from inventory import preferences_page

urlpatterns = [
    path("", include("inventory.reports.urls")),
    path("documents/", include("inventory.documents.urls")),
    path("counts/", include("inventory.counts.urls")),
    path("availability/", include("inventory.availability.urls")),
    path("preferences/", preferences_page.stock_preferences, name="stock_preferences"),
    path("costing/", include("inventory.costing.urls")),
    path("items/", include("inventory.items.urls")),
    path("lots/", include("inventory.lots.urls")),
    path("warehouses/", include("inventory.warehouses.urls")),
    path("suppliers/", include("inventory.suppliers.urls")),
    path("purchasing/", include("inventory.purchasing.urls")),
]
