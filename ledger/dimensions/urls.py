"""Addresses of dimensions."""

from django.urls import path

from ledger.dimensions import views

urlpatterns = [
    path("", views.types, name="dimensions_types"),
    path("new/", views.type_edit, name="dimensions_type_add"),
    path("<int:type_id>/", views.values, name="dimensions_values"),
    path("<int:type_id>/edit/", views.type_edit, name="dimensions_type_edit"),
    path("<int:type_id>/values/new/", views.value_edit, name="dimensions_value_add"),
    path("<int:type_id>/values/<int:value_id>/", views.value_edit, name="dimensions_value_edit"),
    path("<int:type_id>/lookup/", views.value_lookup, name="dimensions_lookup"),
]
