"""Addresses of warehouses."""

from django.urls import path

from inventory.warehouses import views

urlpatterns = [
    path("", views.warehouse_list, name="warehouse_list"),
    path("new/", views.warehouse_edit, name="warehouse_new"),
    path("<int:pk>/edit/", views.warehouse_edit, name="warehouse_edit"),
    path("<int:pk>/bins/", views.bin_list, name="bin_list"),
    path("<int:pk>/bins/new/", views.bin_edit, name="bin_new"),
    path("<int:pk>/bins/<int:bin_pk>/", views.bin_edit, name="bin_edit"),
]
