"""Who sees prices of purchasing: whoever sees costs, and whoever enters orders, invoices or payments.

A warehouse keeper receives by the order's quantities and sees no price.
"""

from typing import Any

from erp.core.web.views import allowed

_ANY = ("inventory.view_cost", "purchasing.enter_order", "purchasing.enter_invoice", "purchasing.enter_payment")


def sees_prices(request: Any) -> bool:
    """Whether prices and amounts are shown to the user of the request."""
    return any(allowed(request, permission) for permission in _ANY)
