"""The API of purchasing: orders, supplier invoices, payments, allocations. The services of the pages, so the same
refusals."""

from erp.core.api.registry import register as serve
from inventory.purchasing.api_estimates import EstimateReversalViewSet
from inventory.purchasing.api_invoices import SupplierInvoiceViewSet
from inventory.purchasing.api_orders import PurchaseOrderViewSet
from inventory.purchasing.api_payments import PayableAllocationViewSet, SupplierPaymentViewSet


def register() -> None:
    """Hang this part below /api/v1/."""
    serve("purchase-orders", PurchaseOrderViewSet)
    serve("supplier-invoices", SupplierInvoiceViewSet)
    serve("supplier-payments", SupplierPaymentViewSet)
    serve("payable-allocations", PayableAllocationViewSet)
    serve("estimate-reversals", EstimateReversalViewSet)
