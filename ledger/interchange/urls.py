"""Addresses of exports and archives."""

from django.urls import path

from ledger.interchange import archive_views, views

urlpatterns = [
    path("export/", views.export_page, name="interchange_export"),
    path("archives/", archive_views.archive_page, name="interchange_archives"),
    path("archives/<int:package_id>/file/", archive_views.archive_file, name="interchange_archive_file"),
    path("archives/<int:package_id>/check/", archive_views.archive_check, name="interchange_archive_check"),
    path("archives/<int:package_id>/delete/", archive_views.archive_delete, name="interchange_archive_delete"),
]
