"""Who may do what: permissions by role, per company.

A permission is a dotted name, ``area.verb_object``. This table is the only place that ties roles to
permissions; pages, API and commands ask ``has_perm`` or ``require`` before they call a service.
"""

from functools import cache
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.errors import NotPermitted


class Role(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    ACCOUNTANT = "accountant", _("Accountant")
    REVIEWER = "reviewer", _("Reviewer")
    CASHIER = "cashier", _("Cashier")
    CLERK = "clerk", _("Clerk")
    WAREHOUSE = "warehouse", _("Warehouse keeper")
    SALES = "sales", _("Salesperson")
    AUDITOR = "auditor", _("Auditor")


PERMISSION_LABELS: dict[str, Any] = {
    "core.view_home": _("See the home page"),
    "core.manage_company": _("Manage company, users and roles"),
    "core.view_history": _("See the history of changes"),
    "core.view_job": _("See jobs"),
    "core.run_import": _("Import files"),
    "core.manage_import_profile": _("Manage import profiles"),
    "ledger.view_account": _("See the chart of accounts"),
    "ledger.manage_account": _("Manage the chart of accounts"),
    "ledger.view_voucher": _("See vouchers"),
    "ledger.enter_voucher": _("Enter vouchers"),
    "ledger.review_voucher": _("Review vouchers"),
    "ledger.post_voucher": _("Post vouchers"),
    "ledger.reverse_voucher": _("Reverse vouchers in red"),
    "ledger.void_voucher": _("Void vouchers"),
    "ledger.sign_voucher": _("Sign cash vouchers"),
    "ledger.post_to_control_account": _("Post to control accounts by hand"),
    "ledger.view_report": _("See books and reports"),
    "ledger.view_posting": _("See the link monitor"),
    "ledger.retry_posting": _("Retry postings"),
    "ledger.manage_posting_rule": _("Manage posting rules and mappings"),
    "ledger.approve_posting_rule": _("Approve posting rules"),
    "ledger.unreview_voucher": _("Take reviews back"),
    "ledger.renumber_voucher": _("Renumber vouchers"),
    "ledger.import_voucher": _("Import vouchers"),
    "ledger.manage_entry_aid": _("Manage summaries, templates and recurring vouchers"),
    "ledger.manage_dimension": _("Manage dimensions"),
    "ledger.manage_currency": _("Manage currencies and rates"),
    "ledger.manage_opening": _("Enter opening balances"),
    "ledger.manage_preferences": _("Change the ledger settings"),
    "ledger.assign_cash_flow": _("Assign cash-flow items"),
    "ledger.manage_cash_flow": _("Manage cash-flow items"),
    "ledger.reconcile_bank": _("Reconcile bank accounts"),
    "ledger.clear_item": _("Clear open items"),
    "ledger.run_transfer": _("Run period-end transfers"),
    "ledger.manage_transfer": _("Manage transfer templates"),
    "ledger.view_statement": _("See statements"),
    "ledger.manage_statement": _("Design statements"),
    "ledger.adjust_statement": _("Reclassify on statements"),
    "ledger.view_analysis": _("Analyse the ledger"),
    "ledger.manage_budget": _("Manage budgets"),
    "ledger.export_data": _("Export all data"),
    "ledger.make_archive": _("Make archive packages"),
    "ledger.close_period": _("Close periods"),
    "ledger.reopen_period": _("Reopen periods"),
    "inventory.view_stock": _("See stock"),
    "inventory.view_cost": _("See costs of stock"),
    "inventory.manage_item": _("Manage items and warehouses"),
    "inventory.enter_document": _("Enter stock documents"),
    "inventory.confirm_document": _("Confirm stock documents"),
    "inventory.reverse_document": _("Reverse stock documents"),
    "inventory.count_stock": _("Count stock"),
    "inventory.confirm_count": _("Confirm stock counts"),
    "inventory.dispose_difference": _("Decide on count differences"),
    "inventory.adjust_cost": _("Adjust costs and change standard costs"),
    "inventory.run_costing": _("Run cost calculation"),
    "inventory.close_stock": _("Close stock"),
    "inventory.reopen_stock": _("Reopen stock"),
    "inventory.reserve_stock": _("Reserve stock"),
    "inventory.manage_preferences": _("Change the stock settings"),
    "inventory.manage_supplier": _("Manage suppliers"),
    "purchasing.view_document": _("See purchasing documents"),
    "purchasing.enter_order": _("Enter purchase orders"),
    "purchasing.confirm_order": _("Confirm purchase orders"),
    "purchasing.enter_invoice": _("Enter supplier invoices"),
    "purchasing.confirm_invoice": _("Confirm supplier invoices"),
    "purchasing.enter_payment": _("Enter supplier payments"),
    "purchasing.confirm_payment": _("Confirm supplier payments"),
    "purchasing.allocate_payment": _("Allocate supplier payments"),
    "sales.view_document": _("See sales documents"),
    "sales.enter_document": _("Enter sales documents"),
    "sales.confirm_document": _("Confirm sales documents"),
    "sales.manage_customer": _("Manage customers"),
    "sales.view_margin": _("See margins"),
}

_EVERYONE = {"core.view_home", "core.view_job"}
_LEDGER_READ = {
    "ledger.view_account",
    "ledger.view_voucher",
    "ledger.view_report",
    "ledger.view_posting",
    "ledger.view_statement",
    "ledger.view_analysis",
    "ledger.export_data",
}
_STOCK_READ = {"inventory.view_stock", "inventory.view_cost", "purchasing.view_document"}
_SALES_READ = {"sales.view_document", "sales.view_margin"}
_READ = _EVERYONE | _LEDGER_READ | _STOCK_READ | _SALES_READ | {"core.view_history"}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.ADMIN: frozenset(PERMISSION_LABELS) - {"ledger.post_to_control_account"},
    Role.ACCOUNTANT: frozenset(
        _READ
        | {
            "core.run_import",
            "core.manage_import_profile",
            "ledger.manage_account",
            "ledger.enter_voucher",
            "ledger.post_voucher",
            "ledger.reverse_voucher",
            "ledger.void_voucher",
            "ledger.retry_posting",
            "ledger.manage_posting_rule",
            "ledger.renumber_voucher",
            "ledger.import_voucher",
            "ledger.manage_entry_aid",
            "ledger.manage_dimension",
            "ledger.manage_currency",
            "ledger.manage_opening",
            "ledger.manage_preferences",
            "ledger.assign_cash_flow",
            "ledger.manage_cash_flow",
            "ledger.reconcile_bank",
            "ledger.clear_item",
            "ledger.run_transfer",
            "ledger.manage_transfer",
            "ledger.manage_statement",
            "ledger.adjust_statement",
            "ledger.manage_budget",
            "ledger.make_archive",
            "ledger.close_period",
            "inventory.enter_document",
            "inventory.adjust_cost",
            "inventory.run_costing",
            "inventory.close_stock",
            "inventory.dispose_difference",
            "inventory.manage_preferences",
            "inventory.manage_supplier",
            "purchasing.enter_invoice",
            "purchasing.confirm_invoice",
            "purchasing.allocate_payment",
        }
    ),
    Role.REVIEWER: frozenset(
        _READ
        | {
            "ledger.review_voucher",
            "ledger.unreview_voucher",
            "ledger.post_voucher",
            "ledger.approve_posting_rule",
            "ledger.reopen_period",
            "inventory.reopen_stock",
        }
    ),
    Role.CASHIER: frozenset(
        _EVERYONE
        | {
            "ledger.view_voucher",
            "ledger.sign_voucher",
            "ledger.view_report",
            "ledger.reconcile_bank",
            "purchasing.view_document",
            "purchasing.enter_payment",
            "purchasing.confirm_payment",
        }
    ),
    Role.CLERK: frozenset(
        _EVERYONE
        | {
            "core.run_import",
            "inventory.view_stock",
            "inventory.enter_document",
            "inventory.confirm_document",
            "inventory.reverse_document",
            "inventory.reserve_stock",
            "inventory.manage_supplier",
            "inventory.count_stock",
            "purchasing.view_document",
            "purchasing.enter_order",
            "purchasing.confirm_order",
            "purchasing.enter_invoice",
            "sales.view_document",
            "sales.enter_document",
            "sales.confirm_document",
            "sales.manage_customer",
        }
    ),
    Role.WAREHOUSE: frozenset(
        _EVERYONE
        | {
            "core.run_import",
            "inventory.view_stock",
            "inventory.manage_item",
            "inventory.enter_document",
            "inventory.confirm_document",
            "inventory.reverse_document",
            "inventory.reserve_stock",
            "inventory.count_stock",
            "inventory.confirm_count",
            "purchasing.view_document",
        }
    ),
    Role.SALES: frozenset(
        _EVERYONE
        | {
            "inventory.view_stock",
            "sales.view_document",
            "sales.enter_document",
            "sales.confirm_document",
            "sales.manage_customer",
        }
    ),
    Role.AUDITOR: frozenset(_READ),
}


@cache
def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """All permissions that the roles give together."""
    return frozenset().union(*(ROLE_PERMISSIONS.get(role, frozenset()) for role in roles))


def roles_of(user: Any, company: Any) -> frozenset[str]:
    """The user's roles in the company (one query). Nobody, and an inactive user, has none."""
    if user is None or company is None or not user.is_authenticated or not user.is_active:
        return frozenset()
    from erp.core.access.models import Membership

    return frozenset(Membership.objects.filter(user=user, company=company).values_list("role", flat=True))


def has_perm(user: Any, company: Any, permission: str) -> bool:
    """Whether the user may do this in this company. An unknown permission is a programming error."""
    if permission not in PERMISSION_LABELS:
        raise KeyError(permission)
    return permission in permissions_of(roles_of(user, company))


def require(user: Any, company: Any, permission: str) -> None:
    """Raise ``NotPermitted`` unless the user may do this in this company."""
    if not has_perm(user, company, permission):
        raise NotPermitted(permission=PERMISSION_LABELS[permission], company=company)
