"""What an import profile does to a row: columns become typed fields, values are translated, rules derive the rest.

Pure: a profile is given as plain specifications, compiled once for the headers of a file, then applied row by row.
Steps per field: trim and normalise → value when empty → value mapping → type. Then the rules in their order; the
first rule of a field whose conditions all hold decides it. Text is compared without regard to case.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.values import RowError

# A column's distinct cells are read once each; beyond this many the memory is not worth it.
REMEMBERED = 100_000
_UNDECIDED = object()


class FieldType(StrEnum):
    TEXT = "text"
    CODE = "code"  # full-width characters narrow, upper case
    DECIMAL = "decimal"
    DATE = "date"


class ProfileInvalid(DomainError):
    """The profile contradicts itself or its target; nothing was read."""

    code = "profile_invalid"
    template = _("Import profile: %(problem)s")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    column: str
    field: str
    normalise: str = ""
    default: str = ""
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class ValueSpec:
    field: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    field: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class RuleSpec:
    field: str
    value: str
    conditions: tuple[ConditionSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileSpec:
    fields: tuple[FieldSpec, ...]
    values: tuple[ValueSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()

    def columns(self, *, required: bool = False) -> list[str]:
        """Columns that the profile reads; only those that a file must have with ``required``."""
        return list(dict.fromkeys(f.column for f in self.fields if f.is_required or not required))


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a row ends in no document: the field concerned ("" for the whole row) and the reason in words.

    ``is_refusal``: it must be mended; else it is left out for a stated reason.
    """

    row_no: int
    field: str
    code: str
    message: str
    is_refusal: bool = True


@dataclass(slots=True)
class MappedRow:
    """A row of the file: its number as Excel shows it, its cells, the target's fields, and what is wrong with it."""

    row_no: int
    cells: Sequence[Any]
    values: dict[str, Any]
    issues: list[Issue] = field(default_factory=list)


class Mapper:
    """A profile compiled for one file. ``map`` turns one row into the fields of the target."""

    def __init__(self, spec: ProfileSpec, types: Mapping[str, FieldType], headers: Sequence[str]) -> None:
        """``types`` are the target's fields. Raises ``ProfileInvalid``."""
        self._check(spec, types)
        places = {compared(header): place for place, header in enumerate(headers) if header}
        self._readers = [
            (
                one.field,
                places.get(compared(one.column)),
                _reader(one, types[one.field], [v for v in spec.values if v.field == one.field]),
            )
            for one in spec.fields
        ]
        self._empty = {
            name: None if kind in (FieldType.DECIMAL, FieldType.DATE) else "" for name, kind in types.items()
        }
        self._blocks = _blocks(spec.rules, types)

    @staticmethod
    def _check(spec: ProfileSpec, types: Mapping[str, FieldType]) -> None:
        named = {
            *(f.field for f in spec.fields),
            *(v.field for v in spec.values),
            *(r.field for r in spec.rules),
            *(c.field for r in spec.rules for c in r.conditions),
        }
        if unknown := sorted(named - types.keys()):
            raise ProfileInvalid(
                problem=_("the target has no field %(names)s.") % {"names": ", ".join(unknown)},
            )
        if not spec.fields:
            raise ProfileInvalid(problem=_("no column is mapped to a field."))

    def map(self, row_no: int, cells: Sequence[Any]) -> MappedRow:
        """Never raises for what a row holds: that becomes its ``issues``."""
        found = dict(self._empty)
        row = MappedRow(row_no, cells, found)
        for name, place, read in self._readers:
            try:
                found[name] = read("" if place is None else cells[place])
            except RowError as error:
                row.issues.append(Issue(row_no, name, error.code, error.message))
        if not row.issues:
            decided: set[str] = set()
            for name, decide in self._blocks:
                if name not in decided:
                    value = decide(found)
                    if value is not _UNDECIDED:
                        found[name] = value
                        decided.add(name)
        return row


def compared(name: str) -> str:
    """A column's name for comparison."""
    return values.code(name).casefold()


# --- cells ------------------------------------------------------------------------------------


def _reader(spec: FieldSpec, kind: FieldType, translations: Iterable[ValueSpec]) -> Callable[[Any], Any]:
    mapping = {values.text(v.source).casefold(): v.target for v in translations}
    change: Callable[[str], str] | None = {"upper": str.upper, "lower": str.lower}.get(spec.normalise)
    typed = _CONVERT[kind]
    empty = None if kind in (FieldType.DECIMAL, FieldType.DATE) else ""

    def read(cell: Any) -> Any:
        if values.is_blank(cell):
            cell = spec.default
        if change is not None or kind is FieldType.CODE:
            cell = values.code(cell) if kind is FieldType.CODE else values.text(cell)
            cell = change(cell) if change is not None else cell
        if mapping:
            cell = mapping.get(values.text(cell).casefold(), cell)
        if values.is_blank(cell):
            if spec.is_required:
                raise RowError("value_missing", _("A value is missing. Fill the cell."))
            return empty
        return typed(cell)

    known: dict[Any, Any] = {}

    def remembered(cell: Any) -> Any:
        # bool is left out: True and 1.0 are the same key.
        if type(cell) not in (str, float, int):
            return read(cell)
        found = known.get(cell, _UNDECIDED)
        if found is _UNDECIDED:
            found = read(cell)
            if len(known) < REMEMBERED:
                known[cell] = found
        return found

    return remembered


def _decimal(cell: Any) -> Decimal:
    number = values.decimal(cell)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -6 or abs(number) >= 10**11:
        raise RowError(
            "number_too_precise",
            _("“%(value)s” has more than 6 decimals or is too large. Round it."),
            value=values.text(cell),
        )
    return number


_CONVERT: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: values.text,
    FieldType.CODE: values.code,
    FieldType.DECIMAL: _decimal,
    FieldType.DATE: values.date,
}


# --- rules ------------------------------------------------------------------------------------

Test = Callable[[Mapping[str, Any]], bool]


def _blocks(
    rules: Sequence[RuleSpec], types: Mapping[str, FieldType]
) -> list[tuple[str, Callable[[Mapping[str, Any]], Any]]]:
    """Neighbouring rules of one field become one decision, remembered by the values of the fields it looks at."""
    blocks: list[tuple[str, list[RuleSpec]]] = []
    for rule in rules:
        if blocks and blocks[-1][0] == rule.field:
            blocks[-1][1].append(rule)
        else:
            blocks.append((rule.field, [rule]))
    return [(name, _decision(members, types)) for name, members in blocks]


def _decision(rules: Sequence[RuleSpec], types: Mapping[str, FieldType]) -> Callable[[Mapping[str, Any]], Any]:
    looks_at = tuple(sorted({c.field for rule in rules for c in rule.conditions}))
    compiled = [
        ([_test(c, types[c.field]) for c in rule.conditions], convert(rule.value, types[rule.field])) for rule in rules
    ]
    known: dict[tuple[Any, ...], Any] = {}

    def decide(found: Mapping[str, Any]) -> Any:
        key = tuple([found[name] for name in looks_at])
        value = known.get(key, known)
        if value is known:
            value = _UNDECIDED
            for tests, constant in compiled:
                if all(test(found) for test in tests):
                    value = constant
                    break
            if len(known) < REMEMBERED:
                known[key] = value
        return value

    return decide


def convert(value: str, kind: FieldType) -> Any:
    """A constant that a profile gives, as its type. Raises ``ProfileInvalid``."""
    try:
        if not value and kind in (FieldType.DECIMAL, FieldType.DATE):
            return None
        return _CONVERT[kind](value)
    except RowError as error:
        raise ProfileInvalid(problem=error.message) from error


def _test(condition: ConditionSpec, kind: FieldType) -> Test:
    name, operator = condition.field, condition.operator
    if operator in ("empty", "not_empty"):
        wanted = operator == "empty"
        return lambda found: (found[name] in (None, "")) is wanted
    if kind in (FieldType.DECIMAL, FieldType.DATE):
        return _ordered_test(name, operator, condition.value, kind)
    return _text_test(name, operator, condition.value)


def _ordered_test(name: str, operator: str, value: str, kind: FieldType) -> Test:
    if operator in ("in", "not_in"):
        members = {convert(part, kind) for part in _parts(value)}
        return lambda found: (found[name] in members) is (operator == "in")
    if operator not in _ORDER:
        raise ProfileInvalid(
            problem=_("a number or date cannot be compared with “%(operator)s”.") % {"operator": operator}
        )
    compare, constant = _ORDER[operator], convert(value, kind)
    if constant is None:
        raise ProfileInvalid(problem=_("the condition on %(field)s has no value.") % {"field": name})
    return lambda found: found[name] is not None and compare(found[name], constant)


_ORDER: dict[str, Callable[[Decimal | dt.date, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}


def _text_test(name: str, operator: str, value: str) -> Test:
    wanted = values.text(value).casefold()
    if operator in ("in", "not_in"):
        members = frozenset(part.casefold() for part in _parts(value))
        return lambda found: (found[name].casefold() in members) is (operator == "in")
    if operator in ("starts", "not_starts"):
        # Several beginnings may be given, like the members of "is one of".
        beginnings = tuple(part.casefold() for part in _parts(value))
        return lambda found: found[name].casefold().startswith(beginnings) is (operator == "starts")
    if operator == "contains":
        return lambda found: wanted in found[name].casefold()
    if operator in ("eq", "ne"):
        return lambda found: (found[name].casefold() == wanted) is (operator == "eq")
    compare = _ORDER.get(operator)
    if compare is None:
        raise ProfileInvalid(problem=_("“%(operator)s” is no comparison.") % {"operator": operator})
    return lambda found: compare(found[name].casefold(), wanted)  # type: ignore[arg-type]


def _parts(value: str) -> list[str]:
    return [part for part in (values.text(p) for p in value.replace("，", ",").split(",")) if part]
