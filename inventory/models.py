"""Django finds the tables of inventory here; each lives with its subject."""

from inventory.documents.models import StockDocument, StockDocumentLine
from inventory.items.models import Item, ItemCategory
from inventory.moves.models import StockBalance, StockMove
from inventory.warehouses.models import Warehouse

__all__ = ["Item", "ItemCategory", "StockBalance", "StockDocument", "StockDocumentLine", "StockMove", "Warehouse"]
