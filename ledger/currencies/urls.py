"""Addresses of this part of the ledger."""

from django.urls import URLPattern, path

from ledger.currencies import views

urlpatterns: list[URLPattern] = [
    path("", views.currency_list, name="currency_list"),
    path("new/", views.currency_edit, name="currency_new"),
    path("usual/", views.currency_usual, name="currency_usual"),
    path("<int:currency_id>/", views.currency_edit, name="currency_edit"),
    path("<int:currency_id>/delete/", views.currency_delete, name="currency_delete"),
    path("rates/", views.rate_add, name="currency_rate_add"),
    path("rates/<int:rate_id>/delete/", views.rate_delete, name="currency_rate_delete"),
]
