"""What the month end of stock shows: a back-dated receipt that recosts, a month at its average, layers, limits.

Three items of its own, so that the goods of the sales file stay as the file leaves them; only their limits are set.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from inventory.costing import monthly, recost
from inventory.documents.confirm import create_confirmed
from inventory.documents.models import DocumentKind, Reason
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.models import CostMethod, Item, ItemCategory
from inventory.items.services import save_item
from inventory.moves.models import StockBalance
from inventory.suppliers.models import Supplier
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from inventory.warehouses.services import main_warehouse
from ledger.periods.services import period_of
from ledger.posting import service as posting

SUPPLIER = ("GY-COST", "桐庐丝路茶语商行")
# code, name, unit, method, safety stock, maximum
ITEMS = (
    ("COST-SCARF", "真丝方巾", "条", CostMethod.MOVING_AVERAGE, "60", "120"),
    ("COST-TEA", "明前龙井(散装)", "斤", CostMethod.MONTHLY_AVERAGE, "30", "80"),
    ("COST-CANDLE", "香薰蜡烛", "支", CostMethod.FIFO, "80", "200"),
)
# item, days before the last day, quantity, unit cost (None: an issue); in the order in which they are entered
STORY = (
    ("COST-SCARF", 20, "50", "60.00"),
    ("COST-CANDLE", 20, "60", "18.00"),
    ("COST-TEA", 18, "40", "180.00"),
    ("COST-SCARF", 10, "20", None),
    ("COST-TEA", 9, "15", None),
    ("COST-CANDLE", 8, "40", "21.50"),
    ("COST-TEA", 6, "30", "212.00"),
    ("COST-CANDLE", 3, "75", None),
    ("COST-TEA", 2, "22", None),
    ("COST-SCARF", 12, "50", "72.00"),  # comes to light later: what left since then costs more
)
LIMITED = 10  # items of the sales file that get limits


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Once: nothing happens where they are already."""
    if Item.objects.filter(company=company, code=ITEMS[0][0]).exists():
        return
    items = {row[0]: _item(company, users[Role.WAREHOUSE], *row) for row in ITEMS}
    ensure_suppliers(company, [NewSupplier(*SUPPLIER)])
    supplier = Supplier.objects.get(company=company, code=SUPPLIER[0]).dimension_value_id
    warehouse = main_warehouse(company).pk
    first = company.first_month()
    for code, days, qty, cost in STORY:
        line = NewStockLine(items[code], Decimal(qty), Decimal(cost) if cost else None)
        document = NewStockDocument(
            DocumentKind.PURCHASE_RECEIPT if cost else DocumentKind.OTHER_ISSUE,
            max(last_day - dt.timedelta(days=days), first),
            warehouse,
            [line],
            reason="" if cost else str(Reason.CONSUMPTION),
            party_id=supplier if cost else None,
            note="" if cost else "门店领用",
        )
        create_confirmed(company, [document], by=users[Role.WAREHOUSE])
    recost.run_pending(company, by=users[Role.ACCOUNTANT])
    posting.post_pending(company.pk)
    monthly.calculate(company, period_of(company.pk, last_day), by=users[Role.ACCOUNTANT])
    posting.post_pending(company.pk)
    _limits(company)


def _item(
    company: Company, by: Any, code: str, name: str, unit: str, method: CostMethod, safety: str, maximum: str
) -> int:
    category = ItemCategory.objects.filter(company=company, service_type="").order_by("code").first()
    assert category is not None
    item = Item(
        company=company,
        category=category,
        code=code,
        name=name,
        unit=unit,
        cost_method=method,
        safety_stock=Decimal(safety),
        maximum_stock=Decimal(maximum),
    )
    return save_item(item, by=by).pk


def _limits(company: Company) -> None:
    """Of the goods of highest value every other one is short, and every other one too many."""
    rows = StockBalance.objects.filter(company=company, qty__gt=10, item__safety_stock=0).order_by("-value", "id")
    for number, balance in enumerate(rows[:LIMITED]):
        limits = (balance.qty + 50, balance.qty + 200) if number % 2 else (Decimal(5), balance.qty - 10)
        Item.objects.filter(company=company, pk=balance.item_id).update(safety_stock=limits[0], maximum_stock=limits[1])
