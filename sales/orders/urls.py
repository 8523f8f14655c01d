"""Addresses of sales documents."""

from django.urls import path, re_path

from sales.orders import entry, views

urlpatterns = [
    path("", views.sales_order_list, name="sales_order_list"),
    re_path(r"^new/(?P<kind>sale|return)/$", entry.sales_order_new, name="sales_order_new"),
    path("<int:pk>/", views.sales_order_detail, name="sales_order_detail"),
    path("<int:pk>/edit/", entry.sales_order_edit, name="sales_order_edit"),
    path("<int:pk>/return/", entry.sales_return_new, name="sales_return_new"),
    path("<int:pk>/fulfil/<slug:what>/", views.sales_order_fulfil, name="sales_order_fulfil"),
    path("<int:pk>/confirm/", views.sales_order_confirm, name="sales_order_confirm"),
    path("<int:pk>/complete/", views.sales_order_complete, name="sales_order_complete"),
    path("<int:pk>/cancel/", views.sales_order_cancel, name="sales_order_cancel"),
    path("<int:pk>/delete/", views.sales_order_delete, name="sales_order_delete"),
]
