"""A company that buys: items of several cost methods, two suppliers, and what its books say by account key."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.verify import checks
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, StockDocumentLine
from inventory.items.models import CostMethod, Item, ItemCategory, ItemKind
from inventory.items.services import save_item
from inventory.purchasing.invoices import NewInvoiceLine, NewMatch
from inventory.suppliers.models import Supplier
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from inventory.warehouses.services import main_warehouse
from ledger.posting import service
from ledger.posting.models import AccountMapping, BusinessEvent

FIRST = dt.date(2024, 1, 1)


def day(number: int, month: int = 1) -> dt.date:
    return dt.date(2024, month, number)


class Buyer:
    """Suppliers S1 and S2; items by cost method, e.g. ``buyer.item("fifo")``; a service ``freight``."""

    def __init__(self, code: str = "buyer", **settings: Any) -> None:
        self.company: Company = create_company(code, "杭州礼遇贸易有限公司", first_period=FIRST, **settings)
        self.suppliers = ensure_suppliers(
            self.company, [NewSupplier("S1", "义乌百货厂"), NewSupplier("S2", "宁波塑料厂")]
        )
        self.warehouse = main_warehouse(self.company)
        self._items: dict[str, Item] = {}

    def item(self, method: str = "moving_average", code: str = "") -> Item:
        code = code or method
        if code not in self._items:
            is_service = method == "service"
            self._items[code] = save_item(
                Item(
                    company=self.company,
                    category=ItemCategory.objects.get(company=self.company, code="SERVICE" if is_service else "GOODS"),
                    code=code,
                    name=code,
                    kind=ItemKind.SERVICE if is_service else ItemKind.STOCK,
                    cost_method=CostMethod.MOVING_AVERAGE if is_service else method,
                    standard_cost=Decimal(10) if method == "standard" else None,
                ),
                by=None,
            )
        return self._items[code]

    def party(self, supplier: str = "S1") -> int:
        return Supplier.objects.get(company=self.company, code=supplier).dimension_value_id

    def stock(
        self, kind: DocumentKind, on: dt.date, *lines: NewStockLine, supplier: str | None = None
    ) -> tuple[int, list[int]]:
        """A confirmed stock document: its id and the ids of its lines."""
        party = self.party(supplier) if supplier else None
        document = NewStockDocument(kind, on, self.warehouse.pk, list(lines), party_id=party)
        (made,) = create_confirmed(self.company, [document], by=None)
        assert isinstance(made, int)
        return made, self.lines(made)

    def lines(self, document_id: int) -> list[int]:
        rows = StockDocumentLine.objects.filter(company=self.company, document_id=document_id).order_by("line_no")
        return list(rows.values_list("id", flat=True))

    def receive(self, on: dt.date, item: Item, qty: str, cost: str, supplier: str = "S1") -> tuple[int, int]:
        """A receipt of one line: document and line."""
        line = NewStockLine(item.pk, Decimal(qty), Decimal(cost))
        document, (line_id,) = self.stock(DocumentKind.PURCHASE_RECEIPT, on, line, supplier=supplier)
        return document, line_id

    def deliver(self, on: dt.date, item: Item, qty: str) -> int:
        return self.stock(DocumentKind.DELIVERY, on, NewStockLine(item.pk, Decimal(qty)))[0]

    def give_back(self, on: dt.date, item: Item, qty: str, of_line: int, supplier: str = "S1") -> tuple[int, int]:
        line = NewStockLine(item.pk, Decimal(qty), of_line_id=of_line)
        document, (line_id,) = self.stock(DocumentKind.PURCHASE_RETURN, on, line, supplier=supplier)
        return document, line_id

    def post(self) -> None:
        """Post what waits; nothing may fail."""
        service.post_pending(self.company.pk)
        failed = BusinessEvent.objects.filter(company=self.company, state__in=["failed", "pending"])
        assert not [(e.event_type, e.state, e.reason_code, e.reason_facts) for e in failed]

    def holds(self) -> None:
        """Stock, payables, prepayments and goods not invoiced are what their documents say."""
        self.post()
        found = [text for check in checks() if check.number in (3, 5) for text in check.differences(self.company)]
        assert found == []

    def books(self) -> dict[str, Decimal]:
        """Account key → debit less credit of its default account, zero balances left out. Posts first."""
        self.post()
        keys: dict[int, str] = {}
        for mapping in AccountMapping.objects.filter(company=self.company).select_related("key"):
            keys.setdefault(mapping.account_id, mapping.key.code)
        for wanted in (
            "stock",
            "cogs",
            "payable",
            "grni",
            "bank",
            "rounding",
            "cost_variance",
            "cash_discount_received",
            "purchase_freight",
        ):
            account = AccountMapping.objects.filter(company=self.company, key__code=wanted).first()
            assert account is not None
            keys[account.account_id] = wanted
        found: dict[str, Decimal] = defaultdict(Decimal)
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT l.account_id, sum(l.debit - l.credit) FROM ledger_voucherline l
                    WHERE l.company_id = %s GROUP BY l.account_id""",
                [self.company.pk],
            )
            for account_id, balance in cursor.fetchall():
                found[keys[account_id]] += balance
        return {key: balance for key, balance in found.items() if balance}


def books(**figures: str) -> dict[str, Decimal]:
    """Expected balances, debit positive: ``books(stock="100.00", payable="-100.00")``."""
    return {key: Decimal(figure) for key, figure in figures.items()}


def line(item: Item, qty: str, price: str, rate: str = "0.13", *matches: tuple[int, str]) -> NewInvoiceLine:
    """A line of an invoice; ``matches``: (receipt line, quantity)."""
    return NewInvoiceLine(
        item.pk,
        Decimal(qty),
        Decimal(price),
        Decimal(rate),
        matches=[NewMatch(line_id, Decimal(part)) for line_id, part in matches],
    )
