"""Addresses of reservations and availability."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
