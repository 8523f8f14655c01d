"""Addresses of printed vouchers."""

from django.urls import path

from ledger.vouchers.print_views import voucher_print

urlpatterns = [path("", voucher_print, name="voucher_print")]
