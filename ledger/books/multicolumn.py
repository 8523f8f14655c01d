"""Multi-column book (多栏账): the lines of an account with a column per sub-account, or per value of a dimension.

A column stands on the debit or the credit side: on a debit column a credit is negative, and the other way round. So in
each row debit columns less credit columns are debit less credit of the row. VAT payable has columns on both sides.
Transfers of profit and loss are left out unless asked for: with them every period of an expense is nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult
from ledger.accounts.models import Account
from ledger.books import parameters as p
from ledger.books.account_lines import AccountBook, account_lines
from ledger.books.facts import FACTS, Choice, fetch
from ledger.books.models import MulticolumnBook
from ledger.books.parameters import Params, Part
from ledger.books.ranges import PeriodRange, period_range
from ledger.books.rows import BookRow, book_rows
from ledger.dimensions.models import DimensionSetItem, DimensionType, DimensionValue

MAX_COLUMNS = 30
OTHERS = "others"

# Debit less credit per period, leaf and value of the dimension (NULL without one), up to the end of the range.
_SUMS = f"""
WITH facts AS ({FACTS})
SELECT p.id, p.year, p.start >= %(start)s, a.code, i.value_id, sum(f.debit - f.credit)
  FROM facts f
  JOIN ledger_period p ON p.company_id = %(company)s AND p.id = f.period_id
  JOIN ledger_account a ON a.id = f.account_id AND left(a.code, %(length)s) = %(code)s
  LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
       AND i.dimension_set_id = f.dimension_set_id AND i.dimension_type_id = %(dimension)s
 WHERE p.start BETWEEN %(first_year)s AND %(end)s
 GROUP BY 1, 2, 3, 4, 5 ORDER BY p.start
"""


@dataclass(frozen=True, slots=True)
class BookColumn:
    """A column: the sub-accounts whose code begins with ``code``, or a dimension value. ``sign`` +1 on the debit."""

    key: str
    label: str
    sign: int
    code: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class _Shape:
    account: Account
    dimension: DimensionType | None
    columns: list[BookColumn]

    def key_of(self, code: str, value: int | None) -> str:
        for column in self.columns:
            if self.dimension is not None:
                if column.value == value and column.key != OTHERS:
                    return column.key
            elif column.code and code.startswith(column.code):
                return column.key
        return OTHERS

    @property
    def signs(self) -> dict[str, int]:
        return {column.key: column.sign for column in self.columns}


def multicolumn_part(company: Company, params: Params, offset: int = 0, limit: int | None = None) -> Part:
    """A page of the book; ``book`` names a kept definition, else ``account`` and ``dimension`` say what it shows."""
    periods = period_range(company, params["from"], params["to"])
    without_closing = not params["closing"]
    account, dimension, wanted = _definition(company, params)
    sums = _sums(company, periods, account, dimension, without_closing, bool(params["unposted"]))
    shape = _Shape(account, dimension, _columns(company, account, dimension, wanted, sums))
    if all(shape.key_of(code, value) != OTHERS for *_period, code, value, _sum in sums):
        shape.columns.pop()
    book = account_lines(
        company,
        account,
        periods,
        unposted=bool(params["unposted"]),
        without_closing=without_closing,
        offset=offset,
        limit=limit,
    )
    rows = _rows(book, shape, sums, company, with_opening=offset == 0)
    about = str(account) + (f" · {dimension}" if dimension else "")
    notes = [] if params["closing"] else [gettext("Transfers of profit and loss are left out.")]
    result = ReportResult(
        rows=rows if limit is None else list(rows),
        subtitle=p.subtitle(company, periods, params, about),
        notes=notes,
        columns=_report_columns(shape.columns),
    )
    return Part(result, book.count)


def _definition(company: Company, params: Params) -> tuple[Account, DimensionType | None, list[Any]]:
    if params["book"]:
        kept = MulticolumnBook.objects.filter(company=company).select_related("account", "dimension_type")
        found = kept.filter(pk=params["book"]).first() if str(params["book"]).isdigit() else None
        found = found or kept.filter(name=params["book"]).first()
        if found is None:
            raise NotFound(what=_("multi-column book"), key=params["book"], field="book")
        return found.account, found.dimension_type, list(found.columns)
    return p.account_of(company, params), p.dimension_of(company, params), []


def _sums(
    company: Company,
    periods: PeriodRange,
    account: Account,
    dimension: DimensionType | None,
    without_closing: bool,
    unposted: bool,
) -> list[tuple[Any, ...]]:
    choice = Choice(code=account.code, unposted=unposted, without_closing=without_closing)
    named = choice.parameters(company, periods) | {"dimension": dimension.pk if dimension else None}
    return fetch(_SUMS, named)


def _columns(
    company: Company,
    account: Account,
    dimension: DimensionType | None,
    wanted: list[Any],
    sums: list[tuple[Any, ...]],
) -> list[BookColumn]:
    """The kept columns; without any, one per sub-account of the next level or per value that has figures."""
    own_sign = 1 if account.direction == "debit" else -1
    if dimension is not None:
        ids = [item["value"] for item in wanted if item.get("value")] or _heaviest(sums)
        sides = {item.get("value"): item.get("side") for item in wanted}
        values = {value.pk: value for value in DimensionValue.objects.filter(dimension_type=dimension, pk__in=ids)}
        columns = [
            BookColumn(f"c{value}", str(values[value]), _sign(sides.get(value), own_sign), value=value)
            for value in ids
            if value in values
        ]
    else:
        below = Account.objects.filter(company=company, code__startswith=account.code)
        codes = [item["account"] for item in wanted if item.get("account")]
        sides = {item.get("account"): item.get("side") for item in wanted}
        chosen = below.filter(code__in=codes) if codes else below.filter(parent=account)
        columns = [
            BookColumn(
                f"c{row.code}", row.display_name, _sign(sides.get(row.code) or row.direction, own_sign), row.code
            )
            for row in chosen.order_by("code")
            if codes or any(code.startswith(row.code) for _p, _y, _in, code, _v, _sum in sums)
        ]
    # Debit columns stand before credit columns, as in the book of VAT payable.
    columns.sort(key=lambda column: -column.sign)
    return [*columns, BookColumn(OTHERS, gettext("Others"), own_sign)]


def _heaviest(sums: list[tuple[Any, ...]]) -> list[int]:
    weight: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for _period, _year, _in_range, _code, value, amount in sums:
        if value is not None:
            weight[value] += abs(amount)
    return sorted(weight, key=lambda value: -weight[value])[:MAX_COLUMNS]


def _sign(side: Any, default: int) -> int:
    return {"debit": 1, "credit": -1}.get(str(side), default)


def _rows(
    book: AccountBook, shape: _Shape, sums: list[tuple[Any, ...]], company: Company, *, with_opening: bool
) -> Iterator[dict[str, Any]]:
    periods, years = _period_cells(shape, sums)
    values = _values_of_sets(company, shape)
    for row in book_rows(book, with_opening=with_opening):
        cells: dict[str, Decimal] = {}
        if row.kind == "line":
            key = shape.key_of(row.account_code, values.get(row.dimension_set_id or 0))
            cells = {key: row.net * shape.signs.get(key, 1)}
        elif row.kind == "period":
            cells = periods.get(row.period, {})
        elif row.kind == "year":
            cells = years.get(row.period, {})
        yield _as_dict(row) | {column.key: cells.get(column.key) for column in shape.columns}


def _period_cells(
    shape: _Shape, sums: list[tuple[Any, ...]]
) -> tuple[dict[str, dict[str, Decimal]], dict[str, dict[str, Decimal]]]:
    """Column sums of each period and of each year to date, by the period's text."""
    periods: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    names = dict(_period_names(sums))
    for period, _year, _in_range, code, value, amount in sums:
        key = shape.key_of(code, value)
        periods[names[period]][key] += amount * shape.signs[key]
    years: dict[str, dict[str, Decimal]] = {}
    running: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for name in sorted(periods):
        for key, amount in periods[name].items():
            running[name[:4]][key] += amount
        years[name] = dict(running[name[:4]])
    return periods, years


def _period_names(sums: list[tuple[Any, ...]]) -> list[tuple[int, str]]:
    ids = {row[0] for row in sums}
    rows = fetch("SELECT id, to_char(start, 'YYYY-MM') FROM ledger_period WHERE id = ANY(%(ids)s)", {"ids": list(ids)})
    return [(row[0], row[1]) for row in rows]


def _values_of_sets(company: Company, shape: _Shape) -> dict[int, int]:
    if shape.dimension is None:
        return {}
    items = DimensionSetItem.objects.filter(company=company, dimension_type=shape.dimension)
    return dict(items.values_list("dimension_set_id", "value_id"))


def _as_dict(row: BookRow) -> dict[str, Any]:
    names = ("kind", "period", "date", "voucher", "voucher_id", "summary", "debit", "credit", "side", "balance")
    return {name: getattr(row, name) for name in names}


def _report_columns(columns: Sequence[BookColumn]) -> list[Column]:
    both = len({column.sign for column in columns if column.key != OTHERS}) > 1
    groups = {1: gettext("Debit"), -1: gettext("Credit")} if both else dict.fromkeys((1, -1), gettext("Columns"))
    return [*_FIXED, *(Column(c.key, c.label, "amount", groups[c.sign]) for c in columns)]


_FIXED = (
    Column("date", _("Date"), "date"),
    Column("voucher", _("Voucher"), width=10),
    Column("summary", _("Summary"), width=36),
    Column("debit", _("Debit"), "amount"),
    Column("credit", _("Credit"), "amount"),
    Column("side", _("Side"), width=6),
    Column("balance", _("Balance"), "amount"),
)

MULTICOLUMN = Report(
    name="multicolumn",
    title=_("Multi-column book"),
    permission="ledger.view_report",
    query=lambda company, params: multicolumn_part(company, params).result,
    columns=_FIXED,
    parameters=(
        *p.PERIODS,
        Parameter("book", _("Book")),
        p.ACCOUNT,
        p.DIMENSION,
        Parameter("closing", _("Include transfers of profit and loss"), "bool", False),
        p.UNPOSTED,
    ),
)
