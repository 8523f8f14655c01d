"""Pivot over posted lines: any fields down, any across, with totals – one statement, whatever the cut.

What the turnover rows know (account, period, dimensions) is summed from them and costs O(accounts × sets × periods);
only word, kind and summary read the lines. The transfers of profit and loss at period end would wipe out what a
reader looks for, so that they are left out unless asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO
from ledger.analysis.fields import MEASURES, Field, UnknownField, fields_of
from ledger.books.ranges import PeriodRange
from ledger.dimensions.models import DimensionValue
from ledger.vouchers.models import VoucherKind

LIMIT = 60_000  # cells; more is no table to look at
CLOSING_KINDS = (VoucherKind.CLOSING_PL, VoucherKind.CLOSING_YEAR)
Keys = tuple[str, ...]
Figures = tuple[Decimal, ...]


class PivotTooLarge(DomainError):
    code = "pivot_too_large"
    template = _("This pivot has more than %(limit)s cells. Take fewer fields, or filter accounts and periods.")


class PivotWithoutFields(DomainError):
    code = "pivot_without_fields"
    template = _("Choose at least one field for the rows and one measure.")


@dataclass(frozen=True, slots=True)
class PivotSpec:
    """``values`` are ``type:code`` of dimension values (with those below them): several of one dimension are
    alternatives, those of different dimensions must all be met."""

    rows: Keys
    columns: Keys = ()
    measures: Keys = ("net",)
    account: str = ""
    values: Keys = ()
    with_closing: bool = False


@dataclass(frozen=True, slots=True)
class PivotRow:
    """``keys`` are the row fields' values down to its depth; fewer keys than fields make a subtotal, none the total.
    ``cells`` hold the measures by column keys, ``total`` over all columns."""

    keys: Keys
    is_subtotal: bool
    cells: Mapping[Keys, Figures]
    total: Figures


@dataclass(slots=True)
class Pivot:
    spec: PivotSpec
    row_fields: list[Field]
    column_fields: list[Field]
    columns: list[Keys]
    rows: list[PivotRow] = field(default_factory=list)
    total: PivotRow | None = None


def pivot(company: Company, periods: PeriodRange, spec: PivotSpec) -> Pivot:
    """The table. Raises ``UnknownField``, ``PivotWithoutFields``, ``PivotTooLarge``, ``NotFound`` (a value)."""
    known = fields_of(company)
    for name in (*spec.rows, *spec.columns):
        if name not in known:
            raise UnknownField(name=name, names=", ".join(known), field="rows")
    if unknown := set(spec.measures) - set(MEASURES):
        raise UnknownField(name=sorted(unknown)[0], names=", ".join(MEASURES), field="measures")
    if not spec.rows or not spec.measures:
        raise PivotWithoutFields(field="rows")
    down, across = [known[name] for name in spec.rows], [known[name] for name in spec.columns]
    cells = _cells(company, periods, spec, [*down, *across])
    return _arranged(spec, down, across, cells)


def _cells(
    company: Company, periods: PeriodRange, spec: PivotSpec, fields: Sequence[Field]
) -> list[tuple[Keys, Figures]]:
    params: dict[str, Any] = {
        "company": company.pk,
        "start": periods.start,
        "end": periods.last.start,
        "code": f"{spec.account}%",
        "closing": list(CLOSING_KINDS),
        "limit": LIMIT + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(company, spec, fields, params), params)
        rows = cursor.fetchall()
    if len(rows) > LIMIT:
        raise PivotTooLarge(limit=f"{LIMIT:,}", field="rows")
    chosen = [MEASURES.index(name) for name in spec.measures]
    size = len(fields)
    return [(tuple(row[:size]), tuple(Decimal(row[size + at] or 0) for at in chosen)) for row in rows]


def _statement(company: Company, spec: PivotSpec, fields: Sequence[Field], params: dict[str, Any]) -> str:
    types = sorted({field.type_id for field in fields if field.type_id})
    levels = sorted({field.level for field in fields if field.level})
    of_lines = sorted({field.name for field in fields if field.is_of_lines})
    wanted = _wanted_sets(company, spec, params)
    facts = _facts(spec, of_lines, with_sets=bool(types), wanted=wanted)
    joins = [
        f"""LEFT JOIN (SELECT i.dimension_set_id, v.code || ' ' || v.name AS label,
                             g.code || ' ' || g.name AS parent
                        FROM ledger_dimensionsetitem i JOIN ledger_dimensionvalue v ON v.id = i.value_id
                        LEFT JOIN ledger_dimensionvalue g ON g.id = v.parent_id
                       WHERE i.company_id = %(company)s AND i.dimension_type_id = {type_id}) d{type_id}
                  ON d{type_id}.dimension_set_id = f.dimension_set_id"""
        for type_id in types
    ]
    joins += [
        f"LEFT JOIN tree l{level} ON l{level}.leaf_id = f.account_id AND l{level}.level = {level}" for level in levels
    ]
    keys = ", ".join(f"coalesce({field.expression}, '')" for field in fields)
    places = ", ".join(str(place + 1) for place in range(len(fields)))
    return f"""
        WITH RECURSIVE tree AS (
            SELECT id AS leaf_id, parent_id, level, code || ' ' || name AS label FROM ledger_account
             WHERE company_id = %(company)s AND code LIKE %(code)s
            UNION ALL
            SELECT t.leaf_id, a.parent_id, a.level, a.code || ' ' || a.name
              FROM tree t JOIN ledger_account a ON a.id = t.parent_id),
        wanted_periods AS MATERIALIZED (
            SELECT id FROM ledger_period WHERE company_id = %(company)s AND start BETWEEN %(start)s AND %(end)s),
        facts AS ({facts})
        SELECT {keys}, sum(f.debit), sum(f.credit), sum(f.debit - f.credit), sum(f.quantity), sum(f.count)
          FROM facts f
          JOIN ledger_account a ON a.id = f.account_id
          JOIN ledger_period p ON p.id = f.period_id
          {" ".join(joins)}
         GROUP BY {places}
        HAVING sum(f.count) <> 0
         LIMIT %(limit)s"""


def _facts(spec: PivotSpec, of_lines: Sequence[str], *, with_sets: bool, wanted: str) -> str:
    """Sums by account, period and what else the fields need, from turnover or from lines."""
    kept = ["account_id", "period_id", *(["dimension_set_id"] if with_sets else [])]
    where = f"""{{0}}.company_id = %(company)s AND {{0}}.period_id IN (SELECT id FROM wanted_periods)
                {wanted} AND {{0}}.account_id IN (
                    SELECT id FROM ledger_account WHERE company_id = %(company)s AND code LIKE %(code)s)"""
    lines = f"""
        FROM ledger_voucherline x JOIN ledger_voucher y ON y.company_id = x.company_id AND y.id = x.voucher_id
         AND y.status = 'posted' WHERE {where.format("x")}"""
    sides = "CASE WHEN x.credit = 0 THEN coalesce(x.quantity, 0) ELSE -coalesce(x.quantity, 0) END"
    if of_lines:
        extra = [f"{'x' if name == 'summary' else 'y'}.{name}" for name in of_lines]
        keys = ", ".join([*(f"x.{name}" for name in kept), *extra])
        closing = "" if spec.with_closing else " AND NOT y.kind = ANY(%(closing)s)"
        return f"""SELECT {keys}, sum(x.debit) AS debit, sum(x.credit) AS credit, sum({sides}) AS quantity,
                          count(*) AS count {lines}{closing} GROUP BY {keys}"""
    keys = ", ".join(f"x.{name}" for name in kept)
    turnover = f"""SELECT {keys}, sum(x.debit) AS debit, sum(x.credit) AS credit,
                          sum(x.quantity_debit - x.quantity_credit) AS quantity, sum(x.line_count) AS count
                     FROM ledger_accountbalance x WHERE {where.format("x")} GROUP BY {keys}"""
    if spec.with_closing:
        return turnover
    # The few vouchers of period-end transfers are taken off again, instead of reading all the others.
    return f"""{turnover} UNION ALL
               SELECT {keys}, -x.debit, -x.credit, -({sides}), -1 {lines} AND y.kind = ANY(%(closing)s)"""


def _wanted_sets(company: Company, spec: PivotSpec, params: dict[str, Any]) -> str:
    """Condition on the dimension sets for the chosen values. Raises ``NotFound`` for a value that does not exist."""
    chosen: dict[str, list[int]] = {}
    for text in spec.values:
        type_code, _colon, code = text.partition(":")
        ids = _with_those_below(company, type_code, code)
        if not ids:
            raise NotFound(what=_("Dimension value"), key=text, field="values")
        chosen.setdefault(type_code, []).extend(ids)
    conditions = []
    for number, ids in enumerate(chosen.values()):
        params[f"values{number}"] = ids
        conditions.append(
            f"""AND {{0}}.dimension_set_id IN (SELECT dimension_set_id FROM ledger_dimensionsetitem
                    WHERE company_id = %(company)s AND value_id = ANY(%(values{number})s))"""
        )
    return " ".join(conditions)


def _with_those_below(company: Company, type_code: str, code: str) -> list[int]:
    """Ids of a value and all values below it."""
    values = DimensionValue.objects.filter(company=company, dimension_type__code=type_code)
    level = list(values.filter(code=code).values_list("id", flat=True))
    found: list[int] = []
    while level:
        found += level
        level = list(values.filter(parent__in=level).exclude(pk__in=found).values_list("id", flat=True))
    return found


def _arranged(spec: PivotSpec, down: list[Field], across: list[Field], cells: Iterable[tuple[Keys, Figures]]) -> Pivot:
    """Rows in order with subtotals above what they sum, and the total."""
    depth = len(down)
    sums: dict[Keys, dict[Keys, Figures]] = {}
    columns: set[Keys] = set()
    for keys, figures in cells:
        column = keys[depth:]
        columns.add(column)
        for upto in range(depth + 1):
            row = sums.setdefault(keys[:upto], {})
            row[column] = _plus(row[column], figures) if column in row else figures
    nothing = (ZERO,) * len(spec.measures)

    def made(keys: Keys) -> PivotRow:
        total = nothing
        for figures in sums.get(keys, {}).values():
            total = _plus(total, figures)
        return PivotRow(keys, len(keys) < depth, sums.get(keys, {}), total)

    def place(keys: Keys, fields: Sequence[Field]) -> tuple[Any, ...]:
        return tuple(field.order(key) for field, key in zip(fields, keys, strict=False))

    ordered = sorted((keys for keys in sums if keys), key=lambda keys: place(keys, down))
    return Pivot(
        spec=spec,
        row_fields=down,
        column_fields=across,
        columns=sorted(columns, key=lambda keys: place(keys, across)),
        rows=[made(keys) for keys in ordered],
        total=made(()),
    )


def _plus(one: Figures, other: Figures) -> Figures:
    return tuple(a + b for a, b in zip(one, other, strict=True))
