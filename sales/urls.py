"""Addresses of sales; each subject brings its own."""

from django.urls import include, path

urlpatterns = [
    path("orders/", include("sales.orders.urls")),
    path("invoices/", include("sales.invoices.urls")),
    path("customers/", include("sales.customers.urls")),
    path("summary/", include("sales.reports.urls")),
]
