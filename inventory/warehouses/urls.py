"""Addresses of warehouses."""

from django.urls import path

from inventory.warehouses import views

urlpatterns = [
    path("", views.warehouse_list, name="warehouse_list"),
    path("new/", views.warehouse_edit, name="warehouse_new"),
    path("<int:pk>/edit/", views.warehouse_edit, name="warehouse_edit"),
]
