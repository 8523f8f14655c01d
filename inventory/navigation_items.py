"""What stock adds to the navigation, to the reports and to the drills of the ledger."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem
from inventory.documents.models import DocumentKind
from ledger.posting.links import register_document_link


def register() -> None:
    """Called once by the app's ``ready``."""
    # The modules of reports register themselves.
    from inventory.reports import stock_moves, stock_on_hand  # noqa: F401

    for kind in DocumentKind:
        register_document_link(
            kind.value, kind.label, lambda source_id: reverse("stock_document_detail", args=[source_id])
        )
    navigation.register(
        NavItem("inventory", _("Stock on hand"), "stock_on_hand", "packages", "inventory.view_stock", 10),
        NavItem("inventory", _("Stock moves"), "stock_moves", "arrows-exchange", "inventory.view_stock", 20),
        NavItem("inventory", _("Stock documents"), "stock_document_list", "truck-delivery", "inventory.view_stock", 30),
        NavItem("inventory", _("Items"), "item_list", "package", "inventory.view_stock", 40),
        NavItem("inventory", _("Warehouses"), "warehouse_list", "building-warehouse", "inventory.view_stock", 50),
    )
