"""Deliver, invoice and complete sales documents, in bulk: from what was agreed to stock moves, cost and receivables.

``complete_many`` does all of it in one transaction: an order is done as a whole or, when its goods are not there or
its period is closed, left exactly as it was.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.retries import transactional
from inventory.documents.confirm import OnRefusal, create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.errors import plain
from inventory.documents.models import DocumentKind, StockDocument
from inventory.events import SALES_ORDER
from inventory.items.facts import ItemFacts
from inventory.items.queries import item_facts
from sales.customers.queries import CustomerFacts, customer_facts
from sales.invoices.models import InvoiceKind, SalesInvoice
from sales.invoices.services import NewInvoice, NewInvoiceLine, refusals, write_invoices
from sales.orders.amounts import Amounts, portion
from sales.orders.errors import MoreThanLeft, NothingDelivered, NothingLeft, OrderNotConfirmed, OverDelivery
from sales.orders.models import OrderKind, OrderStatus, SalesOrder
from sales.orders.queries import Done, done_quantities
from sales.orders.services import mark_confirmed

Quantities = Mapping[int, Decimal]
"""Order line id → positive quantity to deliver or invoice now; lines not named are left for later."""


@dataclass(slots=True)
class Completion:
    """Ids of the orders brought to an end, and order id → why it was left as it was. ``stock_documents`` and
    ``invoices``: order id → the document made."""

    completed: list[int] = field(default_factory=list)
    refused: dict[int, DomainError] = field(default_factory=dict)
    stock_documents: dict[int, int] = field(default_factory=dict)
    invoices: dict[int, int] = field(default_factory=dict)


@transactional
def complete_many(
    company: Company, order_ids: Sequence[int], *, by: Any, on_refusal: OnRefusal = "raise"
) -> Completion:
    """Confirm orders, deliver what is left of their goods and invoice what is left of their lines.

    Returns get a return to stock and a red invoice. Orders of services only get no stock document. Documents take
    the order's date. With ``skip`` a refused order stays as it was and the others go on.
    Refusals: ``InsufficientStock``, ``PeriodClosed``, ``NoPeriod``, ``NothingLeft``, ``NothingDelivered``,
    ``OrderNotConfirmed`` (cancelled), ``NotFound``.
    """
    return _fulfil(company, order_ids, by=by, on_refusal=on_refusal, deliver=True, invoice=True)


@transactional
def deliver(
    company: Company, order_id: int, *, by: Any, date: dt.date | None = None, quantities: Quantities | None = None
) -> StockDocument:
    """Deliver goods of a confirmed order (all that is left, or ``quantities``). A return's goods come back instead.

    Raises ``OrderNotConfirmed``, ``NothingLeft``, ``OverDelivery`` (of returns ``MoreThanLeft``) and what confirming
    raises.
    """
    done = _fulfil(company, [order_id], by=by, deliver=True, date=date, quantities=quantities)
    return StockDocument.objects.get(company=company, pk=done.stock_documents[order_id])


@transactional
def invoice(
    company: Company, order_id: int, *, by: Any, date: dt.date | None = None, quantities: Quantities | None = None
) -> SalesInvoice:
    """Invoice lines of a confirmed order (all that is left, or ``quantities``); a return gets a red invoice.

    Raises ``OrderNotConfirmed``, ``NothingLeft``, ``MoreThanLeft``, ``PeriodClosed``, ``NoPeriod``.
    """
    done = _fulfil(company, [order_id], by=by, invoice=True, date=date, quantities=quantities)
    return SalesInvoice.objects.get(company=company, pk=done.invoices[order_id])


class _Line(NamedTuple):
    id: int
    item_id: int
    qty: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    of_line_id: int | None

    @property
    def amounts(self) -> Amounts:
        return Amounts(self.net, self.tax, self.gross)


@dataclass(slots=True)
class _Order:
    id: int
    kind: str
    number: str
    date: dt.date
    status: str
    customer_id: int
    warehouse_id: int
    external_no: str
    over_delivery: Decimal
    lines: list[_Line] = field(default_factory=list)


class _Part(NamedTuple):
    """A line and how much of it is taken now (positive)."""

    line: _Line
    qty: Decimal


def _fulfil(
    company: Company,
    order_ids: Sequence[int],
    *,
    by: Any,
    on_refusal: OnRefusal = "raise",
    deliver: bool = False,
    invoice: bool = False,
    date: dt.date | None = None,
    quantities: Quantities | None = None,
) -> Completion:
    result = Completion()
    orders = _lock(company.pk, order_ids)
    items = item_facts(company.pk, {line.item_id for order in orders.values() for line in order.lines})
    customers = customer_facts(company.pk, {order.customer_id for order in orders.values()})
    started = [line.id for order in orders.values() if order.status != OrderStatus.DRAFT for line in order.lines]
    done = done_quantities(company.pk, started)
    completing = deliver and invoice

    goods: dict[int, list[_Part]] = {}
    bills: dict[int, list[_Part]] = {}
    for order_id in dict.fromkeys(order_ids):
        order = orders.get(order_id)
        if order is None:
            result.refused[order_id] = NotFound(what=SalesOrder._meta.verbose_name, key=order_id)
            continue
        if order.status == OrderStatus.CANCELLED or (order.status == OrderStatus.DRAFT and not completing):
            state = OrderStatus(order.status).label
            result.refused[order_id] = OrderNotConfirmed(number=order.number, state=state)
            continue
        try:
            goods[order_id] = _parts(order, items, done, quantities, goods=True) if deliver else []
            bills[order_id] = _parts(order, items, done, quantities, goods=False) if invoice else []
        except MoreThanLeft as refusal:
            result.refused[order_id] = refusal
            continue
        if not goods[order_id] and not bills[order_id]:
            result.refused[order_id] = NothingLeft(number=order.number)
    _raise_first(result, on_refusal)

    new_invoices = {
        order_id: _invoice(orders[order_id], parts, done, date)
        for order_id, parts in bills.items()
        if parts and order_id not in result.refused
    }
    problems = refusals(company, list(new_invoices.values()))
    result.refused |= {order_id: problems[i] for i, order_id in enumerate(new_invoices) if i in problems}
    documents, undelivered = _stock_documents(
        company, {i: (orders[i], parts) for i, parts in goods.items() if parts and i not in result.refused},
        customers, date,
    )  # fmt: skip
    result.refused |= undelivered
    _raise_first(result, on_refusal)

    made = create_confirmed(company, list(documents.values()), by=by, on_refusal=on_refusal)
    for order_id, outcome in zip(documents, made, strict=True):
        if isinstance(outcome, DomainError):
            result.refused[order_id] = outcome
        else:
            result.stock_documents[order_id] = outcome
    going = {order_id: new for order_id, new in new_invoices.items() if order_id not in result.refused}
    for order_id, stored in zip(going, write_invoices(company, list(going.values()), items, by=by), strict=True):
        result.invoices[order_id] = stored.id
    result.completed = [order_id for order_id in dict.fromkeys(order_ids) if order_id not in result.refused]
    if completing:
        mark_confirmed(company, result.completed, by=by)
    return result


def _raise_first(result: Completion, on_refusal: OnRefusal) -> None:
    if result.refused and on_refusal == "raise":
        raise next(iter(result.refused.values()))


def _lock(company_id: int, order_ids: Sequence[int]) -> dict[int, _Order]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, kind, number, date, status, customer_id, warehouse_id, external_no, over_delivery
                 FROM sales_salesorder WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE""",
            [company_id, list(order_ids)],
        )
        orders = {row[0]: _Order(*row) for row in cursor.fetchall()}
        cursor.execute(
            """SELECT order_id, id, item_id, qty, unit_price, tax_rate, net, tax, gross, of_line_id
                 FROM sales_salesorderline WHERE company_id = %s AND order_id = ANY(%s) ORDER BY order_id, line_no""",
            [company_id, list(orders)],
        )
        for order_id, *line in cursor.fetchall():
            orders[order_id].lines.append(_Line(*line))
    return orders


def _parts(
    order: _Order,
    items: Mapping[int, ItemFacts],
    done: Mapping[int, Done],
    quantities: Quantities | None,
    *,
    goods: bool,
) -> list[_Part]:
    """What of an order is taken now: all that is left, or the quantities asked for.

    Raises ``MoreThanLeft`` or, of goods beyond the share that the order allows, ``OverDelivery``.
    """
    parts = []
    for line_no, line in enumerate(order.lines, start=1):
        if goods and not items[line.item_id].is_stock:
            continue
        left = abs(line.qty)
        if already := done.get(line.id):
            left -= already.delivered if goods else already.invoiced
        qty = left if quantities is None else quantities.get(line.id, Decimal(0))
        if goods and order.kind == OrderKind.SALE:
            open_qty = max(left + abs(line.qty) * order.over_delivery, Decimal(0))
            if qty > open_qty:
                raise OverDelivery(field=f"lines-{line_no}-qty", line=line_no, left=plain(open_qty), needed=plain(qty))
            left = max(left, qty)
        if qty > left or qty < 0:
            raise MoreThanLeft(
                field=f"lines-{line_no}-qty", line=line_no, left=plain(max(left, Decimal(0))), needed=plain(qty)
            )
        if qty > 0:
            parts.append(_Part(line, qty))
    return parts


def _invoice(order: _Order, parts: Sequence[_Part], done: Mapping[int, Done], date: dt.date | None) -> NewInvoice:
    lines = []
    sign = -1 if order.kind == OrderKind.RETURN else 1
    nothing = Done()
    for line, qty in parts:
        already = done.get(line.id, nothing)
        amounts = portion(line.amounts, qty, abs(line.qty), already.invoiced, already.amounts)
        lines.append(
            NewInvoiceLine(line.item_id, sign * qty, line.unit_price, line.tax_rate, *amounts, order_line_id=line.id)
        )
    kind = InvoiceKind.RED if order.kind == OrderKind.RETURN else InvoiceKind.BLUE
    return NewInvoice(kind, date or order.date, order.customer_id, lines, order.id, order.external_no)


def _stock_documents(
    company: Company,
    orders: Mapping[int, tuple[_Order, Sequence[_Part]]],
    customers: Mapping[int, CustomerFacts],
    date: dt.date | None,
) -> tuple[dict[int, NewStockDocument], dict[int, DomainError]]:
    """Order id → its delivery or return to stock; and refusals of returns whose goods never went out."""
    documents: dict[int, NewStockDocument] = {}
    refused: dict[int, DomainError] = {}
    out = _delivered_lines(
        company.pk,
        [line.of_line_id for _order, parts in orders.values() for line, _qty in parts if line.of_line_id is not None],
    )
    for order_id, (order, parts) in orders.items():
        lines: list[NewStockLine] = []
        try:
            for line, qty in parts:
                if line.of_line_id is None:
                    lines.append(NewStockLine(line.item_id, qty, source_line_id=line.id))
                else:
                    lines.extend(_returned_lines(line, qty, out[line.of_line_id], order.lines.index(line) + 1))
        except NothingDelivered as refusal:
            refused[order_id] = refusal
            continue
        documents[order_id] = NewStockDocument(
            kind=DocumentKind.SALES_RETURN if order.kind == OrderKind.RETURN else DocumentKind.DELIVERY,
            date=date or order.date,
            warehouse_id=order.warehouse_id,
            lines=lines,
            party_id=customers[order.customer_id].value_id,
            source_type=SALES_ORDER,
            source_id=order.id,
            external_no=order.external_no,
        )
    return documents, refused


def _returned_lines(line: _Line, qty: Decimal, out: list[list[Any]], line_no: int) -> list[NewStockLine]:
    """A returned quantity on the delivery lines that it came from, the first delivered first."""
    lines = []
    left = qty
    for place in out:
        stock_line_id, open_qty = place
        taken = min(left, open_qty)
        if taken > 0:
            lines.append(NewStockLine(line.item_id, taken, of_line_id=stock_line_id, source_line_id=line.id))
            place[1] -= taken
            left -= taken
    if left:
        raise NothingDelivered(field=f"lines-{line_no}-qty", line=line_no, open=plain(qty - left), needed=plain(qty))
    return lines


def _delivered_lines(company_id: int, order_line_ids: Sequence[int]) -> dict[int, list[list[Any]]]:
    """Sold order line → [delivery line, quantity still out], first delivered first. One statement."""
    found: dict[int, list[list[Any]]] = defaultdict(list)
    if not order_line_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT sl.source_line_id, sl.id, sl.qty - coalesce(r.qty, 0)
                 FROM inventory_stockdocumentline sl
                 JOIN inventory_stockdocument sd ON sd.id = sl.document_id AND sd.company_id = sl.company_id
                  AND sd.kind = 'delivery' AND sd.status = 'confirmed' AND sd.reversal_of_id IS NULL
                  AND sd.source_type = %s
                 LEFT JOIN LATERAL (
                      SELECT sum(rl.qty) AS qty
                        FROM inventory_stockdocumentline rl
                        JOIN inventory_stockdocument rd ON rd.id = rl.document_id AND rd.company_id = rl.company_id
                         AND rd.status = 'confirmed' AND rd.reversal_of_id IS NULL
                       WHERE rl.company_id = sl.company_id AND rl.of_line_id = sl.id) r ON true
                WHERE sl.company_id = %s AND sl.source_line_id = ANY(%s)
                ORDER BY sd.date, sl.id""",
            [SALES_ORDER, company_id, list(order_line_ids)],
        )
        for order_line_id, stock_line_id, open_qty in cursor.fetchall():
            found[order_line_id].append([stock_line_id, open_qty])
    return found
