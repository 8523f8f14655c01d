"""Addresses of invoices."""

from django.urls import path

from sales.invoices import views

urlpatterns = [
    path("", views.sales_invoice_list, name="sales_invoice_list"),
    path("<int:pk>/", views.sales_invoice_detail, name="sales_invoice_detail"),
]
