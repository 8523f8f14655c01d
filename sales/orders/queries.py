"""How far sales documents are: delivered, invoiced, posted; and the story of one of them."""

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.money import ZERO
from inventory.events import SALES_ORDER
from inventory.items.models import ItemKind
from ledger.posting import reasons
from sales.events import SALES_INVOICE
from sales.orders.amounts import Amounts
from sales.orders.models import OrderKind, OrderStatus, SalesOrder, SalesOrderLine


class Done(NamedTuple):
    """How much of an order line is delivered and invoiced, in positive quantities; amounts signed as the line's."""

    delivered: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    amounts: Amounts = Amounts(ZERO, ZERO, ZERO)


def done_quantities(company_id: int, line_ids: Sequence[int]) -> dict[int, Done]:
    """Order line id → what is delivered (or, of returns, came back) and invoiced. One statement."""
    if not line_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT k.id, coalesce(d.qty, 0), coalesce(i.qty, 0), coalesce(i.net, 0), coalesce(i.tax, 0),
                      coalesce(i.gross, 0)
                 FROM unnest(%s::bigint[]) AS k(id)
                 LEFT JOIN LATERAL (
                      SELECT sum(sl.qty) AS qty
                        FROM inventory_stockdocumentline sl
                        JOIN inventory_stockdocument sd ON sd.id = sl.document_id AND sd.company_id = sl.company_id
                         AND sd.status = 'confirmed' AND sd.reversal_of_id IS NULL AND sd.source_type = %s
                       WHERE sl.company_id = %s AND sl.source_line_id = k.id) d ON true
                 LEFT JOIN LATERAL (
                      SELECT abs(sum(il.qty)) AS qty, sum(il.net) AS net, sum(il.tax) AS tax, sum(il.gross) AS gross
                        FROM sales_salesinvoiceline il
                       WHERE il.company_id = %s AND il.order_line_id = k.id) i ON true""",
            [list(line_ids), SALES_ORDER, company_id, company_id],
        )
        return {
            line_id: Done(delivered, invoiced, Amounts(*amounts))
            for line_id, delivered, invoiced, *amounts in cursor.fetchall()
        }


class OrderState(NamedTuple):
    """Shares 0–1 by quantity; goods only for delivered. ``waiting`` and ``failed`` count its events."""

    status: str
    delivered: Decimal
    invoiced: Decimal
    events: int
    waiting: int
    failed: int
    has_goods: bool

    @property
    def is_complete(self) -> bool:
        """Every document, move and voucher that belongs to it has arrived."""
        return (
            self.status == OrderStatus.CONFIRMED
            and (self.delivered == 1 or not self.has_goods)
            and self.invoiced == 1
            and not self.waiting
            and not self.failed
        )

    @property
    def label(self) -> Any:
        """What a list shows in one or two words."""
        if self.status != OrderStatus.CONFIRMED:
            return OrderStatus(self.status).label
        if self.failed:
            return _("Posting failed")
        if self.is_complete:
            return _("Complete")
        if self.waiting:
            return _("Waiting for posting")
        if self.invoiced == 1:
            return _("Invoiced")
        if self.delivered == 1:
            return _("Delivered")
        if self.delivered or self.invoiced:
            return _("Partly done")
        return _("Open")


def order_states(company_id: int, order_ids: Sequence[int]) -> dict[int, OrderState]:
    """Order id → how far it is. One statement for any number of orders."""
    if not order_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH orders AS (
                   SELECT o.id, o.status FROM sales_salesorder o
                    WHERE o.company_id = %(company)s AND o.id = ANY(%(ids)s)),
               ordered AS (
                   SELECT l.order_id, sum(abs(l.qty)) AS qty,
                          coalesce(sum(abs(l.qty)) FILTER (WHERE i.kind = %(stock)s), 0) AS goods
                     FROM sales_salesorderline l JOIN inventory_item i ON i.id = l.item_id
                    WHERE l.company_id = %(company)s AND l.order_id = ANY(%(ids)s) GROUP BY l.order_id),
               delivered AS (
                   SELECT d.source_id AS order_id, sum(sl.qty) AS qty
                     FROM inventory_stockdocument d
                     JOIN inventory_stockdocumentline sl ON sl.company_id = d.company_id AND sl.document_id = d.id
                    WHERE d.company_id = %(company)s AND d.source_type = %(order)s AND d.source_id = ANY(%(ids)s)
                      AND d.status = 'confirmed' AND d.reversal_of_id IS NULL GROUP BY d.source_id),
               invoiced AS (
                   SELECT v.order_id, sum(abs(vl.qty)) AS qty
                     FROM sales_salesinvoice v
                     JOIN sales_salesinvoiceline vl ON vl.company_id = v.company_id AND vl.invoice_id = v.id
                    WHERE v.company_id = %(company)s AND v.order_id = ANY(%(ids)s) GROUP BY v.order_id),
               told AS (
                   SELECT s.order_id, count(e.id) AS events, count(*) FILTER (WHERE e.state = 'pending') AS waiting,
                          count(*) FILTER (WHERE e.state = 'failed') AS failed
                     FROM (SELECT d.source_id AS order_id, d.kind AS source_type, d.id FROM inventory_stockdocument d
                            WHERE d.company_id = %(company)s AND d.source_type = %(order)s
                              AND d.source_id = ANY(%(ids)s)
                           UNION ALL
                           SELECT v.order_id, %(invoice)s, v.id FROM sales_salesinvoice v
                            WHERE v.company_id = %(company)s AND v.order_id = ANY(%(ids)s)) s
                     JOIN ledger_businessevent e ON e.company_id = %(company)s AND e.source_type = s.source_type
                      AND e.source_id = s.id
                    GROUP BY s.order_id)
               SELECT o.id, o.status, coalesce(d.qty, 0), coalesce(l.goods, 0), coalesce(i.qty, 0), coalesce(l.qty, 0),
                      coalesce(t.events, 0), coalesce(t.waiting, 0), coalesce(t.failed, 0)
                 FROM orders o
                 LEFT JOIN ordered l ON l.order_id = o.id LEFT JOIN delivered d ON d.order_id = o.id
                 LEFT JOIN invoiced i ON i.order_id = o.id LEFT JOIN told t ON t.order_id = o.id""",
            {
                "company": company_id,
                "ids": list(order_ids),
                "order": SALES_ORDER,
                "invoice": SALES_INVOICE,
                "stock": ItemKind.STOCK,
            },
        )
        return {
            order_id: OrderState(
                status,
                delivered / goods if goods else Decimal(0),
                invoiced / qty if qty else Decimal(0),
                events,
                waiting,
                failed,
                bool(goods),
            )
            for order_id, status, delivered, goods, invoiced, qty, events, waiting, failed in cursor.fetchall()
        }


class TimelineStep(NamedTuple):
    """One document of an order with what became of it in the ledger. ``document_type`` is the source type of the
    ledger's document links; ``reason`` says why an event has no voucher, or is None."""

    document_type: str
    document_id: int
    number: str
    date: dt.date
    status: str
    is_reversal: bool
    event_id: int | None
    event_type: str
    event_state: str
    reason: reasons.Reason | None
    voucher_id: int | None
    voucher_label: str
    voucher_status: str


def timeline(order: SalesOrder) -> list[TimelineStep]:
    """The deliveries, returns and invoices of an order in order of time, each with its event and voucher."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.document_type, s.id, s.number, s.date, s.status, s.is_reversal,
                      e.id, coalesce(e.event_type, ''), coalesce(e.state, ''),
                      coalesce(e.reason_code, ''), e.reason_facts, v.id, v.word, v.number, coalesce(v.status, '')
                 FROM (SELECT d.kind AS document_type, d.id, d.number, d.date, d.status,
                              d.reversal_of_id IS NOT NULL AS is_reversal, d.created_at
                         FROM inventory_stockdocument d
                        WHERE d.company_id = %(company)s AND d.source_type = %(order)s AND d.source_id = %(id)s
                       UNION ALL
                       SELECT %(invoice)s, i.id, i.number, i.date, i.status, false, i.created_at
                         FROM sales_salesinvoice i WHERE i.company_id = %(company)s AND i.order_id = %(id)s) s
                 LEFT JOIN ledger_businessevent e ON e.company_id = %(company)s AND e.source_type = s.document_type
                  AND e.source_id = s.id
                 LEFT JOIN ledger_voucher v ON v.id = e.voucher_id
                ORDER BY s.created_at, s.document_type, s.id""",
            {"company": order.company_id, "order": SALES_ORDER, "invoice": SALES_INVOICE, "id": order.pk},
        )
        rows = cursor.fetchall()
    return [_step(row) for row in rows]


def _step(row: Sequence[Any]) -> TimelineStep:
    *document, reason_code, reason_facts, voucher_id, word, number, voucher_status = row
    reason = reasons.explain(reason_code, _facts(reason_facts)) if reason_code else None
    label = f"{word}-{number}" if voucher_id else ""
    return TimelineStep._make([*document, reason, voucher_id, label, voucher_status])


def _facts(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value or {}


def related_orders(order: SalesOrder) -> list[SalesOrder]:
    """Of a return the sales that it gives back, of a sale its returns; by the lines that name each other."""
    lines = SalesOrderLine.objects.filter(company_id=order.company_id).order_by()
    own = lines.filter(order=order)
    if order.kind == OrderKind.RETURN:
        others = lines.filter(pk__in=own.exclude(of_line=None).values("of_line"))
    else:
        others = lines.filter(of_line__in=own.values("pk"))
    found = SalesOrder.objects.filter(company_id=order.company_id, pk__in=others.values("order"))
    return list(found.exclude(status=OrderStatus.CANCELLED).order_by("date", "pk"))


def missing(order: SalesOrder, state: OrderState) -> list[Any]:
    """What an order still waits for, in words."""
    if order.status == OrderStatus.DRAFT:
        return [_("Not confirmed yet.")]
    if order.status == OrderStatus.CANCELLED:
        return []
    is_return = order.kind == OrderKind.RETURN
    waits: list[Any] = []
    if state.has_goods and state.delivered < 1:
        waits.append(_("Goods have not come back in full.") if is_return else _("Goods are not delivered in full."))
    if state.invoiced < 1:
        waits.append(_("Not credited in full.") if is_return else _("Not invoiced in full."))
    if state.waiting:
        waits.append(_("Vouchers are being made."))
    if state.failed:
        waits.append(_("A document could not be posted; see the reason beside it."))
    return waits
