"""Addresses of this part of the ledger."""

from django.urls import URLPattern, path, re_path

from ledger.closing import transfer_views, views

urlpatterns: list[URLPattern] = [
    path("", views.closing_home, name="closing_home"),
    path("<int:period_id>/", views.closing_period, name="closing_period"),
    path("<int:period_id>/steps/<slug:step>/", views.closing_step, name="closing_step"),
    path("<int:period_id>/run-all/", views.closing_run_all, name="closing_run_all"),
    path("<int:period_id>/close/", views.closing_close, name="closing_close"),
    path("<int:period_id>/reopen/", views.closing_reopen, name="closing_reopen"),
    path("transfers/", transfer_views.transfer_list, name="closing_transfers"),
    path("transfers/new/", transfer_views.transfer_new, name="closing_transfer_new"),
    path("transfers/<int:template_id>/", transfer_views.transfer_edit, name="closing_transfer_edit"),
    path("transfers/<int:template_id>/preview/", transfer_views.transfer_preview, name="closing_transfer_preview"),
    re_path(
        r"^transfers/(?P<template_id>\d+)/(?P<action>run|enable|disable|delete)/$",
        transfer_views.transfer_action,
        name="closing_transfer_action",
    ),
]
