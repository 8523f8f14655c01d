"""Balances by dimension value (核算项目余额表), read from turnover by dimension set.

What stands on the accounts without a value of the dimension has a row of its own,
未指定, so that the rows add up to the accounts.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult
from ledger.books import parameters as p
from ledger.books.facts import ACCOUNT_NAME, FACTS, Choice, fetch
from ledger.books.parameters import Params
from ledger.books.ranges import PeriodRange, period_range
from ledger.dimensions.models import DimensionType, DimensionValue

# Sums of one account and dimension set: opening, turnover and year to date of the range.
PARTS = f"""
WITH facts AS ({FACTS}),
begun AS (SELECT min(year) = extract(year FROM %(year_start)s::date) AS this_year
            FROM ledger_period WHERE company_id = %(company)s),
parts AS (
    SELECT f.account_id, f.dimension_set_id,
           sum(f.debit - f.credit) FILTER (WHERE p.start < %(start)s) AS opening,
           sum(f.debit) FILTER (WHERE p.start >= %(start)s) AS debit,
           sum(f.credit) FILTER (WHERE p.start >= %(start)s) AS credit,
           sum(f.debit) FILTER (WHERE p.start >= %(year_start)s) AS year_debit,
           sum(f.credit) FILTER (WHERE p.start >= %(year_start)s) AS year_credit
      FROM facts f JOIN ledger_period p ON p.company_id = %(company)s AND p.id = f.period_id
     WHERE p.start <= %(end)s AND (%(currency)s = '' OR f.currency = %(currency)s)
     GROUP BY 1, 2
    UNION ALL
    SELECT o.account_id, o.dimension_set_id, o.debit - o.credit, 0, 0,
           CASE WHEN b.this_year THEN o.year_debit ELSE 0 END, CASE WHEN b.this_year THEN o.year_credit ELSE 0 END
      FROM ledger_openingbalance o CROSS JOIN begun b
     WHERE o.company_id = %(company)s AND (%(currency)s = '' OR o.currency = %(currency)s)),
accounts AS (
    SELECT a.id, a.code, {ACCOUNT_NAME.format(a="a")} AS name FROM ledger_account a
     WHERE a.company_id = %(company)s AND a.is_leaf
       AND a.code >= %(code_from)s AND left(a.code, length(%(code_to)s)) <= %(code_to)s
       AND EXISTS (SELECT 1 FROM ledger_accountdimension d
                    WHERE d.account_id = a.id AND d.dimension_type_id = ANY(%(dimensions)s)))
"""
_BY_VALUE = f"""{PARTS}
SELECT i.value_id, a.code, a.name, coalesce(sum(x.opening), 0), coalesce(sum(x.debit), 0), coalesce(sum(x.credit), 0),
       coalesce(sum(x.year_debit), 0), coalesce(sum(x.year_credit), 0)
  FROM parts x
  JOIN accounts a ON a.id = x.account_id
  LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
       AND i.dimension_set_id = x.dimension_set_id AND i.dimension_type_id = %(dimension)s
 GROUP BY 1, 2, 3 ORDER BY 2
"""


@dataclass(slots=True)
class _Sums:
    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    year_debit: Decimal = ZERO
    year_credit: Decimal = ZERO

    def add(self, other: Self) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)

    def cells(self) -> dict[str, Decimal]:
        return {
            "opening_debit": max(self.opening, ZERO),
            "opening_credit": max(-self.opening, ZERO),
            "debit": self.debit,
            "credit": self.credit,
            "year_debit": self.year_debit,
            "year_credit": self.year_credit,
            "closing_debit": max(self.closing, ZERO),
            "closing_credit": max(-self.closing, ZERO),
        }


def named_parameters(
    company: Company, periods: PeriodRange, params: Params, dimensions: list[DimensionType]
) -> dict[str, Any]:
    choice = Choice(
        code_from=params["account_from"] or "",
        code_to=params["account_to"] or "",
        currency=params.get("currency") or "",
        unposted=bool(params["unposted"]),
    )
    ids = [dimension.pk for dimension in dimensions]
    return choice.parameters(company, periods) | {"dimensions": ids, "dimension": ids[0]}


def required_dimension(company: Company, params: Params) -> DimensionType:
    dimension = p.dimension_of(company, params)
    if dimension is None:
        raise NotFound(what=_("Dimension"), key="–", field="dimension")
    return dimension


# --- balances by value ------------------------------------------------------------------------------------------


def dimension_balances(
    company: Company, periods: PeriodRange, dimension: DimensionType, params: Params
) -> tuple[list[dict[str, Any]], dict[str, Decimal]]:
    """Rows value × account with a subtotal for each value and for each group of values; and the total."""
    found: dict[int | None, list[tuple[str, str, _Sums]]] = defaultdict(list)
    for value_id, code, name, *sums in fetch(_BY_VALUE, named_parameters(company, periods, params, [dimension])):
        own = _Sums(*sums)
        if not (params["hide_empty"] and own.is_empty):
            found[value_id].append((code, name, own))
    values = {value.pk: value for value in DimensionValue.objects.filter(dimension_type=dimension)}
    groups, total = _group_sums(found, values)
    rows: list[dict[str, Any]] = []
    for value_id in sorted(set(found) | set(groups), key=lambda key: (key is None, _path(key, values))):
        rows += _value_rows(dimension, value_id, values, found.get(value_id, []), groups.get(value_id))
    return rows, total.cells()


def _group_sums(
    found: dict[int | None, list[tuple[str, str, _Sums]]], values: dict[int, DimensionValue]
) -> tuple[dict[int | None, _Sums], _Sums]:
    """What the values below each group hold together, the group's own included; and everything."""
    groups: dict[int | None, _Sums] = {}
    total = _Sums()
    for value_id, rows in found.items():
        for _code, _name, sums in rows:
            total.add(sums)
            above = values[value_id].parent_id if value_id is not None else None
            while above is not None:
                groups.setdefault(above, _Sums()).add(sums)
                above = values[above].parent_id
    for group, sums in groups.items():
        for _code, _name, own in found.get(group, []):
            sums.add(own)
    return groups, total


def _path(value_id: int | None, values: dict[int, DimensionValue]) -> tuple[str, ...]:
    codes: list[str] = []
    while value_id is not None:
        codes.insert(0, values[value_id].code)
        value_id = values[value_id].parent_id
    return tuple(codes)


def _value_rows(
    dimension: DimensionType,
    value_id: int | None,
    values: dict[int, DimensionValue],
    rows: list[tuple[str, str, _Sums]],
    group: _Sums | None,
) -> list[dict[str, Any]]:
    value = values[value_id] if value_id is not None else None
    text = "  " * max(len(_path(value_id, values)) - 1, 0) + str(value) if value else gettext("not given")
    drill = {"value": f"{dimension.code}:{value.code}"} if value else {}
    lines: list[dict[str, Any]] = []
    if group is not None or len(rows) > 1:
        sums = group or _Sums()
        if group is None:
            for _code, _name, own in rows:
                sums.add(own)
        opens = drill | {"book": "dimension_lines"} if value and group is None else {}
        lines.append({"kind": "subtotal", "value": text, "account": "", "drill": opens, **sums.cells()})
    for code, name, own in rows:
        opens = (drill or {"value": f"{dimension.code}:{p.NO_VALUE}"}) | {"account": code}
        lines.append({"kind": "line", "value": text, "account": f"{code} {name}", "drill": opens, **own.cells()})
    return lines


def _dimension_balances(company: Company, params: Params) -> ReportResult:
    periods = period_range(company, params["from"], params["to"])
    dimension = required_dimension(company, params)
    rows, total = dimension_balances(company, periods, dimension, params)
    return ReportResult(rows=rows, totals=total, subtitle=p.subtitle(company, periods, params, dimension))


def _sides(key: str, group: Any) -> tuple[Column, Column]:
    start = f"{key}_" if key else ""
    return (
        Column(f"{start}debit", _("Debit"), "amount", group),
        Column(f"{start}credit", _("Credit"), "amount", group),
    )


DIMENSION_BALANCES = Report(
    name="dimension_balances",
    title=_("Balances by dimension value"),
    permission="ledger.view_report",
    query=_dimension_balances,
    columns=(
        Column("value", _("Dimension value"), width=30),
        Column("account", _("Account"), width=26),
        *_sides("opening", _("Opening balance")),
        *_sides("", _("Turnover")),
        *_sides("year", _("Year to date")),
        *_sides("closing", _("Closing balance")),
    ),
    parameters=(
        *p.PERIODS,
        Parameter("dimension", _("Dimension")),
        p.ACCOUNT_FROM,
        p.ACCOUNT_TO,
        p.CURRENCY,
        p.UNPOSTED,
        p.HIDE_EMPTY,
    ),
)
