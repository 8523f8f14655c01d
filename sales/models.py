"""Django finds the tables of sales here; each lives with its subject."""

from sales.customers.models import Customer, CustomerGroup
from sales.invoices.models import SalesInvoice, SalesInvoiceLine
from sales.orders.models import SalesOrder, SalesOrderLine

__all__ = ["Customer", "CustomerGroup", "SalesInvoice", "SalesInvoiceLine", "SalesOrder", "SalesOrderLine"]
