"""Addresses of recosting and month end."""

from django.urls import URLPattern, path

from inventory.costing import differences, reconciliation, views
from inventory.reports.views import view_of

urlpatterns: list[URLPattern] = [
    path("", views.costing_home, name="costing_home"),
    path("periods/<int:period_id>/", views.costing_period, name="costing_period"),
    path("periods/<int:period_id>/close/", views.costing_close, name="costing_close"),
    path("periods/<int:period_id>/reopen/", views.costing_reopen, name="costing_reopen"),
    path("periods/<int:period_id>/steps/<slug:step>/", views.costing_step, name="costing_step"),
    path("runs/", views.cost_run_list, name="cost_run_list"),
    path("runs/<int:run_id>/", views.cost_run_detail, name="cost_run_detail"),
    path("reconciliation/", view_of(reconciliation.PAGE, views.VIEW), name="stock_reconciliation"),
    path("differences/", view_of(differences.PAGE, views.VIEW), name="stock_differences"),
]
