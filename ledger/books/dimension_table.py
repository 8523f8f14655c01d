"""Table of dimensions (核算项目组合表): up to three dimensions in rows, one across, one measure in the cells."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult
from ledger.books import parameters as p
from ledger.books.dimension_books import PARTS, named_parameters, required_dimension
from ledger.books.facts import fetch
from ledger.books.parameters import Params
from ledger.books.ranges import period_range
from ledger.dimensions.models import DimensionType, DimensionValue

MEASURES = ("opening", "debit", "credit", "closing")
MAX_ACROSS = 30  # values with columns of their own; the others share one
OTHERS = -1

# One row per dimension set with the values of the dimensions that are asked for, in their order.
_BY_SET = f"""{PARTS}
SELECT array(SELECT i.value_id FROM unnest(%(dimensions)s::bigint[]) WITH ORDINALITY AS t(type_id, place)
              LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
                   AND i.dimension_set_id = x.dimension_set_id AND i.dimension_type_id = t.type_id ORDER BY t.place),
       coalesce(sum(x.opening), 0), coalesce(sum(x.debit), 0), coalesce(sum(x.credit), 0)
  FROM parts x JOIN accounts a ON a.id = x.account_id
 GROUP BY x.dimension_set_id
"""


Key = tuple[int | None, ...]


def _dimension_table(company: Company, params: Params) -> ReportResult:
    """Cells of the measure by row values and value across; rows and columns add up to the accounts."""
    periods = period_range(company, params["from"], params["to"])
    rows_by = [required_dimension(company, params)]
    for name in ("dimension2", "dimension3"):
        more = p.dimension_of(company, params, name)
        if more is not None and more not in rows_by:
            rows_by.append(more)
    across = p.dimension_of(company, params, "dimension_across")
    if across in rows_by:
        across = None
    measure = params["measure"] or "closing"
    if measure not in MEASURES:
        raise BadParameter(field="measure", name="measure", value=measure, expected=", ".join(MEASURES))
    dimensions = [*rows_by, *([across] if across else [])]
    cells: dict[Key, dict[int | None, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for values, opening, debit, credit in fetch(_BY_SET, named_parameters(company, periods, params, dimensions)):
        amount = {"opening": opening, "debit": debit, "credit": credit}.get(measure, opening + debit - credit)
        if amount:
            key, column = tuple(values[: len(rows_by)]), values[-1] if across else None
            cells[key][column] += amount
    names = {value.pk: str(value) for value in DimensionValue.objects.filter(dimension_type__in=dimensions)}
    shown = _columns_across(cells) if across else []
    columns = _columns(rows_by, across, shown, names)
    rows = [
        _row(key, cells[key], rows_by, shown, names)
        for key in sorted(cells, key=lambda key: [(value is None, names.get(value or 0, "")) for value in key])
    ]
    totals = {column.key: sum((row[column.key] for row in rows), ZERO) for column in columns if column.kind == "amount"}
    about = " × ".join(str(dimension) for dimension in dimensions)
    return ReportResult(rows, totals, p.subtitle(company, periods, params, about), columns=columns)


def _columns_across(cells: dict[Key, dict[int | None, Decimal]]) -> list[int | None]:
    """The values with columns of their own: those with the greatest figures; the rest share the column OTHERS."""
    weight: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for row in cells.values():
        for value, amount in row.items():
            weight[value] += abs(amount)
    ordered = sorted(weight, key=lambda value: (value is None, -weight[value]))
    return ordered if len(ordered) <= MAX_ACROSS else [*ordered[: MAX_ACROSS - 1], OTHERS]


def _columns(
    rows_by: list[DimensionType], across: DimensionType | None, shown: list[int | None], names: dict[int, str]
) -> list[Column]:
    columns = [Column(f"row{place}", str(dimension), width=26) for place, dimension in enumerate(rows_by)]
    for place, value in enumerate(shown):
        label = gettext("not given") if value is None else gettext("Others") if value == OTHERS else names[value]
        columns.append(Column(f"cell{place}", label, "amount", str(across)))
    return [*columns, Column("sum", _("Total"), "amount")]


def _row(
    key: Key,
    amounts: dict[int | None, Decimal],
    rows_by: list[DimensionType],
    shown: list[int | None],
    names: dict[int, str],
) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": "line", "sum": sum(amounts.values(), ZERO)}
    for place, value in enumerate(key):
        row[f"row{place}"] = gettext("not given") if value is None else names[value]
    for place, value in enumerate(shown):
        if value == OTHERS:
            row[f"cell{place}"] = sum((amount for own, amount in amounts.items() if own not in shown), ZERO)
        else:
            row[f"cell{place}"] = amounts.get(value, ZERO)
    if key[0] is not None:
        row["drill"] = {"book": "dimension_lines", "value": f"{rows_by[0].code}:{names[key[0]].split(' ')[0]}"}
    return row


DIMENSION_TABLE = Report(
    name="dimension_table",
    title=_("Table of dimensions"),
    permission="ledger.view_report",
    query=_dimension_table,
    columns=(Column("row0", _("Dimension value"), width=26), Column("sum", _("Total"), "amount")),
    parameters=(
        *p.PERIODS,
        Parameter("dimension", _("Rows by")),
        Parameter("dimension2", _("then by")),
        Parameter("dimension3", _("and by")),
        Parameter("dimension_across", _("Across")),
        Parameter("measure", _("Measure"), "text", "closing"),
        p.ACCOUNT_FROM,
        p.ACCOUNT_TO,
        p.UNPOSTED,
    ),
)
