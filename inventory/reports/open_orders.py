"""采购在订明细 (orders to come): lines of confirmed orders of which something has not come, those expected first."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO, times
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from erp.core.reports.dates import date_range
from inventory.items.models import Item
from inventory.purchasing.order_queries import open_order_lines
from inventory.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class ComingLine:
    """``late``: days since it was expected; ``amount`` is the net of what is open, as ordered."""

    order_id: int
    number: str
    supplier: str
    code: str
    name: str
    expected_on: dt.date | None
    late: int | None
    qty: Decimal
    received: Decimal
    open: Decimal
    unit_price: Decimal
    amount: Decimal


def coming(
    company: Company, *, day: dt.date | None = None, supplier_id: int | None = None, item_id: int | None = None
) -> list[ComingLine]:
    """What is still to come; ``day`` only says how late it is. One statement."""
    seen_on = day or timezone.localdate()
    found = []
    for row in open_order_lines(company.pk, supplier_id=supplier_id, item_id=item_id):
        expected = row.expected_on if isinstance(row.expected_on, dt.date) else None
        late = (seen_on - expected).days if expected is not None and expected < seen_on else None
        found.append(
            ComingLine(
                row.order_id,
                row.number,
                row.supplier,
                row.item_code,
                row.item_name,
                expected,
                late,
                row.qty,
                row.received,
                row.open,
                row.unit_price,
                times(row.open, row.unit_price),
            )
        )
    return found


def totals(rows: list[ComingLine]) -> dict[str, Decimal]:
    """What is still to come, net."""
    return {"amount": sum((row.amount for row in rows), ZERO)}


COLUMNS = (
    Column("expected_on", _("Expected"), "date"),
    Column("late", _("Days late"), "int"),
    Column("supplier", _("Supplier"), width=32),
    Column("number", _("Document no.")),
    Column("code", _("Item code")),
    Column("name", _("Item"), width=30),
    Column("qty", _("Ordered"), "quantity"),
    Column("received", _("Taken in"), "quantity"),
    Column("open", _("To come"), "quantity"),
    Column("unit_price", _("Unit price, net"), "cost"),
    Column("amount", _("Amount, net"), "amount"),
)
PRICED = {"unit_price", "amount"}


def _query(company: Company, params: Any) -> ReportResult:
    supplier_id = item_id = None
    if code := params["supplier"]:
        found = Supplier.objects.filter(company=company, code=code)
        supplier_id = found.values_list("id", flat=True).first() or 0  # 0: of nobody
    if code := params["item"]:
        item_id = Item.objects.filter(company=company, code=code).values_list("id", flat=True).first() or 0
    day = date_range({"to": params["day"]})[1]
    rows = coming(company, day=day, supplier_id=supplier_id, item_id=item_id)
    return ReportResult(rows, totals(rows), subtitle=[f"{day or timezone.localdate():%Y-%m-%d}"])


REPORT = register(
    Report(
        "open_purchase_orders",
        _("Orders to come"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (
            Parameter("day", _("On (day or period)")),
            Parameter("supplier", _("Supplier code")),
            Parameter("item", _("Item code")),
        ),
    )
)
