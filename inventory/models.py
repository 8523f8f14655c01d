"""Django finds the tables of inventory here; each lives with its subject."""

from inventory.availability.models import Reservation
from inventory.costing.models import (
    CostChange,
    CostCheckpoint,
    CostRun,
    RecostRequest,
    StockClosing,
    StockClosingTrace,
)
from inventory.counts.models import CountDisposal, StockCount, StockCountLine
from inventory.documents.models import StockAttachment, StockDocument, StockDocumentLine
from inventory.items.models import CostMethodChange, Item, ItemCategory, ItemUnit
from inventory.lots.models import Lot, LotBalance
from inventory.moves.models import CostLayer, PoolBalance, StockBalance, StockMove
from inventory.preferences import StockPreferences
from inventory.purchasing.models import (
    EstimateReversal,
    InvoiceMatch,
    PayableAllocation,
    PurchaseOrder,
    PurchaseOrderLine,
    SupplierInvoice,
    SupplierInvoiceLine,
    SupplierPayment,
)
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.warehouses.models import Bin, Warehouse

__all__ = [
    "Bin",
    "CostChange",
    "CostCheckpoint",
    "CostLayer",
    "CostMethodChange",
    "CostRun",
    "CountDisposal",
    "EstimateReversal",
    "InvoiceMatch",
    "Item",
    "ItemCategory",
    "ItemUnit",
    "Lot",
    "LotBalance",
    "PayableAllocation",
    "PoolBalance",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "RecostRequest",
    "Reservation",
    "StockAttachment",
    "StockBalance",
    "StockClosing",
    "StockClosingTrace",
    "StockCount",
    "StockCountLine",
    "StockDocument",
    "StockDocumentLine",
    "StockMove",
    "StockPreferences",
    "Supplier",
    "SupplierGroup",
    "SupplierInvoice",
    "SupplierInvoiceLine",
    "SupplierPayment",
    "Warehouse",
]
