"""What rows can become. A target is registered by the app that owns the documents; profiles name it by its code.

A target says which fields it knows, plans (which documents the rows make, which rows it leaves out and why; writes
nothing) and writes the planned documents batch by batch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.excel.read import Table
from erp.core.imports.mapping import FieldType, Issue, MappedRow, ProfileInvalid, convert


@dataclass(frozen=True, slots=True)
class TargetField:
    name: str
    label: Any
    type: FieldType = FieldType.TEXT
    is_required: bool = False
    choices: tuple[tuple[str, Any], ...] = ()  # value, label


@dataclass(frozen=True, slots=True)
class TargetOption:
    """A setting of the target that a profile may give in its ``options``."""

    name: str
    label: Any
    type: FieldType = FieldType.TEXT
    default: str = ""


@dataclass(slots=True)
class PlannedDocument:
    """Rows that become one document of ``kind``. ``external_no`` and ``kind`` together are imported only once."""

    external_no: str
    kind: str
    rows: list[MappedRow]


@dataclass(slots=True)
class Plan:
    """``documents`` in the order in which they are written; ``issues`` of rows that end in none of them."""

    documents: list[PlannedDocument] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """A planned document that is written now, and what it became."""

    document: PlannedDocument
    document_type: str
    document_id: int


@dataclass(slots=True)
class BatchOutcome:
    """``refused``: documents that could not be written, with the reason; the others of the batch stand."""

    written: list[Written] = field(default_factory=list)
    refused: list[tuple[PlannedDocument, DomainError]] = field(default_factory=list)


class Writer(Protocol):
    """Writes the documents of one run. ``prepare`` runs once before the first batch, in a transaction of its own
    and again (finding everything there) when an interrupted run goes on; ``write`` runs in the batch's transaction."""

    def prepare(self) -> Mapping[str, Any]:
        """Make what the documents need; return figures for the summary."""

    def write(self, documents: Sequence[PlannedDocument]) -> BatchOutcome:
        """Write one batch."""


@dataclass(frozen=True, slots=True)
class WriteContext:
    """What a writer gets to know. ``documents`` are those that are not here yet;
    ``sheet`` opens another sheet of the file; ``file_key`` tells this file's content from others."""

    company: Company
    options: Mapping[str, Any]
    run_id: int
    by: Any
    profile_id: int
    file_key: str
    documents: Sequence[PlannedDocument]
    sheet: Callable[[str], Table | None]


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """``document_field`` names the field whose equal values make one outside document."""

    code: str
    label: Any
    document_field: str
    fields: tuple[TargetField, ...]
    plan: Callable[[Company, Mapping[str, Any], Mapping[str, list[MappedRow]]], Plan]
    writer: Callable[[WriteContext], Writer]
    options: tuple[TargetOption, ...] = ()
    batch_documents: int = 400

    def types(self) -> dict[str, FieldType]:
        return {one.name: one.type for one in self.fields}

    def read_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The profile's options, typed, with defaults. Raises ``ProfileInvalid``."""
        if unknown := sorted(given.keys() - {one.name for one in self.options}):
            raise ProfileInvalid(problem=_("unknown options: %(names)s.") % {"names": ", ".join(unknown)})
        return {one.name: convert(str(given.get(one.name, one.default)), one.type) for one in self.options}


_TARGETS: dict[str, ImportTarget] = {}


def register_target(target: ImportTarget) -> None:
    """Make a target known; its code is unique in the program."""
    if _TARGETS.setdefault(target.code, target) is not target:
        raise ValueError(f"import target {target.code} is registered twice")


def target_of(code: str) -> ImportTarget:
    """The target of that code. Raises ``ProfileInvalid``."""
    if code not in _TARGETS:
        raise ProfileInvalid(problem=_("there is no target “%(code)s”.") % {"code": code})
    return _TARGETS[code]


def targets() -> list[ImportTarget]:
    return list(_TARGETS.values())
