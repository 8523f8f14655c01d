"""A voucher file as lines in one shape, whatever layout it came in. Reads text only; ``plan`` gives it meaning."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from erp.core.excel import values
from erp.core.excel.read import Table, read_table
from ledger.imports.columns import ACCOUNT_HEADINGS, HEAD_FIELDS, Columns, field_of, recognise

# 客户---C001---华东公司; several are separated by ; or a new line
_ITEMS = re.compile(r"[;；\n\r]+")
NEEDED = ("account", "date")


@dataclass(frozen=True, slots=True)
class ItemCell:
    """A dimension value as the file gives it: the type as written or its code, code and name of the value."""

    type_name: str
    code: str
    name: str
    heading: str


@dataclass(frozen=True, slots=True)
class RawLine:
    """One row. ``cells`` hold the fields that are not blank; ``head`` those of its voucher (filled down)."""

    row_no: int
    head: Mapping[str, Any]
    cells: Mapping[str, Any]
    items: tuple[ItemCell, ...]


@dataclass(frozen=True, slots=True)
class VoucherFile:
    """An opened file: its table, what its columns mean, and the second header row if there is one."""

    table: Table
    columns: Columns
    label_row: int

    def lines(self) -> Iterator[RawLine]:
        """Rows with an account or an amount, in order. Head cells are filled down within a voucher."""
        places = self.columns.places
        head: dict[str, Any] = {}
        for row_no, row in self.table.rows:
            if row_no <= self.label_row:
                continue
            cells = {name: row[place] for name, place in places.items() if not values.is_blank(row[place])}
            own = {name: cells.pop(name) for name in HEAD_FIELDS if name in cells}
            head = _filled_down(head, own)
            if not cells:
                continue
            yield RawLine(row_no, head, cells, tuple(self.items_of(cells, row)))

    def heading(self, name: str) -> str:
        """The heading of a field in this file, for messages."""
        return self.columns.headings.get(name, name)

    def items_of(self, cells: dict[str, Any], row: list[Any]) -> Iterator[ItemCell]:
        """The dimension values of a row, in whichever columns they stand."""
        if "items" in cells:
            yield from split_items(str(cells["items"]), self.heading("items"))
        for number in "1234":
            kind, code = values.text(cells.get(f"class_{number}")), values.text(cells.get(f"object_{number}"))
            if kind and code and code != "*":
                yield ItemCell(kind, code, values.text(cells.get(f"name_{number}")), f"FOBJID{number}")
        if "own_type" in cells and "own_code" in cells:
            yield from self._own(cells)
        codes: dict[str, tuple[str, str]] = {}
        names: dict[str, tuple[str, str]] = {}
        for column in self.columns.dimensions:
            text = values.text(row[column.place])
            if text:
                (names if column.is_name else codes).setdefault(
                    column.type_code, (text, self.table.headers[column.place])
                )
        for type_code in {**codes, **names}:
            code, heading = codes.get(type_code, ("", ""))
            name, name_heading = names.get(type_code, ("", ""))
            yield ItemCell(type_code, code, name, heading or name_heading)

    def _own(self, cells: dict[str, Any]) -> Iterator[ItemCell]:
        kinds = _ITEMS.split(str(cells["own_type"]))
        codes = _ITEMS.split(str(cells["own_code"]))
        for kind, code in zip(kinds, codes, strict=False):
            yield ItemCell(values.text(kind), values.text(code), "", self.heading("own_code"))


def _filled_down(head: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The voucher's cells: another number (or, without numbers, another date) begins a voucher."""
    key = next((name for name in ("number", "head", "serial", "date") if name in own), None)
    if key is None or (own[key] == head.get(key) and all(own[name] == head.get(name, own[name]) for name in own)):
        return {**head, **own}
    return own


def split_items(text: str, heading: str) -> Iterator[ItemCell]:
    """The values of a 核算项目 cell."""
    for part in _ITEMS.split(text):
        pieces = [values.text(piece) for piece in part.split("---")]
        if len(pieces) >= 2 and pieces[0]:
            yield ItemCell(pieces[0], pieces[1], "---".join(pieces[2:]), heading)
        elif part.strip():
            yield ItemCell("", values.text(part), "", heading)


def open_vouchers(content: bytes, filename: str, types: dict[str, str]) -> VoucherFile:
    """Open a file of vouchers; ``types`` as for ``recognise``. Raises ``FileRefused``."""
    table = read_table(content, filename)
    if not any(field_of(heading) == "account" for heading in table.headers):
        for heading in ACCOUNT_HEADINGS:  # below title lines
            other = read_table(content, filename, expected=[heading])
            if any(field_of(text) == "account" for text in other.headers):
                table = other
                break
    label_row, labels = _labels(table)
    columns = recognise(table.headers, labels, types)
    for name, wanted in (("account", "科目代码"), ("date", "凭证日期")):
        if name not in columns.places:
            table.require_columns([wanted])
    if not columns.places.keys() & {"debit", "credit", "amount", "original"}:
        table.require_columns(["借方", "贷方"])
    return VoucherFile(table, columns, label_row)


def _labels(table: Table) -> tuple[int, tuple[str, ...]]:
    """(row number, texts) of a second header row: one whose account cell is a heading itself."""
    first = next(table.rows, None)
    if first is None:
        return 0, ()
    row_no, cells = first
    texts = tuple(values.text(cell) for cell in cells)
    place = next((i for i, heading in enumerate(table.headers) if field_of(heading) == "account"), None)
    is_label = place is not None and (
        field_of(texts[place]) == "account" or ("科目" in texts[place] and not any(c.isdigit() for c in texts[place]))
    )
    return (row_no, texts) if is_label else (0, ())
