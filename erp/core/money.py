"""The one place that rounds.

Money has 2 decimals, quantities and unit prices 6, unit costs 10, tax rates 4, exchange rates 8. Rounding is half
away from zero, so that a red line is the exact negative of its original. When an amount is split, every part but
the last is rounded and the last takes what is left: parts always add up. A float never enters; give ``Decimal``,
``int`` or the text of a number.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, NamedTuple

from django.db import models

ZERO = Decimal("0.00")
ONE = Decimal(1)
CENT = Decimal("0.01")
QUANTITY_STEP = Decimal("0.000001")
UNIT_COST_STEP = Decimal("0.0000000001")

# Wide enough that no product or quotient of stored values is rounded before we round it.
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)

Number = Decimal | int | str


class NetTax(NamedTuple):
    """An amount without tax and its tax; together the gross amount."""

    net: Decimal
    tax: Decimal


def exact(value: Number) -> Decimal:
    """``value`` as a Decimal, unrounded. Refuses floats: they do not hold cents."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"money needs Decimal, int or text, not {type(value).__name__}")
    return Decimal(value)


def rounded(value: Number, step: Decimal) -> Decimal:
    """``value`` to the places of ``step``, half away from zero; never a negative zero."""
    result = exact(value).quantize(step, context=WIDE)
    return result if result else abs(result)


def cents(value: Number) -> Decimal:
    """An amount of money: 2 decimals."""
    return rounded(value, CENT)


def quantity(value: Number) -> Decimal:
    """A quantity in the item's base unit: 6 decimals."""
    return rounded(value, QUANTITY_STEP)


def cost10(value: Number) -> Decimal:
    """A unit cost: 10 decimals. Only the value of a move is rounded to cents."""
    return rounded(value, UNIT_COST_STEP)


def times(value: Number, factor: Number) -> Decimal:
    """``value × factor`` in cents, e.g. quantity × price."""
    return cents(WIDE.multiply(exact(value), exact(factor)))


def unit_cost(value: Number, qty: Number) -> Decimal:
    """The cost of one unit of ``qty`` that are worth ``value``; zero where there is no quantity."""
    units = exact(qty)
    return cost10(WIDE.divide(exact(value), units)) if units else Decimal(0)


def tax_of(net: Number, rate: Number) -> Decimal:
    """Tax on a net amount when prices are without tax (价外税)."""
    return times(net, rate)


def net_and_tax(gross: Number, rate: Number) -> NetTax:
    """Net and tax of a gross amount when prices include tax (价税分离): net is rounded, tax is the rest."""
    whole = exact(gross)
    net = cents(WIDE.divide(whole, WIDE.add(ONE, exact(rate))))
    return NetTax(net, cents(WIDE.subtract(whole, net)))


def split(total: Number, weights: Sequence[Number]) -> list[Decimal]:
    """``total`` in parts proportional to ``weights``, in cents; the last part takes what is left.

    Parts add up to ``cents(total)``. Weights may be zero but not all of them; with all zero the split is even.
    Raises ``ValueError`` without weights or when they cancel out.
    """
    if not weights:
        raise ValueError("split needs at least one weight")
    shares = [exact(weight) for weight in weights]
    if not any(shares):
        shares = [ONE] * len(shares)
    with localcontext(WIDE):
        whole, left = sum(shares, Decimal(0)), cents(total)
        if not whole:
            raise ValueError("weights cancel out")
        parts = []
        amount = left
        for share in shares[:-1]:
            part = cents(amount * share / whole)
            parts.append(part)
            left -= part
        return [*parts, cents(left)]


def split_even(total: Number, parts: int) -> list[Decimal]:
    """``total`` in ``parts`` equal parts: 100.00 in three → 33.33, 33.33, 33.34."""
    return split(total, [1] * parts)


class _PreciseField(models.DecimalField):
    """A ``numeric`` column of a fixed precision; migrations show the plain DecimalField it is."""

    precision = (18, 2)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", self.precision[0])
        options.setdefault("decimal_places", self.precision[1])
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.DecimalField", args, options


class AmountField(_PreciseField):
    """Money in the company's currency, or in the original one."""

    precision = (18, 2)


class QuantityField(_PreciseField):
    """Quantity in the item's base unit."""

    precision = (18, 6)


class UnitPriceField(_PreciseField):
    """Price of one unit as agreed with a customer or supplier."""

    precision = (18, 6)


class UnitCostField(_PreciseField):
    """Cost of one base unit."""

    precision = (24, 10)


class RateField(_PreciseField):
    """An exchange rate: base currency for one unit of the foreign one."""

    precision = (18, 8)


class TaxRateField(_PreciseField):
    """A share: 0.1300 is 13 %."""

    precision = (6, 4)
