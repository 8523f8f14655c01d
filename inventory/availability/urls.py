"""Addresses of reservations and availability."""

from django.urls import path

from inventory.availability import views

urlpatterns = [
    path("", views.availability_list, name="availability"),
    path("items/<int:pk>/", views.availability_item, name="availability_item"),
    path("reservations/", views.reservation_list, name="reservation_list"),
    path("reservations/new/", views.reservation_new, name="reservation_new"),
    path("reservations/<int:pk>/release/", views.reservation_release, name="reservation_release"),
    path("reservations/release-stale/", views.reservation_release_stale, name="reservation_release_stale"),
]
