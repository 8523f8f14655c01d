"""Stock moves of an item (存货明细账): what came in, what went out, and what was left after each move.

In costing order: date, sequence, id. Sides are those of the stock accounts (``sides``): a sales return is a red issue,
a reversal is red on the side of what it reverses.
"""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import unit_cost
from erp.core.reports import Column, Report, ReportResult, register
from erp.core.reports.dates import date_range
from inventory.documents.models import DocumentKind
from inventory.items.models import CostMethod, Item
from inventory.moves.models import MOVE_KINDS, StockMove
from inventory.reports.scope import DAY_FROM, DAY_TO, FROM, ITEM, LOT, TO, WAREHOUSE, Scope, day_of, scope_of
from inventory.reports.sides import is_in


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A move; ``qty`` and ``value`` as on its side of the book, ``*_after`` what was left."""

    id: int
    date: dt.date
    kind: str
    document_id: int
    document_kind: str
    document_no: str
    party: str
    note: str
    warehouse: str
    lot: str
    voucher_id: int | None
    voucher: str
    is_in: bool
    qty: Decimal
    unit_cost: Decimal
    value: Decimal
    qty_after: Decimal
    value_after: Decimal | None

    @property
    def kind_label(self) -> Any:
        return dict(MOVE_KINDS)[self.kind]

    @property
    def document(self) -> str:
        return f"{DocumentKind(self.document_kind).label} {self.document_no}"

    @property
    def cost_after(self) -> Decimal | None:
        return None if self.value_after is None else unit_cost(self.value_after, self.qty_after)

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
    """A page of moves. ``opening_*``: before the range; ``count`` and the sums: of the whole range; ``year_*``: since
    the year began. ``has_value``: whether what is left has a value of its own (not in one warehouse of an item with
    one cost in the company, nor in one lot that is not costed by lot)."""

    opening_qty: Decimal
    opening_value: Decimal
    rows: list[MoveRow]
    count: int
    in_qty: Decimal
    in_value: Decimal
    out_qty: Decimal
    out_value: Decimal
    year_in_qty: Decimal
    year_in_value: Decimal
    year_out_qty: Decimal
    year_out_value: Decimal
    has_value: bool = True

    @property
    def closing_qty(self) -> Decimal:
        return self.opening_qty + self.in_qty - self.out_qty

    @property
    def closing_value(self) -> Decimal:
        return self.opening_value + self.in_value - self.out_value


_WHERE = """m.company_id = %(company)s AND m.item_id = %(item)s AND m.date <= %(last)s
   AND (%(warehouse)s::bigint IS NULL OR m.warehouse_id = %(warehouse)s)
   AND (%(lot)s::bigint IS NULL OR m.lot_id = %(lot)s)"""
_IS_IN = is_in("m")

# What stood there before the range, and the number of moves and the sums per side in it and in the year.
_SUMS = f"""
SELECT coalesce(sum(qty) FILTER (WHERE date < %(first)s), 0), coalesce(sum(value) FILTER (WHERE date < %(first)s), 0),
       count(*) FILTER (WHERE date >= %(first)s),
       coalesce(sum(qty) FILTER (WHERE date >= %(first)s AND is_in), 0),
       coalesce(sum(value) FILTER (WHERE date >= %(first)s AND is_in), 0),
       coalesce(-sum(qty) FILTER (WHERE date >= %(first)s AND NOT is_in), 0),
       coalesce(-sum(value) FILTER (WHERE date >= %(first)s AND NOT is_in), 0),
       coalesce(sum(qty) FILTER (WHERE date >= %(year)s AND is_in), 0),
       coalesce(sum(value) FILTER (WHERE date >= %(year)s AND is_in), 0),
       coalesce(-sum(qty) FILTER (WHERE date >= %(year)s AND NOT is_in), 0),
       coalesce(-sum(value) FILTER (WHERE date >= %(year)s AND NOT is_in), 0)
  FROM (SELECT m.date, m.qty, m.value, {_IS_IN} AS is_in FROM inventory_stockmove m WHERE {_WHERE}) s
"""

# The moves of one page in costing order with what was left after each, their document and the voucher of its event.
# Only what the running sums need is sorted; the rest is fetched for the page.
_MOVES = f"""
WITH running AS (
    SELECT m.id, m.date, m.sequence, sum(m.qty) OVER so_far AS qty_after, sum(m.value) OVER so_far AS value_after
      FROM inventory_stockmove m
     WHERE {_WHERE}
    WINDOW so_far AS (ORDER BY m.date, m.sequence, m.id ROWS UNBOUNDED PRECEDING)),
page AS MATERIALIZED (
    SELECT m.*, r.qty_after, r.value_after, {_IS_IN} AS is_in
      FROM (SELECT * FROM running WHERE date >= %(first)s ORDER BY date, sequence, id
            OFFSET %(offset)s LIMIT %(limit)s) r
      JOIN inventory_stockmove m ON m.company_id = %(company)s AND m.id = r.id),
vouchers AS (
    SELECT DISTINCT ON (d.id) d.id AS document_id, e.voucher_id
      FROM (SELECT DISTINCT document_id FROM page) x
      JOIN inventory_stockdocument d ON d.company_id = %(company)s AND d.id = x.document_id
      JOIN ledger_businessevent e ON e.company_id = d.company_id AND e.voucher_id IS NOT NULL
       AND e.source_type = CASE WHEN d.kind = 'invoice_variance' THEN d.source_type ELSE d.kind END
       AND e.source_id = CASE WHEN d.kind = 'invoice_variance' THEN d.source_id ELSE d.id END
     ORDER BY d.id, e.id)
SELECT p.id, p.date, p.kind, d.id, d.kind, d.number, coalesce(n.name, ''), d.note, w.name, coalesce(t.number, ''),
       v.id, coalesce(v.word || '-' || v.number, ''),
       p.is_in, CASE WHEN p.is_in THEN p.qty ELSE -p.qty END, p.unit_cost,
       CASE WHEN p.is_in THEN p.value ELSE -p.value END, p.qty_after, p.value_after
  FROM page p
  JOIN inventory_stockdocument d ON d.company_id = p.company_id AND d.id = p.document_id
  JOIN inventory_warehouse w ON w.id = p.warehouse_id
  LEFT JOIN inventory_lot t ON t.id = p.lot_id
  LEFT JOIN ledger_dimensionvalue n ON n.id = d.party_id
  LEFT JOIN vouchers e ON e.document_id = d.id
  LEFT JOIN ledger_voucher v ON v.company_id = p.company_id AND v.id = e.voucher_id
 ORDER BY p.date, p.sequence, p.id
"""


def stock_moves(
    company: Company,
    item: Item,
    *,
    warehouse_id: int | None = None,
    lot_id: int | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> MoveBook:
    """The moves of an item, in one warehouse or all, of one lot or all, with running balance. Two statements."""
    end = last or dt.date(9999, 12, 31)
    parameters = {
        "company": company.pk,
        "item": item.pk,
        "warehouse": warehouse_id,
        "lot": lot_id,
        "first": first or dt.date.min,
        "last": end,
        "year": (last or _last_day(company, item)).replace(month=1, day=1),
        "offset": offset,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, parameters)
        opening_qty, opening_value, count, *sums = cursor.fetchone()
        in_qty, in_value, out_qty, out_value = sums[:4]
        year_in_qty, year_in_value, year_out_qty, year_out_value = sums[4:]
        cursor.execute(_MOVES, parameters)
        rows = [MoveRow(*row) for row in cursor.fetchall()]
    has_value = True
    if warehouse_id is not None and Scope(company).is_pooled(item.cost_method):
        has_value = False
    if lot_id is not None and item.cost_method != CostMethod.SPECIFIC:
        has_value = False
    if not has_value:
        rows = [replace(row, value_after=None) for row in rows]
    return MoveBook(
        opening_qty=opening_qty,
        opening_value=opening_value,
        rows=rows,
        count=count,
        in_qty=in_qty,
        in_value=in_value,
        out_qty=out_qty,
        out_value=out_value,
        year_in_qty=year_in_qty,
        year_in_value=year_in_value,
        year_out_qty=year_out_qty,
        year_out_value=year_out_value,
        has_value=has_value,
    )


def _last_day(company: Company, item: Item) -> dt.date:
    rows = StockMove.objects.filter(company=company, item=item)
    return rows.aggregate(last=Max("date"))["last"] or company.first_month()


COLUMNS = (
    Column("date", _("Date"), "date"),
    Column("document", _("Document"), width=28),
    Column("party", _("Party"), width=24),
    Column("note", _("Note"), width=24),
    Column("warehouse", _("Warehouse")),
    Column("lot", _("Lot or serial no.")),
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
        "cost_after": unit_cost(book.opening_value, book.opening_qty) if book.has_value else None,
        "value_after": book.opening_value if book.has_value else None,
    }
    sums = {
        "in_qty": book.in_qty,
        "in_value": book.in_value,
        "out_qty": book.out_qty,
        "out_value": book.out_value,
        "qty_after": book.closing_qty,
        "cost_after": unit_cost(book.closing_value, book.closing_qty) if book.has_value else None,
        "value_after": book.closing_value if book.has_value else None,
    }
    year = dict.fromkeys((column.key for column in COLUMNS), None) | {
        "document": str(_("Year to date")),
        "in_qty": book.year_in_qty,
        "in_value": book.year_in_value,
        "out_qty": book.year_out_qty,
        "out_value": book.year_out_value,
    }
    return ReportResult([opening, *book.rows, year], sums, subtitle=[str(item)])


def _query(company: Company, params: Any) -> ReportResult:
    scope = scope_of(company, params)
    if scope.item is None:
        raise NotFound(field="item", what=Item._meta.verbose_name, key="–")
    lot = scope.item.lots.filter(number=scope.lot).first() if scope.lot else None
    first, last = date_range(params)
    book = stock_moves(
        company,
        scope.item,
        warehouse_id=scope.warehouse.pk if scope.warehouse else None,
        lot_id=lot.pk if lot else None,
        first=day_of(params, "day_from") or first,
        last=day_of(params, "day_to") or last,
    )
    return as_result(scope.item, book)


REPORT = register(
    Report(
        "stock_moves",
        _("Stock moves"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (ITEM, WAREHOUSE, LOT, FROM, TO, DAY_FROM, DAY_TO),
    )
)
