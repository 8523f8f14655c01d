"""Addresses of items."""

from django.urls import path

from inventory.items import views

urlpatterns = [
    path("", views.item_list, name="item_list"),
    path("new/", views.item_edit, name="item_new"),
    path("lookup/", views.item_lookup, name="item_lookup"),
    path("<int:pk>/", views.item_detail, name="item_detail"),
    path("<int:pk>/edit/", views.item_edit, name="item_edit"),
]
