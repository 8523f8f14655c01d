"""A small trading company for tests that need the whole road: goods with opening stock, a customer, sales."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.services import NewItem, ensure_items
from inventory.warehouses.services import main_warehouse
from ledger.posting import service
from ledger.posting.service import PostingResult
from sales.customers.services import NewCustomer, ensure_customers
from sales.orders.fulfil import complete_many
from sales.orders.models import OrderKind
from sales.orders.services import NewOrder, NewOrderLine, create_orders

FIRST = dt.date(2025, 11, 1)
DAY = dt.date(2025, 12, 5)
ITEMS = (NewItem("A1", "白色烛台"), NewItem("A2", "红色茶杯"))


class Trader:
    """A company that sells candlesticks (cost 6.00) and cups (cost 2.50) to two customers."""

    def __init__(self, code: str = "trader", stock: str = "1000") -> None:
        self.company: Company = create_company(code, "杭州礼遇贸易有限公司", first_period=FIRST)
        self.items = ensure_items(self.company, ITEMS)
        self.customers = ensure_customers(self.company, [NewCustomer("C1", "张三商行"), NewCustomer("C2", "李四超市")])
        self.warehouse = main_warehouse(self.company)
        opening = NewStockDocument(
            DocumentKind.OTHER_RECEIPT,
            FIRST,
            self.warehouse.pk,
            [
                NewStockLine(self.items["A1"], Decimal(stock), Decimal("6.00")),
                NewStockLine(self.items["A2"], Decimal(stock), Decimal("2.50")),
            ],
            Reason.OPENING,
        )
        create_confirmed(self.company, [opening], by=None)

    def user(self, name: str, *roles: Role) -> User:
        """A user who holds the roles here."""
        user, _made = User.objects.get_or_create(username=name, defaults={"display_name": name})
        Membership.objects.bulk_create([Membership(company=self.company, user=user, role=role) for role in roles])
        return user

    def orders(self, count: int = 1, *, qty: str = "2", customer: str = "C1", day: dt.date = DAY) -> list[int]:
        """Draft orders: ``qty`` candlesticks at 10.00 and as many cups at 4.00, each plus 13 % tax."""
        sign = Decimal(qty).copy_sign(1) == Decimal(qty)
        return create_orders(
            self.company,
            [
                NewOrder(
                    self.customers[customer],
                    day,
                    [
                        NewOrderLine(self.items["A1"], Decimal(qty), Decimal("10.00")),
                        NewOrderLine(self.items["A2"], Decimal(qty), Decimal("4.00")),
                    ],
                    OrderKind.SALE if sign else OrderKind.RETURN,
                )
                for _number in range(count)
            ],
            by=None,
        )

    def sell(self, count: int = 1, *, qty: str = "2", customer: str = "C1", day: dt.date = DAY) -> Sequence[int]:
        """Orders confirmed, delivered and invoiced; their events wait for posting."""
        return complete_many(self.company, self.orders(count, qty=qty, customer=customer, day=day), by=None).completed

    def post(self) -> PostingResult:
        """Post what waits, in this process."""
        return service.post_pending(self.company.pk)
