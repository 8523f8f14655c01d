"""What sales adds to the navigation, to the reports and to the drills of the ledger."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem
from inventory.events import SALES_ORDER
from ledger.posting.links import register_document_link
from sales.events import SALES_INVOICE


def register() -> None:
    """Called once by the app's ``ready``."""
    # The module of the report registers it.
    from sales.reports import sales_summary  # noqa: F401

    register_document_link(
        SALES_INVOICE, _("Sales invoice"), lambda source_id: reverse("sales_invoice_detail", args=[source_id])
    )
    register_document_link(
        SALES_ORDER, _("Sales order"), lambda source_id: reverse("sales_order_detail", args=[source_id])
    )
    navigation.register(
        NavItem("sales", _("Sales orders"), "sales_order_list", "shopping-cart", "sales.view_document", 10),
        NavItem("sales", _("Sales invoices"), "sales_invoice_list", "receipt", "sales.view_document", 20),
        NavItem("sales", _("Customers"), "customer_list", "users", "sales.view_document", 30),
        NavItem("sales", _("Sales summary"), "sales_summary", "chart-bar", "sales.view_document", 40),
    )
