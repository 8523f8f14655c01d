"""Purchase orders: enter, change, confirm, close, cancel, copy; and receive what was ordered.

An order moves nothing and posts nothing. ``receive`` makes the stock document that does; it names the order and its
lines, and what is open of an order is found from such documents.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import WIDE, quantity, tax_of, times
from erp.core.retries import transactional
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine, create_document
from inventory.documents.models import DocumentKind, StockDocument
from inventory.items.models import ItemUnit
from inventory.items.queries import item_facts
from inventory.preferences import preferences_of
from inventory.purchasing import numbers
from inventory.purchasing.models import OrderStatus, PurchaseOrder, PurchaseOrderLine
from inventory.purchasing.order_queries import open_quantities, receipt_numbers
from inventory.purchasing.refusals import (
    NothingOpen,
    NotOfOrder,
    NumberNotPositive,
    OrderHasReceipts,
    OrderState,
    OverReceipt,
    PriceNegative,
    PurchaseNoLines,
    RateRange,
    UnitOfOtherItem,
)
from inventory.suppliers.models import Supplier
from inventory.suppliers.queries import supplier_facts
from inventory.warehouses.services import main_warehouse

SOURCE = "purchase_order"  # source_type of the receipts made of an order
DRAFT, CONFIRMED, CLOSED = (str(s.label) for s in (OrderStatus.DRAFT, OrderStatus.CONFIRMED, OrderStatus.CLOSED))


@dataclass(slots=True)
class NewOrderLine:
    """``qty`` and net ``unit_price`` in the item's base unit; ``tax_rate`` None: the supplier's. With ``unit_id`` and
    ``unit_qty`` what was entered in another unit is kept; ``qty`` None is then computed from them."""

    item_id: int
    qty: Decimal | None
    unit_price: Decimal
    tax_rate: Decimal | None = None
    unit_id: int | None = None
    unit_qty: Decimal | None = None
    note: str = ""


@dataclass(slots=True)
class NewOrder:
    """Without a warehouse the company's main one is taken."""

    supplier_id: int
    date: dt.date
    lines: list[NewOrderLine]
    warehouse_id: int | None = None
    expected_on: dt.date | None = None
    external_no: str = ""
    note: str = ""


@transactional
def create_orders(company: Company, orders: Sequence[NewOrder], *, by: Any) -> list[int]:
    """Write drafts; ids in the order given. Raises ``NotFound`` and the refusals of lines for the first bad one."""
    suppliers = supplier_facts(company.pk, {order.supplier_id for order in orders})
    main = main_warehouse(company).pk
    made = []
    for order in orders:
        lines = _lines(company, order, suppliers[order.supplier_id].tax_rate)
        row = PurchaseOrder.objects.create(
            company=company,
            number=numbers.number(company.pk, numbers.ORDER, order.date),
            date=order.date,
            supplier_id=order.supplier_id,
            warehouse_id=order.warehouse_id or main,
            expected_on=order.expected_on,
            external_no=order.external_no,
            note=order.note,
            created_by=by,
        )
        _write_lines(row, lines)
        made.append(row.pk)
    return made


def create_order(company: Company, order: NewOrder, *, by: Any) -> PurchaseOrder:
    """Write one draft."""
    (order_id,) = create_orders(company, [order], by=by)
    return PurchaseOrder.objects.get(company=company, pk=order_id)


@transactional
def update_order(company: Company, order_id: int, order: NewOrder, *, by: Any) -> PurchaseOrder:
    """Replace head and lines of a draft; its number stays. Raises ``OrderState`` and as for creating."""
    row = lock_order(company, order_id)
    _need(row, OrderStatus.DRAFT)
    supplier = supplier_facts(company.pk, [order.supplier_id])[order.supplier_id]
    lines = _lines(company, order, supplier.tax_rate)
    for name in ("supplier_id", "date", "expected_on", "external_no", "note"):
        setattr(row, name, getattr(order, name))
    row.warehouse_id = order.warehouse_id or main_warehouse(company).pk
    row.save()
    PurchaseOrderLine.objects.filter(company=company, order=row).delete()
    _write_lines(row, lines)
    return row


@transactional
def delete_order(company: Company, order_id: int, *, by: Any) -> None:
    """Delete a draft. Raises ``OrderState``."""
    row = lock_order(company, order_id)
    _need(row, OrderStatus.DRAFT)
    row.delete()


@transactional
def copy_order(company: Company, order_id: int, *, by: Any, date: dt.date | None = None) -> PurchaseOrder:
    """A new draft with the lines of another order, of any state."""
    row = PurchaseOrder.objects.filter(company=company, pk=order_id).first()
    if row is None:
        raise NotFound(what=PurchaseOrder._meta.verbose_name, key=order_id)
    lines = [
        NewOrderLine(line.item_id, line.qty, line.unit_price, line.tax_rate, line.unit_id, line.unit_qty, line.note)
        for line in row.lines.order_by("line_no")
    ]
    day = date or timezone.localdate()
    return create_order(company, NewOrder(row.supplier_id, day, lines, row.warehouse_id, note=row.note), by=by)


@transactional
def confirm_orders(
    company: Company, order_ids: Sequence[int], *, by: Any, on_refusal: str = "raise"
) -> tuple[list[int], dict[int, DomainError]]:
    """Confirm drafts: agreed with the supplier. Returns the ids confirmed, and id → refusal (with ``skip``)."""
    rows = {
        row.pk: row
        for row in PurchaseOrder.objects.select_for_update().filter(company=company, pk__in=order_ids).order_by("pk")
    }
    refused: dict[int, DomainError] = {}
    for order_id in dict.fromkeys(order_ids):
        row = rows.get(order_id)
        if row is None:
            refused[order_id] = NotFound(what=PurchaseOrder._meta.verbose_name, key=order_id)
        elif row.status != OrderStatus.DRAFT:
            refused[order_id] = OrderState(number=row.number, state=row.get_status_display(), needed=DRAFT)
    if refused and on_refusal == "raise":
        raise next(iter(refused.values()))
    done = [order_id for order_id in dict.fromkeys(order_ids) if order_id not in refused]
    PurchaseOrder.objects.filter(company=company, pk__in=done).update(
        status=OrderStatus.CONFIRMED, confirmed_by=by, confirmed_at=timezone.now()
    )
    return done, refused


def confirm_order(company: Company, order_id: int, *, by: Any) -> PurchaseOrder:
    """Confirm one draft. Raises ``OrderState``, ``NotFound``."""
    confirm_orders(company, [order_id], by=by)
    return PurchaseOrder.objects.get(company=company, pk=order_id)


@transactional
def close_order(company: Company, order_id: int, *, by: Any) -> PurchaseOrder:
    """Nothing more of it will come. Raises ``OrderState``."""
    return _to(company, order_id, OrderStatus.CONFIRMED, OrderStatus.CLOSED)


@transactional
def reopen_order(company: Company, order_id: int, *, by: Any) -> PurchaseOrder:
    """Take closing back. Raises ``OrderState``."""
    return _to(company, order_id, OrderStatus.CLOSED, OrderStatus.CONFIRMED)


@transactional
def cancel_order(company: Company, order_id: int, *, by: Any) -> PurchaseOrder:
    """It will not come at all. Raises ``OrderHasReceipts`` (close it instead), ``OrderState``."""
    row = lock_order(company, order_id)
    if row.status not in (OrderStatus.DRAFT, OrderStatus.CONFIRMED):
        raise OrderState(number=row.number, state=row.get_status_display(), needed=CONFIRMED)
    if later := receipt_numbers(company.pk, row.pk):
        raise OrderHasReceipts(number=row.number, later=", ".join(later))
    row.status = OrderStatus.CANCELLED
    row.save(update_fields=["status"])
    return row


@transactional
def receive(
    company: Company,
    order_id: int,
    *,
    by: Any,
    date: dt.date | None = None,
    quantities: Mapping[int, Decimal] | None = None,
    lots: Mapping[int, int] | None = None,
    warehouse_id: int | None = None,
    external_no: str = "",
    note: str = "",
    confirm: bool = True,
) -> StockDocument:
    """A purchase receipt of an order: all that is open, or ``quantities`` (order line → quantity in the base unit).

    ``lots``: order line → lot. Drafts count as received, so two of them cannot take the same goods. Raises
    ``OverReceipt``, ``NothingOpen``, ``NotOfOrder``, ``OrderState``, and what confirming refuses.
    """
    order = lock_order(company, order_id)
    _need(order, OrderStatus.CONFIRMED)
    lines = list(PurchaseOrderLine.objects.filter(company=company, order=order).select_related("item", "unit"))
    supplier = Supplier.objects.get(company=company, pk=order.supplier_id)
    taken = open_quantities(company.pk, [line.pk for line in lines])
    open_now = {line.pk: line.qty - taken[line.pk].taken for line in lines}
    wanted = quantities if quantities is not None else {pk: qty for pk, qty in open_now.items() if qty > 0}
    if strange := wanted.keys() - open_now.keys():
        raise NotOfOrder(line=min(strange), number=order.number)
    if not any(wanted.values()):
        raise NothingOpen(number=order.number)
    share = preferences_of(company).over_receipt
    new = []
    for line in sorted(lines, key=lambda line: line.line_no):
        qty = wanted.get(line.pk)
        if not qty:
            continue
        most = quantity(WIDE.multiply(line.qty, 1 + share)) - taken[line.pk].taken
        if qty < 0:
            raise NumberNotPositive(field=f"qty-{line.pk}", line=line.line_no)
        if qty > most:
            raise OverReceipt(
                field=f"qty-{line.pk}", item=line.item.code, number=order.number,
                open=f"{max(most, Decimal(0)).normalize():f}", needed=f"{qty.normalize():f}",
            )  # fmt: skip
        in_unit = line.unit is not None and line.unit_qty is not None
        new.append(
            NewStockLine(
                item_id=line.item_id,
                qty=qty,
                unit_cost=line.unit_price,
                source_line_id=line.pk,
                lot_id=(lots or {}).get(line.pk),
                unit_id=line.unit_id if in_unit else None,
                unit_qty=quantity(WIDE.divide(qty, line.unit.factor)) if line.unit is not None and in_unit else None,
                tax_rate=line.tax_rate,
            )
        )
    document = NewStockDocument(
        kind=DocumentKind.PURCHASE_RECEIPT,
        date=date or timezone.localdate(),
        warehouse_id=warehouse_id or order.warehouse_id,
        lines=new,
        party_id=supplier.dimension_value_id,
        source_type=SOURCE,
        source_id=order.pk,
        external_no=external_no,
        note=note,
    )
    if not confirm:
        return create_document(company, document, by=by)
    (made,) = create_confirmed(company, [document], by=by)
    if isinstance(made, DomainError):
        raise made
    return StockDocument.objects.get(company=company, pk=made)


def lock_order(company: Company, order_id: int) -> PurchaseOrder:
    """The order, locked until the transaction ends. Raises ``NotFound``."""
    row = PurchaseOrder.objects.select_for_update().filter(company=company, pk=order_id).first()
    if row is None:
        raise NotFound(what=PurchaseOrder._meta.verbose_name, key=order_id)
    return row


def _need(row: PurchaseOrder, status: OrderStatus) -> None:
    if row.status != status:
        raise OrderState(number=row.number, state=row.get_status_display(), needed=status.label)


def _to(company: Company, order_id: int, before: OrderStatus, after: OrderStatus) -> PurchaseOrder:
    row = lock_order(company, order_id)
    _need(row, before)
    row.status = after
    row.save(update_fields=["status"])
    return row


def _lines(company: Company, order: NewOrder, rate: Decimal) -> list[PurchaseOrderLine]:
    """Lines with their amounts, unsaved."""
    if not order.lines:
        raise PurchaseNoLines(field="lines")
    items = item_facts(company.pk, {line.item_id for line in order.lines})
    unit_ids = {line.unit_id for line in order.lines if line.unit_id is not None}
    units = {u.pk: u for u in ItemUnit.objects.filter(company=company, pk__in=unit_ids)}
    made = []
    for line_no, line in enumerate(order.lines, start=1):
        unit = units.get(line.unit_id) if line.unit_id is not None else None
        if line.unit_id is not None and (unit is None or unit.item_id != line.item_id):
            raise UnitOfOtherItem(field=f"lines-{line_no}-unit", line=line_no, item=items[line.item_id].code)
        qty = line.qty
        if qty is None and unit is not None and line.unit_qty is not None:
            qty = quantity(WIDE.multiply(line.unit_qty, unit.factor))
        if qty is None or qty <= 0:
            raise NumberNotPositive(field=f"lines-{line_no}-qty", line=line_no)
        if line.unit_price < 0:
            raise PriceNegative(field=f"lines-{line_no}-unit_price", line=line_no)
        tax_rate = rate if line.tax_rate is None else line.tax_rate
        if not 0 <= tax_rate < 1:
            raise RateRange(field=f"lines-{line_no}-tax_rate", line=line_no, rate=tax_rate)
        net = times(qty, line.unit_price)
        made.append(
            PurchaseOrderLine(
                company=company,
                line_no=line_no,
                item_id=line.item_id,
                unit=unit,
                unit_qty=line.unit_qty if unit is not None else None,
                qty=qty,
                unit_price=line.unit_price,
                tax_rate=tax_rate,
                net=net,
                tax=tax_of(net, tax_rate),
                note=line.note,
            )
        )
    return made


def _write_lines(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> None:
    for line in lines:
        line.order = order
    PurchaseOrderLine.objects.bulk_create(lines)
