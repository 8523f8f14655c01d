"""Django finds the admin of the ground floor here; each subject has its own."""

from erp.core.imports import admin as imports_admin

__all__ = ["imports_admin"]
