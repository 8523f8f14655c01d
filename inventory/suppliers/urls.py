"""Addresses of suppliers."""

from django.urls import path

from inventory.suppliers import views

urlpatterns = [
    path("", views.supplier_list, name="supplier_list"),
    path("new/", views.supplier_edit, name="supplier_new"),
    path("lookup/", views.supplier_lookup, name="supplier_lookup"),
    path("groups/", views.supplier_group_list, name="supplier_group_list"),
    path("groups/new/", views.supplier_group_edit, name="supplier_group_new"),
    path("groups/<int:pk>/edit/", views.supplier_group_edit, name="supplier_group_edit"),
    path("<int:pk>/", views.supplier_detail, name="supplier_detail"),
    path("<int:pk>/edit/", views.supplier_edit, name="supplier_edit"),
]
