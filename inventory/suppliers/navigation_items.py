"""What suppliers add to the navigation, to the reports and to the drills of the ledger."""

from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem


def register() -> None:
    """Called once when Django starts."""
    navigation.register(NavItem("purchasing", _("Suppliers"), "supplier_list", "users", "purchasing.view_document", 90))
