"""Goods kept in every way: tea by lot with expiry, serial numbers, each method of costing, boxes with barcodes.

Goods, suppliers and bins of its own, so that those of the sales file stay as the file leaves them.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from inventory.documents.confirm import create_confirmed
from inventory.documents.models import DocumentKind
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.models import CostMethod, Item, Tracking
from inventory.items.services import NewCategory, NewItem, NewUnit, ensure_categories, ensure_items
from inventory.lots.queries import suggest_lots
from inventory.lots.services import ensure_lots
from inventory.suppliers.queries import supplier_facts
from inventory.suppliers.services import NewSupplier, NewSupplierGroup, ensure_groups, ensure_suppliers
from inventory.warehouses.services import MAIN, NewBin, ensure_bins, main_warehouse
from ledger.posting import service as posting

D = Decimal

GROUPS = (
    NewSupplierGroup("CJ", "生产厂家"),
    NewSupplierGroup("CJ-CY", "茶叶茶具厂家", "CJ"),
    NewSupplierGroup("PF", "批发商"),
)
SUPPLIERS = (
    NewSupplier("GY101", "杭州狮峰茶叶专业合作社", "CJ-CY", "91330106MA2CK17E55", "杭州联合银行龙井支行",
                "201000158866101", "翁社长", "0571-87966101", "杭州市西湖区龙井村", 30, D("0.09")),
    NewSupplier("GY102", "宜兴紫韵陶艺有限公司", "CJ-CY", "91320282MA1X2M8F66", "中国银行宜兴支行", "478866200102",
                "蒋女士", "0510-87490102", "宜兴市丁蜀镇", 45),
    NewSupplier("GY103", "深圳声阔电子有限公司", "CJ", "91440300MA5EM9G377", "招商银行深圳分行", "755938800010303",
                "刘经理", "0755-26550103", "深圳市南山区", 30),
    NewSupplier("GY104", "义乌彩印包装批发部", "PF", "92330782MA2DE4H488", contact="楼老板", phone="0579-85530104",
                payment_days=7, tax_rate=D("0.01")),
)  # fmt: skip
CATEGORIES = (
    NewCategory("TEA", "茶叶", "GOODS"),
    NewCategory("TEAWARE", "茶具", "GOODS"),
    NewCategory("DIGITAL", "数码", "GOODS"),
    NewCategory("PACKING", "包装材料", "GOODS"),
)
ITEMS = (
    NewItem("CY-001", "明前龙井茶", "TEA", unit="盒", tax_rate=D("0.09"), spec="250g", tracking=Tracking.LOT,
            has_expiry=True, shelf_life_days=540, barcode="6970012300015", safety_stock=D(60), maximum_stock=D(600),
            default_warehouse_code=MAIN, default_supplier_code="GY101", purchase_price=D(168), weight=D("0.35"),
            volume=D("0.002"), units=(NewUnit("箱", D(20), "16970012300012"),)),
    NewItem("CJ-001", "紫砂壶", "TEAWARE", unit="把", spec="西施 240ml", cost_method=CostMethod.FIFO,
            barcode="6970012300107", safety_stock=D(10), default_supplier_code="GY102", purchase_price=D(260),
            weight=D("0.6"), volume=D("0.0035"), units=(NewUnit("箱", D(12), "16970012300104"),)),
    NewItem("CJ-002", "定制盖碗", "TEAWARE", unit="套", spec="白瓷 150ml", cost_method=CostMethod.STANDARD,
            standard_cost=D("36.50"), barcode="6970012300114", default_supplier_code="GY102", purchase_price=D(36),
            weight=D("0.4"), volume=D("0.002"), units=(NewUnit("箱", D(24), "16970012300111"),)),
    NewItem("SM-001", "便携蓝牙音箱", "DIGITAL", unit="台", spec="X3", cost_method=CostMethod.SPECIFIC,
            tracking=Tracking.SERIAL, barcode="6970012300206", default_supplier_code="GY103", purchase_price=D(299),
            weight=D("0.9"), volume=D("0.004")),
    NewItem("BC-001", "礼品包装纸", "PACKING", unit="张", spec="70×100cm", cost_method=CostMethod.MONTHLY_AVERAGE,
            safety_stock=D(2000), maximum_stock=D(20000), default_supplier_code="GY104", purchase_price=D("0.42"),
            units=(NewUnit("卷", D(50)), NewUnit("令", D(500)))),
)  # fmt: skip
BINS = tuple(NewBin(MAIN, f"{row}-{shelf:02d}", f"{row} 区 {shelf} 层") for row in "ABC" for shelf in range(1, 5))
LAST_SERIAL = 6


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Once: nothing happens where the tea is already."""
    if Item.objects.filter(company=company, code="CY-001").exists():
        return
    ensure_groups(company, GROUPS)
    suppliers = ensure_suppliers(company, SUPPLIERS)
    ensure_categories(company, CATEGORIES)
    items = ensure_items(company, ITEMS)
    ensure_bins(company, BINS)
    _receive(company, users[Role.WAREHOUSE], items, suppliers, last_day)
    posting.post_pending(company.pk)


def _receive(
    company: Company, by: User, items: Mapping[str, int], suppliers: Mapping[str, int], last_day: dt.date
) -> None:
    """What was bought this month, and some tea that left: the lot that expires first."""
    main = main_warehouse(company)
    parties = {code: supplier_facts(company.pk, [pk])[pk].value_id for code, pk in suppliers.items()}
    tea, speaker = items["CY-001"], items["SM-001"]
    spring, autumn = last_day - dt.timedelta(days=480), last_day - dt.timedelta(days=60)
    lots = ensure_lots(
        company,
        [(tea, f"LJ{day:%Y%m%d}", day, None) for day in (spring, autumn)]
        + [(speaker, f"X3-{number:05d}", None, None) for number in range(1, LAST_SERIAL + 1)],
    )

    def day(before: int) -> dt.date:
        return max(last_day - dt.timedelta(days=before), last_day.replace(day=1))

    def bought(supplier: str, before: int, *lines: NewStockLine) -> NewStockDocument:
        return NewStockDocument(
            kind=DocumentKind.PURCHASE_RECEIPT,
            date=day(before),
            warehouse_id=main.pk,
            lines=list(lines),
            party_id=parties[supplier],
        )

    def line(code: str, qty: int, cost: str, lot: str = "") -> NewStockLine:
        lot_id = lots[items[code], lot] if lot else None
        return NewStockLine(items[code], D(qty), D(cost), lot_id=lot_id)

    serials = [number for item_id, number in lots if item_id == speaker]
    documents = [
        bought("GY101", 20, line("CY-001", 80, "162", f"LJ{spring:%Y%m%d}")),
        bought("GY101", 10, line("CY-001", 120, "168", f"LJ{autumn:%Y%m%d}")),
        bought("GY102", 18, line("CJ-001", 24, "255"), line("CJ-002", 48, "36")),
        bought("GY102", 8, line("CJ-001", 36, "268"), line("CJ-002", 72, "37.20")),
        bought("GY103", 15, *(line("SM-001", 1, "299", number) for number in serials)),
        bought("GY104", 19, line("BC-001", 5000, "0.40")),
        bought("GY104", 5, line("BC-001", 3000, "0.44")),
    ]
    create_confirmed(company, documents, by=by)
    taken = suggest_lots(company.pk, tea, main.pk, D(30), last_day)
    gift = NewStockDocument(
        kind=DocumentKind.OTHER_ISSUE,
        date=day(2),
        warehouse_id=main.pk,
        reason="sample",
        lines=[NewStockLine(tea, part.qty, lot_id=part.lot.pk) for part in taken.parts]
        + [NewStockLine(items["CJ-001"], D(2)), NewStockLine(items["BC-001"], D(400))],
    )
    create_confirmed(company, [gift], by=by)
