"""Addresses of stock reports."""

from django.urls import path

from inventory.reports import views

urlpatterns = [
    path("stock/", views.stock_on_hand, name="stock_on_hand"),
    path("moves/", views.stock_moves, name="stock_moves"),
]
