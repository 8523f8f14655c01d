"""What stock counts add to the navigation, to the reports and to the drills of the ledger."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem
from inventory.counts import closing
from inventory.counts.disposals import live_disposals
from inventory.counts.events import DISPOSAL
from inventory.documents.dependents import register_dependents
from ledger.posting.links import register_document_link


def register() -> None:
    """Called once when Django starts."""
    closing.register()
    register_dependents(live_disposals)
    register_document_link("stock_count", _("Stock count"), lambda pk: reverse("stock_count", args=[pk]))
    register_document_link(DISPOSAL, _("Count difference settled"), lambda pk: reverse("count_disposals"))
    navigation.register(
        NavItem("inventory", _("Stock counts"), "stock_count_list", "list-details", "inventory.view_stock", 35),
    )
