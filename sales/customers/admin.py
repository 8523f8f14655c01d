"""Customers and their groups in the admin, over the services of the pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from erp.core.web.company_admin import CompanyModelAdmin
from sales.customers.models import Customer, CustomerGroup
from sales.customers.services import save_customer, save_group


class MasterAdmin(CompanyModelAdmin):
    """Masters are disabled, not deleted: documents and the ledger name them."""

    view_permission = "sales.view_document"
    change_permission = "sales.manage_customer"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CustomerGroup)
class CustomerGroupAdmin(MasterAdmin):
    list_display = ("code", "name", "parent")
    search_fields = ("code", "name")
    list_select_related = ("parent",)

    def save_model(self, request: Any, obj: CustomerGroup, form: Any, change: bool) -> None:
        obj.company = request.company
        save_group(obj, by=request.user)


@admin.register(Customer)
class CustomerAdmin(MasterAdmin):
    list_display = ("code", "name", "group", "region", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "search_key")
    list_select_related = ("group",)
    exclude = ("company", "is_cash")

    def save_model(self, request: Any, obj: Customer, form: Any, change: bool) -> None:
        obj.company = request.company
        save_customer(obj, by=request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()
