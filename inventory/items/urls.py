"""Addresses of items."""

from django.urls import path

from inventory.items import views, views_more

urlpatterns = [
    path("", views.item_list, name="item_list"),
    path("new/", views.item_edit, name="item_new"),
    path("lookup/", views.item_lookup, name="item_lookup"),
    path("categories/", views_more.item_category_list, name="item_category_list"),
    path("categories/new/", views_more.item_category_edit, name="item_category_new"),
    path("categories/<int:pk>/edit/", views_more.item_category_edit, name="item_category_edit"),
    path("<int:pk>/", views.item_detail, name="item_detail"),
    path("<int:pk>/edit/", views.item_edit, name="item_edit"),
    path("<int:pk>/cost-method/", views_more.item_method_change, name="item_method_change"),
]
