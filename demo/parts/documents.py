"""One stock document of each kind on the demo company's last days, confirmed and posted: what a clerk would find.

Two items of its own are received, sold, moved, counted, assembled and corrected, so that the goods of the sales file
stay as the file leaves them.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from inventory.documents.confirm import create_confirmed
from inventory.documents.models import AllocateBy, DocumentKind, LineRole, Reason, StockDocument
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.models import CostMethod, Item, ItemCategory, ItemUnit
from inventory.items.services import NewItem, ensure_items, save_item
from inventory.suppliers.models import Supplier
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from inventory.warehouses.services import ensure_warehouse, main_warehouse, transit_warehouse
from ledger.posting import service as posting

MARK = "演示单据"
VASE, SET, PAPER = "DEMO-VASE", "DEMO-SET", "DEMO-PAPER"
SUPPLIER = ("GY-DEMO", "景德镇青瓷工坊")


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Once: nothing happens where they are already."""
    if StockDocument.objects.filter(company=company, note=MARK).exists():
        return
    _Story(company, users[Role.WAREHOUSE], last_day).tell()
    posting.post_pending(company.pk)


class _Story:
    def __init__(self, company: Company, by: User, last_day: dt.date) -> None:
        self.company, self.by, self.day = company, by, last_day
        self.main = main_warehouse(company).pk
        self.shop = ensure_warehouse(company, "DEMO-SHOP", "湖滨门店仓").pk
        self.transit = transit_warehouse(company).pk
        ensure_suppliers(company, [NewSupplier(*SUPPLIER)])
        self.supplier = Supplier.objects.get(company=company, code=SUPPLIER[0]).dimension_value_id
        items = ensure_items(company, [NewItem(VASE, "青瓷花瓶"), NewItem(SET, "青瓷礼盒(两件装)")])
        self.vase, self.gift_set = items[VASE], items[SET]
        self.paper = self._paper()
        ItemUnit.objects.get_or_create(
            company=company, item_id=self.vase, name="箱", defaults={"factor": 6, "barcode": "16972345678903"}
        )
        Item.objects.filter(company=company, pk=self.vase, barcode="").update(barcode="6972345678906")

    def _paper(self) -> int:
        """Wrapping paper that is kept at standard cost."""
        found = Item.objects.filter(company=self.company, code=PAPER).first()
        category = ItemCategory.objects.filter(company=self.company, service_type="").order_by("code").first()
        assert category is not None
        return (
            found
            or save_item(
                Item(
                    company=self.company,
                    category=category,
                    code=PAPER,
                    name="包装纸",
                    unit="张",
                    cost_method=CostMethod.STANDARD,
                    standard_cost=Decimal("0.80"),
                ),
                by=self.by,
            )
        ).pk

    def tell(self) -> None:
        """In the order of a month: bought, sold, moved, counted, made, corrected."""
        bought = self._add(
            DocumentKind.PURCHASE_RECEIPT,
            [self._vases(120, unit_cost=Decimal("45.00")), self._line(self.paper, 500, unit_cost=Decimal("0.80"))],
            party_id=self.supplier,
            external_no="DEMO-RK-01",
        )
        self._add(
            DocumentKind.LANDED_COST,
            [],
            of_document_id=bought.pk,
            amount=Decimal("240.00"),
            tax=Decimal("21.60"),
            allocate_by=AllocateBy.VALUE.value,
            party_id=self.supplier,
        )
        first, _paper = bought.lines.order_by("line_no")
        self._add(
            DocumentKind.PURCHASE_RETURN,
            [self._vases(6, of_line_id=first.pk)],
            of_document_id=bought.pk,
            party_id=self.supplier,
        )
        sold = self._add(DocumentKind.DELIVERY, [self._vases(10)])
        self._add(DocumentKind.SALES_RETURN, [self._vases(1, of_line_id=sold.lines.get().pk)], of_document_id=sold.pk)
        self._add(DocumentKind.TRANSFER, [self._vases(12)], to_warehouse_id=self.shop)
        self._on_the_way()
        self._in_the_store()
        self._making()
        self._add(DocumentKind.COST_ADJUSTMENT, [self._line(self.vase, 0, amount=Decimal("-18.00"))])
        self._add(DocumentKind.PRICE_CHANGE, [self._line(self.paper, 0, unit_cost=Decimal("0.85"))])

    def _on_the_way(self) -> None:
        sent = self._add(DocumentKind.TRANSFER_OUT, [self._vases(6)], to_warehouse_id=self.transit)
        line = sent.lines.get().pk
        arrived = [self._vases(5, of_line_id=line), self._vases(1, of_line_id=line, reason=Reason.IN_TRANSIT.value)]
        self._add(
            DocumentKind.TRANSFER_IN,
            arrived,
            of_document_id=sent.pk,
            warehouse_id=self.transit,
            to_warehouse_id=self.shop,
        )

    def _in_the_store(self) -> None:
        self._add(DocumentKind.OTHER_RECEIPT, [self._vases(2, unit_cost=Decimal("45.00"))], reason=Reason.FOUND.value)
        self._add(DocumentKind.OTHER_ISSUE, [self._vases(1)], reason=Reason.CONSUMPTION.value)
        self._add(DocumentKind.COUNT_GAIN, [self._vases(1)])
        self._add(DocumentKind.COUNT_LOSS, [self._vases(1)], reason=Reason.NATURAL_LOSS.value)
        self._add(DocumentKind.SCRAP, [self._vases(1)], reason=Reason.NATURAL_LOSS.value)

    def _making(self) -> None:
        made, used = LineRole.PRODUCED.value, LineRole.CONSUMED.value
        self._add(
            DocumentKind.ASSEMBLY,
            [self._line(self.gift_set, 5, role=made), self._vases(10, role=used)],
            amount=Decimal("25.00"),
        )
        self._add(DocumentKind.DISASSEMBLY, [self._line(self.gift_set, 1, role=used), self._vases(2, role=made)])
        taken = self._add(DocumentKind.PRODUCTION_ISSUE, [self._vases(8)])
        self._add(
            DocumentKind.PRODUCTION_RETURN,
            [self._vases(2, of_line_id=taken.lines.get().pk)],
            of_document_id=taken.pk,
        )
        self._add(DocumentKind.FINISHED_RECEIPT, [self._line(self.gift_set, 3, unit_cost=Decimal("98.00"))])

    def _vases(self, qty: int, **more: Any) -> NewStockLine:
        return self._line(self.vase, qty, **more)

    def _line(self, item_id: int, qty: int, **more: Any) -> NewStockLine:
        return NewStockLine(item_id=item_id, qty=Decimal(qty), **more)

    def _add(self, kind: DocumentKind, lines: list[NewStockLine], **more: Any) -> StockDocument:
        warehouse_id = more.pop("warehouse_id", self.main)
        new = NewStockDocument(
            kind=kind.value, date=self.day, warehouse_id=warehouse_id, lines=lines, note=MARK, **more
        )
        (made,) = create_confirmed(self.company, [new], by=self.by)
        assert isinstance(made, int)
        return StockDocument.objects.get(pk=made)
