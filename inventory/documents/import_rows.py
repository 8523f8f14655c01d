"""Rows of a file as stock documents: codes become ids, and what is wrong is said at its row and column.

``Reader`` reads what all rows name in a handful of statements; ``document`` builds one document of its rows, with the
issues that stand against it. Planning and writing build the same way.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.imports.mapping import Issue, MappedRow
from erp.core.money import quantity
from inventory.documents.checks import refusal
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument, StockDocumentLine
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.documents.shapes import SHAPES
from inventory.items.models import Item, ItemUnit
from inventory.items.queries import item_facts
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin, Warehouse
from ledger.dimensions.models import DimensionValue

_ZERO = Decimal(0)
# What every row of a document says the same.
HEADER = ("kind", "date", "warehouse", "to_warehouse", "party", "reason", "original", "fee", "tax", "allocate_by")


class Reader:
    """What the company knows of the codes in the file."""

    def __init__(self, company: Company, rows: Iterable[MappedRow]) -> None:
        found = [row.values for row in rows]
        self.company = company
        codes = {row["item"] for row in found}
        items = Item.objects.filter(company=company, is_active=True)
        self.items = {item.code: item for item in items.filter(code__in=codes)}
        self.items |= {item.barcode: item for item in items.filter(barcode__in=codes - {""})}
        ids = {item.pk for item in self.items.values()}
        self.facts = item_facts(company.pk, ids)
        self.units = {
            (unit.item_id, unit.name): unit for unit in ItemUnit.objects.filter(company=company, item__in=ids)
        }
        self.warehouses = {one.code: one for one in Warehouse.objects.filter(company=company, is_active=True)}
        self.bins = {(one.warehouse_id, one.code): one.pk for one in Bin.objects.filter(company=company)}
        self.parties = {
            (value.dimension_type.code, value.code): value.pk
            for value in DimensionValue.objects.filter(
                company=company,
                dimension_type__code__in=("customer", "supplier"),
                code__in={row["party"] for row in found} - {""},
            ).select_related("dimension_type")
        }
        lots = Lot.objects.filter(company=company, item__in=ids, number__in={row["lot"] for row in found} - {""})
        self.lots = {(lot.item_id, lot.number): lot.pk for lot in lots}
        originals = StockDocument.objects.filter(
            company=company, number__in={row["original"] for row in found} - {""}, status=DocumentStatus.CONFIRMED
        )
        self.originals = {one.number: one for one in originals}
        self.marks: dict[tuple[int, str], int] = {}
        self.original_lines: dict[int, list[StockDocumentLine]] = {}
        for line in StockDocumentLine.objects.filter(company=company, document__in=originals).order_by("line_no"):
            self.original_lines.setdefault(line.document_id, []).append(line)

    def new_lot(self, item_id: int, number: str) -> int:
        """A mark, below zero, for a lot that the file names for the first time; ``new_lots`` makes it."""
        return self.marks.setdefault((item_id, number), -1 - len(self.marks))

    def document(self, number: str, rows: Sequence[MappedRow]) -> tuple[NewStockDocument | None, list[Issue]]:
        """The document of the rows, or why there is none."""
        build = _Build(self, number, rows)
        return build.document(), build.issues


class _Build:
    def __init__(self, reader: Reader, number: str, rows: Sequence[MappedRow]) -> None:
        self.reader, self.number, self.rows = reader, number, rows
        self.issues: list[Issue] = []
        self.used: set[int] = set()

    def document(self) -> NewStockDocument | None:
        first = self.rows[0].values
        kind = first["kind"]
        if kind not in SHAPES:
            self._wrong(
                self.rows[0], "kind", "unknown_kind", _("“%(value)s” is no kind of document.") % {"value": kind}
            )
            return None
        for row in self.rows[1:]:
            for name in HEADER:
                if row.values[name] not in (first[name], "", None):
                    text = _("The rows of %(number)s differ here: a document has one value for it.")
                    self._wrong(row, name, "rows_differ", text % {"number": self.number})
        warehouse = self._warehouse(self.rows[0], "warehouse", is_needed=True)
        target = self._warehouse(self.rows[0], "to_warehouse", is_needed=False)
        original = self._original(kind)
        party = self._party(kind)
        lines = [] if kind == DocumentKind.LANDED_COST else [self._line(kind, row, original) for row in self.rows]
        if self.issues or warehouse is None:
            return None
        document = NewStockDocument(
            kind=kind,
            date=first["date"],
            warehouse_id=warehouse.pk,
            lines=[line for line in lines if line is not None],
            reason=first["reason"] or Reason.NONE,
            party_id=party if party is not None else _party_of(kind, original),
            external_no=self.number[:80],
            note=first["note"][:200],
            to_warehouse_id=target.pk if target else None,
            of_document_id=original.pk if original else None,
            amount=first["fee"],
            tax=first["tax"] or _ZERO,
            allocate_by=first["allocate_by"],
        )
        self._check(document)
        return None if self.issues else document

    def _check(self, document: NewStockDocument) -> None:
        if document.kind == DocumentKind.LANDED_COST:
            return
        problem = refusal(self.reader.company, document, self.reader.facts)
        if problem is not None:
            place = (problem.field or "").split("-")
            index = int(place[1]) - 1 if len(place) == 3 and place[1].isdigit() else 0
            self._wrong(self.rows[index], place[-1], problem.code, problem.message)

    def _warehouse(self, row: MappedRow, name: str, *, is_needed: bool) -> Warehouse | None:
        code = row.values[name]
        if not code and not is_needed:
            return None
        found = self.reader.warehouses.get(code)
        if found is None:
            self._wrong(row, name, "unknown_warehouse", _("There is no warehouse “%(code)s”.") % {"code": code})
        return found

    def _party(self, kind: str) -> int | None:
        code, dimension = self.rows[0].values["party"], KINDS[kind].has_party
        if not code or not dimension:
            return None
        found = self.reader.parties.get((dimension, code))
        if found is None:
            what = _("supplier") if dimension == "supplier" else _("customer")
            text = _("There is no %(what)s “%(code)s”.") % {"what": what, "code": code}
            self._wrong(self.rows[0], "party", "unknown_party", text)
        return found

    def _original(self, kind: str) -> StockDocument | None:
        number = self.rows[0].values["original"]
        if not number:
            return None
        found = self.reader.originals.get(number)
        if found is None:
            text = _("There is no confirmed document “%(number)s”.") % {"number": number}
            self._wrong(self.rows[0], "original", "unknown_original", text)
        return found

    def _line(self, kind: str, row: MappedRow, original: StockDocument | None) -> NewStockLine | None:
        reader, values = self.reader, row.values
        item = reader.items.get(values["item"])
        if item is None:
            self._wrong(row, "item", "unknown_item", _("There is no item “%(code)s”.") % {"code": values["item"]})
            return None
        unit = self._unit(row, item)
        qty = values["qty"] or _ZERO
        lot = reader.lots.get((item.pk, values["lot"])) if values["lot"] else None
        if values["lot"] and lot is None:
            if SHAPES[kind].takes:
                text = _("There is no lot %(lot)s of %(item)s.") % {"lot": values["lot"], "item": item.code}
                self._wrong(row, "lot", "unknown_lot", text)
            else:
                lot = reader.new_lot(item.pk, values["lot"])
        warehouse = reader.warehouses.get(self.rows[0].values["warehouse"])
        place = reader.bins.get((warehouse.pk if warehouse else 0, values["bin"])) if values["bin"] else None
        if values["bin"] and place is None:
            self._wrong(row, "bin", "unknown_bin", _("The warehouse has no bin %(bin)s.") % {"bin": values["bin"]})
        return NewStockLine(
            item_id=item.pk,
            qty=quantity(qty * unit.factor) if unit else qty,
            unit_id=unit.pk if unit else None,
            unit_qty=qty if unit else None,
            unit_cost=values["unit_cost"],
            amount=values["amount"],
            lot_id=lot,
            bin_id=place,
            role=values["role"],
            reason=values["line_reason"],
            share=values["share"],
            of_line_id=self._of_line(original, item.pk),
            note=values["line_note"][:200],
        )

    def _unit(self, row: MappedRow, item: Item) -> ItemUnit | None:
        name = row.values["unit"]
        if not name or name == item.unit:
            return None
        found = self.reader.units.get((item.pk, name))
        if found is None:
            text = _("%(item)s has no unit “%(unit)s”.") % {"item": item.code, "unit": name}
            self._wrong(row, "unit", "unknown_unit", text)
        return found

    def _of_line(self, original: StockDocument | None, item_id: int) -> int | None:
        """The first line of the original with the item that no row before has taken."""
        for line in self.reader.original_lines.get(original.pk, []) if original else []:
            if line.item_id == item_id and line.pk not in self.used:
                self.used.add(line.pk)
                return line.pk
        return None

    def _wrong(self, row: MappedRow, field: str, code: str, text: str) -> None:
        self.issues.append(Issue(row.row_no, FIELDS.get(field, field), code, text))


# Places of the services' refusals → fields of the file.
FIELDS = {"lines": "", "to_warehouse": "to_warehouse", "reason": "reason", "unit_cost": "unit_cost"}


def _party_of(kind: str, original: StockDocument | None) -> int | None:
    """Goods go back to whom they came from; a charge is another one's."""
    return original.party_id if original is not None and kind != DocumentKind.LANDED_COST else None


def new_lots(company: Company, document: NewStockDocument, rows: Sequence[MappedRow]) -> None:
    """Write the lots that the file names for the first time, inside the batch's transaction."""
    for line, row in zip(document.lines, rows, strict=True):
        if line.lot_id is not None and line.lot_id < 0:
            lot, _made = Lot.objects.get_or_create(
                company=company,
                item_id=line.item_id,
                number=row.values["lot"],
                defaults={"expires_on": row.values["expires_on"]},
            )
            line.lot_id = lot.pk
