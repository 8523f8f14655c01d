"""Item categories and items in the admin: the tree that account mappings follow, over the services of the pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from erp.core.web.company_admin import CompanyModelAdmin
from inventory.items.forms import COSTS
from inventory.items.models import Item, ItemCategory
from inventory.items.rules import STAYS
from inventory.items.services import save_category, save_item


class MasterAdmin(CompanyModelAdmin):
    """Masters are disabled, not deleted: documents and the ledger name them."""

    view_permission = "inventory.view_stock"
    change_permission = "inventory.manage_item"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ItemCategory)
class ItemCategoryAdmin(MasterAdmin):
    list_display = ("code", "name", "parent", "service_type")
    list_filter = ("service_type",)
    search_fields = ("code", "name")
    list_select_related = ("parent",)

    def save_model(self, request: Any, obj: ItemCategory, form: Any, change: bool) -> None:
        obj.company = request.company
        save_category(obj, by=request.user)


@admin.register(Item)
class ItemAdmin(MasterAdmin):
    list_display = ("code", "name", "category", "kind", "unit", "tax_rate", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("code", "name", "search_key")
    list_select_related = ("category",)

    def save_model(self, request: Any, obj: Item, form: Any, change: bool) -> None:
        obj.company = request.company
        save_item(obj, by=request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # What moves may rest on changes on the pages, where a refusal can be said.
        return ("code", "kind", *STAYS) if obj else ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("company",) if self._may(request, "inventory.view_cost") else ("company", *COSTS)
