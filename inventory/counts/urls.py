"""Addresses of stock counts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
