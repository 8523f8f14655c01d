"""The one place that rounds, splits and states the precision of money, quantity, cost and rates.

Rounding is half away from zero (四舍五入), so that a red line is the exact negative of its original. ``Decimal`` only.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from django.db import models

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
_COST_STEP = Decimal("1E-10")

AmountField = partial(models.DecimalField, max_digits=18, decimal_places=2)
QuantityField = partial(models.DecimalField, max_digits=18, decimal_places=6)
UnitPriceField = partial(models.DecimalField, max_digits=18, decimal_places=6)
UnitCostField = partial(models.DecimalField, max_digits=24, decimal_places=10)
RateField = partial(models.DecimalField, max_digits=18, decimal_places=8)
TaxRateField = partial(models.DecimalField, max_digits=6, decimal_places=4)


def cents(amount: Decimal) -> Decimal:
    """The amount rounded to 0.01, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def unit_cost(value: Decimal, qty: Decimal) -> Decimal:
    """Cost of one unit with 10 decimals; zero where the quantity is zero."""
    return (value / qty).quantize(_COST_STEP, ROUND_HALF_UP) if qty else Decimal(0)


def tax_of(net: Decimal, rate: Decimal) -> Decimal:
    """VAT on a net amount: round(net × rate)."""
    return cents(net * rate)


def net_and_tax(gross: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Split a price that includes tax: net = round(gross / (1 + rate)), tax is the rest."""
    net = cents(gross / (1 + rate))
    return net, gross - net


def split(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Parts of ``total`` (cents) in proportion to ``weights``; each but the last is rounded, the last takes the rest.

    Raises ``ValueError`` without weights or when they add up to zero.
    """
    whole = sum(weights, Decimal(0))
    if not weights or not whole:
        raise ValueError("weights must add up to something")
    parts = [cents(total * weight / whole) for weight in weights[:-1]]
    return [*parts, total - sum(parts, Decimal(0))]


def split_even(total: Decimal, count: int) -> list[Decimal]:
    """``count`` equal parts; the last takes the remaining cents."""
    return split(total, [Decimal(1)] * count)
