"""Addresses of exports and archives."""

from django.urls import path

from ledger.interchange import views

urlpatterns = [
    path("export/", views.export_page, name="interchange_export"),
]
