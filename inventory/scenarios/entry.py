"""Enter steps of stock keeping through the services of documents, counts and periods."""

from collections.abc import Callable
from decimal import Decimal

from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, LineRole, Reason, StockDocument
from inventory.documents.reverse import reverse
from inventory.scenarios import counting, months
from inventory.scenarios.files import Line, Step
from inventory.scenarios.steps import Made, World, register_step


def register() -> None:
    """Called once when Django starts."""
    for name, enter in _ENTER.items():
        register_step(name, enter)


def _document(
    world: World,
    step: Step,
    kind: str,
    warehouse: str,
    lines: list[NewStockLine],
    to_warehouse: str = "",
    **more: object,
) -> NewStockDocument:
    return NewStockDocument(
        kind=kind,
        date=step.on,
        warehouse_id=world.warehouses[warehouse].pk,
        to_warehouse_id=world.warehouses[to_warehouse].pk if to_warehouse else None,
        lines=lines,
        **more,  # type: ignore[arg-type]
    )


def _by_place(step: Step) -> dict[tuple[str, str], list[Line]]:
    """Lines by (warehouse, to warehouse): a document has one of each."""
    places: dict[tuple[str, str], list[Line]] = {}
    for line in step.lines:
        places.setdefault((line.warehouse, line.to_warehouse), []).append(line)
    return places


def _enter(world: World, documents: list[NewStockDocument]) -> Made:
    made = create_confirmed(world.company, documents, by=None)
    return Made([row for row in made if isinstance(row, int)])


def _simple(world: World, step: Step, kind: str, line_of: Callable[[Line], NewStockLine], **more: object) -> Made:
    return _enter(
        world,
        [
            _document(world, step, kind, warehouse, [line_of(line) for line in lines], to_warehouse, **more)
            for (warehouse, to_warehouse), lines in _by_place(step).items()
        ],
    )


def _line(world: World, line: Line, **more: object) -> NewStockLine:
    return NewStockLine(
        item_id=world.items[line.item].pk,
        qty=line.qty,
        lot_id=world.lot(line),
        **more,  # type: ignore[arg-type]
    )


def _receipt(world: World, step: Step) -> Made:
    return _simple(
        world,
        step,
        DocumentKind.PURCHASE_RECEIPT,
        lambda line: _line(world, line, unit_cost=line.unit_cost),
        party_id=world.supplier.dimension_value_id,
    )


def _delivery(world: World, step: Step) -> Made:
    return _simple(world, step, DocumentKind.DELIVERY, lambda line: _line(world, line))


def _issue(world: World, step: Step) -> Made:
    """An issue to an expense is own consumption."""
    return _simple(world, step, DocumentKind.OTHER_ISSUE, lambda line: _line(world, line), reason=Reason.CONSUMPTION)


def _transfer(world: World, step: Step) -> Made:
    return _simple(world, step, DocumentKind.TRANSFER, lambda line: _line(world, line))


def _returned(kind: str, needs_supplier: bool = False) -> Callable[[World, Step], Made]:
    def enter(world: World, step: Step) -> Made:
        lines = world.lines_of(step.of)
        more: dict[str, object] = {"party_id": world.supplier.dimension_value_id} if needs_supplier else {}
        if documents := world.documents_of(step.of):
            more["of_document_id"] = documents[0]
        return _simple(
            world, step, kind, lambda line: _line(world, line, of_line_id=world.original(lines, line)), **more
        )

    return enter


def _found(kind: str) -> Callable[[World, Step], Made]:
    return lambda world, step: _simple(world, step, kind, lambda line: _line(world, line, unit_cost=line.unit_cost))


def _cost_adjustment(world: World, step: Step) -> Made:
    return _simple(
        world,
        step,
        DocumentKind.COST_ADJUSTMENT,
        lambda line: _line(world, line, amount=line.amount if line.amount is not None else step.amount),
    )


def _landed_cost(world: World, step: Step) -> Made:
    (receipt_id,) = world.documents_of(step.of) or [0]
    receipt = StockDocument.objects.filter(company=world.company, pk=receipt_id).first()
    warehouse = receipt.warehouse_id if receipt else next(iter(world.warehouses.values())).pk
    return _enter(
        world,
        [
            NewStockDocument(
                kind=DocumentKind.LANDED_COST,
                date=step.on,
                warehouse_id=warehouse,
                lines=[],
                of_document_id=receipt_id,
                amount=step.amount,
                allocate_by=step.by or "value",
            )
        ],
    )


def _price_change(world: World, step: Step) -> Made:
    warehouse = next(iter(world.scenario.warehouses))
    lines = [
        NewStockLine(item_id=world.items[line.item].pk, qty=Decimal(0), unit_cost=line.standard_cost)
        for line in step.lines
    ]
    return _enter(world, [_document(world, step, DocumentKind.PRICE_CHANGE, warehouse, lines)])


_ROLES = {"consumed": LineRole.CONSUMED, "produced": LineRole.PRODUCED}


def _assembly(world: World, step: Step) -> Made:
    """Several products out of one thing are a disassembly."""
    produced = [line for line in step.lines if line.role == "produced"]
    kind = DocumentKind.ASSEMBLY if len(produced) <= 1 else DocumentKind.DISASSEMBLY
    lines = [_line(world, line, role=_ROLES[line.role], share=line.share) for line in step.lines]
    return _enter(world, [_document(world, step, kind, step.lines[0].warehouse, lines, amount=step.amount)])


def _cancel(world: World, step: Step) -> Made:
    """As if it had never been entered."""
    for document_id in world.documents_of(step.of):
        reverse(world.company, document_id, by=None)
    world.made.pop(step.of, None)
    return Made()


def _close_period(world: World, step: Step) -> Made:
    months.close(world, step.on)
    return Made()


_ENTER: dict[str, Callable[[World, Step], Made]] = {
    "receipt": _receipt,
    "delivery": _delivery,
    "issue": _issue,
    "transfer": _transfer,
    "sales_return": _returned(DocumentKind.SALES_RETURN),
    "purchase_return": _returned(DocumentKind.PURCHASE_RETURN, needs_supplier=True),
    "count_gain": _found(DocumentKind.COUNT_GAIN),
    "count_loss": _found(DocumentKind.COUNT_LOSS),
    "cost_adjustment": _cost_adjustment,
    "landed_cost": _landed_cost,
    "standard_price_change": _price_change,
    "assembly": _assembly,
    "disassembly": _assembly,
    "cancel": _cancel,
    "close_period": _close_period,
    "count": counting.count,
    "cancel_count": counting.cancel,
}
