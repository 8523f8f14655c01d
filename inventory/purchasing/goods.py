"""What receipts and returns of goods still wait for: quantity without invoice, and the estimate (暂估) of it.

The one idea: of a receipt line R was received at its price, T went back, invoices took B and red invoices gave back
G. Open for invoices is R − T − B + G, and the account of goods received, not invoiced, holds the same of the money.
Whoever takes all that is open takes all the money that is open: the account ends at zero.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.money import WIDE, cents, rounded
from inventory.items.models import Item

_ZERO = Decimal(0)


@dataclass(slots=True)
class Receipt:
    """A line of a confirmed purchase receipt. Quantities and amounts are positive; ``taken_back`` is the part of its
    estimate that the monthly reversal (月初红冲) holds at the moment."""

    line_id: int
    document_id: int
    number: str
    date: dt.date
    party_id: int | None
    warehouse_id: int
    item_id: int
    item_code: str
    lot_id: int | None
    qty: Decimal
    unit_cost: Decimal | None
    estimate: Decimal
    carried: Decimal  # what stock took: the estimate, or the standard cost
    returned_qty: Decimal
    returned_estimate: Decimal
    invoiced_qty: Decimal
    invoiced_estimate: Decimal
    red_qty: Decimal
    red_estimate: Decimal
    taken_back: Decimal = _ZERO

    @property
    def open_qty(self) -> Decimal:
        return self.qty - self.returned_qty - self.invoiced_qty + self.red_qty

    @property
    def open_estimate(self) -> Decimal:
        return self.estimate - self.returned_estimate - self.invoiced_estimate + self.red_estimate

    def take(self, qty: Decimal) -> Decimal:
        """Settle ``qty`` of what is open; the estimate that goes with it. The last part takes the rest."""
        part = self.open_estimate if qty == self.open_qty else part_of(self.estimate, qty, self.qty)
        self.invoiced_qty += qty
        self.invoiced_estimate += part
        return part

    def give_back(self, qty: Decimal, estimate: Decimal) -> None:
        """A red invoice settles ``qty`` that went back."""
        self.red_qty += qty
        self.red_estimate += estimate


@dataclass(slots=True)
class Return:
    """A line of a confirmed purchase return; ``of_line_id`` is the receipt's line."""

    line_id: int
    document_id: int
    number: str
    date: dt.date
    party_id: int | None
    warehouse_id: int
    item_id: int
    item_code: str
    of_line_id: int | None
    qty: Decimal
    estimate: Decimal
    invoiced_qty: Decimal
    invoiced_estimate: Decimal

    @property
    def open_qty(self) -> Decimal:
        return self.qty - self.invoiced_qty

    def take(self, qty: Decimal) -> Decimal:
        """Settle ``qty`` of it by a red invoice; the estimate that goes with it."""
        left = self.estimate - self.invoiced_estimate
        part = left if qty == self.open_qty else part_of(self.estimate, qty, self.qty)
        self.invoiced_qty += qty
        self.invoiced_estimate += part
        return part


def part_of(amount: Decimal, qty: Decimal, whole: Decimal) -> Decimal:
    """The share of an amount for ``qty`` of ``whole``, in cents."""
    return cents(WIDE.divide(WIDE.multiply(amount, qty), whole))


# The price that a return states is what left the account of goods received, not invoiced.
_RETURN_PRICE = """
    LEFT JOIN inventory_stockmove rp
      ON rp.company_id = rd.company_id AND rp.document_id = rd.id AND rp.document_line_id = rl.id"""

_RECEIPTS = f"""
    SELECT l.id AS line_id, d.id AS document_id, d.number, d.date, d.party_id, d.warehouse_id, l.item_id,
           i.code AS item_code, l.lot_id, l.qty, l.unit_cost,
           round(coalesce(m.given, m.value), 2) AS estimate, m.value AS carried,
           coalesce(r.qty, 0) AS returned_qty, coalesce(r.price, 0) AS returned_estimate,
           coalesce(b.qty, 0) AS invoiced_qty, coalesce(b.estimate, 0) AS invoiced_estimate,
           coalesce(r.red_qty, 0) AS red_qty, coalesce(-r.red_estimate, 0) AS red_estimate,
           coalesce(t.amount, 0) AS taken_back
      FROM {{source}}
      JOIN inventory_item i ON i.id = l.item_id
      JOIN inventory_stockmove m ON m.company_id = d.company_id AND m.document_id = d.id AND m.document_line_id = l.id
      LEFT JOIN LATERAL (
           SELECT sum(rl.qty) AS qty, sum(round(rp.given, 2)) AS price, sum(rm.qty) AS red_qty,
                  sum(rm.estimate) AS red_estimate
             FROM inventory_stockdocumentline rl
             JOIN inventory_stockdocument rd ON rd.id = rl.document_id AND rd.company_id = rl.company_id
              AND rd.kind = 'purchase_return' AND rd.status = 'confirmed' AND rd.reversal_of_id IS NULL
             {_RETURN_PRICE}
             LEFT JOIN LATERAL (
                  SELECT sum(x.qty) AS qty, sum(x.estimate) AS estimate FROM inventory_invoicematch x
                   WHERE x.company_id = rl.company_id AND x.stock_line_id = rl.id AND x.is_live) rm ON true
            WHERE rl.company_id = l.company_id AND rl.of_line_id = l.id) r ON true
      LEFT JOIN LATERAL (
           SELECT sum(x.qty) AS qty, sum(x.estimate) AS estimate FROM inventory_invoicematch x
            WHERE x.company_id = l.company_id AND x.stock_line_id = l.id AND x.is_live) b ON true
      LEFT JOIN LATERAL (
           SELECT sum(x.amount) AS amount FROM inventory_estimatereversal x
            WHERE x.company_id = l.company_id AND x.stock_line_id = l.id AND NOT x.renewed) t ON true
     WHERE d.company_id = %(company)s AND d.kind = 'purchase_receipt' AND d.status = 'confirmed'
       AND d.reversal_of_id IS NULL"""

# Found from the documents, or (few lines of many) from the lines by their ids.
RECEIPTS = _RECEIPTS.format(
    source="""inventory_stockdocument d
      JOIN inventory_stockdocumentline l ON l.company_id = d.company_id AND l.document_id = d.id"""
)
RECEIPTS_BY_LINE = _RECEIPTS.format(
    source="""unnest(%(ids)s::bigint[]) AS k(id)
      JOIN inventory_stockdocumentline l ON l.id = k.id
      JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id"""
)

RETURNS = f"""
    SELECT rl.id AS line_id, rd.id AS document_id, rd.number, rd.date, rd.party_id, rd.warehouse_id, rl.item_id,
           i.code AS item_code, rl.of_line_id, rl.qty, round(coalesce(rp.given, 0), 2) AS estimate,
           coalesce(b.qty, 0) AS invoiced_qty, coalesce(-b.estimate, 0) AS invoiced_estimate
      FROM inventory_stockdocument rd
      JOIN inventory_stockdocumentline rl ON rl.company_id = rd.company_id AND rl.document_id = rd.id
      JOIN inventory_item i ON i.id = rl.item_id
      {_RETURN_PRICE}
      LEFT JOIN LATERAL (
           SELECT sum(x.qty) AS qty, sum(x.estimate) AS estimate FROM inventory_invoicematch x
            WHERE x.company_id = rl.company_id AND x.stock_line_id = rl.id AND x.is_live) b ON true
     WHERE rd.company_id = %(company)s AND rd.kind = 'purchase_return' AND rd.status = 'confirmed'
       AND rd.reversal_of_id IS NULL"""


def lock_lines(company_id: int, line_ids: Collection[int]) -> None:
    """Lock receipt and return lines, and the receipts of the returns: the first lock of every writer of stock too."""
    if line_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT id FROM inventory_stockdocumentline
                    WHERE company_id = %(company)s AND id IN (
                          SELECT unnest(%(ids)s::bigint[])
                          UNION
                          SELECT of_line_id FROM inventory_stockdocumentline
                           WHERE company_id = %(company)s AND id = ANY(%(ids)s))
                    ORDER BY id FOR UPDATE""",
                {"company": company_id, "ids": list(line_ids)},
            )


def receipts(company_id: int, line_ids: Collection[int]) -> dict[int, Receipt]:
    """Receipt line id → its state; lines that are no confirmed receipt's are left out. One statement."""
    if not line_ids:
        return {}
    found = _read(RECEIPTS_BY_LINE, {"company": company_id, "ids": list(set(line_ids))})
    return {row[0]: Receipt(*row) for row in found}


def returns(company_id: int, line_ids: Collection[int]) -> dict[int, Return]:
    """Return line id → its state; lines that are no confirmed return's are left out. One statement."""
    if not line_ids:
        return {}
    found = _read(f"{RETURNS} AND rl.id = ANY(%(ids)s)", {"company": company_id, "ids": list(line_ids)})
    return {row[0]: Return(*row) for row in found}


def open_receipts(
    company_id: int,
    *,
    party_id: int | None = None,
    item_ids: Collection[int] | None = None,
    document_ids: Collection[int] | None = None,
    until: dt.date | None = None,
) -> list[Receipt]:
    """Receipt lines that wait for an invoice, oldest first."""
    sql = f"""SELECT * FROM ({RECEIPTS}
                 AND (%(party)s::bigint IS NULL OR d.party_id = %(party)s)
                 AND (%(items)s::bigint[] IS NULL OR l.item_id = ANY(%(items)s))
                 AND (%(documents)s::bigint[] IS NULL OR d.id = ANY(%(documents)s))
                 AND (%(until)s::date IS NULL OR d.date <= %(until)s)) r
               WHERE qty - returned_qty - invoiced_qty + red_qty <> 0
               ORDER BY date, line_id"""
    return [Receipt(*row) for row in _read(sql, _filters(company_id, party_id, item_ids, document_ids, until))]


def open_returns(
    company_id: int,
    *,
    party_id: int | None = None,
    item_ids: Collection[int] | None = None,
    document_ids: Collection[int] | None = None,
) -> list[Return]:
    """Return lines that wait for a red invoice, oldest first."""
    sql = f"""SELECT * FROM ({RETURNS}
                 AND (%(party)s::bigint IS NULL OR rd.party_id = %(party)s)
                 AND (%(items)s::bigint[] IS NULL OR rl.item_id = ANY(%(items)s))
                 AND (%(documents)s::bigint[] IS NULL OR rd.id = ANY(%(documents)s))) r
               WHERE qty <> invoiced_qty ORDER BY date, line_id"""
    return [Return(*row) for row in _read(sql, _filters(company_id, party_id, item_ids, document_ids, None))]


def _filters(
    company_id: int,
    party_id: int | None,
    item_ids: Collection[int] | None,
    document_ids: Collection[int] | None,
    until: dt.date | None,
) -> dict[str, Any]:
    return {
        "company": company_id,
        "party": party_id,
        "items": None if item_ids is None else list(item_ids),
        "documents": None if document_ids is None else list(document_ids),
        "until": until,
    }


def _read(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def price_of(amount: Decimal, qty: Decimal) -> Decimal:
    """The price of one unit, to 6 decimals."""
    return rounded(WIDE.divide(amount, qty), Decimal("0.000001"))


def item_codes(company_id: int, item_ids: Collection[int]) -> dict[int, str]:
    """Item id → code, for refusals."""
    return dict(Item.objects.filter(company_id=company_id, pk__in=item_ids).values_list("id", "code"))


def estimates_left(company_id: int) -> dict[int, Decimal]:
    """Receipt line → what of its estimate still stands in goods received, not invoiced, where that is not zero.

    Returns that are not invoiced yet count against their receipt; cents remain where goods went back in parts after
    the last invoice.
    """
    sql = f"""SELECT line_id, estimate - returned_estimate - invoiced_estimate + red_estimate - taken_back
                FROM ({RECEIPTS}) r
               WHERE estimate - returned_estimate - invoiced_estimate + red_estimate - taken_back <> 0"""
    return dict(_read(sql, {"company": company_id}))
