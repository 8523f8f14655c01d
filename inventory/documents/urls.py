"""Addresses of stock documents."""

from django.urls import path

from inventory.documents import entry, file_views, import_views, lookup_views, scan, views

urlpatterns = [
    path("", views.stock_document_list, name="stock_document_list"),
    path("confirm/", views.stock_document_bulk_confirm, name="stock_document_bulk_confirm"),
    path("print/", file_views.stock_document_print, name="stock_document_print"),
    path("import/", import_views.stock_document_import, name="stock_document_import"),
    path("import/template/", import_views.stock_document_import_template, name="stock_document_import_template"),
    path("new/<slug:kind>/", entry.stock_document_new, name="stock_document_new"),
    path("scan/<slug:kind>/", scan.stock_document_scan, name="stock_document_scan"),
    path("lookup/scan/", scan.scan_code, name="stock_document_scan_code"),
    path("lookup/items/", lookup_views.item_lookup, name="stock_document_item_lookup"),
    path("lookup/lots/", lookup_views.lot_lookup, name="stock_document_lot_lookup"),
    path("lookup/bins/", lookup_views.bin_lookup, name="stock_document_bin_lookup"),
    path("lookup/parties/", lookup_views.party_lookup, name="stock_document_party_lookup"),
    path("lookup/on-hand/", lookup_views.on_hand, name="stock_document_on_hand"),
    path("lookup/first-expired/", lookup_views.first_expired, name="stock_document_first_expired"),
    path("lookup/landed-cost/", lookup_views.landed_preview, name="stock_document_landed_preview"),
    path("<int:pk>/", views.stock_document_detail, name="stock_document_detail"),
    path("<int:pk>/edit/", entry.stock_document_edit, name="stock_document_edit"),
    path("<int:pk>/copy/", entry.stock_document_copy, name="stock_document_copy"),
    path("<int:pk>/confirm/", views.stock_document_confirm, name="stock_document_confirm"),
    path("<int:pk>/reverse/", views.stock_document_reverse, name="stock_document_reverse"),
    path("<int:pk>/delete/", views.stock_document_delete, name="stock_document_delete"),
    path("<int:pk>/excel/", file_views.stock_document_excel, name="stock_document_excel"),
    path("<int:pk>/files/", file_views.stock_document_attach, name="stock_document_attach"),
    path("<int:pk>/files/<int:file_id>/", file_views.stock_document_file, name="stock_document_file"),
    path(
        "<int:pk>/files/<int:file_id>/remove/", file_views.stock_document_file_remove, name="stock_document_file_remove"
    ),
]
