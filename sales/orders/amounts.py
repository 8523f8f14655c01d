"""Net, tax and gross of a line (价税分离). Pure."""

from decimal import Decimal
from typing import NamedTuple

from erp.core.money import WIDE, cents, net_and_tax, tax_of, times


class Amounts(NamedTuple):
    """In company currency, signed as the quantity; ``gross = net + tax``."""

    net: Decimal
    tax: Decimal
    gross: Decimal


def line_amounts(qty: Decimal, price: Decimal, rate: Decimal, *, includes_tax: bool) -> Amounts:
    """Quantity × price is rounded first; then tax on the net amount, or net out of the gross one."""
    total = times(qty, price)
    if includes_tax:
        net, tax = net_and_tax(total, rate)
        return Amounts(net, tax, total)
    tax = tax_of(total, rate)
    return Amounts(total, tax, total + tax)


def portion(amounts: Amounts, qty: Decimal, of_qty: Decimal, done_qty: Decimal, done: Amounts) -> Amounts:
    """The share of a line for ``qty`` of its ``of_qty``; what completes the line takes the rest of net and tax."""
    if not done_qty and qty == of_qty:
        return amounts
    if done_qty + qty == of_qty:
        return Amounts(amounts.net - done.net, amounts.tax - done.tax, amounts.gross - done.gross)
    net, tax = (cents(WIDE.divide(WIDE.multiply(amount, qty), of_qty)) for amount in (amounts.net, amounts.tax))
    return Amounts(net, tax, net + tax)
