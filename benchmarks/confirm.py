"""One clerk confirms one sales document of five lines: delivered, costed, invoiced, its events on their way."""

import datetime as dt
import statistics
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from erp.core.companies.setup import create_company
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.services import NewItem, ensure_items
from inventory.warehouses.services import main_warehouse
from sales.customers.services import NewCustomer, ensure_customers
from sales.orders.fulfil import complete_many
from sales.orders.services import NewOrder, NewOrderLine, create_orders

ITEMS = 500
LINES = 5
DAY = dt.date(2025, 12, 5)


def run(_path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Median and 95th percentile in milliseconds, commit included."""
    times = 20 if quick else 300
    company = create_company("confirm", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 11, 1))
    items = list(ensure_items(company, [NewItem(f"G{n}", f"商品{n}") for n in range(ITEMS)]).values())
    customers = list(ensure_customers(company, [NewCustomer(f"C{n}", f"客户{n}") for n in range(50)]).values())
    stock = [NewStockLine(item, Decimal(100_000), Decimal("6.00")) for item in items]
    opening = NewStockDocument(
        DocumentKind.OTHER_RECEIPT, dt.date(2025, 11, 1), main_warehouse(company).pk, stock, Reason.OPENING
    )
    create_confirmed(company, [opening], by=None)
    orders = [
        NewOrder(
            customers[n % len(customers)],
            DAY,
            [
                NewOrderLine(items[(n * LINES + line) * 7 % ITEMS], Decimal(1 + n % 9), Decimal("10.00"))
                for line in range(LINES)
            ],
        )
        for n in range(times)
    ]
    spent = []
    for order_id in create_orders(company, orders, by=None):
        started = time.perf_counter()
        complete_many(company, [order_id], by=None)
        spent.append((time.perf_counter() - started) * 1000)
    return {
        "confirm_p50_ms": round(statistics.median(spent), 1),
        "confirm_p95_ms": round(statistics.quantiles(spent, n=20)[-1], 1),
    }
