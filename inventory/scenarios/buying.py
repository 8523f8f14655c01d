"""Steps of buying: supplier invoices of receipts, red ones of returns, allowances, payments and their cancelling."""

from collections.abc import Callable
from decimal import Decimal

from erp.core.errors import DomainError
from erp.core.money import net_and_tax, times
from inventory.purchasing.allocations import ROUNDING, undo_allocation, write_off
from inventory.purchasing.invoice_confirm import confirm_invoices
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.invoices import NewInvoice, NewInvoiceLine, create_invoice
from inventory.purchasing.matching import invoice_receipts
from inventory.purchasing.models import InvoiceKind, PaymentKind, SupplierInvoiceLine
from inventory.purchasing.payments import NewPayment, Share, pay, reverse_payment
from inventory.scenarios.files import Line, Step
from inventory.scenarios.steps import Made, World, register_step

INVOICE, PAYMENT, WRITTEN_OFF = "supplier_invoice", "supplier_payment", "written_off"


def register() -> None:
    """Called before scenarios run."""
    for name, enter in _ENTER.items():
        register_step(name, enter)


def _invoice(world: World, step: Step) -> Made:
    """Of a receipt, or a red one of a return. Without lines all that is open, at the receipts' prices."""
    lines = [_line(world, line) for line in step.lines] or None
    row = invoice_receipts(world.company, world.documents_of(step.of), by=None, date=step.on, lines=lines)
    documents = [row.variance_document_id] if row.variance_document_id is not None else []
    return Made(documents, {INVOICE: row.pk})


def _line(world: World, line: Line) -> NewInvoiceLine:
    price = (line.unit_price or Decimal(0)) * (1 - line.discount)
    rate = line.tax_rate or Decimal(0)
    made = NewInvoiceLine(item_id=world.items[line.item].pk, qty=line.qty, unit_price=price, tax_rate=rate)
    if line.price_includes_tax:
        made.net, made.tax = net_and_tax(times(line.qty, price), rate)
    return made


def _red_invoice(world: World, step: Step) -> Made:
    """A return is credited once: what was credited already cannot be credited again."""
    try:
        return _invoice(world, step)
    except DomainError as error:
        if error.code == "nothing_open":
            error.code = "more_than_original"
        raise


def _allowance(world: World, step: Step) -> Made:
    """A red invoice without goods that lowers what is owed, with tax at the rate of the invoice."""
    original = world.made[step.of].other[INVOICE]
    rate = SupplierInvoiceLine.objects.filter(company=world.company, invoice=original).order_by("line_no")[0].tax_rate
    amounts = [(line.amount, line.tax_rate) for line in step.lines] or [(step.amount, None)]
    new = NewInvoice(
        supplier_id=world.supplier.pk,
        date=step.on,
        kind=InvoiceKind.RED,
        of_invoice_id=original,
        lines=[
            NewInvoiceLine(net=amount, tax_rate=rate if given is None else given, description="折让")
            for amount, given in amounts
        ],
    )
    row = create_invoice(world.company, new, by=None)
    confirm_invoices(world.company, [row.pk], by=None)
    return Made(other={INVOICE: row.pk})


def _cancel_invoice(world: World, step: Step) -> Made:
    reverse_invoice(world.company, world.made[step.of].other[INVOICE], by=None)
    world.made.pop(step.of)
    return Made()


def _paid(kind: PaymentKind) -> Callable[[World, Step], Made]:
    """Money that moves for an invoice: as much as is open settles it, the rest is a prepayment; a difference of cents
    is written off."""

    def enter(world: World, step: Step) -> Made:
        invoice = world.made[step.of].other[INVOICE]
        new = NewPayment(
            supplier_id=world.supplier.pk,
            date=step.on,
            amount=step.amount or Decimal(0),
            kind=kind,
            shares=[Share(invoice)],
        )
        made = Made(other={PAYMENT: pay(world.company, new, by=None).pk})
        if step.write_off:
            row = write_off(world.company, invoice, by=None, amount=step.write_off, date=step.on, reason=ROUNDING)
            made.other[WRITTEN_OFF] = row.pk
        return made

    return enter


def _cancel_payment(world: World, step: Step) -> Made:
    if (row := world.made[step.of].other.get(WRITTEN_OFF)) is not None:
        undo_allocation(world.company, row, by=None)
    reverse_payment(world.company, world.made[step.of].other[PAYMENT], by=None)
    world.made.pop(step.of)
    return Made()


_ENTER: dict[str, Callable[[World, Step], Made]] = {
    "supplier_invoice": _invoice,
    "supplier_credit_note": _red_invoice,
    "supplier_allowance": _allowance,
    "cancel_supplier_invoice": _cancel_invoice,
    "cancel_supplier_credit_note": _cancel_invoice,
    "cancel_supplier_allowance": _cancel_invoice,
    "supplier_payment": _paid(PaymentKind.PAYMENT),
    "supplier_refund": _paid(PaymentKind.REFUND),
    "cancel_supplier_payment": _cancel_payment,
    "cancel_supplier_refund": _cancel_payment,
}
