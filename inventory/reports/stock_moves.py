"""Stock moves of an item (存货明细账): what came in, what went out, and what was left after each move.

A sales return is a red issue and a reversal is red on the side of what it reverses, as stock books are kept.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import unit_cost
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from erp.core.reports.dates import date_range
from inventory.documents.models import DocumentKind
from inventory.items.models import Item
from inventory.moves.models import MOVE_KINDS, OPENING
from inventory.warehouses.models import Warehouse

INCOMING = [OPENING, DocumentKind.OTHER_RECEIPT]


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A move; ``qty`` and ``value`` as on its side of the book, ``*_after`` what was left."""

    id: int
    date: dt.date
    kind: str
    document_id: int
    document_kind: str
    document_no: str
    warehouse: str
    voucher_id: int | None
    voucher: str
    is_in: bool
    qty: Decimal
    unit_cost: Decimal
    value: Decimal
    qty_after: Decimal
    value_after: Decimal

    @property
    def kind_label(self) -> Any:
        return dict(MOVE_KINDS)[self.kind]

    @property
    def document(self) -> str:
        return f"{DocumentKind(self.document_kind).label} {self.document_no}"

    @property
    def cost_after(self) -> Decimal:
        return unit_cost(self.value_after, self.qty_after)

    @property
    def in_qty(self) -> Decimal | None:
        return self.qty if self.is_in else None

    @property
    def in_cost(self) -> Decimal | None:
        return self.unit_cost if self.is_in else None

    @property
    def in_value(self) -> Decimal | None:
        return self.value if self.is_in else None

    @property
    def out_qty(self) -> Decimal | None:
        return self.qty if not self.is_in else None

    @property
    def out_cost(self) -> Decimal | None:
        return self.unit_cost if not self.is_in else None

    @property
    def out_value(self) -> Decimal | None:
        return self.value if not self.is_in else None


@dataclass(frozen=True, slots=True)
class MoveBook:
    """A page of moves. ``opening_*``: before the range; ``count`` and the sums: of the whole range."""

    opening_qty: Decimal
    opening_value: Decimal
    rows: list[MoveRow]
    count: int
    in_qty: Decimal
    in_value: Decimal
    out_qty: Decimal
    out_value: Decimal

    @property
    def closing_qty(self) -> Decimal:
        return self.opening_qty + self.in_qty - self.out_qty

    @property
    def closing_value(self) -> Decimal:
        return self.opening_value + self.in_value - self.out_value


# Per side: what stood there before the range, and the sums and number of moves in it.
_SUMS = """
SELECT coalesce(sum(qty) FILTER (WHERE date < %(first)s), 0), coalesce(sum(value) FILTER (WHERE date < %(first)s), 0),
       count(*) FILTER (WHERE date >= %(first)s),
       coalesce(sum(qty) FILTER (WHERE date >= %(first)s AND kind = ANY(%(incoming)s)), 0),
       coalesce(sum(value) FILTER (WHERE date >= %(first)s AND kind = ANY(%(incoming)s)), 0),
       coalesce(-sum(qty) FILTER (WHERE date >= %(first)s AND kind <> ALL(%(incoming)s)), 0),
       coalesce(-sum(value) FILTER (WHERE date >= %(first)s AND kind <> ALL(%(incoming)s)), 0)
  FROM inventory_stockmove
 WHERE company_id = %(company)s AND item_id = %(item)s AND date <= %(last)s
   AND (%(warehouse)s::bigint IS NULL OR warehouse_id = %(warehouse)s)
"""

# The moves of one page in costing order with what was left after each, their document and the voucher of its event.
_MOVES = """
WITH running AS (
    SELECT m.*, sum(m.qty) OVER so_far AS qty_after, sum(m.value) OVER so_far AS value_after
      FROM inventory_stockmove m
     WHERE m.company_id = %(company)s AND m.item_id = %(item)s AND m.date <= %(last)s
       AND (%(warehouse)s::bigint IS NULL OR m.warehouse_id = %(warehouse)s)
    WINDOW so_far AS (ORDER BY m.date, m.id ROWS UNBOUNDED PRECEDING)),
page AS (SELECT * FROM running WHERE date >= %(first)s ORDER BY date, id OFFSET %(offset)s LIMIT %(limit)s)
SELECT p.id, p.date, p.kind, d.id, d.kind, d.number, w.name, v.id, coalesce(v.word || '-' || v.number, ''),
       p.kind = ANY(%(incoming)s), CASE WHEN p.kind = ANY(%(incoming)s) THEN p.qty ELSE -p.qty END, p.unit_cost,
       CASE WHEN p.kind = ANY(%(incoming)s) THEN p.value ELSE -p.value END, p.qty_after, p.value_after
  FROM page p
  JOIN inventory_stockdocument d ON d.company_id = p.company_id AND d.id = p.document_id
  JOIN inventory_warehouse w ON w.id = p.warehouse_id
  LEFT JOIN ledger_businessevent e ON e.company_id = p.company_id AND e.source_type = d.kind AND e.source_id = d.id
  LEFT JOIN ledger_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
 ORDER BY p.date, p.id
"""


def stock_moves(
    company: Company,
    item_id: int,
    *,
    warehouse_id: int | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> MoveBook:
    """The moves of an item, in one warehouse or all, with running balance. Two statements."""
    parameters = {
        "company": company.pk,
        "item": item_id,
        "warehouse": warehouse_id,
        "first": first or dt.date.min,
        "last": last or dt.date(9999, 12, 31),
        "incoming": [str(kind) for kind in INCOMING],
        "offset": offset,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, parameters)
        opening_qty, opening_value, count, *sums = cursor.fetchone()
        cursor.execute(_MOVES, parameters)
        rows = [MoveRow(*row) for row in cursor.fetchall()]
    return MoveBook(opening_qty, opening_value, rows, count, *sums)


COLUMNS = (
    Column("date", _("Date"), "date"),
    Column("document", _("Document"), width=28),
    Column("warehouse", _("Warehouse")),
    Column("voucher", _("Voucher"), width=12),
    Column("in_qty", _("Quantity"), "quantity", _("In")),
    Column("in_cost", _("Unit cost"), "cost", _("In")),
    Column("in_value", _("Value"), "amount", _("In")),
    Column("out_qty", _("Quantity"), "quantity", _("Out")),
    Column("out_cost", _("Unit cost"), "cost", _("Out")),
    Column("out_value", _("Value"), "amount", _("Out")),
    Column("qty_after", _("Quantity"), "quantity", _("Balance")),
    Column("cost_after", _("Unit cost"), "cost", _("Balance")),
    Column("value_after", _("Value"), "amount", _("Balance")),
)
COST_COLUMNS = {"in_cost", "in_value", "out_cost", "out_value", "cost_after", "value_after"}


def as_result(item: Item, book: MoveBook) -> ReportResult:
    """The book as a report: opening, moves, totals of the range with what is left."""
    opening = dict.fromkeys((column.key for column in COLUMNS), None) | {
        "document": str(_("Opening balance")),
        "qty_after": book.opening_qty,
        "cost_after": unit_cost(book.opening_value, book.opening_qty),
        "value_after": book.opening_value,
    }
    sums = {
        "in_qty": book.in_qty,
        "in_value": book.in_value,
        "out_qty": book.out_qty,
        "out_value": book.out_value,
        "qty_after": book.closing_qty,
        "cost_after": unit_cost(book.closing_value, book.closing_qty),
        "value_after": book.closing_value,
    }
    return ReportResult([opening, *book.rows], sums, subtitle=[str(item)])


def _query(company: Company, params: Any) -> ReportResult:
    item = Item.objects.filter(company=company, code=params["item"] or "").first()
    if item is None:
        raise NotFound(field="item", what=Item._meta.verbose_name, key=params["item"] or "")
    warehouse = None
    if params["warehouse"]:
        warehouse = Warehouse.objects.filter(company=company, code=params["warehouse"]).first()
        if warehouse is None:
            raise NotFound(field="warehouse", what=Warehouse._meta.verbose_name, key=params["warehouse"])
    first, last = date_range(params)
    book = stock_moves(company, item.pk, warehouse_id=warehouse.pk if warehouse else None, first=first, last=last)
    return as_result(item, book)


REPORT = register(
    Report(
        "stock_moves",
        _("Stock moves"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (
            Parameter("item", _("Item code")),
            Parameter("warehouse", _("Warehouse code")),
            Parameter("from", _("From period"), "period"),
            Parameter("to", _("To period"), "period"),
        ),
    )
)
