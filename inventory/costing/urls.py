"""Addresses of recosting and month end."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
