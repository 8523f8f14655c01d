"""Addresses of purchasing."""

from django.urls import path

from inventory.purchasing import views_coming as coming
from inventory.purchasing import views_estimates as estimates
from inventory.purchasing import views_invoice_entry as invoice_entry
from inventory.purchasing import views_invoices as invoices
from inventory.purchasing import views_lookup as lookups
from inventory.purchasing import views_order_entry as order_entry
from inventory.purchasing import views_orders as orders
from inventory.purchasing import views_payment_entry as payment_entry
from inventory.purchasing import views_payments as payments
from inventory.purchasing import views_print as prints
from inventory.purchasing import views_reports as reports

urlpatterns = [
    path("items/lookup/", lookups.purchase_item_lookup, name="purchase_item_lookup"),
    path("units/lookup/", lookups.purchase_unit_lookup, name="purchase_unit_lookup"),
    path("orders/", orders.purchase_order_list, name="purchase_order_list"),
    path("orders/new/", order_entry.purchase_order_new, name="purchase_order_new"),
    path("orders/confirm/", orders.purchase_order_confirm_many, name="purchase_order_confirm_many"),
    path("orders/to-come/", coming.purchase_orders_to_come, name="purchase_orders_to_come"),
    path("orders/import/", orders.purchase_order_import, name="purchase_order_import"),
    path("orders/<int:pk>/", orders.purchase_order_detail, name="purchase_order_detail"),
    path("orders/<int:pk>/edit/", order_entry.purchase_order_edit, name="purchase_order_edit"),
    path("orders/<int:pk>/receive/", orders.purchase_order_receive, name="purchase_order_receive"),
    path("orders/<int:pk>/print/", prints.purchase_order_print, name="purchase_order_print"),
    path("orders/<int:pk>/confirm/", orders.purchase_order_confirm, name="purchase_order_confirm"),
    path("orders/<int:pk>/close/", orders.purchase_order_close, name="purchase_order_close"),
    path("orders/<int:pk>/reopen/", orders.purchase_order_reopen, name="purchase_order_reopen"),
    path("orders/<int:pk>/cancel/", orders.purchase_order_cancel, name="purchase_order_cancel"),
    path("orders/<int:pk>/copy/", orders.purchase_order_copy, name="purchase_order_copy"),
    path("orders/<int:pk>/delete/", orders.purchase_order_delete, name="purchase_order_delete"),
    path("invoices/", invoices.supplier_invoice_list, name="supplier_invoice_list"),
    path("invoices/lookup/", invoices.supplier_invoice_lookup, name="supplier_invoice_lookup"),
    path("invoices/match/", invoice_entry.supplier_invoice_match, name="supplier_invoice_match"),
    path("invoices/charge/", invoice_entry.supplier_invoice_charge, name="supplier_invoice_charge"),
    path("invoices/<int:pk>/", invoices.supplier_invoice_detail, name="supplier_invoice_detail"),
    path("invoices/<int:pk>/edit/", invoice_entry.supplier_invoice_edit, name="supplier_invoice_edit"),
    path("invoices/<int:pk>/confirm/", invoices.supplier_invoice_confirm, name="supplier_invoice_confirm"),
    path("invoices/<int:pk>/certify/", invoices.supplier_invoice_certify, name="supplier_invoice_certify"),
    path("invoices/<int:pk>/reverse/", invoices.supplier_invoice_reverse, name="supplier_invoice_reverse"),
    path("invoices/<int:pk>/write-off/", invoices.supplier_invoice_write_off, name="supplier_invoice_write_off"),
    path("invoices/<int:pk>/delete/", invoices.supplier_invoice_delete, name="supplier_invoice_delete"),
    path("payments/", payments.supplier_payment_list, name="supplier_payment_list"),
    path("payments/new/", payment_entry.supplier_payment_new, name="supplier_payment_new"),
    path("payments/<int:pk>/", payments.supplier_payment_detail, name="supplier_payment_detail"),
    path("payments/<int:pk>/edit/", payment_entry.supplier_payment_edit, name="supplier_payment_edit"),
    path("payments/<int:pk>/confirm/", payments.supplier_payment_confirm, name="supplier_payment_confirm"),
    path("payments/<int:pk>/reverse/", payments.supplier_payment_reverse, name="supplier_payment_reverse"),
    path("payments/<int:pk>/delete/", payments.supplier_payment_delete, name="supplier_payment_delete"),
    path("allocations/supplier/<int:pk>/", payments.supplier_allocation, name="supplier_allocation"),
    path("allocations/supplier/<int:pk>/auto/", payments.supplier_allocation_auto, name="supplier_allocation_auto"),
    path("allocations/<int:pk>/", payments.payable_allocation, name="payable_allocation"),
    path("allocations/<int:pk>/undo/", payments.supplier_allocation_undo, name="supplier_allocation_undo"),
    path("estimates/", estimates.estimate_reversals, name="estimate_reversals"),
    path("estimates/step/", estimates.estimate_step, name="estimate_step"),
    path("payables/", reports.payables, name="payables"),
    path("payables/<int:pk>/", reports.payables_supplier, name="payables_supplier"),
    path("grni/", reports.grni, name="grni"),
    path("summary/", reports.purchase_summary, name="purchase_summary"),
]
