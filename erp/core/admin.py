"""Django finds the admin of the ground floor here; each subject has its own."""

from erp.core.companies import admin as companies_admin
from erp.core.imports import admin as imports_admin
from erp.core.users import admin as users_admin

__all__ = ["companies_admin", "imports_admin", "users_admin"]
