"""A shop with hand-made moves: what a report says of them can be checked on paper."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine
from inventory.items.models import Item
from inventory.items.services import NewItem, ensure_items
from inventory.lots.models import Lot
from inventory.moves.models import StockMove
from inventory.valuation.engine import Effect
from inventory.warehouses.models import Warehouse
from inventory.warehouses.services import main_warehouse, save_warehouse

EFFECTS = {
    DocumentKind.DELIVERY: Effect.ISSUE,
    DocumentKind.OTHER_ISSUE: Effect.ISSUE,
    DocumentKind.SALES_RETURN: Effect.BACK,
    DocumentKind.PURCHASE_RETURN: Effect.TO_SUPPLIER,
    DocumentKind.COST_ADJUSTMENT: Effect.ADJUST,
}


class Book:
    """Writes moves as they would stand, without costing them: reports read nothing but moves."""

    def __init__(self, company: Company) -> None:
        self.company = company
        ensure_items(company, [NewItem("A1", "白色烛台"), NewItem("A2", "红色茶杯")])
        self.items = {item.code: item for item in Item.objects.filter(company=company)}
        self.main = main_warehouse(company)
        self.east = save_warehouse(Warehouse(company=company, code="EAST", name="东仓"), by=None)
        self.places = {"MAIN": self.main, "EAST": self.east}

    def move(
        self,
        day: str,
        kind: str,
        item: str,
        qty: str,
        value: str,
        *,
        place: str = "MAIN",
        effect: Effect | None = None,
        of: StockMove | None = None,
        reverses: StockMove | None = None,
        lot: Lot | None = None,
        document: StockDocument | None = None,
        given: str | None = None,
    ) -> StockMove:
        number = StockDocument.objects.filter(company=self.company).count() + 1
        if document is None:
            document = StockDocument.objects.create(
                company=self.company,
                kind=kind,
                number=f"D{number:04d}",
                date=dt.date.fromisoformat(day),
                status=DocumentStatus.CONFIRMED,
                warehouse=self.places[place],
                created_at=timezone.now(),
            )
        line = StockDocumentLine.objects.create(
            company=self.company,
            document=document,
            line_no=document.lines.count() + 1,
            item=self.items[item],
            qty=abs(Decimal(qty)),
            amount=Decimal(value) if not Decimal(qty) else None,
        )
        if effect is None:
            effect = EFFECTS.get(DocumentKind(kind)) or (Effect.RECEIVE if Decimal(qty) > 0 else Effect.ISSUE)
        move = StockMove.objects.create(
            company=self.company,
            item=self.items[item],
            warehouse=self.places[place],
            date=dt.date.fromisoformat(day),
            sequence=0,
            kind=kind,
            effect=effect,
            lot=lot,
            of_move=of,
            given=Decimal(given or value),
            qty=Decimal(qty),
            unit_cost=abs(Decimal(value) / Decimal(qty)) if Decimal(qty) else Decimal(0),
            value=Decimal(value),
            document=document,
            document_line=line,
            reversal_of=reverses,
            created_at=timezone.now(),
        )
        return move


@pytest.fixture
def book(db: Any) -> Book:
    return Book(create_company("paper", "杭州礼遇贸易有限公司", first_period=dt.date(2025, 11, 1)))


@pytest.fixture
def ask(book: Book) -> Callable[..., Any]:
    """A report by name, as API and command ask it."""
    from erp.core.reports import find

    def run(name: str, **params: Any) -> Any:
        report = find(name)
        return report.query(book.company, report.clean(params))

    return run
