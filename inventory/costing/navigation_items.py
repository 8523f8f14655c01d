"""What recosting, month end and the reports of stock add to the navigation, to the reports and to the drills."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem
from inventory.costing.ledger_side import RECLASSIFIED
from ledger.posting.links import register_document_link


def register() -> None:
    """Called once when Django starts."""
    # The modules of reports register themselves.
    from inventory.costing import differences, month_end, reconciliation  # noqa: F401
    from inventory.reports import (  # noqa: F401
        ageing,
        cost_trace,
        in_transit,
        negative_stock,
        safety_stock,
        slow_movers,
        stock_summary,
        stock_turnover,
    )

    month_end.register()
    register_document_link("cost_run", _("Cost run"), lambda source_id: reverse("cost_run_detail", args=[source_id]))
    register_document_link(
        RECLASSIFIED, _("Change of stock accounts"), lambda _source_id: reverse("stock_reconciliation")
    )
    navigation.register(
        NavItem("inventory", _("Stock summary"), "stock_summary", "list-details", "inventory.view_stock", 15),
        NavItem("inventory", _("Stock reports"), "stock_reports", "chart-bar", "inventory.view_stock", 25),
        NavItem("costing", _("Month end of stock"), "costing_home", "lock", "inventory.view_cost", 10),
        NavItem("costing", _("Stock = ledger"), "stock_reconciliation", "scale", "inventory.view_cost", 20),
        NavItem("costing", _("Cost runs"), "cost_run_list", "refresh", "inventory.view_cost", 30),
        NavItem("costing", _("Changes of unit cost"), "stock_cost_trace", "history", "inventory.view_cost", 40),
    )
