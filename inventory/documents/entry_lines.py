"""Between the form and the services: units, lots and bins that were typed, lines of a new document, and a document
or its original as the form's first content. Each look-up is one statement for all lines.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.money import quantity, times, unit_cost
from erp.core.web.lines import plain
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.lookups import units_of
from inventory.documents.models import DocumentKind, Reason, StockDocument, StockDocumentLine
from inventory.items.models import Item, ItemUnit, Tracking
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin, Warehouse

_ZERO = Decimal(0)


class ItemUnits(NamedTuple):
    """The base unit of an item and its other units."""

    unit: str
    others: list[ItemUnit]


class Features(NamedTuple):
    """What the company's stock keeping has, so that the grid shows no empty columns."""

    has_units: bool
    has_lots: bool
    has_bins: bool


def features_of(company: Company) -> Features:
    return Features(
        ItemUnit.objects.filter(company=company).exists(),
        Item.objects.filter(company=company).exclude(tracking=Tracking.NONE).exists(),
        Warehouse.objects.filter(company=company, has_bins=True).exists(),
    )


def units_by_item(company: Company, item_ids: Iterable[int]) -> dict[int, ItemUnits]:
    ids = set(item_ids)
    others = units_of(company.pk, ids)
    rows = Item.objects.filter(company=company, pk__in=ids).values_list("id", "unit")
    return {pk: ItemUnits(unit, others.get(pk, [])) for pk, unit in rows}


def resolve(company: Company, head: Any, lines: Sequence[Any], *, takes: bool) -> bool:
    """Find the units, lots and bins that were typed; what is not found is said at its cell. False if anything is.

    A lot that is not known is noted as new where goods come in; ``make_lots`` writes it with the document.
    """
    ids = {line.cleaned_data["item"] for line in lines}
    items = {item.pk: item for item in Item.objects.filter(company=company, pk__in=ids)}
    for line in lines:
        if line.cleaned_data["item"] not in items:
            line.add_error("item_text", _("Choose an item."))
            return False
    units = {unit.pk: unit for unit in ItemUnit.objects.filter(company=company, item__in=ids)}
    for line in lines:
        _unit(line, units)
        line.cleaned_data["purchase_price"] = items[line.cleaned_data["item"]].purchase_price
    _lots(company, lines, items, takes=takes)
    given = head.cleaned_data
    _bins(company, lines, "bin", given.get("warehouse"))
    _bins(company, lines, "to_bin", given.get("to_warehouse") or given.get("warehouse"))
    return not any(line.errors for line in lines)


def _unit(line: Any, units: dict[int, ItemUnit]) -> None:
    given = line.cleaned_data
    chosen = given.get("unit") or ""
    unit = units.get(int(chosen)) if str(chosen).isdigit() else None
    if chosen and (unit is None or unit.item_id != given["item"]):
        line.add_error("unit", _("This is no unit of the item. Choose another one."))
        return
    qty = given.get("qty")
    given["unit_row"] = unit
    given["base_qty"] = quantity(qty * unit.factor) if unit is not None and qty is not None else qty


def _lots(company: Company, lines: Sequence[Any], items: dict[int, Item], *, takes: bool) -> None:
    typed = {line.cleaned_data.get("lot_text", "").strip() for line in lines} - {""}
    found = Lot.objects.filter(company=company, item__in=items, number__in=typed) if typed else []
    known = {(lot.item_id, lot.number): lot for lot in found}
    for line in lines:
        number = line.cleaned_data.get("lot_text", "").strip()
        lot = known.get((line.cleaned_data["item"], number))
        line.cleaned_data["lot"] = lot.pk if lot else None
        line.cleaned_data["new_lot"] = ""
        if not number or lot is not None:
            continue
        item = items[line.cleaned_data["item"]]
        if item.tracking == Tracking.NONE:
            line.add_error("lot_text", _("%(item)s is not kept by lots. Empty the cell.") % {"item": item.code})
        elif takes:
            line.add_error("lot_text", _("There is no lot %(lot)s of %(item)s.") % {"lot": number, "item": item.code})
        else:
            line.cleaned_data["new_lot"] = number


def _bins(company: Company, lines: Sequence[Any], name: str, warehouse: Warehouse | None) -> None:
    cells = [line for line in lines if line.cleaned_data.get(f"{name}_text", "").strip()]
    if not cells or warehouse is None:
        return
    codes = {line.cleaned_data[f"{name}_text"].strip() for line in cells}
    known = {code: pk for pk, code in Bin.objects.filter(
        company=company, warehouse=warehouse, code__in=codes
    ).values_list("id", "code")}  # fmt: skip
    for line in cells:
        code = line.cleaned_data[f"{name}_text"].strip()
        line.cleaned_data[name] = known.get(code)
        if code not in known:
            text = _("Warehouse %(warehouse)s has no bin %(bin)s.") % {"warehouse": warehouse, "bin": code}
            line.add_error(f"{name}_text", text)


def make_lots(company: Company, lines: Sequence[Any]) -> None:
    """Write the lots that receipts name for the first time. Call it in the transaction that writes the document."""
    for line in lines:
        given = line.cleaned_data
        if given.get("new_lot"):
            lot, _made = Lot.objects.get_or_create(
                company=company,
                item_id=given["item"],
                number=given["new_lot"],
                defaults={"expires_on": given.get("expires_on")},
            )
            given["lot"] = lot.pk


def new_document(company: Company, kind: str, head: Any, lines: Sequence[Any]) -> NewStockDocument:
    """What the services take, from forms that are valid and resolved."""
    given = head.cleaned_data
    original = given.get("of_document")
    document = NewStockDocument(
        kind=kind,
        date=given["date"],
        warehouse_id=given["warehouse"].pk,
        lines=[made for line in lines for made in _new_lines(kind, line.cleaned_data)],
        reason=given.get("reason") or Reason.NONE,
        party_id=given.get("party"),
        department_id=given["department"].pk if given.get("department") else None,
        external_no=given["external_no"],
        note=given["note"],
        to_warehouse_id=given["to_warehouse"].pk if given.get("to_warehouse") else None,
        of_document_id=original,
        amount=given.get("amount"),
        tax=given.get("tax") or _ZERO,
        allocate_by=given.get("allocate_by") or "",
    )
    return document


def _new_lines(kind: str, given: dict[str, Any]) -> list[NewStockLine]:
    unit = given.get("unit_row")
    qty = given.get("base_qty") or _ZERO
    cost = given.get("unit_cost")
    if cost is None and given.get("cost_amount") is not None and qty:
        cost = unit_cost(given["cost_amount"], qty)
    if cost is None and kind == DocumentKind.PURCHASE_RECEIPT:
        # Whoever receives may not see costs: the goods come in at the price that the item is bought for.
        cost = given.get("purchase_price")
    if kind == DocumentKind.PRICE_CHANGE:
        cost = given.get("standard_cost")
    common = {
        "item_id": given["item"],
        "lot_id": given.get("lot"),
        "bin_id": given.get("bin"),
        "to_bin_id": given.get("to_bin"),
        "of_line_id": given.get("of_line"),
        "source_line_id": given.get("source_line"),
        "note": given.get("note", ""),
    }
    line = NewStockLine(
        qty=qty,
        unit_cost=cost,
        market_net=given.get("market_net") or _ZERO,
        output_tax=given.get("output_tax") or _ZERO,
        input_tax_out=given.get("input_tax_out") or _ZERO,
        unit_id=unit.pk if unit else None,
        unit_qty=given.get("qty") if unit else None,
        role=given.get("role") or "",
        share=given.get("share"),
        reason=given.get("reason") or "",
        amount=given.get("amount"),
        **common,
    )
    lost = given.get("lost") or _ZERO
    lines = [] if lost and not qty else [line]
    if lost:
        lines.append(NewStockLine(qty=lost, reason=Reason.IN_TRANSIT, **common))
    return lines


def keep_unseen(document: StockDocument, new: NewStockDocument, *, sees_cost: bool) -> None:
    """What the form does not show stays: the tax rate, and for whoever may not see costs the cost, of the draft's
    line of the same order line, else of the same item."""
    by_source: dict[int, StockDocumentLine] = {}
    by_item: dict[int, StockDocumentLine] = {}
    for line in document.lines.order_by("line_no"):
        by_item.setdefault(line.item_id, line)
        if line.source_line_id is not None:
            by_source[line.source_line_id] = line
    for made in new.lines:
        stated = by_source.get(made.source_line_id or 0) or by_item.get(made.item_id)
        if stated is not None:
            made.tax_rate = stated.tax_rate
            if not sees_cost:
                made.unit_cost, made.amount = stated.unit_cost, stated.amount


# --- a document as the form's first content -------------------------------------------------------


def head_of(document: StockDocument) -> dict[str, Any]:
    head = {
        name: getattr(document, name) for name in ("date", "reason", "amount", "allocate_by", "external_no", "note")
    }
    return head | {
        "warehouse": document.warehouse_id,
        "to_warehouse": document.to_warehouse_id,
        "department": document.department_id,
        "party": document.party_id,
        "party_text": str(document.party) if document.party else "",
        "of_document": document.of_document_id,
        "tax": document.tax or None,
    }


def lines_of(document: StockDocument, open_of: dict[int, Decimal] | None = None) -> list[dict[str, Any]]:
    """The lines of a document; what was lost of a line of a shipment goes back into that line's cell."""
    rows: list[dict[str, Any]] = []
    by_original: dict[int, dict[str, Any]] = {}
    lines = document.lines.select_related("item", "unit", "lot", "bin", "to_bin").order_by("line_no")
    for line in lines:
        is_lost = document.kind == DocumentKind.TRANSFER_IN and line.reason == Reason.IN_TRANSIT
        if is_lost and line.of_line_id in by_original:
            by_original[line.of_line_id]["lost"] = plain(line.qty)
            continue
        row = line_cells(line)
        if is_lost:
            row |= {"lost": plain(line.qty), "qty": ""}
        if open_of is not None and line.of_line_id is not None:
            row["open_qty"] = plain(open_of.get(line.of_line_id, _ZERO))
        rows.append(row)
        if line.of_line_id is not None:
            by_original[line.of_line_id] = row
    return rows


def line_cells(line: StockDocumentLine) -> dict[str, Any]:
    """The cells of one line."""
    lot = line.lot
    return {
        "item": line.item_id,
        "item_text": str(line.item),
        "qty": plain(line.unit_qty if line.unit_qty is not None else line.qty) if line.qty else "",
        "unit": line.unit_id or "",
        "base": plain(line.qty) if line.unit_id else "",
        "lot": line.lot_id,
        "lot_text": lot.number if lot else "",
        "expires_on": lot.expires_on if lot else None,
        "bin": line.bin_id,
        "bin_text": line.bin.code if line.bin else "",
        "to_bin": line.to_bin_id,
        "to_bin_text": line.to_bin.code if line.to_bin else "",
        "unit_cost": plain(line.unit_cost),
        "standard_cost": plain(line.unit_cost),
        "cost_amount": plain(times(line.qty, line.unit_cost)) if line.unit_cost is not None and line.qty else "",
        "amount": plain(line.amount),
        "role": line.role,
        "share": plain(line.share),
        "reason": line.reason,
        "market_net": plain(line.market_net) if line.market_net else "",
        "output_tax": plain(line.output_tax) if line.output_tax else "",
        "input_tax_out": plain(line.input_tax_out) if line.input_tax_out else "",
        "note": line.note,
        "of_line": line.of_line_id,
        "source_line": line.source_line_id,
    }


def cells_of_original(line: StockDocumentLine, left: Decimal) -> dict[str, Any]:
    """A line of the original as the line of a return or an arrival: all that is still open."""
    cells = line_cells(line)
    for name in ("unit_cost", "standard_cost", "cost_amount", "market_net", "output_tax", "input_tax_out", "note"):
        cells.pop(name)
    return cells | {
        "qty": plain(left),
        "unit": "",
        "base": "",
        "open_qty": plain(left),
        "of_line": line.pk,
        "source_line": None,
        "reason": "",
        "role": "",
    }
