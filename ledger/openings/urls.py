"""Addresses of opening balances."""

from django.urls import path

from ledger.openings import views

urlpatterns = [
    path("", views.grid, name="openings_grid"),
    path("<int:account_id>/", views.details, name="openings_details"),
]
