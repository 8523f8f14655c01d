"""Steps of scenarios that only sales knows: orders, deliveries of orders, sales invoices and credit notes.

A delivery that is invoiced later is one of an order, here as for people: the order has the price of the invoice.
"""

from collections.abc import Sequence
from decimal import Decimal

from inventory.documents.models import StockDocument
from inventory.scenarios.files import Line, Step
from inventory.scenarios.steps import Made, NoSuchStep, World, register_step
from sales.customers.services import NewCustomer, ensure_customers
from sales.orders.fulfil import deliver, invoice
from sales.orders.models import OrderKind, SalesOrderLine
from sales.orders.services import NewOrder, NewOrderLine, cancel_order, confirm_orders, create_orders

ORDER = "order"


def register() -> None:
    """Called once when Django starts."""
    register_step("order", _order)
    register_step("delivery_of_order", _delivery)
    register_step("return_of_order", _return)
    register_step("sales_invoice", _invoice)
    register_step("credit_note", _invoice)
    register_step("cancel_order", _cancel_order)


def _order(world: World, step: Step) -> Made:
    """The warehouse is that of the order's first delivery: the file names none with the order."""
    delivery = next((later for later in world.scenario.steps if later.of == step.ref and later.lines), None)
    warehouse = delivery.lines[0].warehouse if delivery else world.scenario.warehouses[0]
    return _confirmed(world, step, step.lines, warehouse, over_delivery=step.over_delivery)


def _confirmed(
    world: World, step: Step, lines: Sequence[Line], warehouse: str, over_delivery: Decimal = Decimal(0)
) -> Made:
    customer = ensure_customers(world.company, [NewCustomer("C", "客户")])["C"]
    new = NewOrder(
        customer,
        step.on,
        [
            NewOrderLine(world.items[line.item].pk, line.qty, line.unit_price or Decimal(0), line.tax_rate)
            for line in lines
        ],
        warehouse_id=world.warehouses[warehouse].pk,
        price_includes_tax=any(line.price_includes_tax for line in lines),
        over_delivery=over_delivery,
    )
    (order_id,) = create_orders(world.company, [new], by=None)
    confirm_orders(world.company, [order_id], by=None)
    return Made(other={ORDER: order_id})


def _delivery(world: World, step: Step) -> Made:
    if any(line.lot for line in step.lines):
        raise NoSuchStep(kind="delivery_of_order", step=f"{step.ref}, with lots")
    if step.of:
        order_id = world.made[step.of].other[ORDER]
    else:
        order_id = _confirmed(world, step, _priced(world, step), step.lines[0].warehouse).other[ORDER]
    document = deliver(
        world.company, order_id, by=None, date=step.on, quantities=_quantities(world, order_id, step.lines)
    )
    return Made([document.pk], {ORDER: order_id})


def _priced(world: World, step: Step) -> list[Line]:
    """Lines of a delivery without an order, at the price of the first invoice that names the item."""
    invoices = [later for later in world.scenario.steps if later.do == "invoice" and later.of == step.ref]
    priced = []
    for line in step.lines:
        of_item = (row for later in invoices for row in later.lines if row.item == line.item)
        found = next(of_item, None)
        priced.append(
            Line(
                item=line.item,
                qty=line.qty,
                unit_price=found.unit_price if found else Decimal(0),
                tax_rate=found.tax_rate if found else None,
                price_includes_tax=bool(found and found.price_includes_tax),
            )
        )
    return priced


def _return(world: World, step: Step) -> Made:
    """A return document of the sold lines, its goods back in stock; the credit note is made of it."""
    sold = world.made[step.of].other[ORDER] if step.of in world.made else None
    document = StockDocument.objects.filter(company=world.company, pk__in=world.documents_of(step.of)).first()
    if sold is None or document is None:
        raise NoSuchStep(kind="return_of_order", step=step.ref)
    lines = {row.item_id: row for row in SalesOrderLine.objects.filter(company=world.company, order=sold)}
    customer = ensure_customers(world.company, [NewCustomer("C", "客户")])["C"]
    new = NewOrder(
        customer,
        step.on,
        [
            NewOrderLine(item.pk, -line.qty, lines[item.pk].unit_price, lines[item.pk].tax_rate, lines[item.pk].pk)
            for line in step.lines
            for item in [world.items[line.item]]
        ],
        OrderKind.RETURN,
        warehouse_id=world.warehouses[step.lines[0].warehouse].pk,
    )
    (order_id,) = create_orders(world.company, [new], by=None)
    confirm_orders(world.company, [order_id], by=None)
    back = deliver(world.company, order_id, by=None, date=step.on)
    return Made([back.pk], {ORDER: order_id})


def _invoice(world: World, step: Step) -> Made:
    """Invoice what the lines state, or all that is left where there are none."""
    order_id = world.made[step.of].other[ORDER]
    quantities = _quantities(world, order_id, step.lines) if step.lines else None
    row = invoice(world.company, order_id, by=None, date=step.on, quantities=quantities)
    return Made(other={"invoice": row.pk, ORDER: order_id})


def _quantities(world: World, order_id: int, lines: Sequence[Line]) -> dict[int, Decimal]:
    """Order line → quantity asked for; all of an item goes to its first order line."""
    of_item: dict[int, int] = {}
    for pk, item_id in SalesOrderLine.objects.filter(company=world.company, order=order_id).values_list(
        "pk", "item_id"
    ):
        of_item.setdefault(item_id, pk)
    found: dict[int, Decimal] = {}
    for line in lines:
        key = of_item[world.items[line.item].pk]
        found[key] = found.get(key, Decimal(0)) + line.qty
    return found


def _cancel_order(world: World, step: Step) -> Made:
    cancel_order(world.company, world.made[step.of].other[ORDER], by=None)
    world.made.pop(step.of, None)
    return Made()
