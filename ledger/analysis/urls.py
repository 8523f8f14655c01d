"""Addresses of the analysis."""

from django.urls import path

from ledger.analysis import views

urlpatterns = [
    path("pivot/", views.pivot_page, name="analysis_pivot"),
    path("pivot/save/", views.pivot_save, name="analysis_pivot_save"),
    path("pivot/views/<int:view_id>/delete/", views.pivot_delete, name="analysis_pivot_delete"),
]
