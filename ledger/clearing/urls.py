"""Addresses of clearing."""

from django.urls import URLPattern, path

from ledger.clearing import views

urlpatterns: list[URLPattern] = [
    path("", views.ageing_page, name="clearing_ageing"),
    path("open/", views.open_items, name="clearing_open_items"),
    path("clear/", views.clear_items, name="clearing_clear"),
    path("automatic/", views.automatic, name="clearing_automatic"),
    path("made/", views.made, name="clearing_list"),
    path("made/<int:clearing_id>/undo/", views.undo, name="clearing_undo"),
]
