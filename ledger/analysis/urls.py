"""Addresses of the analysis."""

from django.urls import path

from ledger.analysis import budget_views as budgets
from ledger.analysis import ratios, views

urlpatterns = [
    path("pivot/", views.pivot_page, name="analysis_pivot"),
    path("pivot/save/", views.pivot_save, name="analysis_pivot_save"),
    path("pivot/views/<int:view_id>/delete/", views.pivot_delete, name="analysis_pivot_delete"),
    path("ratios/", ratios.ratios_page, name="analysis_ratios"),
    path("budgets/", budgets.budget_list, name="analysis_budgets"),
    path("budgets/new/", budgets.budget_edit, name="analysis_budget_new"),
    path("budgets/<int:budget_id>/", budgets.budget_detail, name="analysis_budget"),
    path("budgets/<int:budget_id>/edit/", budgets.budget_edit, name="analysis_budget_edit"),
    path("budgets/<int:budget_id>/rows/", budgets.budget_row, name="analysis_budget_row"),
    path("budgets/<int:budget_id>/import/", budgets.budget_import, name="analysis_budget_import"),
    path("budgets/<int:budget_id>/compare/", budgets.budget_compare, name="analysis_budget_compare"),
]
