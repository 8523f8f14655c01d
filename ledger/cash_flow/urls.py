"""Addresses of cash flow: workbench, one voucher, query, T-account, items and defaults."""

from django.urls import URLPattern, path

from ledger.cash_flow import masters, views

urlpatterns: list[URLPattern] = [
    path("", views.workbench, name="cash_flow_workbench"),
    path("assign/", views.assign_group, name="cash_flow_assign_group"),
    path("vouchers/<int:voucher_id>/", views.voucher_items, name="cash_flow_voucher"),
    path("lines/", views.lines, name="cash_flow_lines"),
    path("t-account/", views.t_account, name="cash_flow_t_account"),
    path("items/", masters.item_list, name="cash_flow_items"),
    path("items/new/", masters.item_edit, name="cash_flow_item_new"),
    path("items/<int:item_id>/", masters.item_edit, name="cash_flow_item_edit"),
    path("defaults/", masters.default_list, name="cash_flow_defaults"),
    path("defaults/<int:default_id>/delete/", masters.default_delete, name="cash_flow_default_delete"),
]
