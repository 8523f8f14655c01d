"""The trader of ``tests.trading`` with two suppliers, and what tests of purchasing pages do over and over."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client

from erp.core.access.permissions import Role
from inventory.documents.models import StockDocument
from inventory.purchasing import orders
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import PurchaseOrder, SupplierInvoice
from inventory.purchasing.orders import NewOrder, NewOrderLine
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from tests.trading import DAY, Trader


class Buyer(Trader):
    """Buys candlesticks and cups of 义乌烛台厂 (30 days to pay) and 景德镇瓷器行 (60 days)."""

    def __init__(self) -> None:
        super().__init__("buyer")
        self.suppliers = ensure_suppliers(
            self.company,
            [NewSupplier("S1", "义乌烛台厂"), NewSupplier("S2", "景德镇瓷器行", payment_days=60)],
        )

    def order(
        self, *, qty: str, price: str, item: str = "A1", supplier: str = "S1", day: dt.date = DAY
    ) -> PurchaseOrder:
        """A confirmed order of one line at 13 % tax."""
        line = NewOrderLine(self.items[item], Decimal(qty), Decimal(price), Decimal("0.13"))
        order = orders.create_order(self.company, NewOrder(self.suppliers[supplier], day, [line]), by=None)
        return orders.confirm_order(self.company, order.pk, by=None)

    def receive(self, order: PurchaseOrder, qty: str | None = None, day: dt.date = DAY) -> StockDocument:
        """A confirmed receipt of its first line; all that is open without a quantity."""
        line = order.lines.get()
        quantities = {line.pk: Decimal(qty)} if qty else None
        return orders.receive(self.company, order.pk, by=None, date=day, quantities=quantities)

    def receipt(self, *, qty: str, price: str, **order: Any) -> StockDocument:
        """An order received in full."""
        return self.receive(self.order(qty=qty, price=price, **order))

    def invoice(self, *receipts: StockDocument, no: str = "", day: dt.date = DAY) -> SupplierInvoice:
        """A confirmed invoice of all that is open of the receipts, at their prices."""
        return invoice_receipts(self.company, [row.pk for row in receipts], by=None, date=day, invoice_no=no)


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    content: str = response.content.decode()
    return content


def cells(response: Any) -> list[Any]:
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return [value for row in sheet.iter_rows(values_only=True) for value in row if value is not None]


def grid(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """What a browser posts for a document with these lines."""
    form: dict[str, Any] = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, **head}
    for number, line in enumerate(lines):
        form |= {f"lines-{number}-{name}": value for name, value in line.items()}
    return form


@pytest.fixture
def buyer(db: Any) -> Buyer:
    return Buyer()


@pytest.fixture
def clerk(buyer: Buyer) -> Client:
    return browser(buyer.user("clerk", Role.CLERK))


@pytest.fixture
def keeper(buyer: Buyer) -> Client:
    return browser(buyer.user("keeper", Role.WAREHOUSE))


@pytest.fixture
def manager(buyer: Buyer) -> Client:
    return browser(buyer.user("manager", Role.ADMIN))
