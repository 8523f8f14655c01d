"""What reservations and availability add to the navigation, to the reports and to the drills of the ledger."""

from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem
from inventory.availability.providers import PURCHASE_ORDER, purchase_orders, register_supply


def register() -> None:
    """Called once when Django starts."""
    from inventory.availability import report  # noqa: F401  (registers itself)

    register_supply(PURCHASE_ORDER, purchase_orders)
    navigation.register(
        NavItem("inventory", _("Availability"), "availability", "calendar", "inventory.view_stock", 15),
        NavItem("inventory", _("Reservations"), "reservation_list", "lock", "inventory.view_stock", 16),
        NavItem("inventory", _("Stock settings"), "stock_preferences", "settings", "inventory.view_stock", 90),
    )
