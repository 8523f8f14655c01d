"""Addresses of the import and export of vouchers."""

from django.urls import path

from ledger.imports import views

urlpatterns = [
    path("", views.voucher_imports, name="imports_vouchers"),
    path("<int:pk>/", views.voucher_run, name="imports_voucher_run"),
    path("<int:pk>/commit/", views.voucher_commit, name="imports_voucher_commit"),
    path("<int:pk>/accounts/", views.voucher_accounts, name="imports_voucher_accounts"),
    path("export/", views.voucher_export, name="imports_voucher_export"),
]
