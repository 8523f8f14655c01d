"""Addresses of customers."""

from django.urls import path

from sales.customers import views

urlpatterns = [
    path("", views.customer_list, name="customer_list"),
    path("new/", views.customer_edit, name="customer_new"),
    path("lookup/", views.customer_lookup, name="customer_lookup"),
    path("<int:pk>/", views.customer_detail, name="customer_detail"),
    path("<int:pk>/edit/", views.customer_edit, name="customer_edit"),
]
