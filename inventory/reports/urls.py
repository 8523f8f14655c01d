"""Addresses of stock reports."""

from django.urls import path

from inventory.reports import (
    ageing,
    cost_trace,
    in_transit,
    negative_stock,
    safety_stock,
    slow_movers,
    stock_on_hand,
    stock_summary,
    stock_turnover,
    views,
)

urlpatterns = [
    path("reports/", views.stock_reports, name="stock_reports"),
    path("stock/", views.view_of(stock_on_hand.PAGE), name="stock_on_hand"),
    path("summary/", views.view_of(stock_summary.PAGE), name="stock_summary"),
    path("moves/", views.stock_moves, name="stock_moves"),
    path("ageing/", views.view_of(ageing.PAGE), name="stock_ageing"),
    path("slow-movers/", views.view_of(slow_movers.PAGE), name="slow_movers"),
    path("safety-stock/", views.view_of(safety_stock.PAGE), name="safety_stock"),
    path("turnover/", views.view_of(stock_turnover.PAGE), name="stock_turnover"),
    path("in-transit/", views.view_of(in_transit.PAGE), name="transfers_in_transit"),
    path("negative/", views.view_of(negative_stock.PAGE), name="negative_stock"),
    path("cost-trace/", views.view_of(cost_trace.PAGE, "inventory.view_cost"), name="stock_cost_trace"),
]
