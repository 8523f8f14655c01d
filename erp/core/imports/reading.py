"""Open a file with a profile: the table, the compiled mapping, and rows gathered by the document they belong to.

Nothing is written here. What is wrong with the file as a whole is raised; what is wrong with a row becomes an issue,
and refuses all rows of its document – half a document would be worse than none.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from erp.core.excel import values
from erp.core.excel.read import Table, read_table
from erp.core.excel.safety import FileRefused
from erp.core.imports.mapping import (
    ConditionSpec,
    FieldSpec,
    FieldType,
    Issue,
    MappedRow,
    Mapper,
    ProfileSpec,
    RuleSpec,
    ValueSpec,
    compared,
)
from erp.core.imports.models import ImportProfile
from erp.core.imports.targets import ImportTarget, TargetField, target_of
from erp.core.jobs.registry import Progress

REPORT_EVERY_ROWS = 5_000
PREVIEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be read with the profile."""

    content: bytes
    table: Table
    mapper: Mapper
    spec: ProfileSpec
    target: ImportTarget
    options: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def shown(self, field: str) -> str:
        """What the user calls a field: its column in the file, else the field's label."""
        for one in self.spec.fields:
            if one.field == field:
                return one.column
        return next((str(one.label) for one in self.target.fields if one.name == field), field)

    def sheet(self, name: str) -> Table | None:
        """Another sheet of the same file, if it is there."""
        if compared(name) not in {compared(one) for one in self.table.sheets}:
            return None
        return read_table(self.content, self.table.filename, sheet=name)


@dataclass(slots=True)
class Gathered:
    """``documents``: outside number → rows, in the file's order. ``issues``: rows that belong to none of them."""

    rows: int
    documents: dict[str, list[MappedRow]]
    issues: list[Issue]


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    column: str
    field: str
    label: Any
    is_found: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as the profile reads them. ``fields`` are those that a column or a rule gives."""

    columns: list[ColumnMatch]
    unused: list[str]
    fields: list[TargetField]
    rows: list[MappedRow]
    shown: Callable[[str], str]

    @property
    def cells(self) -> list[tuple[int, list[tuple[str, bool]], list[tuple[str, str]]]]:
        """For each row its number, (text, is a number) in the order of ``fields``, (column, what is wrong) pairs."""
        return [
            (
                row.row_no,
                [(_as_text(row.values[one.name], one), one.type == FieldType.DECIMAL) for one in self.fields],
                [(self.shown(issue.field), issue.message) for issue in row.issues],
            )
            for row in self.rows
        ]


def _as_text(value: Any, field: TargetField) -> str:
    if field.choices:
        return str(dict(field.choices).get(value, value))
    return values.text(value)


def spec_of(profile: ImportProfile) -> ProfileSpec:
    """The profile's rows as plain specifications (four statements)."""
    rules = profile.rules.prefetch_related("conditions").order_by("sequence")
    return ProfileSpec(
        fields=tuple(
            FieldSpec(one.column, one.field, one.normalise, one.default, one.is_required)
            for one in profile.fields.order_by("id")
        ),
        values=tuple(ValueSpec(one.field, one.source, one.target) for one in profile.values.order_by("id")),
        rules=tuple(
            RuleSpec(
                rule.field,
                rule.value,
                tuple(ConditionSpec(one.field, one.operator, one.value) for one in rule.conditions.all()),
            )
            for rule in rules
        ),
    )


def open_file(profile: ImportProfile, content: bytes, filename: str) -> Opened:
    """Raises ``FileRefused`` (what the file is, or which columns it lacks) or ``ProfileInvalid``."""
    needed = spec_of(profile).columns(required=True)
    return open_table(profile, content, read_table(content, filename, sheet=profile.sheet, expected=needed))


def open_table(profile: ImportProfile, content: bytes, table: Table) -> Opened:
    """As ``open_file``, for a table that is read already from ``content``."""
    target = target_of(profile.target)
    options = target.read_options(profile.options)
    spec = spec_of(profile)
    table.require_columns(spec.columns(required=True))
    return Opened(content, table, Mapper(spec, target.types(), table.headers), spec, target, options)


def preview(opened: Opened, rows: int = PREVIEW_ROWS) -> Preview:
    """Map the first rows only."""
    found = {compared(header) for header in opened.table.headers}
    targets = {one.name: one for one in opened.target.fields}
    used = {compared(column) for column in opened.spec.columns()}
    named = dict.fromkeys([f.field for f in opened.spec.fields] + [r.field for r in opened.spec.rules])
    mapped: list[MappedRow] = []
    for row_no, cells in opened.table.rows:
        if len(mapped) == rows:
            break
        mapped.append(opened.mapper.map(row_no, cells))
    return Preview(
        columns=[
            ColumnMatch(f.column, f.field, targets[f.field].label, compared(f.column) in found, f.is_required)
            for f in opened.spec.fields
        ],
        unused=[header for header in opened.table.headers if header and compared(header) not in used],
        fields=[targets[name] for name in named],
        rows=mapped,
        shown=opened.shown,
    )


def gather(opened: Opened, progress: Progress) -> Gathered:
    """Map all rows and gather them by document. Raises ``FileRefused`` if there is no row."""
    key = opened.target.document_field
    documents: dict[str, list[MappedRow]] = {}
    issues: list[Issue] = []
    spoiled: dict[str, int] = {}
    count = 0
    for row_no, cells in opened.table.rows:
        row = opened.mapper.map(row_no, cells)
        count += 1
        if count % REPORT_EVERY_ROWS == 0:
            progress.report(0, 0, _("Reading: %(rows)s rows") % {"rows": count})
        number = row.values[key]
        if row.issues and number:
            spoiled.setdefault(number, row_no)
        if not number:
            issues.append(
                (row.issues or [Issue(row_no, key, "value_missing", _("A value is missing. Fill the cell."))])[0]
            )
            continue
        documents.setdefault(number, []).append(row)
    if not count:
        raise FileRefused(
            "no_rows", _("The file “%(filename)s” has no rows below its header."), filename=opened.table.filename
        )
    for number, first in spoiled.items():
        issues.extend(refused_with(documents.pop(number), number, first))
    return Gathered(count, documents, issues)


def refused_with(rows: Sequence[MappedRow], number: str, cause_row: int) -> list[Issue]:
    """One issue per row of a refused document: its own if it has one, else which row is to blame."""
    return [
        row.issues[0]
        if row.issues
        else Issue(
            row.row_no,
            "",
            "document_refused",
            _("Document %(number)s is refused because of row %(row)s.") % {"number": number, "row": cause_row},
        )
        for row in rows
    ]
