"""Addresses of bank reconciliation."""

from django.urls import URLPattern, path

from ledger.bank import views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="bank_accounts"),
    path("reconcile/", views.reconcile, name="bank_reconcile"),
    path("reconcile/match/", views.match_lines, name="bank_match"),
    path("reconcile/auto/", views.auto_match, name="bank_auto_match"),
    path("matches/", views.matches, name="bank_matches"),
    path("matches/<int:match_id>/undo/", views.unmatch, name="bank_unmatch"),
    path("statements/", views.statements, name="bank_statements"),
    path("statements/<int:statement_id>/delete/", views.statement_delete, name="bank_statement_delete"),
    path("statement/", views.reconciliation_statement, name="bank_reconciliation_statement"),
    path("opening/", views.opening_items, name="bank_opening_items"),
    path("opening/<int:line_id>/delete/", views.opening_delete, name="bank_opening_delete"),
]
