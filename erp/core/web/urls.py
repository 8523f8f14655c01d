"""Addresses of the frame."""

from django.urls import path

from erp.core.web import styleguide, views

urlpatterns = [
    path("company/switch/", views.switch_company, name="company_switch"),
    path("styleguide/", styleguide.show, name="styleguide"),
]
