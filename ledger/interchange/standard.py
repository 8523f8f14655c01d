"""Package of GB/T 24589.1 (会计核算软件数据接口): a zip with one file per module, written row by row.

XML in GB 18030 or UTF-8, and for the 2024 edition also JSON. A table without data is there, empty (O07); amounts are
absolute with a direction (O09). The audit looks at every row; a package that contradicts itself is refused.
"""

import codecs
import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.jobs.registry import Progress, Silent
from ledger.interchange.audit import Audit, PackageInconsistent
from ledger.interchange.elements import EDITIONS, Table, modules
from ledger.interchange.masters import MASTERS, Row, Scope
from ledger.interchange.movements import MOVEMENTS

ENCODINGS = ("utf-8", "gb18030")
FORMATS = ("xml", "json")
REPORT_EVERY = 5_000
SOURCES = MASTERS | MOVEMENTS


class UnknownPackage(DomainError):
    code = "unknown_package"
    template = _("“%(value)s” is not possible here. Choose from %(choices)s.")


class NoSuchYear(DomainError):
    code = "no_such_year"
    template = _("There is no period of the year %(year)s in this company.")


def write_package(
    stream: IO[bytes],
    company: Company,
    year: int,
    *,
    edition: str = "2024",
    form: str = "xml",
    encoding: str = "utf-8",
    progress: Progress | None = None,
) -> Audit:
    """Write the zip and return what was counted. Raises ``UnknownPackage``, ``NoSuchYear``, ``PackageInconsistent``."""
    formats = FORMATS if edition == "2024" else FORMATS[:1]
    for value, choices in ((edition, EDITIONS), (form, formats), (encoding, ENCODINGS)):
        if value not in choices:
            raise UnknownPackage(value=value, choices=", ".join(choices))
    scope = Scope(company, year, edition)
    if not scope.periods:
        raise NoSuchYear(year=year, field="year")
    audit = Audit(edition)
    counted = _Counted(progress or Silent())
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as package:
        for module, found in modules(edition).items():
            with package.open(f"{company.code}_{year}_{module}.{form}", "w", force_zip64=True) as file:
                out = codecs.getwriter(encoding)(file)
                write = _write_xml if form == "xml" else _write_json
                write(out, module, found, scope, audit, counted, encoding)
    if problems := audit.end():
        raise PackageInconsistent(problems="; ".join(problems[:5]))
    return audit


class _Counted:
    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def step(self, table: str) -> None:
        self._done += 1
        if self._done % REPORT_EVERY == 0:
            self._progress.report(self._done, 0, table)


def rows_of(table: Table, scope: Scope, audit: Audit, counted: _Counted) -> Iterator[list[tuple[str, str]]]:
    """The table's rows as (element, text) in the order of the standard; elements without value are empty."""
    audit.begin(table)
    source = SOURCES.get(table.name)
    rows: Iterator[Row] = source(scope) if source else iter(())
    for row in rows:
        audit.see(table, row)
        counted.step(table.name)
        yield [(name, _text(row.get(name))) for name in table.elements]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _clean(text: str) -> str:
    """XML 1.0 has no control characters; what a person pasted is dropped."""
    return escape("".join(char for char in text if char >= " " or char in "\t\n"))


def _write_xml(
    out: Any, module: str, found: list[Table], scope: Scope, audit: Audit, counted: _Counted, encoding: str
) -> None:
    out.write(f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n<{module}>\n')
    for table in found:
        is_empty = True
        for row in rows_of(table, scope, audit, counted):
            is_empty = False
            cells = "".join(f"<{name}>{_clean(text)}</{name}>" if text else f"<{name}/>" for name, text in row)
            out.write(f"<{table.name}>{cells}</{table.name}>\n")
        if is_empty:
            out.write(f"<{table.name}/>\n")
    out.write(f"</{module}>\n")


def _write_json(
    out: Any, module: str, found: list[Table], scope: Scope, audit: Audit, counted: _Counted, _encoding: str
) -> None:
    out.write("{" + json.dumps(module, ensure_ascii=False) + ": {")
    for place, table in enumerate(found):
        out.write(("," if place else "") + "\n" + json.dumps(table.name, ensure_ascii=False) + ": [")
        for number, row in enumerate(rows_of(table, scope, audit, counted)):
            out.write(("," if number else "") + "\n" + json.dumps(dict(row), ensure_ascii=False))
        out.write("]")
    out.write("}}\n")
