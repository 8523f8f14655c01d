"""Roof: dashboards over all apps."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "erp.home"
    label = "home"
