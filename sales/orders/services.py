"""Enter sales documents: sales and returns, in bulk; change or delete drafts; confirm, cancel.

Delivering and invoicing them is in ``fulfil``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from erp.core.bulk import copy_rows, next_ids
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO
from erp.core.numbering.services import document_numbers
from inventory.availability.services import release_source
from inventory.events import SALES_ORDER
from inventory.items.facts import ItemFacts
from inventory.items.queries import item_facts
from inventory.warehouses.models import Warehouse
from inventory.warehouses.services import main_warehouse
from sales.customers.queries import CustomerFacts, customer_facts
from sales.orders.amounts import Amounts, line_amounts
from sales.orders.errors import (
    NothingLeft,
    OrderHasNoLines,
    OrderNotDraft,
    OverDeliveryRange,
    QuantitySign,
    TaxRateRange,
)
from sales.orders.models import OrderKind, OrderStatus, SalesOrder, SalesOrderLine
from sales.orders.promises import reserve_orders
from sales.orders.queries import done_quantities

PREFIXES = {OrderKind.SALE: "XSDD", OrderKind.RETURN: "XSTH"}


@dataclass(slots=True)
class NewOrderLine:
    """``qty`` in the item's unit, positive on sales and negative on returns; ``tax_rate`` a share, the item's if None;
    ``of_line_id``: the sold order line that comes back, if known."""

    item_id: int
    qty: Decimal
    unit_price: Decimal
    tax_rate: Decimal | None = None
    of_line_id: int | None = None
    note: str = ""


@dataclass(slots=True)
class NewOrder:
    """Without a warehouse the company's main one is taken; without a region the customer's.

    ``over_delivery``: share of a line's quantity that may be delivered beyond it (0.05 is five per cent).
    """

    customer_id: int
    date: dt.date
    lines: list[NewOrderLine]
    kind: str = OrderKind.SALE
    warehouse_id: int | None = None
    price_includes_tax: bool = False
    external_no: str = ""
    region: str = ""
    note: str = ""
    over_delivery: Decimal = ZERO


@transaction.atomic
def create_orders(company: Company, orders: Sequence[NewOrder], *, by: Any) -> list[int]:
    """Write drafts in bulk with net, tax and gross per line; ids in the order given.

    Raises ``OrderHasNoLines``, ``QuantitySign``, ``TaxRateRange``, ``NotFound`` for the first bad one.
    """
    if not orders:
        return []
    items = item_facts(company.pk, {line.item_id for order in orders for line in order.lines})
    customers = customer_facts(company.pk, {order.customer_id for order in orders})
    for order in orders:
        if problem := refusal(order):
            raise problem
    orders = _with_warehouse(company, orders)
    ids = next_ids("sales_salesorder", len(orders))
    amounts = [_amounts(order, items) for order in orders]
    now, user_id = timezone.now(), by.pk if by is not None else None
    copy_rows("sales_salesorder", _HEADER, _header_rows(company, orders, ids, amounts, customers, user_id, now))
    _copy_lines(company.pk, list(zip(ids, orders, amounts, strict=True)), items)
    return ids


def create_order(company: Company, order: NewOrder, *, by: Any) -> SalesOrder:
    """Write one draft."""
    (order_id,) = create_orders(company, [order], by=by)
    return SalesOrder.objects.get(company=company, pk=order_id)


@transaction.atomic
def update_draft(company: Company, order_id: int, order: NewOrder, *, by: Any) -> SalesOrder:
    """Replace header and lines of a draft; number and kind stay. Raises ``OrderNotDraft`` and as for creating."""
    row = lock_order(company, order_id)
    if row.status != OrderStatus.DRAFT:
        raise OrderNotDraft(number=row.number, state=row.get_status_display())
    order = replace(order, kind=row.kind)
    if problem := refusal(order):
        raise problem
    items = item_facts(company.pk, {line.item_id for line in order.lines})
    customer = customer_facts(company.pk, [order.customer_id])[order.customer_id]
    (order,) = _with_warehouse(company, [order])
    amounts = _amounts(order, items)
    for name in ("customer_id", "date", "warehouse_id", "price_includes_tax", "over_delivery", "external_no", "note"):
        setattr(row, name, getattr(order, name))
    row.region = order.region or customer.region
    row.net, row.tax, row.gross = _totals(amounts)
    row.save()
    SalesOrderLine.objects.filter(company=company, order=row).delete()
    _copy_lines(company.pk, [(row.pk, order, amounts)], items)
    return row


@transaction.atomic
def delete_draft(company: Company, order_id: int, *, by: Any) -> None:
    """Delete a draft. Raises ``OrderNotDraft``."""
    row = lock_order(company, order_id)
    if row.status != OrderStatus.DRAFT:
        raise OrderNotDraft(number=row.number, state=row.get_status_display())
    SalesOrderLine.objects.filter(company=company, order=row).delete()
    row.delete()


@transaction.atomic
def confirm_orders(company: Company, order_ids: Sequence[int], *, by: Any) -> list[int]:
    """Confirm drafts: agreed with the customer, no goods move yet. Raises ``OrderNotDraft``, ``NotFound``."""
    rows = list(SalesOrder.objects.select_for_update().filter(company=company, pk__in=order_ids).order_by("pk"))
    if missing := set(order_ids) - {row.pk for row in rows}:
        raise NotFound(what=SalesOrder._meta.verbose_name, key=min(missing))
    for row in rows:
        if row.status != OrderStatus.DRAFT:
            raise OrderNotDraft(number=row.number, state=row.get_status_display())
    mark_confirmed(company, order_ids, by=by)
    reserve_orders(company, order_ids, by=by)
    return list(order_ids)


def mark_confirmed(company: Company, order_ids: Iterable[int], *, by: Any) -> None:
    """Set locked drafts to confirmed."""
    SalesOrder.objects.filter(company=company, pk__in=list(order_ids), status=OrderStatus.DRAFT).update(
        status=OrderStatus.CONFIRMED, confirmed_by=by, confirmed_at=timezone.now()
    )


@transaction.atomic
def cancel_order(company: Company, order_id: int, *, by: Any) -> SalesOrder:
    """Cancel an order of which nothing was delivered or invoiced. Raises ``OrderNotDraft`` otherwise."""
    row = lock_order(company, order_id)
    if row.status == OrderStatus.CANCELLED:
        raise NothingLeft(number=row.number)
    lines = list(SalesOrderLine.objects.filter(company=company, order=row).values_list("id", flat=True))
    if any(done.delivered or done.invoiced for done in done_quantities(company.pk, lines).values()):
        raise OrderNotDraft(number=row.number, state=row.get_status_display())
    row.status = OrderStatus.CANCELLED
    row.save(update_fields=["status"])
    release_source(company, SALES_ORDER, row.pk, by=by)
    return row


def lock_order(company: Company, order_id: int) -> SalesOrder:
    """The order, locked until the transaction ends. Raises ``NotFound``."""
    row = SalesOrder.objects.select_for_update().filter(company=company, pk=order_id).first()
    if row is None:
        raise NotFound(what=SalesOrder._meta.verbose_name, key=order_id)
    return row


def refusal(order: NewOrder) -> DomainError | None:
    """What is wrong with an order as entered, or None."""
    if not order.lines:
        return OrderHasNoLines(field="lines")
    if not 0 <= order.over_delivery <= 1:
        return OverDeliveryRange(field="over_delivery")
    is_return = order.kind == OrderKind.RETURN
    for line_no, line in enumerate(order.lines, start=1):
        if not line.qty or (line.qty < 0) != is_return:
            return QuantitySign(field=f"lines-{line_no}-qty", line=line_no)
        if line.tax_rate is not None and not 0 <= line.tax_rate < 1:
            return TaxRateRange(field=f"lines-{line_no}-tax_rate", line=line_no)
    return None


def _with_warehouse(company: Company, orders: Sequence[NewOrder]) -> list[NewOrder]:
    named = {order.warehouse_id for order in orders if order.warehouse_id is not None}
    known = (
        set(Warehouse.objects.filter(company=company, pk__in=named).values_list("pk", flat=True)) if named else set()
    )
    if unknown := named - known:
        raise NotFound(what=Warehouse._meta.verbose_name, key=min(unknown))
    if all(order.warehouse_id is not None for order in orders):
        return list(orders)
    main = main_warehouse(company).pk
    return [order if order.warehouse_id is not None else replace(order, warehouse_id=main) for order in orders]


def _amounts(order: NewOrder, items: Mapping[int, ItemFacts]) -> list[Amounts]:
    return [
        line_amounts(line.qty, line.unit_price, rate_of(line, items), includes_tax=order.price_includes_tax)
        for line in order.lines
    ]


def rate_of(line: NewOrderLine, items: Mapping[int, ItemFacts]) -> Decimal:
    """The line's tax rate: its own, or the item's."""
    return line.tax_rate if line.tax_rate is not None else items[line.item_id].tax_rate


def _totals(amounts: Sequence[Amounts]) -> Amounts:
    """Totals are sums of lines, never recomputed from totals (R-ROUND)."""
    net, tax = sum((line.net for line in amounts), ZERO), sum((line.tax for line in amounts), ZERO)
    return Amounts(net, tax, net + tax)


def numbers(company_id: int, prefixes: Mapping[Any, str], documents: Sequence[tuple[str, dt.date]]) -> list[str]:
    """A number for each (kind, date): one counter update per (prefix, month), in sorted order."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, (kind, date) in enumerate(documents):
        places[prefixes[kind], f"{date:%Y%m}"].append(index)
    result = [""] * len(documents)
    for (prefix, month), indexes in sorted(places.items()):
        for index, number in zip(indexes, document_numbers(company_id, prefix, month, len(indexes)), strict=True):
            result[index] = number
    return result


_HEADER = (
    "id", "company_id", "kind", "number", "date", "status", "customer_id", "warehouse_id", "price_includes_tax",
    "over_delivery", "net", "tax", "gross", "external_no", "region", "note", "created_by_id", "created_at",
    "confirmed_by_id", "confirmed_at",
)  # fmt: skip
_LINE = (
    "id", "company_id", "order_id", "line_no", "item_id", "qty", "unit_price", "tax_rate", "net", "tax", "gross",
    "of_line_id", "note",
)  # fmt: skip


def _header_rows(
    company: Company,
    orders: Sequence[NewOrder],
    ids: Sequence[int],
    amounts: Sequence[Sequence[Amounts]],
    customers: Mapping[int, CustomerFacts],
    user_id: int | None,
    now: dt.datetime,
) -> Iterable[tuple[Any, ...]]:
    given = numbers(company.pk, PREFIXES, [(order.kind, order.date) for order in orders])
    for order, order_id, number, lines in zip(orders, ids, given, amounts, strict=True):
        total = _totals(lines)
        yield (
            order_id, company.pk, str(order.kind), number, order.date, str(OrderStatus.DRAFT), order.customer_id,
            order.warehouse_id, order.price_includes_tax, order.over_delivery, total.net, total.tax, total.gross,
            order.external_no, order.region or customers[order.customer_id].region, order.note, user_id, now,
            None, None,
        )  # fmt: skip


def _copy_lines(
    company_id: int,
    orders: Sequence[tuple[int, NewOrder, Sequence[Amounts]]],
    items: Mapping[int, ItemFacts],
) -> None:
    line_ids = iter(next_ids("sales_salesorderline", sum(len(order.lines) for _id, order, _amounts in orders)))
    copy_rows(
        "sales_salesorderline",
        _LINE,
        (
            (
                next(line_ids), company_id, order_id, line_no, line.item_id, line.qty, line.unit_price,
                rate_of(line, items), net, tax, gross, line.of_line_id, line.note,
            )
            for order_id, order, amounts in orders
            for line_no, (line, (net, tax, gross)) in enumerate(zip(order.lines, amounts, strict=True), start=1)
        ),
    )  # fmt: skip
