"""A month of buying in the demo company: orders in every state, goods with and without invoice, payments in advance.

Goods of its own, so that those of the sales file stay as the file leaves them. What it shows: a price difference, an
order received in part, estimates that wait (暂估), a return whose red invoice is missing, freight, a discount, a
prepayment that settled an invoice in part, drafts of everything.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from inventory.documents.confirm import create_confirmed
from inventory.documents.models import DocumentKind, StockDocument
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.models import Item, ItemUnit
from inventory.items.services import NewItem, ensure_items
from inventory.purchasing import allocations, invoices, orders, payments
from inventory.purchasing.allocations import NewAllocation
from inventory.purchasing.invoice_confirm import confirm_invoice
from inventory.purchasing.invoices import NewInvoice, NewInvoiceLine
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import PurchaseOrder, SupplierInvoice
from inventory.purchasing.orders import NewOrder, NewOrderLine
from inventory.purchasing.payments import NewPayment, Share
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from ledger.posting import service as posting

SUPPLIERS = (
    NewSupplier("GY001", "义乌市宏达日用百货厂", tax_id="91330782MA28D4T11A", contact="骆经理", phone="0579-85120001",
                bank_name="中国农业银行义乌支行", bank_account="19-610101040012345", payment_days=15),
    NewSupplier("GY002", "宁波海天塑料制品有限公司", tax_id="91330206MA2AF3P22B", contact="陈小姐",
                phone="0574-86210002", bank_name="宁波银行北仑支行", bank_account="52010122000056789", payment_days=30),
    NewSupplier("GY003", "景德镇瓷语陶瓷有限公司", tax_id="91360200MA35K8R33C", contact="江先生", phone="0798-85330003",
                payment_days=30),
    NewSupplier("GY004", "苏州丝韵纺织品有限公司", tax_id="91320505MA1N6Y44D4", contact="沈女士", phone="0512-67440004",
                payment_days=45),
    NewSupplier("GY005", "杭州顺通货运有限公司", contact="调度室", phone="0571-88550005", payment_days=7,
                tax_rate=Decimal("0.09")),
)  # fmt: skip
# code, name, net purchase price
GOODS = (
    ("CG-1001", "复古铁艺烛台", "18.50"),
    ("CG-1002", "玻璃储物罐(三件套)", "26.00"),
    ("CG-2001", "折叠收纳箱 50L", "15.80"),
    ("CG-2002", "硅胶隔热垫", "4.20"),
    ("CG-3001", "手绘青花马克杯", "12.60"),
    ("CG-4001", "纯棉印花桌布", "32.00"),
)
PIECES_IN_BOX = Decimal(24)


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Once: nothing happens where an order is already."""
    if PurchaseOrder.objects.filter(company=company).exists():
        return
    _Month(company, users, last_day).tell()
    posting.post_pending(company.pk)


class _Month:
    def __init__(self, company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
        self.company, self.last_day = company, last_day
        self.clerk, self.keeper = users[Role.CLERK], users[Role.WAREHOUSE]
        self.accountant, self.cashier = users[Role.ACCOUNTANT], users[Role.CASHIER]
        self.suppliers = ensure_suppliers(company, SUPPLIERS)
        self.items = ensure_items(company, [NewItem(code, name) for code, name, _price in GOODS])
        for code, _name, price in GOODS:
            Item.objects.filter(company=company, code=code).update(purchase_price=Decimal(price))
        ItemUnit.objects.get_or_create(
            company=company, item_id=self.items["CG-3001"], name="箱",
            defaults={"factor": PIECES_IN_BOX, "barcode": "16970000030012"},
        )  # fmt: skip

    def day(self, before: int) -> dt.date:
        """So many days before the last, but of its month."""
        return max(self.last_day - dt.timedelta(days=before), self.last_day.replace(day=1))

    def tell(self) -> None:
        self._invoiced_dearer_and_paid()
        self._received_in_part()
        self._estimated_and_sent_back()
        self._paid_in_advance()
        self._freight()
        self._drafts()

    def _invoiced_dearer_and_paid(self) -> None:
        """Invoiced at another price than ordered; paid within the days of the discount."""
        order = self._order("GY001", 26, ("CG-1001", "240", "18.50"), ("CG-1002", "120", "26.00"))
        receipt = self._receive(order, 22)
        lines = [
            NewInvoiceLine(self.items["CG-1001"], Decimal(240), Decimal("18.90"), Decimal("0.13")),
            NewInvoiceLine(self.items["CG-1002"], Decimal(120), Decimal("26.00"), Decimal("0.13")),
        ]
        invoice = self._invoice(receipt, 18, "24332000000188213", lines)
        discount = Decimal("80.00")
        self._pay("GY001", 8, invoice.gross - discount, [Share(invoice.pk)], discount=discount, note="十日内付款折扣")

    def _received_in_part(self) -> None:
        """Two thirds came and are invoiced; the rest is still to come."""
        order = self._order("GY002", 20, ("CG-2001", "300", "15.80"), ("CG-2002", "600", "4.20"), expected=-5)
        first, second = order.lines.order_by("line_no")
        receipt = self._receive(order, 15, {first.pk: Decimal(200), second.pk: Decimal(600)})
        self._invoice(receipt, 12, "24332000000190077")

    def _estimated_and_sent_back(self) -> None:
        """Mugs by the box: no invoice yet, some went back broken. Of an older receipt the red invoice is missing."""
        boxed = NewOrderLine(
            self.items["CG-3001"], None, Decimal("12.60"), Decimal("0.13"), unit_qty=Decimal(10),
            unit_id=ItemUnit.objects.get(company=self.company, item=self.items["CG-3001"], name="箱").pk,
        )  # fmt: skip
        order = self._write("GY003", 16, [boxed])
        receipt = self._receive(order, 11)
        self._send_back(receipt, 9, "18", "到货破损")
        older = self._receive(self._order("GY003", 28, ("CG-3001", "96", "12.40")), 25)
        self._invoice(older, 21, "24362000000071520")
        self._send_back(older, 6, "12", "客户投诉质量问题")

    def _paid_in_advance(self) -> None:
        """Half in advance; when the invoice came, the prepayment settled what it could."""
        order = self._order("GY004", 24, ("CG-4001", "150", "32.00"), expected=12)
        payment = self._pay("GY004", 23, Decimal("2000.00"), [], note="定金")
        invoice = self._invoice(self._receive(order, 13), 10, "24322000000055418")
        pair = NewAllocation(invoice.pk, payment.pk, amount=Decimal("1500.00"))
        allocations.allocate(self.company, [pair], by=self.accountant, date=self.day(5))
        self._order("GY004", 3, ("CG-4001", "80", "32.50"), expected=-12)

    def _freight(self) -> None:
        """A carrier's invoice: no goods, tax at 9 %."""
        line = NewInvoiceLine(net=Decimal("680.00"), tax_rate=Decimal("0.09"), description="本月到货运费")
        new = NewInvoice(self.suppliers["GY005"], self.day(4), [line], invoice_no="24332000000195632")
        made = invoices.create_invoice(self.company, new, by=self.accountant)
        confirm_invoice(self.company, made.pk, by=self.accountant)

    def _drafts(self) -> None:
        """Work in hand: an order to confirm, an invoice to check, a payment to release."""
        lines = [self._line("CG-1001", "360", "18.80"), self._line("CG-2002", "1000", "4.10")]
        orders.create_order(
            self.company,
            NewOrder(self.suppliers["GY001"], self.last_day, lines, note="元旦备货,价格待确认"),
            by=self.clerk,
        )
        late = self._receive(self._order("GY001", 7, ("CG-1002", "60", "26.50")), 2)
        number = "24332000000199001"
        invoice_receipts(
            self.company, [late.pk], by=self.accountant, date=self.last_day, invoice_no=number, confirm=False
        )
        owed = NewPayment(self.suppliers["GY002"], self.last_day, Decimal("3000.00"), shares=None)
        payments.create_payment(self.company, owed, by=self.cashier)

    def _line(self, code: str, qty: str, price: str) -> NewOrderLine:
        return NewOrderLine(self.items[code], Decimal(qty), Decimal(price), Decimal("0.13"))

    def _order(self, supplier: str, before: int, *lines: tuple[str, str, str], expected: int | None = None) -> Any:
        return self._write(supplier, before, [self._line(*line) for line in lines], expected)

    def _write(self, supplier: str, before: int, lines: list[NewOrderLine], expected: int | None = None) -> Any:
        due = self.last_day - dt.timedelta(days=expected) if expected is not None else None
        day = self.day(before)
        new = NewOrder(self.suppliers[supplier], day, lines, expected_on=max(due, day) if due else None)
        order = orders.create_order(self.company, new, by=self.clerk)
        return orders.confirm_order(self.company, order.pk, by=self.clerk)

    def _receive(self, order: Any, before: int, quantities: Mapping[int, Decimal] | None = None) -> StockDocument:
        day = max(self.day(before), order.date)
        return orders.receive(self.company, order.pk, by=self.keeper, date=day, quantities=quantities)

    def _invoice(
        self, receipt: StockDocument, before: int, number: str, lines: list[NewInvoiceLine] | None = None
    ) -> SupplierInvoice:
        day = max(self.day(before), receipt.date)
        return invoice_receipts(
            self.company, [receipt.pk], by=self.accountant, date=day, invoice_no=number, lines=lines
        )

    def _send_back(self, receipt: StockDocument, before: int, qty: str, note: str) -> None:
        line = receipt.lines.order_by("line_no")[0]
        back = NewStockDocument(
            kind=DocumentKind.PURCHASE_RETURN,
            date=max(self.day(before), receipt.date),
            warehouse_id=receipt.warehouse_id,
            lines=[NewStockLine(item_id=line.item_id, qty=Decimal(qty), of_line_id=line.pk)],
            party_id=receipt.party_id,
            note=note,
        )
        create_confirmed(self.company, [back], by=self.keeper)

    def _pay(self, supplier: str, before: int, amount: Decimal, shares: list[Share], **more: Any) -> Any:
        new = NewPayment(self.suppliers[supplier], self.day(before), amount, shares=shares, **more)
        return payments.pay(self.company, new, by=self.cashier)
