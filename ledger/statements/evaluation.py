"""What a statement shows: every row in every column, with manual reclassifications, from balances alone.

Statements read each other (``CELL``) and their own other lines (``Ln``), also about other months (``PRIOR``). First
everything that will be asked is collected, then the figures are read in three statements, then the rows are worked out.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.formulas import nodes
from ledger.formulas.figures import LedgerFigures
from ledger.formulas.language import Formula, FormulaError, parse
from ledger.formulas.nodes import Accounts, Value
from ledger.formulas.spans import Span, month_of
from ledger.periods.models import Period
from ledger.statements.columns import SheetColumn, own_columns
from ledger.statements.models import Statement, StatementAdjustment, StatementKind, StatementRow

Key = tuple[str, int, Span]


class RowCycle(FormulaError):
    code = "formula_cycle"
    template = _("Line %(line)s of %(statement)s reads itself, directly or through other lines. Break the circle.")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with a value per column; ``adjusted`` if a manual reclassification is in the first one."""

    row: StatementRow
    values: tuple[Value, ...]
    adjusted: bool = False


@dataclass(slots=True)
class StatementSheet:
    """A statement worked out. ``book`` answers what else is asked about the same figures."""

    statement: Statement
    period: Period
    columns: Sequence[SheetColumn]
    rows: list[SheetRow]
    adjustments: list[StatementAdjustment]
    include_unposted: bool
    book: "StatementBook"
    checks: list[Any] = field(default_factory=list)

    def value(self, line_no: int, column: int = 0) -> Value:
        """The value of a line; ``None`` if it is blank or not there."""
        return next((row.values[column] for row in self.rows if row.row.line_no == line_no), None)


class StatementBook:
    """The statements of a company that are valid on a day, with the ledger's figures and what was worked out."""

    def __init__(self, company: Company, on: dt.date, *, include_unposted: bool = False) -> None:
        self.ledger = LedgerFigures(company, include_unposted=include_unposted)
        valid = Statement.objects.filter(Q(valid_to=None) | Q(valid_to__gte=on), company=company, valid_from__lte=on)
        rows = Prefetch("rows", StatementRow.objects.filter(company=company).order_by("sequence", "id"))
        # A later layout replaces an earlier one of the same code.
        self.statements = {
            statement.code: statement for statement in valid.prefetch_related(rows, "columns").order_by("valid_from")
        }
        self.formulas: dict[tuple[str, int], Formula] = {}
        for statement in self.statements.values():
            self.add(statement)
        self._adjusted: dict[tuple[str, int], list[tuple[int, Decimal]]] = {}
        self._adjustments = list(
            StatementAdjustment.objects.filter(company=company)
            .select_related("statement", "period", "account", "party", "made_by")
            .order_by("period__start", "line_no", "id")
        )
        for row in self._adjustments:
            month = month_of(row.period.year, row.period.number)
            self._adjusted.setdefault((row.statement.code, row.line_no), []).append((month, row.amount))
        self._values: dict[Key, Value] = {}
        self._open: set[Key] = set()

    def add(self, statement: Statement) -> None:
        """Take a statement in, also one that is not valid on the day."""
        self.statements[statement.code] = statement
        for row in statement.rows.all():
            if row.line_no and row.formula:
                self.formulas[statement.code, row.line_no] = parse(row.formula)

    def prepare(self, keys: Iterable[Key]) -> None:
        """Read the figures of the lines and of all lines that they read."""
        wanted: set[Key] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            code, line_no, span = key
            formula = self.formulas.get((code, line_no))
            if key in wanted or formula is None:
                continue
            wanted.add(key)
            if len(wanted) > 20_000:
                raise RowCycle(line=line_no, statement=code)
            for node, about in nodes.with_spans(formula.root, span):
                if isinstance(node, nodes.Line):
                    waiting.append((code, node.line_no, about))
                elif isinstance(node, nodes.Cell):
                    waiting.append((node.statement, node.line_no, about))
        self.ledger.prepare((self.formulas[code, line_no], span) for code, line_no, span in wanted)

    def value(self, code: str, line_no: int, span: Span) -> Value:
        """The value of a line with its reclassifications; a line without formula is worth what was typed, or 0."""
        key = (code, line_no, span)
        if key in self._values:
            return self._values[key]
        if key in self._open:
            raise RowCycle(line=line_no, statement=code)
        self._open.add(key)
        formula = self.formulas.get((code, line_no))
        value = formula.worth(_Inside(self, code), span) if formula else Decimal(0)
        self._open.discard(key)
        if value is not None and (moved := self.adjustment(code, line_no, span)):
            value += moved
        self._values[key] = value
        return value

    def adjustment(self, code: str, line_no: int, span: Span) -> Decimal:
        """Reclassifications of the line: of a balance sheet those at the last month, else those within the months."""
        statement = self.statements.get(code)
        at_end = statement is not None and statement.kind == StatementKind.BALANCE_SHEET
        first = span.last if at_end else span.first
        rows = self._adjusted.get((code, line_no), ())
        return sum((amount for month, amount in rows if first <= month <= span.last), Decimal(0))

    def adjustments_of(self, statement: Statement, period: Period) -> list[StatementAdjustment]:
        rows = [row for row in self._adjustments if row.statement_id == statement.pk]
        if statement.kind == StatementKind.BALANCE_SHEET:
            return [row for row in rows if row.period_id == period.pk]
        return [row for row in rows if row.period.year == period.year and row.period.number <= period.number]


class _Inside:
    """The figures as the formulas of one statement see them."""

    def __init__(self, book: StatementBook, code: str) -> None:
        self.book = book
        self.code = code
        self.vat_stays_in_taxes = book.ledger.vat_stays_in_taxes

    def balance(self, accounts: Accounts, span: Span) -> Value:
        return self.book.ledger.balance(accounts, span)

    def parts(self, accounts: Accounts, by: str, sign: int, span: Span) -> Value:
        return self.book.ledger.parts(accounts, by, sign, span)

    def turnover(self, accounts: Accounts, span: Span) -> Value:
        return self.book.ledger.turnover(accounts, span)

    def cash_flow(self, item: str, span: Span) -> Value:
        return self.book.ledger.cash_flow(item, span)

    def cash_open(self, span: Span) -> Value:
        return self.book.ledger.cash_open(span)

    def line(self, line_no: int, span: Span) -> Value:
        return self.book.value(self.code, line_no, span)

    def cell(self, statement: str, line_no: int, span: Span) -> Value:
        return self.book.value(statement, line_no, span)


def evaluate(
    company: Company,
    statement: Statement,
    period: Period,
    include_unposted: bool = False,
    *,
    columns: Sequence[SheetColumn] | None = None,
    with_checks: bool = True,
) -> StatementSheet:
    """The statement of a period. ``columns`` replace its own ones. A constant number of statements."""
    from ledger.statements import checks

    book = StatementBook(company, period.end, include_unposted=include_unposted)
    known = book.statements.get(statement.code)
    if known is None or known.pk != statement.pk:
        book.add(statement)
        known = statement
    shown = columns if columns is not None else own_columns(list(known.columns.all()), period)
    lines = [row for row in known.rows.all() if row.line_no]
    wanted = [(known.code, row.line_no or 0, column.span) for row in lines for column in shown]
    book.prepare([*wanted, *(checks.wanted(book, known, period) if with_checks else ())])
    sheet = StatementSheet(
        known, period, shown, [], book.adjustments_of(known, period), include_unposted=include_unposted, book=book
    )
    sheet.rows = [_row(book, known, row, shown) for row in known.rows.all()]
    if with_checks:
        sheet.checks = checks.checks_of(book, known, period)
    return sheet


def _row(book: StatementBook, statement: Statement, row: StatementRow, columns: Sequence[SheetColumn]) -> SheetRow:
    if not row.line_no:
        return SheetRow(row, (None,) * len(columns))
    values = tuple(book.value(statement.code, row.line_no, column.span) for column in columns)
    adjusted = bool(columns) and bool(book.adjustment(statement.code, row.line_no, columns[0].span))
    return SheetRow(row, values, adjusted)
