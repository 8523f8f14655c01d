"""Addresses of the import and export of vouchers."""

from django.urls import path

from ledger.imports import sheet_views, views

urlpatterns = [
    path("", views.voucher_imports, name="imports_vouchers"),
    path("<int:pk>/", views.voucher_run, name="imports_voucher_run"),
    path("<int:pk>/commit/", views.voucher_commit, name="imports_voucher_commit"),
    path("<int:pk>/accounts/", views.voucher_accounts, name="imports_voucher_accounts"),
    path("sheets/<slug:code>/", sheet_views.sheet, name="imports_sheet"),
    path("sheets/<slug:code>/<int:pk>/", sheet_views.sheet_run, name="imports_sheet_run"),
    path("sheets/<slug:code>/<int:pk>/commit/", sheet_views.sheet_commit, name="imports_sheet_commit"),
    path("sheets/<slug:code>/export/<slug:layout>/", sheet_views.sheet_export, name="imports_sheet_export"),
    path("export/", views.voucher_export, name="imports_voucher_export"),
]
