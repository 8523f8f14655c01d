"""Addresses of the ledger settings."""

from django.urls import path

from ledger.preferences import views

urlpatterns = [path("", views.preferences, name="preferences_edit")]
