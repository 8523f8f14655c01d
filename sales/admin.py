"""Django finds the admin of sales here; each subject has its own."""

from sales.customers import admin as customers_admin

__all__ = ["customers_admin"]
