"""Quantities in an item's other units: a box of 12. Pure.

Stock, costs and prices are in the base unit, with 6 decimals. A conversion is exact or refused: a quantity that was
rounded on its way would leave a rest that nobody can count.
"""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.money import QUANTITY_STEP, UNIT_COST_STEP, WIDE, rounded

# numeric(18, 6)
LARGEST = Decimal("999999999999.999999")


class DoesNotFit(DomainError):
    code = "quantity_does_not_fit"
    template = _(
        "%(qty)s × %(factor)s has more than 6 decimals in the base unit. Enter the quantity in the base unit instead."
    )


class NotWhole(DomainError):
    code = "quantity_not_whole"
    template = _(
        "%(qty)s in the base unit is no quantity of 6 decimals in the unit of %(factor)s. Show it in the base unit."
    )


class TooLarge(DomainError):
    code = "quantity_too_large"
    template = _("%(qty)s × %(factor)s is more than stock can hold. Check the quantity and the factor of the unit.")


def to_base(qty: Decimal, factor: Decimal, *, field: str | None = None) -> Decimal:
    """A quantity in another unit as the same quantity in the base unit. Raises ``DoesNotFit``, ``TooLarge``."""
    product = WIDE.multiply(qty, factor)
    found = rounded(product, QUANTITY_STEP)
    if abs(found) > LARGEST:
        raise TooLarge(field=field, qty=_plain(qty), factor=_plain(factor))
    if found != product:
        raise DoesNotFit(field=field, qty=_plain(qty), factor=_plain(factor))
    return found


def from_base(qty: Decimal, factor: Decimal, *, field: str | None = None) -> Decimal:
    """A quantity in the base unit as the same quantity in the other one. Raises ``NotWhole`` when none is the same."""
    found = rounded(WIDE.divide(qty, factor), QUANTITY_STEP)
    if WIDE.multiply(found, factor) != qty:
        raise NotWhole(field=field, qty=_plain(qty), factor=_plain(factor))
    return found


def price_to_base(price: Decimal, factor: Decimal) -> Decimal:
    """A price per other unit as the price per base unit, rounded to 10 decimals: the line's amount is what counts."""
    return rounded(WIDE.divide(price, factor), UNIT_COST_STEP)


def largest_parts(qty: Decimal, units: list[tuple[str, Decimal]], base: str) -> list[tuple[Decimal, str]]:
    """``qty`` as people count it: whole boxes first, then what is left in the base unit. Signs stay together."""
    left, parts = abs(qty), []
    sign = -1 if qty < 0 else 1
    for name, factor in sorted(units, key=lambda unit: -unit[1]):
        whole = left // factor if factor > 1 else Decimal(0)
        if whole:
            parts.append((sign * whole, name))
            left -= whole * factor
    if left or not parts:
        parts.append((sign * left, base))
    return parts


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
