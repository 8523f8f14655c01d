"""Warehouses in the admin."""

from typing import Any

from django.contrib import admin

from inventory.items.admin import MasterAdmin
from inventory.warehouses.models import Warehouse
from inventory.warehouses.services import save_warehouse


@admin.register(Warehouse)
class WarehouseAdmin(MasterAdmin):
    list_display = ("code", "name", "is_active")
    search_fields = ("code", "name")

    def save_model(self, request: Any, obj: Warehouse, form: Any, change: bool) -> None:
        obj.company = request.company
        save_warehouse(obj, by=request.user)
