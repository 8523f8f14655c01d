"""The columns of a statement: a basis seen from a period is a span of months."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.formulas.spans import Span, month_of
from ledger.periods.models import Period
from ledger.statements.models import Basis, Statement, StatementColumn, StatementKind


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column as it is shown: its heading and the months it is about."""

    label: Any
    basis: str
    span: Span

    @property
    def closing(self) -> str:
        """The last month, as the books call their periods."""
        return f"{self.span.last // 12}-{self.span.last % 12 + 1:02d}"

    @property
    def opening(self) -> str:
        return f"{self.span.first // 12}-{self.span.first % 12 + 1:02d}"


def span_of(basis: str, period: Period) -> Span:
    """The months that a column with this basis shows in the statement of the period."""
    month = month_of(period.year, period.number)
    january = period.year * 12
    return {
        Basis.END: Span(month, month),
        Basis.YEAR_START: Span(month, month).year_start(),
        Basis.PRIOR_END: Span(month - 1, month - 1),
        Basis.PRIOR_YEAR_END: Span(month - 12, month - 12),
        Basis.PERIOD: Span(month, month),
        Basis.QUARTER: Span(month - month % 3, month),
        Basis.YEAR_TO_DATE: Span(january, month),
        Basis.PRIOR_PERIOD: Span(month - 1, month - 1),
        Basis.PRIOR_YEAR_PERIOD: Span(month - 12, month - 12),
        Basis.PRIOR_YEAR_TO_DATE: Span(january - 12, month - 12),
        Basis.PRIOR_YEAR: Span(january - 12, january - 1),
    }[Basis(basis)]


def own_columns(columns: Sequence[StatementColumn], period: Period) -> list[SheetColumn]:
    """The statement's own columns."""
    return [SheetColumn(column.display_label, column.basis, span_of(column.basis, period)) for column in columns]


def chosen_columns(bases: Sequence[str], period: Period) -> list[SheetColumn]:
    """Columns that a reader chose instead."""
    return [SheetColumn(Basis(basis).label, basis, span_of(basis, period)) for basis in bases]


def month_columns(statement: Statement, period: Period) -> list[SheetColumn]:
    """The months of the period's year side by side, up to the period."""
    basis = Basis.END if statement.kind == StatementKind.BALANCE_SHEET else Basis.PERIOD
    first = period.year * 12
    months = range(first, month_of(period.year, period.number) + 1)
    return [SheetColumn(f"{month // 12}-{month % 12 + 1:02d}", basis, Span(month, month)) for month in months]
