"""What a report is: a name, columns, parameters and one query that everybody calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError

Params = Mapping[str, Any]


class BadParameter(DomainError):
    code = "bad_parameter"
    template = _("“%(value)s” is not valid for %(name)s: %(expected)s.")


@dataclass(frozen=True, slots=True)
class Column:
    """``key`` names the row's attribute or item; ``kind``: text, amount, quantity, cost, percent, int or date."""

    key: str
    label: Any
    kind: str = "text"
    group: Any = ""
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """``kind``: text, int, bool or period (YYYY-MM)."""

    name: str
    label: Any
    kind: str = "text"
    default: Any = None


@dataclass(slots=True)
class ReportResult:
    """Rows are objects or mappings with the columns' keys; ``subtitle`` lines stand under the title.

    A report of many lines gives its rows as an iterator (see ``stream``): they are taken once, one by one. Its
    ``totals`` may be a mapping that is complete when the last row was taken. ``columns`` are given by a report whose
    columns depend on what it finds (a column per sub-account); else the report's own hold.
    """

    rows: Iterable[Any]
    totals: Mapping[str, Any] | None = None
    subtitle: Sequence[str] = ()
    notes: Sequence[str] = ()
    columns: Sequence[Column] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """``query(company, params)`` returns a ``ReportResult``; ``columns`` may depend on the parameters."""

    name: str
    title: Any
    permission: str
    query: Callable[[Company, Params], ReportResult]
    columns: Sequence[Column] | Callable[[Params], Sequence[Column]]
    parameters: Sequence[Parameter] = field(default_factory=tuple)

    def columns_for(self, params: Params) -> Sequence[Column]:
        return self.columns(params) if callable(self.columns) else self.columns

    def clean(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters with their types and defaults. Raises ``BadParameter`` for unknown names and bad values."""
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(set(given) - set(known)):
            expected = ", ".join(known) or "-"
            raise BadParameter(field=unknown[0], name=unknown[0], value=given[unknown[0]], expected=expected)
        return {name: _convert(parameter, given.get(name)) for name, parameter in known.items()}


def _convert(parameter: Parameter, value: Any) -> Any:
    if value is None or value == "":
        return parameter.default
    if parameter.kind == "int":
        try:
            return int(value)
        except (TypeError, ValueError):
            raise BadParameter(
                field=parameter.name, name=parameter.name, value=value, expected=_("a whole number")
            ) from None
    if parameter.kind == "bool":
        if isinstance(value, bool):
            return value
        text = str(value).strip().lower()
        if text in {"1", "true", "yes", "on"}:
            return True
        if text in {"0", "false", "no", "off"}:
            return False
        raise BadParameter(field=parameter.name, name=parameter.name, value=value, expected=_("yes or no"))
    return str(value)


def value_of(row: Any, key: str) -> Any:
    """The cell of a row, whether it is an object or a mapping."""
    return row.get(key) if isinstance(row, Mapping) else getattr(row, key)
