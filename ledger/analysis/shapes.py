"""A pivot as a table of the page, as a workbook, as JSON and as the series of a chart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.money import ZERO
from ledger.analysis.fields import measure_label
from ledger.analysis.pivot import Figures, Keys, Pivot, PivotRow
from ledger.books.ranges import PeriodRange

KINDS = {"quantity": "quantity", "count": "int"}
CHART_POINTS = 40


@dataclass(frozen=True, slots=True)
class Cell:
    value: Decimal
    kind: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """``label`` is the last key; ``depth`` how far it is indented."""

    label: str
    depth: int
    is_subtotal: bool
    url: str
    cells: list[Cell]


def heads(table: Pivot) -> list[str]:
    """Headings of the columns, each with the total at the end; two measures double them."""
    columns = [_joined(table, keys) for keys in table.columns] if table.column_fields else []
    columns.append(_("Total"))
    if len(table.spec.measures) == 1:
        return columns if table.column_fields else [measure_label(table.spec.measures[0])]
    names = [measure_label(name) for name in table.spec.measures]
    return [f"{column} · {name}" if table.column_fields else name for column in columns for name in names]


def shown_rows(table: Pivot, periods: PeriodRange) -> Iterator[ShownRow]:
    """The rows as the page shows them; what stands on one account opens its lines."""
    for row in table.rows:
        url = _drill(table, row.keys, periods)
        yield ShownRow(
            label=table.row_fields[len(row.keys) - 1].shown(row.keys[-1]),
            depth=len(row.keys),
            is_subtotal=row.is_subtotal,
            url=url,
            cells=_cells(table, row, periods),
        )


def total_cells(table: Pivot) -> list[Cell]:
    return _cells(table, table.total, None) if table.total else []


def _cells(table: Pivot, row: PivotRow, periods: PeriodRange | None) -> list[Cell]:
    nothing: Figures = (ZERO,) * len(table.spec.measures)
    kinds = [KINDS.get(name, "amount") for name in table.spec.measures]
    found: list[Cell] = []
    for keys in table.columns if table.column_fields else []:
        url = _drill(table, row.keys, periods, keys) if periods and keys in row.cells else ""
        figures = row.cells.get(keys, nothing)
        found += [Cell(value, kind, url) for value, kind in zip(figures, kinds, strict=True)]
    url = _drill(table, row.keys, periods) if periods else ""
    return found + [Cell(value, kind, url) for value, kind in zip(row.total, kinds, strict=True)]


def _drill(table: Pivot, keys: Keys, periods: PeriodRange, column: Keys = ()) -> str:
    """Address of the account's lines for a cell: its account, period and one dimension value. '' without account."""
    given = [*zip(table.row_fields, keys, strict=False), *zip(table.column_fields, column, strict=False)]
    query = {"from": str(periods.first), "to": str(periods.last)}
    if len(table.spec.values) == 1:
        query["value"] = table.spec.values[0]
    for field, key in given:
        if field.is_account and key:
            query["account"] = key.split(" ")[0]
        elif field.name == "period":
            query |= {"from": key, "to": key}
        elif field.name.startswith("dimension:") and key:
            query["value"] = f"{field.name.partition(':')[2]}:{key.split(' ')[0]}"
    return f"{reverse('account_lines')}?{urlencode(query)}" if "account" in query else ""


def _joined(table: Pivot, keys: Keys) -> str:
    return " / ".join(field.shown(key) for field, key in zip(table.column_fields, keys, strict=True))


def as_json(table: Pivot, periods: PeriodRange) -> dict[str, Any]:
    """Keys and decimal strings; rows with fewer keys than fields are subtotals, the total has none."""

    def row(made: PivotRow) -> dict[str, Any]:
        return {
            "keys": list(made.keys),
            "is_subtotal": made.is_subtotal,
            "cells": [list(map(str, made.cells[keys])) if keys in made.cells else None for keys in table.columns],
            "total": list(map(str, made.total)),
        }

    return {
        "periods": [str(periods.first), str(periods.last)],
        "rows_by": [field.name for field in table.row_fields],
        "columns_by": [field.name for field in table.column_fields],
        "measures": list(table.spec.measures),
        "columns": [list(keys) for keys in table.columns],
        "rows": [row(made) for made in table.rows],
        "total": row(table.total) if table.total else None,
    }


def as_series(table: Pivot) -> dict[str, Any]:
    """First measure for the chart: a category per top row, a series per column (one series without columns)."""
    top = [row for row in table.rows if len(row.keys) == 1][:CHART_POINTS]
    names = [table.row_fields[0].shown(row.keys[0]) for row in top] if top else []
    if not table.column_fields:
        label = measure_label(table.spec.measures[0])
        return {"names": names, "series": [{"name": label, "data": [float(row.total[0]) for row in top]}]}
    return {
        "names": names,
        "series": [
            {
                "name": _joined(table, keys),
                "data": [float(row.cells[keys][0]) if keys in row.cells else 0 for row in top],
            }
            for keys in table.columns[:CHART_POINTS]
        ],
    }


def write_xlsx(stream: IO[bytes], company: Company, table: Pivot, periods: PeriodRange) -> None:
    """The workbook: one column per row field, then the figures."""
    labels = [SheetColumn(field.label, width=28) for field in table.row_fields]
    kinds = [KINDS.get(name, "amount") for name in table.spec.measures]
    figures = [SheetColumn(head, kinds[at % len(kinds)]) for at, head in enumerate(heads(table))]
    sheet = Sheet(
        name=_("Pivot"),
        columns=[*labels, *figures],
        rows=_sheet_rows(table),
        title=[_("Pivot"), company.name, f"{periods} · {company.currency}"],
        totals=[_("Total"), *[""] * (len(labels) - 1), *(cell.value for cell in total_cells(table))],
    )
    write_workbook(stream, [sheet])


def _sheet_rows(table: Pivot) -> Iterator[Sequence[Any]]:
    for row in table.rows:
        names = [field.shown(key) for field, key in zip(table.row_fields, row.keys, strict=False)]
        if row.is_subtotal:
            names.append(_("Subtotal"))
        blanks = [""] * (len(table.row_fields) - len(names))
        yield [*names, *blanks, *(cell.value for cell in _cells(table, row, None))]
