"""What purchasing adds to the navigation, to the reports and to the drills of the ledger."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem
from ledger.imports.sheets import register_sheet
from ledger.posting.links import register_document_link


def _page_of(page: str, source_id: int) -> str:
    return reverse(page, args=[source_id])


def register() -> None:
    """Called once when Django starts."""
    # The modules of reports register themselves.
    from inventory.purchasing.files_orders import SHEET
    from inventory.reports import grni, open_orders, payables, purchase_summary  # noqa: F401

    register_sheet(SHEET)
    for source_type, label, page in (
        ("purchase_order", _("Purchase order"), "purchase_order_detail"),
        ("supplier_invoice", _("Supplier invoice"), "supplier_invoice_detail"),
        ("supplier_payment", _("Supplier payment"), "supplier_payment_detail"),
        ("payable_allocation", _("Allocation"), "payable_allocation"),
        ("period_opening", _("Reversed estimate"), "stock_document_detail"),  # of a receipt, whose page it opens
    ):
        register_document_link(source_type, label, partial(_page_of, page))
    see = "purchasing.view_document"
    navigation.register(
        NavItem("purchasing", _("Purchase orders"), "purchase_order_list", "shopping-cart", see, 10),
        NavItem("purchasing", _("Orders to come"), "purchase_orders_to_come", "truck-delivery", see, 20),
        NavItem("purchasing", _("Supplier invoices"), "supplier_invoice_list", "receipt", see, 30),
        NavItem("purchasing", _("Supplier payments"), "supplier_payment_list", "cash", see, 40),
        NavItem("purchasing", _("Supplier balances"), "payables", "scale", "ledger.view_report", 50),
        NavItem("purchasing", _("Receipts not invoiced"), "grni", "clock", "inventory.view_cost", 60),
        NavItem("purchasing", _("Reversed estimates"), "estimate_reversals", "refresh", "inventory.run_costing", 65),
        NavItem("purchasing", _("Purchase summary"), "purchase_summary", "chart-bar", "inventory.view_cost", 70),
    )
