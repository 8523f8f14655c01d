"""Suppliers and their groups in the admin, over the services of the pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from inventory.items.admin import MasterAdmin
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.suppliers.services import save_group, save_supplier


class SupplierMasterAdmin(MasterAdmin):
    view_permission = "purchasing.view_document"
    change_permission = "inventory.manage_supplier"


@admin.register(SupplierGroup)
class SupplierGroupAdmin(SupplierMasterAdmin):
    list_display = ("code", "name", "parent")
    search_fields = ("code", "name")
    list_select_related = ("parent",)

    def save_model(self, request: Any, obj: SupplierGroup, form: Any, change: bool) -> None:
        obj.company = request.company
        save_group(obj, by=request.user)


@admin.register(Supplier)
class SupplierAdmin(SupplierMasterAdmin):
    list_display = ("code", "name", "group", "tax_id", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "search_key")
    list_select_related = ("group",)

    def save_model(self, request: Any, obj: Supplier, form: Any, change: bool) -> None:
        obj.company = request.company
        save_supplier(obj, by=request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()
