"""Cells of a book as they read, on the page and in print: zeros stay blank except in sums and balances."""

from collections.abc import Mapping
from typing import Any

from erp.core.reports import Column
from erp.core.reports.render import NUMERIC, text_of

SUMS = {"opening", "carried", "day", "period", "year", "forward", "total"}


def cell_text(value: Any, column: Column, *, is_sum: bool) -> str:
    """The text of a cell; ``is_sum``: whether its row is an opening, a total or something carried."""
    if (
        column.kind in NUMERIC
        and not value
        and not (is_sum and value is not None)
        and (value is None or "balance" not in column.key)
    ):
        return ""
    return text_of(value, column.kind)


def is_red(value: Any, column: Column) -> bool:
    """Negative amounts stand in red."""
    return column.kind in NUMERIC and value is not None and value != "" and value < 0


def field_of(row: Any, key: str) -> Any:
    """What a row says beside its columns, such as its kind; None if it does not."""
    return row.get(key) if isinstance(row, Mapping) else getattr(row, key, None)
