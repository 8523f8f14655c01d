"""Masters as sheets: columns with what their cells mean, and a dry run that is the import itself, rolled back.

Because checking does what writing does, whatever the services refuse is told per row before anything is written.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.excel.template import TemplateColumn, import_template
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.imports.mapping import Issue
from ledger.imports.sheets import SheetCheck, SheetKind

YES = {"是", "Y", "YES", "TRUE", "1"}
ACTIVE_HELP = "是 / 否,空白表示是"
NO = {"否", "N", "NO", "FALSE", "0", ""}

# (company, key of a column → value of the row's cell, who) → makes it true
Save = Callable[[Company, Mapping[str, Any], Any], None]


class CellMissing(DomainError):
    code = "cell_missing"
    template = _("This cell is empty; it is needed.")


class WordUnknown(DomainError):
    code = "word_unknown"
    template = _("“%(word)s” is none of: %(allowed)s.")


class NotWholeNumber(DomainError):
    code = "not_whole_number"
    template = _("“%(value)s” is no whole number of days.")


class FieldRefused(DomainError):
    code = "field_refused"
    template = "%(reason)s"


def checked(row: Any) -> Any:
    """The model's row when its own columns can hold what it says. Raises ``FieldRefused``."""
    others = {one.name for one in row._meta.fields if one.is_relation or not one.editable}
    try:
        row.clean_fields(exclude=others)
    except ValidationError as refusal:
        name, reasons = next(iter(refusal.message_dict.items()))
        raise FieldRefused(field=name, reason=reasons[0]) from None
    return row


@dataclass(frozen=True, slots=True)
class Col:
    """``key``: the model's field, which refusals name too; ``words``: what may be written → what it means."""

    name: str
    key: str
    read: Callable[[Any], Any] = values.text
    is_required: bool = False
    words: Mapping[str, Any] = field(default_factory=dict)
    help: str = ""
    kind: str = "text"

    def value(self, cell: Any) -> Any:
        if self.is_required and values.is_blank(cell):
            raise CellMissing()
        if not self.words:
            return self.read(cell)
        word = values.text(cell)
        if word in self.words:
            return self.words[word]
        if word.casefold() in {str(meant).casefold() for meant in self.words.values()}:
            return word.casefold()
        raise WordUnknown(word=word, allowed="、".join(name for name in self.words if name))

    def shown(self, value: Any) -> Any:
        """The first word for a value of few; figures and text as they are."""
        return next((word for word, meant in self.words.items() if meant == value), value)


def number(cell: Any) -> Decimal | None:
    """A figure, or None for a blank cell."""
    return None if values.is_blank(cell) else values.decimal(cell)


def figure(cell: Any) -> Decimal:
    """A figure; a blank cell is 0."""
    return number(cell) or Decimal(0)


def days(cell: Any) -> int | None:
    found = number(cell)
    if found is not None and (found != found.to_integral_value() or found < 0):
        raise NotWholeNumber(value=values.text(cell))
    return None if found is None else int(found)


def yes(cell: Any) -> bool:
    word = values.code(cell)
    if word in YES:
        return True
    if word in NO:
        return False
    raise WordUnknown(word=values.text(cell), allowed="是、否")


def active(cell: Any) -> bool:
    """Blank means yes: a list of masters is a list of those in use."""
    return values.is_blank(cell) or yes(cell)


def share(cell: Any) -> Decimal:
    """A tax rate: 13%, 13 or 0.13; blank is 13 %."""
    found = number(cell)
    if found is None:
        return Decimal("0.13")
    return found / 100 if found >= 1 else found


def sheet(
    *,
    code: str,
    label: Any,
    title: str,
    permission: str,
    view_permission: str,
    back: str,
    columns: Sequence[Col],
    save: Save,
    rows: Callable[[Company], Iterable[Sequence[Any]]],
    examples: Sequence[Sequence[Any]] = (),
) -> SheetKind:
    """A kind of sheet made of its columns. ``rows`` gives what an export writes, cells in the columns' order."""

    def check(company: Company, content: bytes, filename: str, options: Mapping[str, bool]) -> SheetCheck:
        found, issues = _read(columns, content, filename)
        issues += _tried(columns, company, found, save)

        def write(by: Any) -> None:
            for _row_no, given in found:
                save(company, given, by)

        return SheetCheck(sorted(issues, key=lambda issue: issue.row_no), write, {_("Rows"): len(found)})

    def export(company: Company, layout: str) -> bytes:
        stream = io.BytesIO()
        heads = [SheetColumn(column.name, kind=column.kind) for column in columns]
        shown = [[column.shown(value) for column, value in zip(columns, row, strict=True)] for row in rows(company)]
        write_workbook(stream, [Sheet(title, heads, shown)])
        return stream.getvalue()

    def template(company: Company) -> bytes:
        stream = io.BytesIO()
        heads = [
            TemplateColumn(column.name, column.help, [word for word in column.words if word], column.is_required)
            for column in columns
        ]
        blank = [""] * len(columns)
        import_template(stream, title, heads, [[*example, *blank[len(example) :]] for example in examples])
        return stream.getvalue()

    return SheetKind(
        code=code,
        label=label,
        permission=permission,
        view_permission=view_permission,
        back=back,
        check=check,
        export=export,
        template=template,
        layouts=(("own", _("Tongzhang")),),
    )


def _read(
    columns: Sequence[Col], content: bytes, filename: str
) -> tuple[list[tuple[int, dict[str, Any]]], list[Issue]]:
    """Rows as values by key; a column that the file leaves out leaves its field out. Raises ``FileRefused``."""
    needed = [column.name for column in columns if column.is_required]
    table = read_table(content, filename, expected=needed)
    table.require_columns(needed)
    places = {column.key: table.headers.index(column.name) for column in columns if column.name in table.headers}
    found: list[tuple[int, dict[str, Any]]] = []
    issues: list[Issue] = []
    for row_no, cells in table.rows:
        given: dict[str, Any] = {}
        wrong = len(issues)
        for column in columns:
            if column.key in places:
                try:
                    given[column.key] = column.value(cells[places[column.key]])
                except DomainError as refusal:
                    issues.append(Issue(row_no, column.name, refusal.code, refusal.message))
        if len(issues) == wrong:
            found.append((row_no, given))
    return found, issues


def _tried(
    columns: Sequence[Col], company: Company, rows: Sequence[tuple[int, Mapping[str, Any]]], save: Save
) -> list[Issue]:
    """What the services refuse, row by row. Everything is undone."""
    names = {column.key: column.name for column in columns}
    issues: list[Issue] = []
    with transaction.atomic():
        for row_no, given in rows:
            try:
                with transaction.atomic():
                    save(company, given, None)
            except DomainError as refusal:
                heading = names.get(refusal.field or "", "")
                issues.append(Issue(row_no, heading, refusal.code, refusal.message))
        transaction.set_rollback(True)
    return issues
