"""Design statements and reclassify on them. What is saved can be worked out: formulas are checked, circles refused."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company, Standard
from erp.core.errors import DomainError, NotFound, PeriodClosed
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue
from ledger.formulas import services as formulas
from ledger.formulas.language import Formula, parse
from ledger.periods.models import Period, PeriodStatus
from ledger.statements import setup
from ledger.statements.evaluation import RowCycle
from ledger.statements.models import Statement, StatementAdjustment, StatementColumn, StatementKind, StatementRow

Row = tuple[str, int]
GAP = 10


class LineTaken(DomainError):
    code = "statement_line_taken"
    template = _("Line %(line)s is there already. Take another number.")


class LineInUse(DomainError):
    code = "statement_line_in_use"
    template = _("Line %(line)s is read by %(reader)s. Change that formula first.")


class FormulaWithoutLine(DomainError):
    code = "statement_formula_without_line"
    template = _("A heading has no formula. Give the row a line number.")


class NotShipped(DomainError):
    code = "statement_not_shipped"
    template = _("%(statement)s is your own report: there is no shipped version of it.")


class BuiltinStays(DomainError):
    code = "statement_builtin_stays"
    template = _("%(statement)s is a statutory statement and cannot be deleted.")


class CodeTaken(DomainError):
    code = "statement_code_taken"
    template = _("There is a statement with the code %(code)s already. Take another one.")


class NoAmount(DomainError):
    code = "statement_no_amount"
    template = _("The amount of a reclassification cannot be 0.")


class NoReason(DomainError):
    code = "statement_no_reason"
    template = _("Say why: the reason is printed under the statement.")


def valid_statements(company: Company, period: Period) -> list[Statement]:
    """The active statements on the period's last day, one version of each."""
    rows = Statement.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=period.end), company=company, valid_from__lte=period.end, is_active=True
    )
    found = {statement.code: statement for statement in rows.order_by("valid_from")}
    return sorted(found.values(), key=lambda statement: (statement.sequence, statement.code))


def statement_of(company: Company, code: str, period: Period) -> Statement:
    """The version of a statement that is valid in the period. Raises ``NotFound``."""
    for statement in valid_statements(company, period):
        if statement.code == code:
            return statement
    raise NotFound(what=_("Statement"), key=code, field="statement")


# --- rows ---------------------------------------------------------------------------------------------------------


def save_row(
    statement: Statement, row: StatementRow | None, *, after: StatementRow | None = None, **given: Any
) -> StatementRow:
    """Change a row, or add one after ``after`` (None: at the end).

    ``given``: line_no, label, label_en, export_label, formula, side, indent, is_bold, number_format.
    Raises ``FormulaError`` and its kinds, ``LineTaken``, ``LineInUse``, ``FormulaWithoutLine`` at their fields.
    """
    with transaction.atomic():
        statement = _locked(statement)
        row = row or StatementRow(company_id=statement.company_id, statement=statement)
        before = row.line_no
        for name, value in given.items():
            setattr(row, name, value)
        row.formula = (row.formula or "").strip()
        others = StatementRow.objects.filter(statement=statement).exclude(pk=row.pk)
        if row.line_no and others.filter(line_no=row.line_no).exists():
            raise LineTaken(line=row.line_no, field="line_no")
        if row.formula and not row.line_no:
            raise FormulaWithoutLine(field="line_no")
        if before and before != row.line_no:
            _refuse_if_read(statement, before, besides=row.pk or 0)
        if row.formula:
            _check_formula(statement, row)
        if row.pk is None:
            row.sequence = _place_after(statement, after)
        row.save()
    return row


def delete_row(row: StatementRow) -> None:
    """Take a row away. Raises ``LineInUse`` if a formula reads it."""
    with transaction.atomic():
        _locked(row.statement)
        if row.line_no:
            _refuse_if_read(row.statement, row.line_no, besides=row.pk)
        row.delete()


def move_row(row: StatementRow, up: bool) -> None:
    """Change places with the row above or below."""
    with transaction.atomic():
        _locked(row.statement)
        rows = list(StatementRow.objects.filter(statement=row.statement).order_by("sequence", "id"))
        at = next(index for index, other in enumerate(rows) if other.pk == row.pk)
        to = at - 1 if up else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
            _number(rows)


def _locked(statement: Statement) -> Statement:
    return Statement.objects.select_for_update().get(company_id=statement.company_id, pk=statement.pk)


def _place_after(statement: Statement, after: StatementRow | None) -> int:
    rows = list(StatementRow.objects.filter(statement=statement).order_by("sequence", "id"))
    if after is None:
        return (rows[-1].sequence if rows else 0) + GAP
    at = next(index for index, other in enumerate(rows) if other.pk == after.pk) + 1
    _number(rows[:at])
    _number(rows[at:], first=at + 2)
    return (at + 1) * GAP


def _number(rows: list[StatementRow], first: int = 1) -> None:
    for place, row in enumerate(rows, start=first):
        row.sequence = place * GAP
    StatementRow.objects.bulk_update(rows, ["sequence"])


def _check_formula(statement: Statement, row: StatementRow) -> None:
    """The formula names only what exists, and no row reads itself through others."""
    company = statement.company
    rows = StatementRow.objects.filter(company=company, line_no__isnull=False).exclude(pk=row.pk)
    known = rows.values_list("statement__code", "line_no", "formula")
    texts = {(code, line or 0): text for code, line, text in known}
    texts[statement.code, row.line_no or 0] = row.formula
    lines: dict[str, set[int]] = {}
    for code, line in texts:
        lines.setdefault(code, set()).add(line)
    try:
        formulas.check(company, row.formula, lines=lines[statement.code], statements=lines)
        refuse_circles({key: parse(text) for key, text in texts.items() if text})
    except DomainError as refusal:
        refusal.field = "formula"
        raise


def refuse_circles(known: Mapping[Row, Formula]) -> None:
    """Raises ``RowCycle`` if a row reads itself, directly, through others or about other months."""
    done: set[Row] = set()

    def visit(key: Row, path: frozenset[Row]) -> None:
        if key in path:
            raise RowCycle(line=key[1], statement=key[0])
        if key in done or key not in known:
            return
        for other in _read_by(key, known[key]):
            visit(other, path | {key})
        done.add(key)

    for key in known:
        visit(key, frozenset())


def _read_by(key: Row, formula: Formula) -> Iterable[Row]:
    return [*((key[0], line) for line in formula.lines()), *formula.cells()]


def _refuse_if_read(statement: Statement, line_no: int, besides: int) -> None:
    rows = StatementRow.objects.filter(company_id=statement.company_id).exclude(pk=besides).exclude(formula="")
    for row in rows.select_related("statement"):
        if (statement.code, line_no) in _read_by((row.statement.code, row.line_no or 0), parse(row.formula)):
            raise LineInUse(line=line_no, reader=f"{row.statement} {row}", field="line_no")


# --- whole statements ---------------------------------------------------------------------------------------------


def copy(statement: Statement, code: str, name: str) -> Statement:
    """An own report with the same rows and columns. Raises ``CodeTaken``."""
    with transaction.atomic():
        if Statement.objects.filter(company_id=statement.company_id, code=code).exists():
            raise CodeTaken(code=code, field="code")
        highest = Statement.objects.filter(company_id=statement.company_id).aggregate(n=Max("sequence"))["n"] or 0
        made = Statement.objects.create(
            company_id=statement.company_id,
            code=code,
            name=name,
            kind=StatementKind.OWN if statement.kind != StatementKind.BALANCE_SHEET else StatementKind.BALANCE_SHEET,
            valid_from=statement.valid_from,
            sequence=min(highest + 10, 32_000),
        )
        rows = list(StatementRow.objects.filter(statement=statement))
        columns = list(StatementColumn.objects.filter(statement=statement))
        for row in rows:
            row.pk, row.statement = None, made
        for column in columns:
            column.pk, column.statement = None, made
        StatementRow.objects.bulk_create(rows)
        StatementColumn.objects.bulk_create(columns)
    return made


def set_columns(statement: Statement, columns: Iterable[tuple[str, str]]) -> None:
    """Replace the columns by (label, basis)."""
    with transaction.atomic():
        StatementColumn.objects.filter(statement=statement).delete()
        StatementColumn.objects.bulk_create(
            [
                StatementColumn(
                    company_id=statement.company_id, statement=statement, sequence=place, label=label, basis=basis
                )
                for place, (label, basis) in enumerate(columns, start=1)
            ]
        )


def restore(statement: Statement) -> None:
    """Give a statutory statement its shipped rows and columns again. Raises ``NotShipped``, ``LineInUse``."""
    if not statement.is_builtin:
        raise NotShipped(statement=statement)
    standard = Standard(statement.company.standard)
    shipped = setup.own_rows(list(setup.shipped_rows(standard)), statement.kind)
    with transaction.atomic():
        _locked(statement)
        lines = {row.line_no for row in shipped if row.line_no}
        for row in StatementRow.objects.filter(statement=statement, line_no__isnull=False):
            if row.line_no not in lines:
                _refuse_if_read_elsewhere(statement, row)
        StatementRow.objects.filter(statement=statement).delete()
        StatementRow.objects.bulk_create(
            [setup.row_of(statement, row, place * GAP) for place, row in enumerate(shipped, start=1)]
        )
        StatementColumn.objects.filter(statement=statement).delete()
        StatementColumn.objects.bulk_create(setup.columns_of(statement, standard))


def _refuse_if_read_elsewhere(statement: Statement, gone: StatementRow) -> None:
    rows = StatementRow.objects.filter(company_id=statement.company_id).exclude(statement=statement).exclude(formula="")
    for row in rows.select_related("statement"):
        if (statement.code, gone.line_no or 0) in parse(row.formula).cells():
            raise LineInUse(line=gone.line_no, reader=f"{row.statement} {row}")


def delete(statement: Statement) -> None:
    """Delete an own report that no other statement reads. Raises ``BuiltinStays``, ``LineInUse``."""
    if statement.is_builtin:
        raise BuiltinStays(statement=statement)
    with transaction.atomic():
        for row in StatementRow.objects.filter(statement=statement, line_no__isnull=False):
            _refuse_if_read_elsewhere(statement, row)
        statement.delete()


# --- reclassifications --------------------------------------------------------------------------------------------


def adjust(
    statement: Statement,
    period: Period,
    *,
    line_no: int,
    amount: Decimal,
    reason: str,
    by: Any,
    account: Account | None = None,
    party: DimensionValue | None = None,
) -> StatementAdjustment:
    """Add an amount to a line of the period's statement, applied after the formulas; totals follow.

    Raises ``PeriodClosed``, ``NotFound`` for the line, ``NoAmount``, ``NoReason``.
    """
    if not amount:
        raise NoAmount(field="amount")
    if not reason.strip():
        raise NoReason(field="reason")
    with transaction.atomic():
        _hold_open(period)
        if not StatementRow.objects.filter(statement=statement, line_no=line_no).exists():
            raise NotFound(what=_("Line"), key=line_no, field="line_no")
        return StatementAdjustment.objects.create(
            company_id=statement.company_id,
            statement=statement,
            period=period,
            line_no=line_no,
            amount=amount,
            reason=reason.strip(),
            account=account,
            party=party,
            made_by=by,
        )


def remove_adjustment(adjustment: StatementAdjustment) -> None:
    """Take a reclassification back; the history keeps it. Raises ``PeriodClosed``."""
    with transaction.atomic():
        _hold_open(adjustment.period)
        adjustment.delete()


def _hold_open(period: Period) -> None:
    """Closing waits for us: what it issues is what we leave. A closed period's statements do not change."""
    held = Period.objects.select_for_update().get(pk=period.pk)
    if held.status == PeriodStatus.CLOSED:
        raise PeriodClosed(period=held, field="period")
