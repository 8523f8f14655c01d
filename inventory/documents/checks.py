"""What is wrong with a stock document as entered. Says nothing about what lies in stock: that is for confirming."""

from collections.abc import Iterator, Mapping

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from inventory.documents import errors
from inventory.documents.kinds import KINDS, Flow, KindSpec
from inventory.documents.models import DocumentKind, LineRole, Reason
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.facts import ItemFacts
from inventory.items.models import CostMethod, Tracking


def refusal(company: Company, document: NewStockDocument, items: Mapping[int, ItemFacts]) -> DomainError | None:
    """The first thing that is wrong with a document, or None."""
    spec = KINDS[document.kind]
    return next(_header(company, document, spec), None) or next(_lines(document, spec, items), None)


def _header(company: Company, document: NewStockDocument, spec: KindSpec) -> Iterator[DomainError]:
    kind = DocumentKind(document.kind)
    if not document.lines:
        yield errors.NoLines(field="lines")
    if document.reason not in spec.reasons:
        yield errors.ReasonNeeded(
            field="reason",
            kind=kind.label,
            reason=document.reason or "-",
            allowed=", ".join(str(reason.label) for reason in spec.reasons),
        )
    if document.reason == Reason.OPENING:
        first = company.first_month()
        if (document.date.year, document.date.month) != (first.year, first.month):
            yield errors.OpeningDate(field="date", period=f"{first:%Y-%m}")
    if spec.needs_party and document.party_id is None:
        yield errors.PartyNeeded(field="party", kind=kind.label)
    if spec.needs_to_warehouse:
        if document.to_warehouse_id is None:
            yield errors.ToWarehouseNeeded(field="to_warehouse")
        elif document.to_warehouse_id == document.warehouse_id:
            yield errors.SameWarehouse(field="to_warehouse")
    if spec.flow is Flow.MAKE:
        roles = {line.role for line in document.lines}
        if not {LineRole.CONSUMED.value, LineRole.PRODUCED.value} <= roles:
            yield errors.AssemblyIncomplete(field="lines")
        if document.amount is not None and document.amount < 0:
            yield errors.AmountNegative(field="amount")


def _lines(document: NewStockDocument, spec: KindSpec, items: Mapping[int, ItemFacts]) -> Iterator[DomainError]:
    serials: set[tuple[int, int, str]] = set()
    for line_no, line in enumerate(document.lines, start=1):
        item = items[line.item_id]
        if not item.is_stock:
            yield errors.NoStockItem(field=f"lines-{line_no}-item", item=item.code, line=line_no)
        if spec.has_quantity:
            yield from _quantity(line, line_no, item)
            if item.tracking == Tracking.SERIAL and line.lot_id is not None:
                key = (line.item_id, line.lot_id, line.role)
                if key in serials:
                    yield errors.SerialTwice(field=f"lines-{line_no}-lot", item=item.code, line=line_no)
                serials.add(key)
        else:
            yield from _value(document, line, line_no, item)
        if spec.needs_original and line.of_line_id is None:
            yield errors.NoOriginal(field=f"lines-{line_no}-item", item=item.code, line=line_no)
        if line.unit_cost is not None and line.unit_cost < 0:
            yield errors.CostNegative(field=f"lines-{line_no}-unit_cost", line=line_no)
        if spec.flow is Flow.MAKE and line.role not in (LineRole.CONSUMED, LineRole.PRODUCED):
            yield errors.AssemblyIncomplete(field=f"lines-{line_no}-role")


def _quantity(line: NewStockLine, line_no: int, item: ItemFacts) -> Iterator[DomainError]:
    if line.qty <= 0:
        yield errors.QuantityNotPositive(field=f"lines-{line_no}-qty", line=line_no)
    if item.tracking and line.lot_id is None:
        yield errors.LotNeeded(field=f"lines-{line_no}-lot", item=item.code, line=line_no)
    if item.tracking == Tracking.SERIAL and line.qty != 1:
        yield errors.SerialIsOne(field=f"lines-{line_no}-qty", item=item.code, line=line_no)


def _value(document: NewStockDocument, line: NewStockLine, line_no: int, item: ItemFacts) -> Iterator[DomainError]:
    if document.kind == DocumentKind.PRICE_CHANGE:
        if line.unit_cost is None:
            yield errors.AmountNeeded(field=f"lines-{line_no}-unit_cost", line=line_no)
        if item.cost_method != CostMethod.STANDARD:
            yield errors.NotStandardCost(field=f"lines-{line_no}-item", item=item.code, line=line_no)
    elif not line.amount and document.kind == DocumentKind.COST_ADJUSTMENT:
        yield errors.AmountNeeded(field=f"lines-{line_no}-amount", line=line_no)
