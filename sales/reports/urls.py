"""Addresses of sales reports."""

from django.urls import path

from sales.reports import views

urlpatterns = [path("", views.sales_summary, name="sales_summary")]
