"""Addresses of stock counts."""

from django.urls import path

from inventory.counts import disposal_views, views

urlpatterns = [
    path("", views.count_list, name="stock_count_list"),
    path("new/", views.count_new, name="stock_count_new"),
    path("<int:pk>/", views.count_detail, name="stock_count"),
    path("<int:pk>/enter/", views.count_enter, name="stock_count_enter"),
    path("<int:pk>/sheet/", views.count_sheet, name="stock_count_sheet"),
    path("<int:pk>/print/", views.count_print, name="stock_count_print"),
    path("<int:pk>/upload/", views.count_upload, name="stock_count_upload"),
    path("<int:pk>/differences/", views.count_review, name="stock_count_review"),
    path("<int:pk>/confirm/", views.count_confirm, name="stock_count_confirm"),
    path("<int:pk>/cancel/", views.count_cancel, name="stock_count_cancel"),
    path("<int:pk>/reverse/", views.count_reverse, name="stock_count_reverse"),
    path("disposals/", disposal_views.disposal_list, name="count_disposals"),
    path("disposals/new/<int:document_id>/", disposal_views.disposal_new, name="count_disposal_new"),
    path("disposals/<int:pk>/reverse/", disposal_views.disposal_reverse, name="count_disposal_reverse"),
]
