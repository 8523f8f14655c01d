"""Addresses of health and metrics."""

from django.urls import path

from erp.core.health import views

urlpatterns = [
    path("health/", views.ready, name="health"),
    path("health/live/", views.live, name="health_live"),
    path("health/ready/", views.ready, name="health_ready"),
    path("metrics", views.metrics, name="metrics"),
]
