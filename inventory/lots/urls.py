"""Addresses of lots."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
