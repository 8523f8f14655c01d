"""Addresses of lots."""

from django.urls import path

from inventory.lots import views

urlpatterns = [
    path("", views.lot_list, name="lot_list"),
    path("suggestion/", views.lot_suggestion, name="lot_suggestion"),
    path("<int:pk>/", views.lot_detail, name="lot_detail"),
    path("<int:pk>/edit/", views.lot_edit, name="lot_edit"),
]
