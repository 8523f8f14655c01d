"""Addresses of stock documents."""

from django.urls import path

from inventory.documents import views

urlpatterns = [
    path("", views.stock_document_list, name="stock_document_list"),
    path("new/<slug:kind>/", views.stock_document_new, name="stock_document_new"),
    path("<int:pk>/", views.stock_document_detail, name="stock_document_detail"),
    path("<int:pk>/edit/", views.stock_document_edit, name="stock_document_edit"),
    path("<int:pk>/confirm/", views.stock_document_confirm, name="stock_document_confirm"),
    path("<int:pk>/reverse/", views.stock_document_reverse, name="stock_document_reverse"),
    path("<int:pk>/delete/", views.stock_document_delete, name="stock_document_delete"),
]
