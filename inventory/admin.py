"""Django finds the admin of inventory here; each subject has its own."""

from inventory.items import admin as items_admin
from inventory.suppliers import admin as suppliers_admin
from inventory.warehouses import admin as warehouses_admin

__all__ = ["items_admin", "suppliers_admin", "warehouses_admin"]
