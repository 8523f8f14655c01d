"""Addresses of the statements."""

from django.urls import path, re_path

from ledger.statements import design, views

urlpatterns = [
    path("", views.statement_list, name="statements_list"),
    path("<int:statement_id>/", views.statement_sheet, name="statements_sheet"),
    path("<int:statement_id>/lines/<int:line_no>/", views.statement_cell, name="statements_cell"),
    path("snapshots/<int:snapshot_id>/", views.statement_snapshot, name="statements_snapshot"),
    path("<int:statement_id>/design/", design.statement_design, name="statements_design"),
    path("<int:statement_id>/columns/", design.statement_columns, name="statements_columns"),
    path("<int:statement_id>/rows/new/", design.row_add, name="statements_row_add"),
    path("rows/<int:row_id>/", design.row_edit, name="statements_row_edit"),
    re_path(r"^rows/(?P<row_id>\d+)/(?P<action>up|down|delete)/$", design.row_action, name="statements_row_action"),
    re_path(
        r"^(?P<statement_id>\d+)/(?P<action>copy|restore|delete)/$", design.statement_action, name="statements_action"
    ),
    path("<int:statement_id>/adjustments/", design.adjustments, name="statements_adjustments"),
    path("adjustments/<int:adjustment_id>/remove/", design.adjustment_remove, name="statements_adjustment_remove"),
]
