"""Addresses of this part of the ledger."""

from django.urls import path

from ledger.entry_aids import views

urlpatterns = [
    path("summaries/", views.aids_summaries, name="aids_summaries"),
    path("summaries/save/", views.aids_summary_save, name="aids_summary_save"),
    path("summaries/<int:phrase_id>/delete/", views.aids_summary_delete, name="aids_summary_delete"),
    path("templates/", views.aids_templates, name="aids_templates"),
    path("templates/of/<int:voucher_id>/", views.aids_template_save, name="aids_template_save"),
    path("templates/<int:template_id>/delete/", views.aids_template_delete, name="aids_template_delete"),
    path("recurring/", views.aids_recurring, name="aids_recurring"),
    path("recurring/add/", views.aids_recurring_edit, name="aids_recurring_add"),
    path("recurring/<int:recurring_id>/", views.aids_recurring_edit, name="aids_recurring_edit"),
    path("recurring/<int:recurring_id>/delete/", views.aids_recurring_delete, name="aids_recurring_delete"),
    path("recurring/run/<int:period_id>/", views.aids_recurring_run, name="aids_recurring_run"),
]
